"""Planted faults: one small change of a scorer's code at a time, each of which its tests must notice."""
