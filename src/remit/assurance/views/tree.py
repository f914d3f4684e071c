"""Where each node of a case stands on the drawing: a layered layout of a graph, in plain Python.

A case is read from left to right and from the top: claims nothing else rests on are at the left, what they rest on to
their right, every leaf on a row of its own, any other node on the row of the first it rests on. A node that several
others rest on is drawn once, in the column after the last of them; the other links reach it as well. The layout takes
time linear in nodes and links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.assurance.weighing.assessment import Assessment

__all__ = ["Link", "Place", "Plan", "lay_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node stands: its column and its row, from 0."""

    id: str
    column: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line from a node to what it rests on; ``doubt``: to what speaks against it; ``again``: a second way in."""

    start: str
    end: str
    doubt: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Places by id in the order they are read, the links, and how many columns and rows there are."""

    places: Mapping[str, Place]
    links: tuple[Link, ...]
    columns: int
    rows: int


def lay_out(assessment: Assessment) -> Plan:
    """Lay out everything that can be reached from the roots, then whatever cannot.

    A reference to nothing and a link that closes a circle are left out: the findings name them.
    """
    children = _children(assessment)
    order = _downward(assessment, children)
    columns = _columns(order, children)
    homes = _homes(order, children, columns)
    rows, count = _rows([*assessment.roots, *assessment.nodes], homes)
    read = sorted(order, key=lambda name: (rows[name], columns[name]))
    places = {name: Place(id=name, column=columns[name], row=rows[name]) for name in read}
    links = tuple(
        Link(start=start, end=end, doubt=end in assessment.nodes[start].doubts, again=homes.get(end) != start)
        for start in read
        for end in children[start]
    )
    return Plan(places=places, links=links, columns=1 + max(columns.values(), default=-1), rows=count)


def _children(assessment: Assessment) -> dict[str, tuple[str, ...]]:
    """What is drawn to the right of each node: its doubts first, then what it rests on."""
    nodes = assessment.nodes
    return {
        name: tuple(child for child in dict.fromkeys((*node.doubts, *node.below)) if child in nodes and child != name)
        for name, node in nodes.items()
    }


def _downward(assessment: Assessment, children: dict[str, tuple[str, ...]]) -> list[str]:
    """Every node before what it rests on; links that close a circle are taken out of ``children``."""
    finished: list[str] = []
    state: dict[str, bool] = {}  # open: False, finished: True
    reached = {child for names in children.values() for child in names}
    starts = [*assessment.roots, *(name for name in children if name not in reached), *children]
    for start in starts:
        if start in state or start not in children:
            continue
        state[start] = False
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(children[start]))]
        while stack:
            name, waiting = stack[-1]
            child = next(waiting, None)
            if child is None:
                state[name] = True
                finished.append(name)
                stack.pop()
            elif child not in state:
                state[child] = False
                stack.append((child, iter(children[child])))
            elif not state[child]:
                children[name] = tuple(other for other in children[name] if other != child)
    return finished[::-1]


def _columns(order: list[str], children: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """The column of each node: one after the last that rests on it."""
    columns = dict.fromkeys(order, 0)
    for name in order:
        for child in children[name]:
            columns[child] = max(columns[child], columns[name] + 1)
    return columns


def _homes(order: list[str], children: Mapping[str, tuple[str, ...]], columns: Mapping[str, int]) -> dict[str, str]:
    """Of those that rest on a node the first in the column before it: the one it is drawn beside."""
    homes: dict[str, str] = {}
    for name in order:
        for child in children[name]:
            if columns[child] == columns[name] + 1:
                homes.setdefault(child, name)
    return homes


def _rows(starts: list[str], homes: Mapping[str, str]) -> tuple[dict[str, int], int]:
    """A row for each leaf in reading order; whatever has children stands on the row of the first."""
    beside: dict[str, list[str]] = {name: [] for name in starts}
    for child, home in homes.items():
        beside[home].append(child)
    rows: dict[str, int] = {}
    count = 0
    for start in starts:
        waiting = [] if start in homes or start in rows else [start]
        while waiting:
            name = waiting.pop()
            rows[name] = count
            if beside[name]:
                waiting.extend(reversed(beside[name]))
            else:
                count += 1
    return rows, count
