"""The report as JSON, schema ``remit.check/1`` (stable: keys are added, never renamed or taken away).

The same report gives the same bytes: no time stamps, no durations, no absolute paths beyond those the user typed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from remit.incentives.findings_json import encode_finding
from remit.incentives.reading_rules import NOT_MODELLED, failed_invariants, findings_of
from remit.incentives.report import (
    AffordanceReading,
    AssumptionRow,
    DriveReading,
    LeastAuthority,
    PeakReading,
    PriorReading,
    Report,
    SufficiencyRow,
)
from remit.incentives.shares import ranked_shares
from remit.incentives.sufficiency import surprises
from remit.theory.estimate import Estimate

__all__ = ["SCHEMA", "encode", "to_text"]

SCHEMA = "remit.check/1"
_DIGITS = 12  # significant digits: beyond them lies rounding, which may differ between machines


def encode(report: Report, *, shapley: bool = False) -> dict[str, Any]:
    """The whole report as a JSON object; readings are null or empty when an invariant of the world failed.

    ``shapley``: whether the shares of the incentive to resist were asked for; they stand under a key of their own, null
    where they are not known.
    """
    withheld = bool(failed_invariants(report))
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "version": 1,
        "charter": {"path": report.charter_path, "digest": report.charter_digest, "agent": report.agent},
        "purpose": report.purpose,
        "goals": report.goals,
        "seed": report.seed,
        "withheld": withheld,
        "findings": [encode_finding(finding) for finding in findings_of(report)],
        "assumptions": {row.id: _assumption(row) for row in report.assumptions},
        "not_modelled": list(NOT_MODELLED),
        "world": _world(report),
    }
    shares = {"shapley": None if withheld else _shapley(report)} if shapley else {}
    return {**head, **(_nothing() if withheld else _readings(report)), **shares}


def to_text(document: Mapping[str, Any]) -> str:
    """The JSON text, indented, with keys in the order above and a final newline."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _readings(report: Report) -> dict[str, Any]:
    """Everything that was measured."""
    return {
        "tier": report.tier.tier,
        "tier_facts": {
            "because": report.tier.because,
            "task_gap": _number(report.tier.task_gap),
            "task_peak": _number(report.tier.task_peak),
            "lambda_star": _number(report.tier.lambda_star),
            "training_compatible": _estimate(report.tier.training_compatible),
        },
        "drives": {drive.id: _priors(drive) for drive in report.drives},
        "overall": {drive.id: _priors(drive) for drive in report.overall},
        "drive_facts": {
            drive.id: {"title": drive.title, "acts": list(drive.acts), "witness": list(drive.witness)}
            for drive in (*report.drives, *report.overall)
        },
        "peak": _peak(report.peak),
        "affordances": [_affordance(reading) for reading in report.affordances],
        "sufficiency": [_sufficiency(row) for row in report.sufficiency],
        "surprises": list(surprises(report.sufficiency)),
        "certificate": _certificate(report),
        "power": {"start": _estimate(report.power.start), "stopped": _estimate(report.power.stopped)},
        "task_value": _number(report.task_value),
        "least_authority": _least_authority(report.least_authority),
    }


def _nothing() -> dict[str, Any]:
    """The keys of the readings with nothing in them: what a reader must take as unknown, never as zero."""
    empty: dict[str, Any] = {"tier": "unknown", "tier_facts": None, "drives": {}, "overall": {}, "drive_facts": {}}
    return {
        **empty,
        "peak": None,
        "affordances": [],
        "sufficiency": [],
        "surprises": [],
        "certificate": None,
        "power": None,
        "task_value": None,
        "least_authority": None,
    }


def _priors(drive: DriveReading) -> dict[str, Any]:
    """A drive's reading under every prior."""
    return {name: _prior(reading) for name, reading in drive.priors.items()}


def _prior(reading: PriorReading) -> dict[str, Any]:
    """One prior: the shares, the interval of ``share1`` as ``low`` and ``high``, and what lies beside them."""
    return {
        "share1": _number(reading.share1.value),
        "share10": _number(reading.share10.value),
        "low": _number(reading.share1.low),
        "high": _number(reading.share1.high),
        "mean_gap": _number(reading.mean_gap.value),
        "c99": _number(reading.c99),
        "trivial": _number(reading.trivial),
        "method": reading.share1.method,
        "samples": reading.share1.samples,
        "share10_interval": _interval(reading.share10),
        "mean_gap_interval": _interval(reading.mean_gap),
    }


def _peak(peak: PeakReading) -> dict[str, Any]:
    """The peak temptation."""
    return {
        "share1": _number(peak.share1.value),
        "share10": _number(peak.share10.value),
        "low": _number(peak.share1.low),
        "high": _number(peak.share1.high),
        "mean": _number(peak.mean.value),
        "c99": _number(peak.c99),
        "mode": peak.mode,
        "task": _number(peak.task),
        "method": peak.share1.method,
        "share10_interval": _interval(peak.share10),
        "mean_interval": _interval(peak.mean),
        "witness": list(peak.witness),
    }


def _affordance(reading: AffordanceReading) -> dict[str, Any]:
    """An affordance with its class and the numbers that decided it."""
    return {
        "id": reading.id,
        "tool": reading.tool,
        "title": reading.title,
        "file": reading.where.file,
        "line": reading.where.line,
        "column": reading.where.column,
        "opened_by": reading.opened_by,
        "authorised": reading.authorised,
        "class": reading.classification,
        "kappa": _number(reading.kappa),
        "rho": _number(reading.rho),
        "u": _number(reading.u),
        "gap": _number(reading.gap.value),
        "gap_interval": _interval(reading.gap),
        "rank": reading.rank,
        "parts": list(reading.parts),
        "effects": list(reading.effects),
        "witness": list(reading.witness),
        "source": reading.source,
        "advice": reading.advice,
    }


def _least_authority(least: LeastAuthority) -> dict[str, Any]:
    """The edits, what they do to resistance on the worst prior, and what they leave of the task."""
    edits: list[Any] = [
        {"id": edit.id, "title": edit.title, "path": edit.path, "file": edit.where.file, "line": edit.where.line}
        for edit in least.edits
    ]
    return {
        "edits": edits,
        "before": _number(least.before.value),
        "after": _number(least.after.value),
        "before_interval": _interval(least.before),
        "after_interval": _interval(least.after),
        "worst_prior": least.worst_prior,
        "task_value": _number(least.task_value),
        "reached": least.reached,
        "minimal": least.minimal,
        "patch": least.patch,
    }


def _shapley(report: Report) -> dict[str, Any] | None:
    """What each resisting effect adds to the mean gap, which the shares sum to; null for a world that was bounded."""
    if report.world.method == "bound":
        return None
    rows = [
        {"id": row.id, "rank": row.rank, "part": _estimate(row.part), "gap": _estimate(row.gap)}
        for row in ranked_shares(report)
    ]
    return {"total": _number(sum(estimate.value for _name, estimate in report.shapley)), "shares": rows}


def _certificate(report: Report) -> dict[str, Any]:
    """The prior-free statement, or the conditions that keep it from applying."""
    certificate = report.certificate
    return {
        "applies": certificate.applies,
        "act": certificate.act,
        "statement": certificate.statement,
        "bound": certificate.bound,
        "measured": _estimate(certificate.measured),
        "conditions": [{"condition": name, "holds": holds} for name, holds in certificate.conditions],
    }


def _sufficiency(row: SufficiencyRow) -> dict[str, Any]:
    """One setting of oversight."""
    return {
        "response": row.response,
        "notice": row.notice,
        "detect": _number(row.detect),
        "share1": _number(row.share1),
        "mean_gap": _number(row.mean_gap),
        "peak": _number(row.peak),
    }


def _assumption(row: AssumptionRow) -> dict[str, Any]:
    """An assumption, where it comes from, and what turns when it does."""
    return {"value": row.value, "origin": row.origin, "swept": list(row.swept), "flips": list(row.flips)}


def _world(report: Report) -> dict[str, Any]:
    """Size and kind of the world, and which invariants were tested on it."""
    world = report.world
    return {
        "states": world.states,
        "facts": world.facts,
        "acts": world.acts,
        "outcomes": list(world.outcomes),
        "outcome_classes": world.outcome_classes,
        "method": world.method,
        "notes": list(world.notes),
        "invariants": dict(world.invariants),
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    """A number with its interval and what the interval means."""
    if estimate is None:
        return None
    return {
        "value": _number(estimate.value),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
        "method": estimate.method,
        "samples": estimate.samples,
    }


def _interval(estimate: Estimate) -> list[Any]:
    """The two ends of an interval."""
    return [_number(estimate.low), _number(estimate.high)]


def _number(value: float | None) -> float | None:
    """A float cut to the digits that are the same on every machine; never a negative zero."""
    return None if value is None else float(f"{float(value):.{_DIGITS}g}") + 0.0
