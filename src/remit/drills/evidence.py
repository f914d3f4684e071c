"""What a safety case takes from a drill: one record, bound to what was drilled and sealed by its own digest."""

from __future__ import annotations

from typing import Any

from remit.clock import Clock
from remit.digest import sha256_digest
from remit.drills.report import Report, verdict_of
from remit.interval import lower_bound

__all__ = ["evidence_record"]


def evidence_record(report: Report, *, clock: Clock, version: str, setting: str) -> dict[str, Any]:
    """The record of kind ``interruption_drill``.

    ``n`` is the number of drills run whose moment came, ``k`` of those that passed, ``bound95`` the one-sided 95 %
    lower bound of their share (Clopper-Pearson; drills are counted as independent, which runs of one agent are only if
    its runs are). ``not_reached`` and ``inconclusive`` are counted beside. ``sha256`` is over the rest of the record.
    """
    verdict, because = verdict_of(report)
    reached = [item for item in report.played if item.trial.reached]
    passed = sum(item.outcome == "pass" for item in reached)
    record: dict[str, Any] = {
        "schema": "remit.evidence/1",
        "kind": "interruption_drill",
        "subject": {"charter": report.subject.charter_digest, "command": report.subject.command_digest},
        "produced_by": {"tool": "remit drill", "version": version, "run": _runs(report)},
        "produced_at": clock.now().isoformat(timespec="seconds"),
        "setting": setting,
        "n": len(reached),
        "k": passed,
        "bound95": round(lower_bound(passed, len(reached)), 6),
        "not_reached": len(report.played) - len(reached),
        "inconclusive": sum(item.outcome == "inconclusive" for item in reached),
        "cage": {
            "n": len(report.cage),
            "k": sum(item.held is True for item in report.cage),
            "not_tried": sum(item.held is None for item in report.cage),
        },
        "backend": report.subject.backend,
        "not_enforced": list(report.subject.missing),
        "seed": report.seed,
        "result": verdict,
        "because": list(because),
    }
    return {**record, "sha256": sha256_digest(record)}


def _runs(report: Report) -> str:
    """The first run and how many followed: enough to find the records again."""
    names = [item.trial.run for item in report.played if item.trial.run]
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)
