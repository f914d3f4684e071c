"""What it comes down to that a claim does not hold: the nodes below it that are wrong by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from remit.assurance.weighing.assessment import Assessment, Freshness, Health, Node, NodeKind

__all__ = ["Causes", "causes_of", "well"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Why a claim does not hold, in words, and the evidence among the causes."""

    why: tuple[str, ...]
    evidence: tuple[str, ...]


def well(node: Node) -> bool:
    """Whether a node would let a release pass: supported and fresh."""
    return node.health is Health.SUPPORTED and node.freshness is Freshness.FRESH


def causes_of(assessment: Assessment, claim: str) -> Causes:
    """Every node below a claim, and the claim, with what is wrong with itself; what is well is not looked into.

    The worst come first, then the order in which they are found.
    """
    found: dict[str, tuple[int, list[str]]] = {}
    waiting, seen = [claim], {claim}
    while waiting:
        node = assessment.nodes[waiting.pop()]
        if well(node):
            continue
        own = _own(node)
        if own:
            found[node.id] = (-node.health.rank, own)
        for name in reversed((*node.below, *node.doubts)):
            if name in assessment.nodes and name not in seen:
                seen.add(name)
                waiting.append(name)
    ordered = sorted(found, key=lambda name: found[name][0])
    why = tuple(words for name in ordered for words in found[name][1])
    evidence = [name for name in ordered if name in assessment.case.evidence]
    if not evidence:
        evidence = [name for name in assessment.nodes[claim].below if name in assessment.case.evidence]
    return Causes(why=why, evidence=tuple(evidence))


def _own(node: Node) -> list[str]:
    """The reasons of a node that are not about another one."""
    others = {*node.below, *node.doubts}
    own = [words for words in node.because if words.split("`")[1:2] == [] or words.split("`")[1] not in others]
    if node.kind is NodeKind.EVIDENCE and not node.counts:
        return own
    return [f"`{node.id}`: {words}" for words in own]
