"""``remit case`` and ``remit gate``: what must be true before an agent is released, and whether it may be."""
