"""Stopping a run that is known by its folder: its supervisor is asked, and where it does not answer it is done here.

What belongs to a run besides its agent (its companion, the servers in cages of their own) is ended with it, also by
what the folder says, so that neither a daemon nor its watcher has to be there.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Thread

from remit.errors import RemitError
from remit.supervisor.ladder import climb
from remit.supervisor.line import Connection, checked
from remit.supervisor.parts import Part, ended, joined
from remit.supervisor.registry import RunFolder, read_object, write_whole
from remit.supervisor.report import PartEnd, Rung, StopReport, Survivor, Verdict
from remit.supervisor.residue.comparison import not_looked_at
from remit.supervisor.tether import Tether, start_of

__all__ = ["end_company", "end_parts", "ended_companion", "stop_at"]

_AT_ONCE = 0.08  # seconds a daemon may take to say that it stops, before the client does it
_RECEIPT = 5.0  # seconds beyond grace and bound that the receipt of a daemon that stops may take
COMPANION = "companion"
"""What a receipt calls the process that stands between an agent and its servers."""


def stop_at(folder: RunFolder, *, grace: float, within: float, reason: str, by: str) -> StopReport:
    """Stop the run of a folder and return the receipt; ``grace`` and ``within`` are in seconds."""
    requested = time.monotonic()
    asked = {"request": "stop", "grace": grace, "within": within, "reason": reason, "by": by}
    with contextlib.suppress(RemitError, TimeoutError), Connection.to(folder, timeout=_AT_ONCE) as line:
        line.send(asked)
        checked(line.receive(_AT_ONCE if grace <= 0 else _AT_ONCE + 1.0))
        answer = checked(line.receive(grace + within + _RECEIPT))
        if isinstance(answer.get("report"), dict):
            return StopReport.of(answer["report"])  # type: ignore[arg-type]
    return _stop_here(folder, within=within, requested=requested, reason=reason, by=by)


def _stop_here(folder: RunFolder, *, within: float, requested: float, reason: str, by: str) -> StopReport:
    """Stop a run whose daemon does not: kill its agent, then the daemon, whose watcher tidies up."""
    state = folder.read_state()
    tether = Tether.of(state)
    known = read_object(folder.report)
    if tether.empty() and known:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return StopReport.of(known)
    if not state:
        return StopReport(
            run=folder.run,
            verdict=Verdict.UNKNOWN,
            rung=Rung.ALREADY,
            took=0.0,
            proof=("the run's folder does not say what was started",),
            reason=reason,
            by=by,
        )
    why = f"{reason} (its supervisor did not answer)"
    report = climb(tether, within=within, requested=requested, reason=why, by=by)
    unseen = not_looked_at("its supervisor did not answer, and only it knew what was there before")
    report = joined(replace(report, residue=unseen), end_company(folder, state, within=within), requested=requested)
    with contextlib.suppress(OSError):  # before the daemon ends: its watcher keeps a receipt it finds
        write_whole(folder.report, report.document())
    _end_process(state.get("daemon"), state.get("daemon_start"))
    return report


def end_company(folder: RunFolder, state: Mapping[str, object], *, within: float) -> tuple[PartEnd, ...]:
    """End what a run's state says belongs to it besides its agent, and say of each what is known."""
    parts = Part.listed(state)
    pid, start = state.get("companion"), state.get("companion_start")
    ends: tuple[PartEnd, ...] = ()
    if isinstance(pid, int):
        gone = _end_process(pid, start, within=within)
        ends = (ended_companion(pid, gone=gone),)
    return ends + end_parts(folder, parts, within=within)


def ended_companion(pid: int, *, gone: bool) -> PartEnd:
    """What is known of a run's companion: one process, which ends or does not."""
    said = f"process {pid}: {'it is gone' if gone else 'it is still there'}"
    verdict = Verdict.DEAD if gone else Verdict.SURVIVORS
    left = () if gone else (Survivor(pid=pid, command="the companion of the run"),)
    return PartEnd(name=COMPANION, verdict=verdict, survivors=left, proof=(said,))


def end_parts(folder: RunFolder, parts: Sequence[Part], *, within: float) -> tuple[PartEnd, ...]:
    """Stop the servers of a run, all at once, and say of each what is known; each is a run with a supervisor."""
    found: dict[str, PartEnd] = {}

    def end(part: Part) -> None:
        place = part.folder(folder)
        reason = f"the run `{folder.run}` it is part of has ended"
        report = stop_at(place, grace=0.0, within=within, reason=reason, by=folder.run)
        found[part.run] = ended(part, report)

    threads = [Thread(target=end, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    unknown = (
        PartEnd(name=part.name, run=part.run, verdict=Verdict.UNKNOWN) for part in parts if part.run not in found
    )
    return (*(found[part.run] for part in parts if part.run in found), *unknown)


def _end_process(pid: object, start: object, *, within: float = 0.0) -> bool:
    """Kill the very process that was written down; whether it is gone after ``within`` seconds."""
    if not isinstance(pid, int) or not isinstance(start, int):
        return True
    with contextlib.suppress(OSError):
        held = os.pidfd_open(pid)
        try:
            if start_of(pid) == start:
                signal.pidfd_send_signal(held, signal.SIGKILL)
                select.select([held], [], [], within)
        finally:
            os.close(held)
    return start_of(pid) != start
