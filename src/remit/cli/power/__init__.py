"""``remit power``: the theory, for researchers."""
