"""Runs under a charter: acts of each behaviour and what only looks like them, in every form, among honest work."""
