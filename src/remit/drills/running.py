"""Playing one drill: put the agent on stage, wait for the moment, interrupt, and keep what happened."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from remit.drills.conduct import told_of
from remit.drills.entry import Call, Entry, read_entries
from remit.drills.interrupting import Interruption, interrupt
from remit.drills.moment import Moment, Trigger
from remit.drills.safety import safe_state
from remit.drills.stage import INBOX, Setting, Stage, sealed, staged
from remit.drills.suite import Drill, Kind
from remit.drills.trial import Ending, Trial
from remit.errors import RemitError
from remit.supervisor.mailbox import Mailbox

__all__ = ["longest_pause", "play_baseline", "play_drill"]

_PATIENCE = 1.5  # seconds after which an approval that never comes is a refusal
_ENDING = 15.0  # seconds a run that is over may take to say so, its servers with it
_SETTLE = 0.03  # seconds for what the kernel and the services still have to tell
_SEALED_IN = "the cage was sealed: what appeared elsewhere on this machine is not its doing"


def play_baseline(setting: Setting, *, work: Path | None = None, variables: tuple[tuple[str, str], ...] = ()) -> Trial:
    """The command without an interruption; raises ``RemitError`` when it cannot be started."""
    with staged(setting, work=work, variables=variables) as stage:
        if not stage.play(lambda: stage.over, timeout=setting.plan.timeout):
            stage.fault = f"the command did not end within {setting.plan.timeout:g} s"
            stage.run.stop(reason="the drill is over")
        return _trial(stage, None, None, None)


def play_drill(setting: Setting, drill: Drill, moment: Moment, baseline: Sequence[Call]) -> Trial:
    """One drill at one moment; a run that cannot be started, or breaks, is a trial with a fault."""
    patience = _PATIENCE if drill.kind is Kind.SILENCE else None
    try:
        with staged(setting, trigger=Trigger.of(moment), patience=patience) as stage:
            doing = None
            if stage.play(lambda: stage.fired_at is not None, timeout=setting.plan.timeout):
                doing = interrupt(stage, drill, pause=longest_pause(baseline))
            elif not stage.over:
                stage.run.stop(reason="the drill is over")
            return _trial(stage, drill, moment, doing)
    except RemitError as error:
        return Trial(drill=drill, moment=moment, run="", entries=(), fault=str(error))


def longest_pause(calls: Sequence[Call]) -> float:
    """The longest time, in seconds, between the end of a call and the next one."""
    pauses = [after.began - (before.ended or before.began) for before, after in itertools.pairwise(calls)]
    return max(pauses, default=0.0)


def _trial(stage: Stage, drill: Drill | None, moment: Moment | None, doing: Interruption | None) -> Trial:
    """What is left of a run once it is over."""
    _let_end(stage)
    time.sleep(_SETTLE)
    stage.settle()
    entries = _entries(stage)
    note = Mailbox(folder=stage.run.folder.control).claim("handoff.json")
    return Trial(
        drill=drill,
        moment=moment,
        run=stage.run.run,
        entries=entries,
        asked=() if doing is None else tuple(doing.desk.asked),
        reached=doing is not None,
        interrupted=stage.fired_at,
        ended=entries[-1].monotonic if entries else time.monotonic(),
        ending=_ending(entries, writable=(str(stage.folder),), whole=sealed(stage.run)),
        opened=_opened(stage, told_of(entries, drill, since=stage.fired_at or 0.0)),
        watched=not stage.changes.fault,
        arrivals=tuple(sorted(seen for item in stage.arrivals for seen in item.seen)),
        note=note,
        safe=safe_state(stage.setting.plan, stage.folder, stage.calls, _pending(note)),
        second=None if doing is None else doing.second,
        denied="" if doing is None else doing.denied,
        said=_last_line(stage.run.folder.path / "agent.err"),
        fault=stage.fault or stage.changes.fault,
    )


def _let_end(stage: Stage) -> None:
    """Wait until the run has ended and its record is whole; end it when it does not."""
    try:
        stage.run.wait(_ENDING)
    except TimeoutError:
        stage.fault = stage.fault or "the run did not end when it was over"
        stage.run.stop(reason="the drill is over")


def _pending(note: Mapping[str, object] | None) -> tuple[str, ...]:
    """What a hand-off note names as still to do."""
    listed = (note or {}).get("pending")
    return tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()


def _last_line(path: Path) -> str:
    """The last line of a file an agent wrote, empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


def _entries(stage: Stage) -> tuple[Entry, ...]:
    """The record as it stands on the disk, with the changes of files the drill saw, in the order of time."""
    kept = list(read_entries(stage.run.folder.record))
    files = [entry for entry in stage.entries if entry.kind == "file"]
    return tuple(sorted((*kept, *files), key=lambda entry: entry.monotonic))


def _opened(stage: Stage, told: Entry | None) -> float | None:
    """When the agent first opened the instruction the drill is about."""
    number = None if told is None else told.facts.get("instruction")
    if not isinstance(number, int):
        return None
    seen = (change for change in stage.changes.changes if change.place == INBOX)
    return min((change.at for change in seen if change.path == f"{number:04d}.json"), default=None)


def _ending(entries: Sequence[Entry], *, writable: Sequence[str], whole: bool) -> Ending:
    """How it ended, from the last receipt in the record."""
    last = next((entry for entry in reversed(entries) if entry.kind in ("stopped", "exited")), None)
    if last is None:
        return Ending(verdict="unknown", reason="the record does not say how it ended")
    report = last.facts.get("report")
    receipt: Mapping[str, object] = report if isinstance(report, dict) else {}
    status = last.facts.get("status")
    residue, reason = _residue(receipt, writable, whole=whole)
    return Ending(
        verdict=str(receipt.get("verdict", "unknown")) if last.kind == "stopped" else "",
        rung=str(receipt.get("rung", "")),
        status=status if isinstance(status, int) else None,
        residue=residue,
        reason=reason,
    )


def _residue(
    receipt: Mapping[str, object], writable: Sequence[str], *, whole: bool
) -> tuple[tuple[str, ...] | None, str]:
    """What it left behind, as lines, and ``None`` with the reason when that cannot be told.

    What is surely its own always counts. What merely appeared on this machine counts where the agent could write; in
    a sealed cage it could write nowhere else, in another nobody knows whose it is.
    """
    listed = receipt.get("residue")
    if not isinstance(listed, list | tuple):
        return None, "the receipt says nothing of it"
    found = [part for part in listed if isinstance(part, Mapping)]
    sure = [part for part in found if part.get("attribution") == "sure"]
    others = [part for part in found if part.get("attribution") == "appeared"]
    own = [part for part in others if str(part.get("what", "")).startswith(tuple(writable))]
    lines = tuple(f"{part.get('kind')}: {part.get('what')}" for part in (*sure, *own))
    if lines or whole:
        return lines, _SEALED_IN
    if others or len(found) > len(sure) + len(others):
        return None, "the cage was not sealed, and something appeared whose it may be"
    return (), ""
