"""POWER, optimality probability and visit distributions in rational arithmetic."""
