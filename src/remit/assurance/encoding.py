"""A verdict and an assessment as plain values for JSON: ``remit.gate/1`` and ``remit.case/1``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from remit.assurance.case import Case
from remit.assurance.release.release import Release
from remit.assurance.weighing.assessment import Assessment, Node
from remit.finding import Finding
from remit.incentives.findings_json import encode_finding

__all__ = ["encode_assessment", "encode_findings", "encode_release", "residuals"]


def encode_release(release: Release, assessment: Assessment | None) -> dict[str, Any]:
    """The document ``remit.gate/1``: ``verdict``, ``reasons`` and ``flip`` keep their meaning across releases.

    Without an assessment (there is no case, or it cannot be read) the subject is empty.
    """
    document: dict[str, Any] = {
        "schema": "remit.gate/1",
        "version": 1,
        "verdict": release.verdict.value,
        "reasons": [
            {"claim": reason.claim, "why": reason.why, "evidence": list(reason.evidence)} for reason in release.reasons
        ],
        "flip": [_flip(flip.item, flip.change, flip.on) for flip in release.flip],
        "smallest": release.smallest,
        "as_of": None,
        "case": None,
        "subject": {},
        "residuals": [],
        "findings": [],
    }
    if assessment is not None:
        case = assessment.case
        document["as_of"] = _moment(assessment.as_of)
        document["case"] = {"file": case.file, "id": case.id, "version": case.version, "digest": case.digest}
        document["subject"] = dict(case.subject)
        document["residuals"] = residuals(assessment)
        document["findings"] = [encode_finding(finding) for finding in assessment.findings]
    return document


def residuals(assessment: Assessment) -> list[dict[str, Any]]:
    """The doubts somebody took on and the doubts nobody put a number on: listed with every verdict, never hidden."""
    case = assessment.case
    taken = [
        {
            "item": doubt.id,
            "against": doubt.against,
            "text": doubt.text,
            "accepted_by": doubt.accepted_by or None,
            "expires": None if doubt.expires is None else doubt.expires.isoformat(),
        }
        for doubt in case.defeaters.values()
        if doubt.status == "accepted_residual"
    ]
    unsaid = [
        {"item": claim.id, "against": claim.id, "text": claim.residual, "accepted_by": None, "expires": None}
        for claim in case.claims.values()
        if claim.residual
    ]
    return [*taken, *unsaid]


def encode_assessment(assessment: Assessment) -> dict[str, Any]:
    """The document ``remit.case/1``: every node with health and freshness, and every finding."""
    case = assessment.case
    return {
        "schema": "remit.case/1",
        "version": 1,
        "case": {"file": case.file, "id": case.id, "version": case.version, "digest": case.digest},
        "as_of": _moment(assessment.as_of),
        "subject": dict(case.subject),
        "roots": list(assessment.roots),
        "nodes": {name: _node(node) for name, node in assessment.nodes.items()},
        "residuals": residuals(assessment),
        "findings": [encode_finding(finding) for finding in assessment.findings],
    }


def encode_findings(case: Case, findings: Sequence[Finding], as_of: datetime) -> dict[str, Any]:
    """The document ``remit.case-check/1``: what is wrong with a case."""
    return {
        "schema": "remit.case-check/1",
        "version": 1,
        "case": {"file": case.file, "id": case.id, "version": case.version, "digest": case.digest},
        "as_of": _moment(as_of),
        "findings": [encode_finding(finding) for finding in findings],
    }


def _node(node: Node) -> dict[str, Any]:
    """One node."""
    return {
        "kind": node.kind.value,
        "health": node.health.value,
        "freshness": node.freshness.value,
        "counts": node.counts,
        "void": node.void,
        "because": list(node.because),
        "below": list(node.below),
        "doubts": list(node.doubts),
        "expires": _moment(node.expires),
    }


def _flip(item: str, change: str, on: datetime | None) -> dict[str, Any]:
    """One change; ``on`` only where it comes by itself."""
    return {"item": item, "change": change} if on is None else {"item": item, "change": change, "on": _moment(on)}


def _moment(moment: datetime | None) -> str | None:
    """A moment in UTC to the second."""
    return None if moment is None else moment.isoformat(timespec="seconds")
