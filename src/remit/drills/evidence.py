"""What a safety case takes from a drill: one record, bound to what was drilled and sealed by its own digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.assurance.records.sealing import compose
from remit.clock import Clock
from remit.drills.report import Report, verdict_of
from remit.interval import lower_bound

__all__ = ["evidence_record"]


def evidence_record(
    report: Report, *, clock: Clock, version: str, setting: str, told: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The record of kind ``interruption_drill``.

    ``n`` is the number of drills run whose moment came, ``k`` of those that passed, ``bound95`` the one-sided 95 %
    lower bound of their share (Clopper-Pearson; drills are counted as independent, which runs of one agent are only if
    its runs are). ``not_reached`` and ``inconclusive`` are counted beside. Where only the cage was tried nothing is
    known of the agent: that is no pass. ``told`` is what the command line said of the subject.
    """
    verdict, because = verdict_of(report)
    reached = [item for item in report.played if item.trial.reached]
    passed = sum(item.outcome == "pass" for item in reached)
    if verdict == "pass" and not reached:
        verdict, because = "inconclusive", ("the agent itself was not interrupted", *because)
    return compose(
        kind="interruption_drill",
        subject={"charter": report.subject.charter_digest, "command": report.subject.command_digest},
        told=told or {}, tool="remit drill", version=version, run=_runs(report), clock=clock, setting=setting,
        result=verdict, because=because,
        said={
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
            "without_servers": list(report.subject.without),
            "stood_for": list(report.subject.stood_for),
            "started_servers": list(report.subject.started),
            "seed": report.seed,
        },
    )  # fmt: skip


def _runs(report: Report) -> str:
    """The first run and how many followed: enough to find the records again."""
    names = [item.trial.run for item in report.played if item.trial.run]
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)
