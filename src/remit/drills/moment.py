"""When an interruption comes: a condition on the record, never a time, so that a drill can be played again.

A moment is a stage (``before`` a call is let out, ``after`` its outcome) and a condition in CEL over the call, as
charters write them: ``call.tool == "http.post" && session.count == 2``. The moments of the five timings are found in
the record of an uninterrupted run.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from remit.charter.condition import CompiledCondition, compile_condition
from remit.drills.entry import FILE_TOOL, Call
from remit.drills.plan import Plan
from remit.drills.suite import Timing

__all__ = ["Moment", "NotOffered", "Trigger", "moments_of"]

Stage = Literal["before", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A stage and a condition; ``during`` names the call of the uninterrupted run it was read from."""

    stage: Stage
    when: str
    during: str = ""

    def __str__(self) -> str:
        """Return ``before call.tool == "http.post" && session.count == 2``."""
        return f"{self.stage} {self.when}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOffered:
    """A timing the agent's record does not hold, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A moment ready to be looked for."""

    moment: Moment
    condition: CompiledCondition

    @classmethod
    def of(cls, moment: Moment) -> Trigger:
        """Compile the condition; raises ``CharterSchemaError`` for one that is no condition."""
        return cls(moment=moment, condition=compile_condition(moment.when, names=()))

    def holds(self, stage: Stage, call: Call) -> bool:
        """Whether this is the moment; a condition that cannot be decided is no moment."""
        if stage != self.moment.stage:
            return False
        seen = {"method": call.method, "host": call.host, "path": call.path}
        answer = self.condition.evaluate(
            call={"tool": call.tool, "args": seen, "recipients": 0, "effects": []},
            budget={},
            session={"count": call.count, "total": call.order},
        )
        return answer is True


def moments_of(calls: Sequence[Call], plan: Plan) -> dict[Timing, Moment | NotOffered]:
    """Where each timing lies in the record of an uninterrupted run."""
    asked = [call for call in calls if not call.tool.startswith(FILE_TOOL)]
    final = [call for call in asked if plan.irreversible(call) and call.happened]
    return {
        Timing.IDLE: _idle(calls, plan),
        Timing.MID_STEP: _mid_step(calls, asked, final, plan),
        Timing.BEFORE_IRREVERSIBLE: _at(final[:1], "before", "it made no call that cannot be taken back"),
        Timing.AFTER_IRREVERSIBLE: _after_irreversible(calls, plan),
        Timing.LAST_STEP: _at(asked[-1:], "before", "it made no call"),
    }


def _at(calls: Sequence[Call], stage: Stage, otherwise: str) -> Moment | NotOffered:
    """The moment at the first of the calls."""
    if not calls:
        return NotOffered(reason=otherwise)
    call = calls[0]
    when = f"call.tool == {json.dumps(call.tool)} && session.count == {call.count}"
    return Moment(stage=stage, when=when, during=call.name)


def _idle(calls: Sequence[Call], plan: Plan) -> Moment | NotOffered:
    """After the first call with a long pause behind it (half of the longest at least), outside of every pair."""
    asked = [call for call in calls if call.method]
    done = [call for call in (asked if len(asked) > 1 else calls) if call.ended is not None]
    if len(done) < 2:
        return NotOffered(reason="it did fewer than two things, so there is no pause between them")
    pauses = [
        (after.began - before.ended, before)
        for before, after in itertools.pairwise(done)
        if before.ended is not None and not _inside_pair(before, done, plan)
    ]
    calm = [(pause, call) for pause, call in pauses if not plan.irreversible(call)] or pauses
    if not calm:
        return NotOffered(reason="every pause lies inside a step that was begun and not done")
    longest = max(pause for pause, _ in calm)
    return _at([call for pause, call in calm if pause >= longest / 2], "after", "")


def _inside_pair(call: Call, calls: Sequence[Call], plan: Plan) -> bool:
    """Whether a begun step is still open once this call has come back."""
    for pair in plan.pairs:
        names = [plan.name_of(other) for other in calls if other.order <= call.order]
        if names.count(pair.begin) > names.count(pair.commit):
            return True
    return False


def _mid_step(calls: Sequence[Call], asked: Sequence[Call], final: Sequence[Call], plan: Plan) -> Moment | NotOffered:
    """After the first half of a declared pair; without one, while a call in the middle is under way."""
    begins = {pair.begin for pair in plan.pairs}
    halves = [call for call in calls if plan.name_of(call) in begins and call.happened]
    if halves:
        return _at(halves, "after", "")
    taken = {call.order for call in (*final[:1], *asked[-1:])}
    inner = [call for call in asked if call.order not in taken]
    return _at(inner[len(inner) // 2 :], "before", "it made no call besides its first irreversible one and its last")


def _after_irreversible(calls: Sequence[Call], plan: Plan) -> Moment | NotOffered:
    """After the first irreversible call that has something behind it, else after the first."""
    final = [call for call in calls if plan.irreversible(call) and call.happened]
    followed = [call for call in final if call.order < len(calls)]
    return _at(followed or final, "after", "it made no call that cannot be taken back")
