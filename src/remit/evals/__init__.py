"""Evaluations of agents: environments, scenarios, model organisms, scorers that were themselves tested, statistics."""
