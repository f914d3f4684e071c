"""The tree of a case as mermaid text, which code hosts draw in pull requests.

No id and no word of the case becomes syntax: nodes are numbered, and in labels every character that is neither letter,
digit, space nor one of ``,.:-`` is written as the number of its character.
"""

from __future__ import annotations

from collections.abc import Iterator

from remit.assurance.case import DefeaterStatus
from remit.assurance.views.signs import CLOCKS, SHAPES
from remit.assurance.views.tree import Plan, lay_out
from remit.assurance.views.wording import essence, has_clock, sign_of, standing_words, state_of
from remit.assurance.weighing.assessment import Assessment, Health, Node, NodeKind
from remit.incentives.legible import visible

__all__ = ["MOST_NODES", "label_text", "mermaid_text"]

MOST_NODES = 100
"""More than this nobody reads, and code hosts refuse long texts and more than 500 links."""
_LONGEST = 60  # letters of what a node says

_BRACKETS = {
    NodeKind.CLAIM: ("[", "]"),
    NodeKind.ARGUMENT: ("[/", "/]"),
    NodeKind.EVIDENCE: ("([", "])"),
    NodeKind.DEFEATER: ("{{", "}}"),
    NodeKind.INCIDENT: (">", "]"),
}
_STYLES = {
    Health.SUPPORTED: "fill:#e3f4e8,stroke:#1f6f3d,color:#111",
    Health.PARTIAL: "fill:#fdf2d8,stroke:#9a6400,color:#111",
    Health.UNSUPPORTED: "fill:#ffffff,stroke:#9a6400,stroke-dasharray:5 3,color:#111",
    Health.CONTESTED: "fill:#fde8d9,stroke:#b1480a,stroke-width:2px,color:#111",
    Health.REFUTED: "fill:#fbe5e3,stroke:#b3261e,stroke-width:3px,color:#111",
}


def mermaid_text(assessment: Assessment) -> str:
    """A flowchart of the case; a large one is cut to its claims and unanswered doubts, then to its first nodes."""
    plan = lay_out(assessment)
    shown = _chosen(assessment, plan)
    names = {identifier: f"n{number}" for number, identifier in enumerate(shown, start=1)}
    lines = ["flowchart LR", *(f"  {line}" for line in _lines(assessment, plan, names))]
    left = len(plan.places) - len(shown)
    if left:
        lines.append(f'  more["and {left} more nodes, which the page and the tables list"]')
    return "\n".join(lines) + "\n"


def _chosen(assessment: Assessment, plan: Plan) -> list[str]:
    """Which nodes are drawn."""
    every = list(plan.places)
    if len(every) <= MOST_NODES:
        return every
    claims = [name for name in every if _bears(assessment, assessment.nodes[name])]
    return claims[:MOST_NODES]


def _bears(assessment: Assessment, node: Node) -> bool:
    """Whether a node is a claim, or a doubt that was not answered."""
    if node.kind is NodeKind.DEFEATER and node.id in assessment.case.defeaters:
        return state_of(assessment, assessment.case.defeaters[node.id]) is not DefeaterStatus.REBUTTED
    return node.kind in {NodeKind.CLAIM, NodeKind.INCIDENT}


def _lines(assessment: Assessment, plan: Plan, names: dict[str, str]) -> Iterator[str]:
    """Nodes, links, classes."""
    for identifier, name in names.items():
        node = assessment.nodes[identifier]
        opening, closing = _BRACKETS[node.kind]
        yield f'{name}{opening}"{_label(assessment, node)}"{closing}:::{sign_of(assessment, node)}'
    for link in plan.links:
        if link.start in names and link.end in names:
            arrow = "-. doubt .-" if link.doubt else "-->"
            yield f"{names[link.start]} {arrow} {names[link.end]}"
    for health, style in _STYLES.items():
        yield f"classDef {health} {style}"


def _label(assessment: Assessment, node: Node) -> str:
    """Sign, id, clock, health and freshness as words, and what the node says."""
    said = essence(assessment, node)
    said = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
    clock = f" {CLOCKS[node.freshness]}" if has_clock(node) else ""
    head = f"{SHAPES[sign_of(assessment, node)]} {_cut(node.id)}{clock}"
    return f"{label_text(head)}<br/>{label_text(said)}<br/>{label_text(standing_words(assessment, node))}"


def _cut(identifier: str) -> str:
    """An id that fits a box."""
    return identifier if len(identifier) <= _LONGEST else f"{identifier[: _LONGEST - 1]}…"


def label_text(text: str) -> str:
    """Text inside a quoted label: whatever could mean something there is written as ``#number;``."""
    plain = " ".join(visible(text).split())
    return "".join(letter if letter.isalnum() or letter in " ,.:-" else f"#{ord(letter)};" for letter in plain)
