"""Optimal values of many rewards at once: models compiled for it, the fast way and the plain one it is held against."""
