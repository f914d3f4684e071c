"""What would change a verdict: the fewest things that lead to PROMOTE, or what first ends one."""

from __future__ import annotations

from datetime import datetime

from remit.assurance.release.covering import Need, smallest_cover
from remit.assurance.release.deciding import approved, decisions
from remit.assurance.release.deeds import Deed, Kind, flip_of
from remit.assurance.release.mending import ways_to_mend
from remit.assurance.release.needs import needs_of
from remit.assurance.release.verdict import Flip
from remit.assurance.weighing.assessment import Assessment
from remit.assurance.weighing.freshness import end_of
from remit.finding import Severity

__all__ = ["deeds_wanted", "fewest_changes", "first_end"]

_APPROVE = Deed(kind=Kind.APPROVE)
_ORDER = {kind: rank for rank, kind in enumerate(Kind)}


def fewest_changes(assessment: Assessment) -> tuple[tuple[Flip, ...], bool]:
    """The smallest set of changes that together lead to PROMOTE, in order, and whether it is surely smallest."""
    chosen, exact = deeds_wanted(assessment)
    places = {name: rank for rank, name in enumerate(assessment.nodes)}
    ordered = sorted(chosen, key=lambda deed: (_ORDER[deed.kind], places.get(deed.item, 0), deed.item, deed.number))
    return tuple(flip_of(deed, assessment) for deed in ordered), exact


def deeds_wanted(assessment: Assessment) -> tuple[frozenset[Deed], bool]:
    """The smallest set of things to do that lead to PROMOTE, and whether it is surely smallest.

    The changes are those of ``deeds``: evidence is renewed or added, doubts are settled, faults of the document mended,
    hazards covered, the argument approved. New evidence speaks for one claim. Whoever changes the argument needs a new
    approval, where the case names reviewers.
    """
    needs = needs_of(assessment)
    for finding in assessment.findings:
        if finding.severity is Severity.ERROR:
            needs.choose(ways_to_mend(finding, needs))
    forced = set(_stated(assessment))
    wanted = [_with_approval(need, assessment) for need in needs.found]
    rejecting = [name for name, decision in decisions(assessment.case).items() if decision == "reject"]
    argued = any(deed.kind.argues for deed in forced)
    chosen, exact = smallest_cover(wanted, frozenset(forced | _approvals(assessment, rejecting, argued=argued)))
    return chosen, exact and needs.complete


def _stated(assessment: Assessment) -> list[Deed]:
    """What there is no choice about: hazards to cover, a claim to wait for, a review to make."""
    case = assessment.case
    gates = [claim for claim in case.claims.values() if claim.gate]
    covered = {name for claim in gates for name in claim.hazards}
    deeds = [Deed(kind=Kind.COVER, item=name) for name in case.hazards if name not in covered]
    if not gates and not deeds:
        deeds.append(Deed(kind=Kind.GATE))
    if any(finding.code == "REMIT-A056" for finding in assessment.findings):
        deeds.append(Deed(kind=Kind.REVIEW))
    return deeds


def _with_approval(need: Need, assessment: Assessment) -> Need:
    """The need with the approval each way takes that changes the argument."""
    if not assessment.case.reviewers:
        return need
    return Need(
        count=need.count,
        ways=tuple(
            (group, way | {_APPROVE} if any(deed.kind.argues for deed in way) else way) for group, way in need.ways
        ),
    )


def _approvals(assessment: Assessment, rejecting: list[str], *, argued: bool) -> set[Deed]:
    """What the reviewers have to do, whatever else is done; ``argued``: the argument changes anyway."""
    case = assessment.case
    if not case.reviewers:
        return set()
    if argued:
        return {_APPROVE}  # a changed argument was neither approved nor rejected yet
    turned = {Deed(kind=Kind.APPROVE, item=name) for name in rejecting}
    others = approved(case) or any(name != case.owner for name in rejecting)
    return turned if others else turned | {_APPROVE}


def first_end(assessment: Assessment) -> tuple[Flip, ...]:
    """The one thing that first ends a PROMOTE if nothing else happens, with its moment.

    Nothing where no evidence ages, no acceptance ends and no review is due.
    """
    case = assessment.case
    ends: list[tuple[datetime, str, str]] = []
    if case.review_by is not None:
        ends.append((end_of(case.review_by), "review", "the review is due"))
    gates = [assessment.nodes[claim.id] for claim in case.claims.values() if claim.gate]
    due = min((node.expires for node in gates if node.expires is not None), default=None)
    if due is not None:
        ends.append((due, *_ending(assessment, due, [node.id for node in gates if node.expires == due])))
    if not ends:
        return ()
    moment, item, change = min(ends)
    return (Flip(item=item, change=change, on=moment),)


def _ending(assessment: Assessment, due: datetime, claims: list[str]) -> tuple[str, str]:
    """The evidence or the doubt behind a moment at which a claim stops being fresh."""
    case = assessment.case
    waiting, seen = list(claims), set(claims)
    while waiting:
        for name in (*assessment.nodes[waiting[-1]].below, *assessment.nodes[waiting.pop()].doubts):
            if name in assessment.nodes and name not in seen:
                seen.add(name)
                waiting.append(name)
    for doubt in case.defeaters.values():
        if doubt.id in seen and doubt.expires is not None and end_of(doubt.expires) == due:
            return doubt.id, f"what `{doubt.accepted_by}` took on expires, and `{doubt.id}` is open again"
    for name in case.evidence:
        node = assessment.nodes[name]
        if name in seen and node.counts and node.expires == due:
            return name, f"`{name}` goes stale, and with it `{claims[0]}`"
    return claims[0], f"the evidence of `{claims[0]}` goes stale"
