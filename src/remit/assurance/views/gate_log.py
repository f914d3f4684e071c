"""What is wrong with a case and why its gate does not open, as SARIF 2.1.0 for code hosts and editors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from remit.assurance.release.verdict import Reason, Release, Verdict
from remit.assurance.weighing.assessment import Assessment
from remit.finding import Finding, Severity, Where
from remit.sarif import Rule, sarif_log

__all__ = ["GATE_RULES", "gate_findings", "gate_sarif"]

GATE_RULES: tuple[Rule, ...] = (
    Rule(
        code="REMIT-G001",
        title="The gate holds: something the release waits for is not known",
        help="A claim of the gate is not supported, or not fresh, or a part of the case is missing. Show the evidence "
        "that is named, or answer the doubt; an unknown is never a pass.",
        severity=Severity.ERROR,
    ),
    Rule(
        code="REMIT-G002",
        title="The gate blocks: something speaks against the release",
        help="A claim of the gate is refuted, a reviewer rejects, or what was shown was changed after the fact. Mend "
        "what was found; then show it again.",
        severity=Severity.ERROR,
    ),
)
"""What the gate says, by code."""


def gate_findings(assessment: Assessment, release: Release) -> tuple[Finding, ...]:
    """One finding for each reason of a release that is not promoted, at the place of the claim it is about."""
    if release.verdict is Verdict.PROMOTE:
        return ()
    code = "REMIT-G002" if release.verdict is Verdict.BLOCK else "REMIT-G001"
    flips = {flip.item: flip.change for flip in release.flip}
    reasons = release.reasons or (Reason(claim="", why="the gate gives no reason"),)
    return tuple(
        Finding(
            code=code,
            severity=Severity.ERROR,
            where=_place(assessment, reason.claim),
            message=" ".join(f"{release.verdict}: {reason.why}".split()),
            hint=" ".join(flips.get(reason.claim, "").split()),
        )
        for reason in reasons
    )


def _place(assessment: Assessment, identifier: str) -> Where:
    """Where in the case an id is defined; the start of the case for anything else."""
    case = assessment.case
    for items in (case.claims, case.evidence, case.defeaters, case.arguments, case.hazards, case.incidents):
        if identifier in items:
            return items[identifier].where
    return case.where


def gate_sarif(
    assessment: Assessment, release: Release, *, rules: Iterable[Rule], tool_version: str, root: PurePath | str
) -> dict[str, Any]:
    """The log: every finding of the document and every reason of the gate.

    ``rules`` describe every code a case finding may carry; those of the gate are added. Raises ``ValueError`` as
    ``sarif_log`` does.
    """
    found = (*assessment.findings, *gate_findings(assessment, release))
    known = {rule.code: rule for rule in (*rules, *GATE_RULES)}
    return sarif_log(found, known.values(), tool_version=tool_version, root=root)
