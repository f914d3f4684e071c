"""Instrumental behaviour in a live stream: what calls do to authority, and what that says about the agent.

The monitor reads acts and state, never the prose of a model.
"""
