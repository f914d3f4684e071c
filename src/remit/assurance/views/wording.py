"""What a node says, in one sentence, for boxes, labels and tables."""

from __future__ import annotations

from remit.assurance.case import Defeater, DefeaterStatus, Evidence, IncidentLink
from remit.assurance.kinds import KINDS
from remit.assurance.release.verdict import Flip, Release, Verdict
from remit.assurance.views.signs import STATUS_WORDS, freshness_words
from remit.assurance.weighing.assessment import Assessment, Health, Node, NodeKind

__all__ = [
    "counted",
    "essence",
    "flip_lead",
    "flip_words",
    "has_clock",
    "incident_in_words",
    "kind_in_words",
    "objections_to",
    "sign_of",
    "standing_words",
    "state_of",
    "state_words",
]

_SHORT = {
    DefeaterStatus.OPEN: "open",
    DefeaterStatus.REBUTTED: "rebutted",
    DefeaterStatus.SUSTAINED: "sustained",
    DefeaterStatus.ACCEPTED_RESIDUAL: "taken on",
}


def essence(assessment: Assessment, node: Node) -> str:
    """What a node says: the sentence of a claim, the warrant of an argument, the result of evidence, the doubt."""
    case = assessment.case
    match node.kind:
        case NodeKind.CLAIM:
            claim = case.claims.get(node.id)
            return claim.text if claim else ""
        case NodeKind.ARGUMENT:
            argument = case.arguments.get(node.id)
            return f"{argument.scheme}: {argument.warrant}" if argument else ""
        case NodeKind.EVIDENCE:
            evidence = case.evidence.get(node.id)
            return _evidence(evidence, counts=node.counts) if evidence else ""
        case NodeKind.DEFEATER:
            defeater = case.defeaters.get(node.id)
            return defeater.text if defeater else ""
        case NodeKind.INCIDENT:
            link = case.incidents.get(node.id)
            return incident_in_words(link) if link else ""


def _evidence(evidence: Evidence, *, counts: bool) -> str:
    """What a piece of evidence says, and that it does not count where it does not."""
    said = f"{kind_in_words(evidence.kind)}: {evidence.result}"
    shown = counted(evidence)
    return ("does not count; " if not counts else "") + (f"{said}, {shown}" if shown else said)


def kind_in_words(kind: str) -> str:
    """The name of a kind of evidence without its underscores; one nobody knows stays as it is."""
    return kind.replace("_", " ") if kind in KINDS else kind


def counted(evidence: Evidence) -> str:
    """How many of how many went well, with the bound; empty where nothing was counted."""
    if evidence.n is None or evidence.k is None:
        return ""
    bound = f", at least {100 * evidence.bound95:.3g} %" if evidence.bound95 is not None else ""
    return f"{evidence.k:,} of {evidence.n:,}{bound}"


def incident_in_words(link: IncidentLink) -> str:
    """What an incident does to the case."""
    effect = "reopens" if link.reopens else "bears on"
    closed = f"closed by {link.closed_by}" if link.closed_by else "not closed"
    return f"{effect} {', '.join(link.undercuts) or 'no claim'}; {closed}"


def state_of(assessment: Assessment, defeater: Defeater) -> DefeaterStatus:
    """Where a doubt really stands: one whose answer or acceptance does not hold is open, whatever was written."""
    node = assessment.nodes.get(defeater.id)
    if node is None or node.health is Health.SUPPORTED:
        return defeater.status
    return DefeaterStatus.SUSTAINED if node.health is Health.REFUTED else DefeaterStatus.OPEN


def state_words(assessment: Assessment, defeater: Defeater) -> str:
    """The same in words, and what was written where that is something else."""
    state = state_of(assessment, defeater)
    if state is defeater.status:
        return STATUS_WORDS[state]
    return f"{STATUS_WORDS[state].partition(':')[0]}: the case says {STATUS_WORDS[defeater.status].partition(':')[0]}"


def objections_to(release: Release, claim: str) -> tuple[str, ...]:
    """What a release has against a claim; the reasons of a PROMOTE speak for it."""
    if release.verdict is Verdict.PROMOTE:
        return ()
    return tuple(reason.why for reason in release.reasons if reason.claim == claim)


def flip_lead(release: Release) -> str:
    """What the list of changes is, before it is read."""
    if release.verdict is Verdict.PROMOTE:
        return "What ends it first, if nothing is done:"
    alone = "" if release.smallest else " It is enough; whether less would do was not searched to the end."
    return ("This, all of it:" if len(release.flip) > 1 else "This:") + alone


def flip_words(flip: Flip) -> str:
    """What has to change, with the day on which it changes by itself."""
    return f"{flip.change} (on {flip.on:%Y-%m-%d})" if flip.on is not None else flip.change


def has_clock(node: Node) -> bool:
    """Whether age means something for a node: a doubt nobody answered does not grow stale."""
    return node.kind not in {NodeKind.DEFEATER, NodeKind.INCIDENT} or node.expires is not None


def sign_of(assessment: Assessment, node: Node) -> Health:
    """The health whose shape a node gets: a doubt somebody took on is half a doubt, not none."""
    defeater = assessment.case.defeaters.get(node.id) if node.kind is NodeKind.DEFEATER else None
    taken_on = defeater is not None and state_of(assessment, defeater) is DefeaterStatus.ACCEPTED_RESIDUAL
    return Health.PARTIAL if taken_on else node.health


def standing_words(assessment: Assessment, node: Node) -> str:
    """Health and freshness in words; of a doubt its state, of an incident whether it is closed."""
    aged = f", {freshness_words(node)}" if has_clock(node) else ""
    match node.kind:
        case NodeKind.DEFEATER:
            defeater = assessment.case.defeaters.get(node.id)
            state = state_of(assessment, defeater) if defeater is not None else DefeaterStatus.OPEN
            return _SHORT[state] + aged
        case NodeKind.INCIDENT:
            return ("not open" if node.health is Health.SUPPORTED else "open") + aged
        case NodeKind.CLAIM | NodeKind.ARGUMENT | NodeKind.EVIDENCE:
            return f"{node.health}{aged}"
