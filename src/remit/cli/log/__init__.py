"""``remit log`` and ``remit replay``: what happened, and whether it can be proved."""
