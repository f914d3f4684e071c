"""A charter compiled into a world of facts, acts and events, with the goals an agent might have in it."""
