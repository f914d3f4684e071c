"""Doubts, incidents and approvals: whether what is said to settle them does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from remit.assurance.case import Case, Defeater, DefeaterStatus
from remit.assurance.rules import case_fault
from remit.assurance.weighing.assessment import Health, Observed
from remit.assurance.weighing.freshness import end_of
from remit.assurance.weighing.weighing import Weighed
from remit.charter.wording import names
from remit.finding import Finding

__all__ = ["unsettled"]


def unsettled(case: Case, observed: Mapping[str, Observed], as_of: datetime, weighed: Weighed) -> Iterator[Finding]:
    """Doubts, incidents and approvals that do not do what they say."""
    for doubt in case.defeaters.values():
        yield from _doubt(doubt, case.review_by, as_of, weighed)
    for link in case.incidents.values():
        seen = observed.get(link.id)
        if seen is None or seen.problem or seen.sha256 is None:
            problem = "it was not looked at" if seen is None else seen.problem
            yield case_fault("incident-missing", link.where, f"`{link.id}` cannot be read: {problem}")
        silent = [] if seen is None else [name for name in seen.undercuts if name in case.claims]
        if hidden := [name for name in silent if name not in link.undercuts]:
            message = f"the record of `{link.id}` speaks against {names(hidden)} too, and the case does not say so"
            yield case_fault("undercuts-fewer", link.where, message)
        if link.reopens and link.closed_by in case.evidence and weighed.nodes[link.id].health is not Health.SUPPORTED:
            why = "; ".join(weighed.nodes[link.id].because)
            yield case_fault("closed-too-early", link.where, f"`{link.id}` is not closed: {why}")
    yield from _approvals(case)


def _doubt(doubt: Defeater, review_by: date | None, as_of: datetime, weighed: Weighed) -> Iterator[Finding]:
    """One doubt that is said to be settled."""
    node = weighed.nodes[doubt.id]
    if doubt.status is DefeaterStatus.REBUTTED and node.health is not Health.SUPPORTED:
        yield case_fault("unanswered", doubt.where, f"`{doubt.id}` is not rebutted: {'; '.join(node.because)}")
    if doubt.status is not DefeaterStatus.ACCEPTED_RESIDUAL:
        return
    if not doubt.accepted_by.strip():
        yield case_fault("accepted-by-nobody", doubt.where, f"`{doubt.id}` is accepted, but by nobody")
    if doubt.expires is None:
        yield case_fault("accepted-for-ever", doubt.where, f"`{doubt.id}` is accepted without a date")
    elif as_of > end_of(doubt.expires):
        message = f"the acceptance of `{doubt.id}` expired on {doubt.expires.isoformat()}"
        yield case_fault("acceptance-expired", doubt.where, message)
    elif review_by is not None and doubt.expires > review_by:
        ends, review = doubt.expires.isoformat(), review_by.isoformat()
        message = f"`{doubt.id}` is taken on until {ends}, and the review is due by {review}"
        yield case_fault("accepted-past-review", doubt.where, message)


def _approvals(case: Case) -> Iterator[Finding]:
    """Reviewers who cannot approve, approvals of something else, approvals nobody asked for."""
    if case.reviewers and all(name == case.owner for name in case.reviewers):
        yield case_fault("nobody-to-approve", case.where, "the only reviewer is the owner of the case")
    for approval in case.approvals:
        if approval.digest != case.digest:
            message = f"`{approval.by[:80]}` decided about an argument that was changed since"
            yield case_fault("old-approval", approval.where, message)
        if approval.by == case.owner or approval.by not in case.reviewers:
            words = "owns the case" if approval.by == case.owner else "is not a reviewer"
            yield case_fault("unasked-approval", approval.where, f"`{approval.by[:80]}` {words}")
