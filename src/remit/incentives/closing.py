"""Closing every way to blunt oversight by edits alone, judged on the tables: no world has to be solved for it.

Where the full world is out of reach this is how least authority is found: a charter none of whose acts blunts an
intervention has resistance share 0 for every goal (tier T3), whatever else it can do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.charter.model import Affordance, Charter
from remit.errors import CharterError
from remit.incentives.edits import Candidate, candidates, edited
from remit.incentives.readings.readings import resisting
from remit.incentives.worlds.acts import Act, acts_of
from remit.incentives.worlds.layout import Layout, lay_out

__all__ = ["close_all", "plan_of"]

MOST_EDITS = 16


def plan_of(charter: Charter, rows: Sequence[Affordance]) -> Layout:
    """The acts, facts and terms of a charter's world, laid out but not enumerated."""
    return lay_out(charter, acts_of(charter, rows), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Edits made so far, the charter they make, and the acts that still blunt oversight there."""

    edits: tuple[Candidate, ...]
    charter: Charter
    left: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closing:
    """Tries edits on one charter; ``reach`` is how many of the task's outcomes it can bring about as it stands."""

    charter: Charter
    rows: tuple[Affordance, ...]
    reach: int

    def tried(self, edits: tuple[Candidate, ...]) -> _Step | None:
        """The charter after some edits; ``None`` when they contradict each other or put the task out of reach."""
        try:
            after = edited(self.charter, edits) if edits else self.charter
        except CharterError:
            return None
        plan = plan_of(after, self.rows)
        if _task_reach(plan.acts, after) < self.reach:
            return None
        return _Step(edits=edits, charter=after, left=frozenset(resisting(plan)))

    def next_edits(self, step: _Step) -> Iterator[_Step]:
        """Better and better steps from here: each edit left is tried alone once, then taken by what it closes."""
        offered = [one for one in candidates(plan_of(step.charter, self.rows), self.rows) if one not in step.edits]
        closes = {}
        for one in offered:
            alone = self.tried((*step.edits, one))
            if alone is not None and len(alone.left) < len(step.left):
                closes[one.id] = (one, step.left - alone.left)
        while closes:
            chosen = max(closes, key=lambda name: len(closes[name][1] & step.left))
            one, closed = closes.pop(chosen)
            after = self.tried((*step.edits, one)) if closed & step.left else None
            if after is not None and len(after.left) < len(step.left):
                step = after
                yield step

    def pruned(self, step: _Step) -> _Step:
        """The same without the edits that nothing hangs on."""
        for one in step.edits:
            fewer = self.tried(tuple(edit for edit in step.edits if edit != one))
            if fewer is not None and len(fewer.left) <= len(step.left):
                return self.pruned(fewer)
        return step


def close_all(charter: Charter, rows: Sequence[Affordance]) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Edits, greedily by how many acts they close, until none that blunts oversight is left or nothing helps.

    Also the ids of the acts that are left. An edit that would put an outcome of the declared task out of reach is not
    taken. At equal effect the earlier kind wins: surroundings, the stop, a person in front, then dropping the tool.
    """
    closing = _Closing(charter=charter, rows=tuple(rows), reach=_task_reach(acts_of(charter, rows), charter))
    step = _Step(edits=(), charter=charter, left=frozenset(resisting(plan_of(charter, rows))))
    while step.left and len(step.edits) < MOST_EDITS:
        further = list(itertools.islice(closing.next_edits(step), MOST_EDITS - len(step.edits)))
        if not further:
            break
        step = further[-1]
    step = closing.pruned(step)
    return step.edits, tuple(sorted(step.left))


def _task_reach(acts: Sequence[Act], charter: Charter) -> int:
    """How many of the task's facts an authorised act can bring about."""
    made = {fact for act in acts if not act.unauthorised for fact in (*act.adds, *act.gains)}
    wanted = {condition.fact for outcome in charter.purpose.task for condition in outcome.when if condition.holds}
    return len(wanted & (made | set(charter.purpose.given)))
