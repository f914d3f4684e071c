"""The end of a run: what was left behind, and how it ended, written where the next reader looks."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

from remit.supervisor.registry import write_whole
from remit.supervisor.report import StopReport
from remit.supervisor.residue import residue_of
from remit.supervisor.starting import Started

__all__ = ["with_residue", "write_end"]


def with_residue(started: Started, report: StopReport) -> StopReport:
    """The report with everything the agent left behind that could act later."""
    confinement = started.orders.confinement
    handed = {secret.name: started.began for secret in confinement.secrets if not secret.host}
    residue = residue_of(started.inventory, confinement, started=started.began, now=time.time(), issued=handed)
    return replace(report, residue=residue)


def write_end(started: Started, how: str, status: int | None, report: StopReport | None) -> None:
    """Write the receipt and the last state into the run's folder; a full disk must not keep a run from ending."""
    started.journal.release()
    with contextlib.suppress(OSError):
        if report is not None:
            write_whole(started.folder.report, report.document())
        verdict = report.verdict if report is not None else None
        ended = {"phase": "ended", "how": how, "status": status, "verdict": verdict}
        started.folder.write_state({**started.document(), **ended})
