"""The authority graph: which grant opens which affordance, and which drive that serves, as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.incentives.pages.drawing import drawing
from remit.incentives.pages.markup import Markup, element
from remit.incentives.report import AffordanceReading
from remit.incentives.wording import CLASS_ORDER

__all__ = ["MOST", "anchor_of", "authority_graph", "shown_affordances"]

MOST = 26
"""Affordances drawn; a picture of more than these says less. The table beside it holds all."""
_COLUMNS = (
    ("what the charter says", 10.0, 250.0),
    ("tool or kind", 320.0, 130.0),
    ("affordance", 510.0, 310.0),
    ("drive", 880.0, 230.0),
)
_WIDTH = 1120.0
_STEP = 46.0
_BOX = 36.0
_TOP = 40.0
_QUIET = ("ordinary", "task-tool", "dormant")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A box: its column, place, words, and the class that colours it."""

    column: int
    y: float
    title: str
    detail: str
    kind: str
    link: str


def shown_affordances(affordances: Sequence[AffordanceReading]) -> tuple[AffordanceReading, ...]:
    """The affordances worth a box: every one that needs attention first, then the task's tools, up to ``MOST``."""
    live = [reading for reading in affordances if reading.classification != "dormant"]
    ordered = sorted(live, key=lambda reading: (CLASS_ORDER.index(reading.classification), reading.rank, reading.id))
    return tuple(ordered[:MOST])


def anchor_of(affordances: Sequence[AffordanceReading], identifier: str) -> str:
    """The page anchor of an affordance: its number, since names may hold anything."""
    return f"affordance-{[reading.id for reading in affordances].index(identifier) + 1}"


def authority_graph(affordances: Sequence[AffordanceReading]) -> Markup:
    """Grants and context, capabilities, affordances and drives, joined by what opens what."""
    shown = shown_affordances(affordances)
    columns = _columns(shown)
    tallest = max((len(names) for names in columns), default=1)
    height = _TOP + tallest * _STEP + 8
    places = [_spread(names, tallest) for names in columns]
    nodes = [node for column in range(4) for node in _nodes(column, places[column], shown, affordances)]
    heads = [element("text", words, x=x, y=20.0, class_="small") for words, x, _width in _COLUMNS]
    edges = dict.fromkeys(edge for reading in shown for edge in _edges(reading, places))  # each line once
    words = "; ".join(f"{reading.opened_by} opens {reading.id} ({reading.classification})" for reading in shown)
    boxes = [_box(node) for node in nodes]
    return drawing(
        "graph", _WIDTH, height, "Authority graph: what opens what", words, *heads, *edges, *boxes, role="group"
    )


def _columns(shown: Sequence[AffordanceReading]) -> tuple[list[str], list[str], list[str], list[str]]:
    """The names of each column, ordered by where their neighbours stand so that few lines cross."""
    middle = [reading.id for reading in shown]
    sources: dict[str, list[int]] = {}
    tools: dict[str, list[int]] = {}
    drives: dict[str, list[int]] = {}
    for number, reading in enumerate(shown):
        sources.setdefault(reading.opened_by, []).append(number)
        tools.setdefault(reading.tool, []).append(number)
        for drive in _drives(reading):
            drives.setdefault(drive, []).append(number)
    return _by_neighbours(sources), _by_neighbours(tools), middle, _by_neighbours(drives)


def _by_neighbours(neighbours: Mapping[str, Sequence[int]]) -> list[str]:
    """Names in the order of the mean place of what they are joined to."""
    return sorted(neighbours, key=lambda name: (sum(neighbours[name]) / len(neighbours[name]), name))


def _drives(reading: AffordanceReading) -> list[str]:
    """The drives and boundary pressures an affordance serves, each once."""
    return list(dict.fromkeys(part.partition(".")[0] for part in reading.parts))


def _spread(names: Sequence[str], tallest: int) -> dict[str, float]:
    """The middle of each box: a short column is spread over the height of the tallest."""
    step = _STEP * tallest / max(1, len(names))
    return {name: _TOP + (number + 0.5) * step for number, name in enumerate(names)}


def _nodes(
    column: int,
    places: Mapping[str, float],
    shown: Sequence[AffordanceReading],
    affordances: Sequence[AffordanceReading],
) -> list[_Node]:
    """The boxes of one column."""
    readings = {reading.id: reading for reading in shown}
    nodes = []
    for name, y in places.items():
        if column == 2:
            reading = readings[name]
            link = f"#{anchor_of(affordances, name)}"
            nodes.append(_Node(column=2, y=y, title=name, detail=reading.title, kind=reading.classification, link=link))
        else:
            title, detail = _opening(name) if column == 0 else (name, "")
            kind = "source" if column == 0 else "tool" if column == 1 else "drive"
            nodes.append(_Node(column=column, y=y, title=title, detail=detail, kind=kind, link=""))
    return nodes


def _opening(opened_by: str) -> tuple[str, str]:
    """What opens an affordance, as the title and the detail of a box: a grant, a fact, or other tools."""
    if opened_by.startswith("grant "):
        return opened_by.removeprefix("grant "), "grant"
    fact, colon, value = opened_by.removeprefix("context ").partition(": ")
    return (f"{fact}: {value}", "surroundings") if colon else (opened_by, "")


def _edges(reading: AffordanceReading, places: Sequence[Mapping[str, float]]) -> list[Markup]:
    """The lines through one affordance, coloured by its class."""
    kind = f"edge edge-{reading.classification}" + (" quiet" if reading.classification in _QUIET else "")
    pairs = [
        (0, places[0][reading.opened_by], 1, places[1][reading.tool]),
        (1, places[1][reading.tool], 2, places[2][reading.id]),
        *[(2, places[2][reading.id], 3, places[3][drive]) for drive in _drives(reading)],
    ]
    return [_edge(left, start, right, end, kind) for left, start, right, end in pairs]


def _edge(left: int, start: float, right: int, end: float, kind: str) -> Markup:
    """A smooth line from one box's right side to another's left side."""
    x1, x2 = _COLUMNS[left][1] + _COLUMNS[left][2], _COLUMNS[right][1]
    middle = (x1 + x2) / 2
    path = f"M{x1:.1f} {start:.1f}C{middle:.1f} {start:.1f} {middle:.1f} {end:.1f} {x2:.1f} {end:.1f}"
    return element("path", d=path, class_=kind)


def _box(node: _Node) -> Markup:
    """One box with its words; an affordance's box leads to its line of the table."""
    _words, x, width = _COLUMNS[node.column]
    letters = int(width / 7.2)
    rect = element("rect", x=x, y=node.y - _BOX / 2, width=width, height=_BOX, rx=6, class_=f"box box-{node.kind}")
    title = element(
        "text", _shortened(node.title, letters), x=x + 10, y=node.y + (-2 if node.detail else 4), class_="name"
    )
    detail = (
        element("text", _shortened(node.detail, letters + 4), x=x + 10, y=node.y + 12, class_="small")
        if node.detail
        else ""
    )
    tip = element("title", f"{node.title}: {node.detail}" if node.detail else node.title)
    group = element("g", tip, rect, title, detail)
    return element("a", group, href=node.link) if node.link else group


def _shortened(words: str, most: int) -> str:
    """Words that fit their box; the whole of them stands in the tool tip."""
    return words if len(words) <= most else f"{words[: most - 1]}…"
