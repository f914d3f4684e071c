"""Decide whether a call may happen, and only then do it."""
