"""``remit incident``: what happened, who says so, and what it was."""
