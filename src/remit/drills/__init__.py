"""Drills: interruptions injected into real agent processes, and what happened measured from outside."""
