"""The end of a run: what was left behind, and how it ended, written where the next reader looks."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

from remit.supervisor.registry import write_whole
from remit.supervisor.report import StopReport
from remit.supervisor.residue.comparison import Residue, residue_of
from remit.supervisor.starting import Started

__all__ = ["with_residue", "write_end"]


def with_residue(started: Started, report: StopReport) -> StopReport:
    """The report with everything the agent left behind that could act later."""
    confinement = started.orders.confinement
    residue = residue_of(started.inventory, confinement, started=started.began, now=time.time())
    return replace(report, residue=tuple(left for left in residue if not _is_ours(left, started)))


def _is_ours(left: Residue, started: Started) -> bool:
    """Whether it belongs to a supervisor, which takes it down after the report: a cgroup, or a control socket."""
    if left.kind == "stale-cgroup":
        return started.tether.cgroup is not None and left.what.startswith(str(started.tether.cgroup.path))
    return left.kind == "listening-socket" and left.what.endswith(f"/{started.folder.socket.name}")


def write_end(started: Started, how: str, status: int | None, report: StopReport | None) -> None:
    """Write the receipt and the last state into the run's folder; a full disk must not keep a run from ending."""
    started.ledger.release()
    with contextlib.suppress(OSError):
        if report is not None:
            write_whole(started.folder.report, report.document())
        verdict = report.verdict if report is not None else None
        ended = {"phase": "ended", "how": how, "status": status, "verdict": verdict}
        started.folder.write_state({**started.document(), **ended})
