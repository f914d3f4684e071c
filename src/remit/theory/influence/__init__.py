"""Causal influence diagrams: which incentives they admit, what those are worth, and how to cut them."""
