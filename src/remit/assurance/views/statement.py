"""The verdict as an in-toto statement (Statement v1, predicate ``test-result`` v0.1), to be signed by whoever releases.

Its subjects are what the case is about, by digest; a release that is not promoted has failed: the predicate knows no
third answer, and an unknown is never a pass. The statement is not signed here.
"""

from __future__ import annotations

import re
from typing import Any

from remit.assurance.case import Case
from remit.assurance.release.verdict import Release, Verdict
from remit.assurance.views.wording import objections_to
from remit.assurance.weighing.assessment import Assessment, Freshness, Health
from remit.errors import CaseError

__all__ = ["PREDICATE", "gate_statement"]

PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")
_MEANING = "remitCharter"  # lowercase hexadecimal SHA-256 over what a charter means, not over its bytes


def gate_statement(assessment: Assessment, release: Release) -> dict[str, Any]:
    """The statement as a JSON document.

    Raises ``CaseError`` for a case that states no digest: a statement about nothing could be held up for anything.
    """
    case = assessment.case
    subjects = _subjects(case)
    if not subjects:
        raise CaseError(
            "the case states no digest of what is to be released",
            hint="write `image: sha256:...` or another digest below `subject`",
        )
    passed = [
        claim.id
        for claim in case.claims.values()
        if claim.gate
        and (node := assessment.nodes.get(claim.id)) is not None
        and (node.health, node.freshness) == (Health.SUPPORTED, Freshness.FRESH)
        and not objections_to(release, claim.id)
    ]
    promoted = release.verdict is Verdict.PROMOTE
    failed = [claim.id for claim in case.claims.values() if claim.gate and claim.id not in passed]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": {
            "result": "PASSED" if promoted else "FAILED",
            "configuration": _configuration(assessment),
            "passedTests": [*passed, *(["verdict"] if promoted else [])],
            "warnedTests": [],
            "failedTests": [*failed, *([] if promoted else ["verdict"])],
        },
    }


def _subjects(case: Case) -> list[dict[str, Any]]:
    """What is to be released, as far as it has a digest."""
    return [
        {"name": name, "digest": {_MEANING if name == "charter" else "sha256": found[1]}}
        for name, value in case.subject.items()
        if (found := _SHA256.fullmatch(value))
    ]


def _configuration(assessment: Assessment) -> list[dict[str, Any]]:
    """What the verdict rests on: the argument, and every piece of evidence that counts."""
    case = assessment.case
    argument = _SHA256.fullmatch(case.digest)
    about = {"verdictAsOf": assessment.as_of.isoformat(), "case": case.id, "version": case.version}
    head: dict[str, Any] = {"name": case.file, "annotations": about}
    head |= {"digest": {"remitArgument": argument[1]}} if argument else {"uri": f"urn:remit:case:{case.version}"}
    return [
        head,
        *(
            {"name": item.file, "digest": {"sha256": found[1]}, "annotations": {"evidence": item.id}}
            for item in case.evidence.values()
            if (found := _SHA256.fullmatch(item.sha256))
            and (node := assessment.nodes.get(item.id)) is not None
            and node.counts
        ),
    ]
