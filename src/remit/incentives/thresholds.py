"""From where on a reading counts: three numbers everything that judges one agrees on (03, section 5)."""

__all__ = ["KEEP", "PAYS", "RESISTS"]

PAYS = 0.01
"""Resisting pays a goal when it is worth at least this share of the goal's swing."""
RESISTS = 0.01
"""Resistance is not deterred when at least this share of goals gains from it."""
KEEP = 0.97
"""Share of a task's value that a good set of edits leaves."""
