"""POWER and optimality probability of models too large to enumerate, between bounds."""
