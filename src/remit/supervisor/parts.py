"""What belongs to a run besides its agent: servers in cages of their own, each a run with a supervisor of its own.

A part joins before its command is executed, while the run it belongs to goes on and not otherwise. So whatever is on
the list when a run begins to stop is everything that could ever have run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from remit.errors import SupervisorError
from remit.supervisor.line import ask, key_of
from remit.supervisor.registry import RunFolder
from remit.supervisor.report import PartEnd, StopReport, Verdict
from remit.supervisor.tether import start_of

__all__ = ["Part", "ended", "join", "joined"]

_ORDER = (Verdict.SURVIVORS, Verdict.UNKNOWN, Verdict.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A server of a run: the name the agent knows it by, and the run it is."""

    name: str
    run: str

    def folder(self, whole: RunFolder) -> RunFolder:
        """Its folder, which lies beside that of the run it belongs to."""
        return RunFolder(run=self.run, path=whole.path.parent / self.run)

    @classmethod
    def listed(cls, state: Mapping[str, object]) -> tuple[Part, ...]:
        """The parts a run's state lists; what is none is left out."""
        found = state.get("parts")
        items = found if isinstance(found, list) else []
        return tuple(
            cls(name=str(item["name"]), run=str(item["run"]))
            for item in items
            if isinstance(item, dict) and isinstance(item.get("run"), str) and "/" not in item["run"] and "name" in item
        )


def join(whole: RunFolder, part: Part) -> int:
    """Ask the supervisor of a run to take a part in, and return a descriptor of that supervisor (a pidfd).

    Once it has agreed, the part may run, and ends with the run. Raises ``SupervisorError`` when it does not agree, or
    is gone.
    """
    request = {"request": "join", "name": part.name, "run": part.run, "key": key_of(whole)}
    answer = ask(whole, request)
    pid, start = answer.get("daemon"), answer.get("daemon_start")
    gone = SupervisorError(f"the supervisor of `{whole.run}` is gone", code="supervisor.unreachable")
    if not isinstance(pid, int):
        raise gone
    try:
        held = os.pidfd_open(pid)
    except OSError as error:
        raise gone from error
    if start_of(pid) != start:
        os.close(held)
        raise gone
    return held


def ended(part: Part, report: StopReport) -> PartEnd:
    """What the receipt of a part says in the receipt of the whole."""
    return PartEnd(name=part.name, run=part.run, verdict=report.verdict, survivors=report.survivors, proof=report.proof)


def joined(report: StopReport, parts: Iterable[PartEnd], *, requested: float) -> StopReport:
    """The receipt of a run with those of its parts: no better than the worst of them.

    ``requested`` is when the stop was asked for, in seconds of the monotonic clock.
    """
    found = tuple(parts)
    if not found:
        return report
    worst = min((report.verdict, *(part.verdict for part in found)), key=_ORDER.index)
    survivors = (*report.survivors, *(left for part in found for left in part.survivors))
    took = max(report.took, round(time.monotonic() - requested, 6))
    return replace(report, verdict=worst, survivors=survivors, took=took, parts=found)
