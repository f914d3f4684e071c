"""The tree of a case as inline SVG: each node with its shape, its clock and its words, each a link to its details."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from remit.assurance.views.icons import clock, shape
from remit.assurance.views.signs import Anchors
from remit.assurance.views.tree import Link, Place, Plan, lay_out
from remit.assurance.views.wording import essence, has_clock, sign_of, standing_words
from remit.assurance.weighing.assessment import Assessment, Node, NodeKind
from remit.incentives.legible import visible
from remit.incentives.pages.markup import Markup, element

__all__ = ["draw_tree", "wrapped"]

_BOX = (226.0, 78.0)
_STEP = (264.0, 90.0)  # from one box to the next, across and down
_EDGE = 6.0
_LINE = 31  # letters in a line of a box


def draw_tree(assessment: Assessment, anchors: Anchors) -> Markup:
    """The whole tree; each box is a link to the place that explains its node."""
    plan = lay_out(assessment)
    width = 2 * _EDGE + max(0, plan.columns - 1) * _STEP[0] + _BOX[0]
    height = 2 * _EDGE + max(0, plan.rows - 1) * _STEP[1] + _BOX[1]
    return element(
        "svg",
        element("title", "The tree of the case", id="drawing-title"),
        element("desc", _in_words(assessment, plan), id="drawing-desc"),
        *(_link(link, plan) for link in plan.links),
        *(_box(assessment, assessment.nodes[name], place, anchors) for name, place in plan.places.items()),
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="group",
        aria_labelledby="drawing-title drawing-desc",
        class_="tree",
    )


def _in_words(assessment: Assessment, plan: Plan) -> str:
    """What the drawing is, for whoever does not see it."""
    return (
        f"{len(plan.places)} nodes in {plan.columns} columns, read from left to right: {len(assessment.roots)} claims "
        "nothing else rests on, then what they rest on and the doubts about them; every node is a link to its details"
    )


def _corner(place: Place) -> tuple[float, float]:
    """The upper left corner of a box."""
    return _EDGE + place.column * _STEP[0], _EDGE + place.row * _STEP[1]


def _link(link: Link, plan: Plan) -> Markup:
    """A line from the right of one box to the left of another."""
    left, top = _corner(plan.places[link.start])
    end, below = _corner(plan.places[link.end])
    start, level, arrival = left + _BOX[0], top + _BOX[1] / 2, below + _BOX[1] / 2
    bend = (end - start) / 2
    look = "line-doubt" if link.doubt else "line-again" if link.again else "line-below"
    path = f"M{start:g} {level:g}C{start + bend:g} {level:g} {end - bend:g} {arrival:g} {end:g} {arrival:g}"
    return element("path", d=path, class_=f"line {look}")


def _box(assessment: Assessment, node: Node, place: Place, anchors: Anchors) -> Markup:
    """One node: outline, sign, id, clock, two lines of what it says, and its health and freshness as words."""
    left, top = _corner(place)
    sign = sign_of(assessment, node)
    words, standing = essence(assessment, node), standing_words(assessment, node)
    parts: list[Markup] = [element("title", f"{node.kind} {node.id}: {words} ({standing})")]
    parts.append(element("path", d=_outline(node.kind), class_=f"node n-{node.kind} b-{sign}"))
    parts.append(element("g", shape(sign), transform="translate(16 8)"))
    if has_clock(node):
        parts.append(element("g", clock(node.freshness), transform=f"translate({_BOX[0] - 34:g} 8)"))
    parts.append(element("text", _short(node.id, 19), x=41, y=22, class_="name"))
    for number, line in enumerate(wrapped(words, _LINE, 2)):
        parts.append(element("text", line, x=16, y=41 + 14 * number, class_="words"))
    parts.append(element("text", standing, x=16, y=71, class_="small"))
    drawn = element("svg", *parts, x=left, y=top, width=_BOX[0], height=_BOX[1], class_="box-frame")
    target = anchors.of(node.id)
    label = f"{node.kind} {node.id}: {standing}"
    return element("a", drawn, href=f"#{target}", aria_label=label) if target else element("g", drawn)


def _outline(kind: NodeKind) -> str:
    """Claims are rectangles, arguments slanted, evidence is round, doubts have their corners cut off."""
    width, height = _BOX[0] - 1, _BOX[1] - 1
    match kind:
        case NodeKind.CLAIM:
            return f"M1 1H{width:g}V{height:g}H1z"
        case NodeKind.ARGUMENT:
            return f"M11 1H{width:g}L{width - 10:g} {height:g}H1z"
        case NodeKind.EVIDENCE:
            return (
                f"M19 1H{width - 18:g}a18 18 0 0 1 18 18V{height - 18:g}a18 18 0 0 1 -18 18"
                f"H19a18 18 0 0 1 -18 -18V19a18 18 0 0 1 18 -18z"
            )
        case NodeKind.INCIDENT:
            return f"M1 1H{width - 14:g}L{width:g} {height / 2:g}L{width - 14:g} {height:g}H1z"
        case NodeKind.DEFEATER:
            return (
                f"M13 1H{width - 12:g}L{width:g} 13V{height - 12:g}L{width - 12:g} {height:g}H13L1 {height - 12:g}V13z"
            )


def wrapped(words: str, line: int, most: int) -> list[str]:
    """The first lines of a text: at most ``most`` of ``line`` letters each; wide letters count twice."""
    lines: list[str] = []
    current = ""
    for word in _pieces(visible(" ".join(words.split()[: line * most])), line):
        longer = f"{current} {word}" if current else word
        if _width(longer) <= line:
            current = longer
            continue
        lines.append(current)
        current = word
        if len(lines) == most:
            break
    lines = [found for found in (*lines, current) if found]
    if len(lines) > most:
        return [*lines[: most - 1], f"{lines[most - 1][: line - 2].rstrip(' …')} …"]
    return lines


def _pieces(words: str, line: int) -> Iterator[str]:
    """The words, those longer than a line in parts."""
    for word in words.split():
        for start in range(0, min(len(word), 8 * line), line):
            yield word[start : start + line]


def _width(text: str) -> int:
    """How many narrow letters a text is as wide as."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _short(text: str, most: int) -> str:
    """A text that fits its room; the whole one stands in the tool tip."""
    plain = visible(text)
    return (
        plain
        if _width(plain) <= most
        else f"{plain[: max(1, most * len(plain) // max(_width(plain), 1) - 1)][: most - 1]}…"
    )
