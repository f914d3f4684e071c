"""Similarity, symmetry, and the certificates that more options are preferred by most rewards."""
