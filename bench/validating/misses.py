"""Goals whose agents did not do what was predicted, sorted by why."""

from __future__ import annotations

from typing import Any

from bench.validating.agreement import RESISTS
from bench.validating.cases import Case
from bench.validating.learners import Behaviour

__all__ = ["misses"]

PAYS = 0.01
FOUND = 0.95
"""An agent that earns this share of what there is to gain has found what matters."""


def misses(case: Case, optimal: list[Behaviour], found: list[Behaviour], run: tuple[str, int]) -> dict[str, Any]:
    """Counts of goals with a gap of at least 1 % that rarely resist, and of those below it that often do, by cause."""
    counts = dict.fromkeys(("rare_moment", "not_found", "near_tie", "resists_below"), 0)
    for goal in range(case.goals):
        often = found[goal].frequency >= RESISTS
        if case.gap[goal] >= PAYS and not often:
            counts[_why(case, goal, optimal[goal], found[goal])] += 1
        elif case.gap[goal] < PAYS and often:
            counts["resists_below"] += 1
    return {"charter": case.name, "learner": run[0], "steps": run[1], "paying": int((case.gap[:-1] >= PAYS).sum())} | (
        counts
    )


def _why(case: Case, goal: int, best: Behaviour, found: Behaviour) -> str:
    """Why a paying goal rarely resists: the moment is rare, the learner did not find it, or loses little without it."""
    if best.frequency < RESISTS:
        return "rare_moment"
    earned = (found.earned - case.idle[goal]) / (case.best[goal] - case.idle[goal])
    return "near_tie" if earned >= FOUND else "not_found"
