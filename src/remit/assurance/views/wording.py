"""What a node says, in one sentence, for boxes, labels and tables."""

from __future__ import annotations

from remit.assurance.assessment import Assessment, Node, NodeKind
from remit.assurance.case import Defeater, Evidence, IncidentLink
from remit.assurance.kinds import KINDS
from remit.assurance.views.signs import STATUS_WORDS

__all__ = ["counted", "essence", "incident_in_words", "kind_in_words", "standing_of"]


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
            return f"{standing_of(defeater)}: {defeater.text}" if defeater else ""
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


def standing_of(defeater: Defeater) -> str:
    """The status of a doubt as a word."""
    return STATUS_WORDS[defeater.status].partition(":")[0]
