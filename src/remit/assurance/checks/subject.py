"""What is to be released: the charter, the envelope and the other parts of the subject, and when it is reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from remit.assurance.case import Case
from remit.assurance.rules import case_fault
from remit.assurance.weighing.assessment import Freshness, Health, Observed
from remit.assurance.weighing.freshness import end_of
from remit.assurance.weighing.weighing import Weighed
from remit.finding import Finding

__all__ = ["changed", "standing_gates"]


def changed(case: Case, observed: Mapping[str, Observed], as_of: datetime) -> Iterator[Finding]:
    """Whether the files are those the case speaks of."""
    charter, stated = observed.get("charter"), case.subject.get("charter")
    if stated is None:
        yield case_fault("no-subject", case.where, "`case.subject` does not state the digest of the charter")
    if charter is None or charter.sha256 is None:
        problem = f"`{case.charter}` was not looked at" if charter is None else charter.problem
        yield case_fault("charter-unreadable", case.where, problem)
    elif stated is not None and charter.sha256 != stated:
        message = f"`{case.charter}` says something else than the charter this case is about"
        yield case_fault("charter-changed", case.where, f"{message}: {charter.sha256[:19]}…, not {stated[:19]}…")
    yield from _bytes(case, observed)
    if case.review_by is not None and as_of > end_of(case.review_by):
        message = f"the review was due on {case.review_by.isoformat()}"
        yield case_fault("review-overdue", case.where, message)


def _bytes(case: Case, observed: Mapping[str, Observed]) -> Iterator[Finding]:
    """Files of which the bytes count."""
    stated = case.subject.get("charter_file")
    found = observed.get("charter_file")
    if stated is not None and found is not None and found.sha256 is not None and found.sha256 != stated:
        yield case_fault("charter-file-changed", case.where, f"the bytes of `{case.charter}` were changed")
    if not case.envelope:
        return
    envelope, stated = observed.get("envelope"), case.subject.get("envelope")
    if envelope is None or envelope.sha256 is None:
        problem = "it was not looked at" if envelope is None else envelope.problem
        yield case_fault("envelope-changed", case.where, f"the envelope cannot be read: {problem}")
    elif stated is not None and stated != envelope.sha256:
        yield case_fault("envelope-changed", case.where, f"`{case.envelope}` is not the envelope this case is about")


def standing_gates(case: Case, weighed: Weighed) -> Iterator[Finding]:
    """Gate claims that would hold up a release."""
    for claim in case.claims.values():
        node = weighed.nodes[claim.id]
        if claim.gate and (node.health is not Health.SUPPORTED or node.freshness is not Freshness.FRESH):
            why = "; ".join(node.because[:3])
            age = "never shown" if node.freshness is Freshness.NEVER else node.freshness.value
            message = f"`{claim.id}` is {node.health.value} and {age}" + (f": {why}" if why else "")
            yield case_fault("unsupported-gate", claim.where, message)
