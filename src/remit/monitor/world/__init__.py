"""What answers told an agent of its world: what is itself, what follows it, what holds it, what is kept from it."""
