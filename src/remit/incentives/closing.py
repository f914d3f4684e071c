"""Closing every way to blunt oversight by edits alone, judged on the tables: no world has to be solved for it.

Where the full world is out of reach this is how least authority is found: a charter none of whose acts blunts an
intervention has resistance share 0 for every goal (tier T3), whatever else it can do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.charter.model import Affordance, Charter
from remit.errors import CharterError
from remit.incentives.acts import Act, acts_of
from remit.incentives.authority import edited
from remit.incentives.edits import Candidate, candidates
from remit.incentives.layout import Layout, lay_out
from remit.incentives.readings import resisting

__all__ = ["close_all", "plan_of"]

MOST_EDITS = 12


def plan_of(charter: Charter, rows: Sequence[Affordance]) -> Layout:
    """The acts, facts and terms of a charter's world, laid out but not enumerated."""
    return lay_out(charter, acts_of(charter, rows), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    edits: tuple[Candidate, ...]
    charter: Charter
    left: tuple[str, ...]


def close_all(charter: Charter, rows: Sequence[Affordance]) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Edits, greedily, until no act blunts oversight or none helps; and the ids of the acts that are left.

    An edit that would keep the declared task from being reached is not taken. At equal effect the earlier kind of edit
    wins: surroundings, then the stop, then a person in front, then dropping the tool.
    """
    step = _Step(edits=(), charter=charter, left=resisting(plan_of(charter, rows)))
    while step.left and len(step.edits) < MOST_EDITS:
        better = _best_next(step, charter, rows)
        if better is None:
            break
        step = better
    return _pruned(step, charter, rows).edits, step.left


def _best_next(step: _Step, charter: Charter, rows: Sequence[Affordance]) -> _Step | None:
    best: _Step | None = None
    for one in candidates(plan_of(charter, rows), rows):
        if one in step.edits:
            continue
        tried = _tried((*step.edits, one), charter, rows)
        if tried is not None and len(tried.left) < len((best or step).left):
            best = tried
    return best


def _tried(edits: tuple[Candidate, ...], charter: Charter, rows: Sequence[Affordance]) -> _Step | None:
    try:
        after = edited(charter, edits)
    except CharterError:
        return None
    plan = plan_of(after, rows)
    if _task_reach(plan.acts, after) < _task_reach(acts_of(charter, rows), charter):
        return None
    return _Step(edits=edits, charter=after, left=resisting(plan))


def _task_reach(acts: Sequence[Act], charter: Charter) -> int:
    """How many of the task's facts an authorised act can bring about."""
    made = {fact for act in acts if not act.unauthorised for fact in (*act.adds, *act.gains)} | set(
        charter.purpose.given
    )
    wanted = {condition.fact for outcome in charter.purpose.task for condition in outcome.when if condition.holds}
    return len(wanted & made)


def _pruned(step: _Step, charter: Charter, rows: Sequence[Affordance]) -> _Step:
    for one in step.edits:
        fewer = _tried(tuple(edit for edit in step.edits if edit != one), charter, rows)
        if fewer is not None and len(fewer.left) <= len(step.left):
            return _pruned(fewer, charter, rows)
    return step
