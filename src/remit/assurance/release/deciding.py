"""What the reviewers of a case decided about its argument as it is now."""

from __future__ import annotations

from remit.assurance.case import Case

__all__ = ["approved", "decisions"]


def decisions(case: Case) -> dict[str, str]:
    """What each reviewer last decided about the argument as it is."""
    return {
        approval.by: approval.decision
        for approval in case.approvals
        if approval.digest == case.digest and approval.by in case.reviewers
    }


def approved(case: Case) -> bool:
    """Whether a reviewer other than the owner approves the argument as it is."""
    owner = case.owner
    return any(decision == "approve" and name != owner for name, decision in decisions(case).items())
