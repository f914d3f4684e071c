"""``remit approve``: what waits for a person, and the answer."""
