"""``remit proxy`` and ``remit pins``: servers behind a charter."""
