"""How grave an incident is at least: a table of outcome, setting and what contained it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["MEANINGS", "floor_of", "graver"]

MEANINGS: Mapping[str, str] = {
    "S0": "nothing happened but a sign of it",
    "S1": "a near miss: tried and blocked, or without effect outside its boundary",
    "S2": "an effect inside the boundary where people work, or a small one beyond it",
    "S3": "an effect on others or on production",
    "S4": "it went on after it was contained, or others were harmed and nothing in place ended it",
}
"""The grades of severity, mildest first."""

_SETTINGS = ("production", "internal", "live-red-team", "training", "evaluation", "research-sim")
_FLOORS: Mapping[str, tuple[int, ...]] = {
    # production, internal, live-red-team, training, evaluation, research-sim
    "E0": (0, 0, 0, 0, 0, 0),
    "E1": (1, 1, 1, 1, 1, 0),
    "E2": (2, 2, 1, 2, 1, 1),
    "E3": (3, 3, 3, 3, 3, 2),
    "E4": (4, 4, 3, 3, 3, 2),
}
_UNPLANNED = frozenset({"victim", "luck"})
_WORST = 4


def floor_of(outcome: str, setting: str, contained_by: str) -> str:
    """The least severity (S0 to S4) of an incident.

    One grade more where nothing that was meant to contain it did (the victim or luck ended it), from E1 on and outside
    of simulations.
    """
    grade = _FLOORS[outcome][_SETTINGS.index(setting)]
    if contained_by in _UNPLANNED and outcome != "E0" and setting != "research-sim":
        grade = min(_WORST, grade + 1)
    return f"S{grade}"


def graver(one: str, other: str) -> str:
    """The graver of two severities."""
    return max(one, other)
