"""Residue: what a run left behind that could act later."""
