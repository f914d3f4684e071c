"""The things that can be done about a case that does not hold, and how each is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.assurance.case import Case, DefeaterStatus, Result
from remit.assurance.release.verdict import Flip
from remit.assurance.weighing.assessment import Assessment, Freshness

__all__ = ["Deed", "Kind", "flip_of"]


class Kind(StrEnum):
    """What is done. The order is the one flips are listed in."""

    CHARTER = "charter"
    ENVELOPE = "envelope"
    SETTLE = "settle"
    CLOSE = "close"
    FIND = "find"
    RENEW = "renew"
    ADD = "add"
    COVER = "cover"
    GATE = "gate"
    MEND = "mend"
    REVIEW = "review"
    APPROVE = "approve"

    @property
    def argues(self) -> bool:
        """Whether it changes the argument, so that an approval of what was there before is none of what is there now.

        Evidence may come and go under an approved argument; doubts, claims and hazards are the argument.
        """
        return self in (Kind.SETTLE, Kind.CLOSE, Kind.COVER, Kind.GATE, Kind.MEND, Kind.REVIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing to do: to which item, and the how manieth time (``number``); ``note`` is what a finding says."""

    kind: Kind
    item: str = ""
    number: int = 1
    note: str = ""


def flip_of(deed: Deed, assessment: Assessment) -> Flip:
    """How a deed is said."""
    item = {Kind.GATE: "claims", Kind.APPROVE: "approvals"}.get(deed.kind, deed.item or deed.kind.value)
    return Flip(item=item, change=_words(deed, assessment))


def _words(deed: Deed, assessment: Assessment) -> str:
    """What is to be done."""
    case, name = assessment.case, deed.item
    fixed = {
        Kind.CHARTER: f"bring `{case.charter}` back to what the case states",
        Kind.ENVELOPE: f"bring `{case.envelope}` back to what the case states",
        Kind.CLOSE: "close it with evidence that passes and was produced after the incident",
        Kind.GATE: "set `gate: true` on a claim that is supported and fresh",
        Kind.REVIEW: "make the review that is due and set `case.review_by` to the next one",
        Kind.MEND: f"mend {deed.note}",
    }
    told = {
        Kind.RENEW: lambda: _renewal(name, assessment),
        Kind.ADD: lambda: _adding(deed, assessment),
        Kind.SETTLE: lambda: _settling(name, case),
        Kind.FIND: lambda: f"bring its record `{case.incidents[name].record}` into order",
        Kind.COVER: lambda: _covering(name, assessment),
        Kind.APPROVE: lambda: _approving(name, case),
    }
    return fixed[deed.kind] if deed.kind in fixed else told[deed.kind]()


def _adding(deed: Deed, assessment: Assessment) -> str:
    """What evidence is added to a claim."""
    more = "" if deed.number == 1 else f" (number {deed.number})"
    if not assessment.nodes[deed.item].below:
        return f"add evidence that passes and counts{more}"
    return f"add evidence of an independence group that does not speak for it yet{more}"


def _renewal(name: str, assessment: Assessment) -> str:
    """How evidence that does not do is renewed."""
    item, node = assessment.case.evidence[name], assessment.nodes[name]
    if not node.counts and node.because:
        return f"run `{item.tool}` again for this build and pass: {node.because[0]}"
    if item.result is not Result.PASS:
        return f"put right what it found, run `{item.tool}` again and pass: its result is {item.result.value}"
    if node.freshness is Freshness.STALE and node.expires is not None:
        return f"run `{item.tool}` again and pass: it is stale since {node.expires.date().isoformat()}"
    return f"run `{item.tool}` again and pass"


def _settling(name: str, case: Case) -> str:
    """How a doubt is settled."""
    doubt = case.defeaters[name]
    match doubt.status:
        case DefeaterStatus.SUSTAINED:
            return f"put right what it says about `{doubt.against}`, and show that with evidence that answers it"
        case DefeaterStatus.REBUTTED:
            return "answer it with evidence that counts, passes and is fresh"
        case DefeaterStatus.ACCEPTED_RESIDUAL:
            return "answer it with evidence, or let a person take it on until a date to come"
        case DefeaterStatus.OPEN:
            return "answer it with evidence, or let a person take it on until a date"


def _covering(name: str, assessment: Assessment) -> str:
    """How a hazard is covered."""
    for claim in assessment.case.claims.values():
        node = assessment.nodes[claim.id]
        if name in claim.hazards and node.health == "supported" and node.freshness == "fresh":
            return f"set `gate: true` on `{claim.id}`, which covers it, is supported and fresh"
    return "cover it by a gate claim that is supported and fresh"


def _approving(name: str, case: Case) -> str:
    """Who approves what."""
    if name:
        return f"`{name}` approves what the argument is then, instead of rejecting it"
    who = [f"`{reviewer}`" for reviewer in case.reviewers if reviewer != case.owner]
    return f"{' or '.join(who) or 'a reviewer other than the owner'} approves the argument as it is then"
