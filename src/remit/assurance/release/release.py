"""May it be released? PROMOTE, BLOCK or HOLD, the reasons, and the fewest things that would change the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remit.assurance.release.causes import causes_of, well
from remit.assurance.release.deciding import approved, decisions
from remit.assurance.release.flips import fewest_changes, first_end
from remit.assurance.release.verdict import Flip, Reason, Release, Verdict
from remit.assurance.rules import CHANGED
from remit.assurance.weighing.assessment import Assessment, Freshness, Health
from remit.finding import Finding, Severity

__all__ = ["Flip", "Reason", "Release", "Verdict", "judge", "unreadable"]

_MOST_CAUSES = 4
_TOLD = frozenset({"REMIT-A056", *CHANGED})  # findings a reason of their own speaks of


def judge(assessment: Assessment) -> Release:
    """The verdict on a case: PROMOTE only where nothing is missing, BLOCK where something speaks against it.

    The flips of a HOLD or BLOCK together lead to PROMOTE; the one of a PROMOTE is what first ends it.
    """
    against = tuple(_against(assessment))
    missing = tuple(_missing(assessment))
    if not against and not missing:
        return Release(verdict=Verdict.PROMOTE, reasons=tuple(_held(assessment)), flip=first_end(assessment))
    flips, smallest = fewest_changes(assessment)
    verdict = Verdict.BLOCK if against else Verdict.HOLD
    return Release(verdict=verdict, reasons=(*against, *missing), flip=flips, smallest=smallest)


def unreadable(message: str, hint: str, findings: Sequence[Finding]) -> Release:
    """The verdict where there is no case or it cannot be read: nothing was shown, so nothing is released.

    ``message`` and ``hint`` are those of the error; each finding is a reason and a thing to mend.
    """
    if not findings:
        return Release(
            verdict=Verdict.HOLD,
            reasons=(Reason(claim="case", why=f"{message}: nothing was shown"),),
            flip=(Flip(item="case", change=hint or "write a safety case: `remit case init` drafts one"),),
        )
    return Release(
        verdict=Verdict.HOLD,
        reasons=tuple(Reason(claim="case", why=f"{item.where}: {item.code} {item.message}") for item in findings),
        flip=tuple(Flip(item=str(item.where), change=item.hint or f"mend {item.code}") for item in findings),
    )


def _against(assessment: Assessment) -> Iterator[Reason]:
    """What speaks against a release: a refuted gate claim, a rejection, something changed after the fact."""
    case = assessment.case
    places = {item.where: item.id for item in case.evidence.values()}
    for finding in assessment.findings:
        if finding.code in CHANGED:
            item = places.get(finding.where)
            evidence = (item,) if item is not None else ()
            yield Reason(claim=item or "charter", why=finding.message, evidence=evidence)
    for claim in case.claims.values():
        if claim.gate and assessment.nodes[claim.id].health is Health.REFUTED:
            yield _about(assessment, claim.id)
    for name, decision in decisions(case).items():
        if decision == "reject":
            yield Reason(claim="approvals", why=f"the reviewer `{name}` rejects it")


def _missing(assessment: Assessment) -> Iterator[Reason]:
    """What is not shown yet."""
    case = assessment.case
    gates = [claim for claim in case.claims.values() if claim.gate]
    for claim in gates:
        node = assessment.nodes[claim.id]
        if not well(node) and node.health is not Health.REFUTED:
            yield _about(assessment, claim.id)
    if not gates:
        yield Reason(claim="claims", why="no claim is a gate claim: the release would wait for nothing")
    covered = {name for claim in gates for name in claim.hazards}
    for name in case.hazards:
        if name not in covered:
            yield Reason(claim=name, why=f"no gate claim covers the hazard `{name}`")
    for finding in assessment.findings:
        if finding.severity is Severity.ERROR and finding.code not in _TOLD:
            yield Reason(claim="case", why=f"{finding.where}: {finding.code} {finding.message}")
    for finding in assessment.findings:
        if finding.code == "REMIT-A056":
            yield Reason(claim="review", why=finding.message)
    if case.reviewers and not approved(case):
        names = ", ".join(f"`{name}`" for name in case.reviewers if name != case.owner) or "nobody who may"
        yield Reason(claim="approvals", why=f"this argument is not approved; it takes one of: {names}")


def _held(assessment: Assessment) -> Iterator[Reason]:
    """What a PROMOTE rests on: every gate claim with its evidence, and what was taken on as a residual."""
    for claim in assessment.case.claims.values():
        if claim.gate:
            yield Reason(claim=claim.id, why="supported and fresh", evidence=_evidence_below(assessment, claim.id))


def _about(assessment: Assessment, claim: str) -> Reason:
    """Why a gate claim does not hold."""
    node = assessment.nodes[claim]
    causes = causes_of(assessment, claim)
    shown = list(causes.why[:_MOST_CAUSES])
    if len(causes.why) > _MOST_CAUSES:
        shown.append(f"and {len(causes.why) - _MOST_CAUSES} more")
    age = "never shown" if node.freshness is Freshness.NEVER else node.freshness.value
    why = f"{node.health.value} and {age}"
    return Reason(claim=claim, why=f"{why}: {'; '.join(shown)}" if shown else why, evidence=causes.evidence)


def _evidence_below(assessment: Assessment, claim: str) -> tuple[str, ...]:
    """The evidence that counts below a claim, in the order of the file."""
    waiting, seen = [claim], {claim}
    while waiting:
        for name in assessment.nodes[waiting.pop()].below:
            if name in assessment.nodes and name not in seen:
                seen.add(name)
                waiting.append(name)
    return tuple(name for name in assessment.case.evidence if name in seen and assessment.nodes[name].counts)
