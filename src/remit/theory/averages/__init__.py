"""Discount 1: rewards per step in the long run, and the way there."""
