"""Kill and resume: a run is killed at an entry, started again from what it left, and must do what was still to do.

The second run starts in the folder as the first left it, with ``REMIT_RESUME=1`` and, in ``REMIT_COMPLETED``, a file
with the calls the record shows as done. Its calls must equal the uninterrupted run's rest, in the same order: nothing
twice, nothing missing. Ports and times do not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from remit.drills.entry import Call
from remit.drills.moment import Moment, Trigger
from remit.drills.report import Replay
from remit.drills.running import play_baseline
from remit.drills.stage import Setting, staged
from remit.drills.trial import Trial
from remit.drills.workspace import copied
from remit.errors import RemitError

__all__ = ["kill_and_resume", "suffix"]

COMPLETED = ".remit-completed.json"


def kill_and_resume(setting: Setting, baseline: Trial) -> tuple[Replay, ...]:
    """One replay for each third of the uninterrupted run."""
    requests = [call for call in baseline.calls if call.method and call.happened]
    places = sorted({max(1, len(requests) * part // 3) for part in (1, 2)}) if len(requests) > 1 else []
    if not places:
        return (Replay(killed_at="", same=None, reason="it made fewer than two calls"),)
    return tuple(_replay(setting, requests, place) for place in places)


def suffix(calls: Iterable[Call], done: Sequence[str]) -> tuple[str, ...]:
    """The calls that reached the world, without those already done, each of these taken out once from the front."""
    left = list(done)
    rest = []
    for call in calls:
        if not call.method or not call.happened:
            continue
        if left and left[0] == call.key:
            left.pop(0)
            continue
        rest.append(call.key)
    return tuple(rest)


def _replay(setting: Setting, requests: Sequence[Call], place: int) -> Replay:
    """Kill after the call at ``place`` (counted from 1) came back, start again, compare."""
    call = requests[place - 1]
    when = f"call.tool == {json.dumps(call.tool)} && session.count == {call.count}"
    moment = Moment(stage="after", when=when, during=call.name)
    try:
        with copied(setting.workspace) as work:
            done = _killed(setting, moment, work)
            if done is None:
                return Replay(killed_at=str(moment), same=None, reason="the moment never came in this run")
            _hand_over(work, done)
            again = play_baseline(setting, work=work, variables=(("REMIT_RESUME", "1"), ("REMIT_COMPLETED", COMPLETED)))
    except RemitError as error:
        return Replay(killed_at=str(moment), same=None, reason=str(error))
    wanted = suffix(requests, [item.key for item in done])
    found = tuple(item.key for item in again.calls if item.method and item.happened)
    return Replay(killed_at=str(moment), same=wanted == found, wanted=wanted, found=found, reason=again.fault)


def _killed(setting: Setting, moment: Moment, work: Path) -> list[Call] | None:
    """Run until the moment and kill; the calls the record shows as done, ``None`` when the moment never came."""
    with staged(setting, trigger=Trigger.of(moment), work=work) as stage:
        if not stage.play(lambda: stage.fired_at is not None, timeout=setting.plan.timeout):
            return None
        stage.run.stop(reason="kill and resume")
        stage.play(lambda: stage.over, timeout=2.0)
        return [call for call in stage.calls if call.method and call.happened]


def _hand_over(work: Path, done: Sequence[Call]) -> None:
    """Write down, where the second run can read it, what the record shows as done."""
    path = work / COMPLETED
    path.unlink(missing_ok=True)
    path.write_text(json.dumps([call.name for call in done]), encoding="utf-8")
