"""Incentives in causal influence diagrams with one decision, each in one walk over the graph: O(V + E).

Source: Everitt et al. 2021, "Agent Incentives: A Causal Perspective". A node has an *instrumental control incentive*
if it lies on a directed path from the decision to a utility; *value of information* if it is no descendant of the
decision and not independent of the decision's utilities given the decision and its other parents; *response incentive*
and *value of control* if a directed path leads from it to the decision, or to a utility, after the information links
that carry nothing are cut (the minimal reduction).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.errors import ModelError
from remit.theory.asked import kind_at, listed_at, text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """A directed acyclic graph: the parents and children of each node, one decision, and the utilities."""

    parents: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]
    decision: str
    utilities: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incentives:
    """The nodes that admit each incentive, as a graph says they may: some model of the graph has it."""

    instrumental_control: frozenset[str]
    response: frozenset[str]
    value_of_information: frozenset[str]
    value_of_control: frozenset[str]


def diagram(edges: Iterable[tuple[str, str]], *, decision: str, utilities: Iterable[str]) -> Diagram:
    """Return the diagram of a list of edges.

    Raises ``ModelError`` for a decision or utility that is in no edge, a utility with children, and a cycle.
    """
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for start, end in dict.fromkeys(_pairs(edges)):
        below.setdefault(start, []).append(end)
        below.setdefault(end, [])
        above.setdefault(end, []).append(start)
        above.setdefault(start, [])
    rewards = frozenset(_names(utilities))
    for name in (text_at(decision, "decision"), *sorted(rewards)):
        if name not in below:
            raise ModelError(f"`{name}` is in no edge of the diagram", hint=f"known are {', '.join(list(below)[:12])}")
    if not rewards or decision in rewards or any(below[name] for name in rewards):
        raise ModelError(
            "a diagram needs utilities, and utilities have no children", hint="name the nodes that nothing follows"
        )
    _refuse_cycle(above, below)
    return Diagram(
        parents={name: tuple(line) for name, line in above.items()},
        children={name: tuple(line) for name, line in below.items()},
        decision=decision,
        utilities=rewards,
    )


def _names(utilities: Iterable[str]) -> list[str]:
    """Return the names of the utilities; a text alone is no list of names."""
    given = listed_at(utilities, "utilities", hint='give a list of names, utilities=["U"]')
    return [text_at(name, "utilities") for name in given]


def _pairs(edges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the edges; raises ``InvalidMDPError`` for what is no pair of names."""
    hint = 'give pairs of names, [("decision", "utility")]'
    pairs = [listed_at(edge, "edges", hint=hint) for edge in listed_at(edges, "edges", hint=hint)]
    found = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and all(isinstance(name, str) for name in pair)]
    if len(found) != len(pairs):
        raise ModelError("an edge is not a pair of names", hint=hint)
    return found


def informative_nodes(graph: Diagram) -> frozenset[str]:
    """Return the nodes that could tell the decision something worth knowing (value of information)."""
    below = _closure(graph.children, [graph.decision])
    goals = graph.utilities & below
    return (_connected(graph, goals) - below) if goals else frozenset()


def incentives(graph: Diagram) -> Incentives:
    """Return which nodes admit which incentive."""
    kind_at(graph, Diagram, "graph", hint="`diagram(edges, decision=..., utilities=...)` gives one")
    below = _closure(graph.children, [graph.decision])
    goals = graph.utilities & below
    informative = informative_nodes(graph)
    cut = {name for name in graph.parents[graph.decision] if name not in informative}
    reduced = {
        name: tuple(parent for parent in line if name != graph.decision or parent not in cut)
        for name, line in graph.parents.items()
    }
    before_decision = _closure(reduced, [graph.decision])
    before_utilities = _closure(reduced, graph.utilities)
    return Incentives(
        instrumental_control=below & _closure(graph.parents, graph.utilities),
        response=(before_decision - {graph.decision}) if goals else frozenset(),
        value_of_information=informative,
        value_of_control=before_utilities - {graph.decision},
    )


def _closure(neighbours: Mapping[str, tuple[str, ...]], roots: Iterable[str]) -> frozenset[str]:
    """Return everything that can be walked to, the roots included."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for name in neighbours[stack.pop()]:
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return frozenset(seen)


def _connected(graph: Diagram, goals: frozenset[str]) -> frozenset[str]:
    """Return the nodes that a ball bounced from the goals reaches, given the decision and its parents (Shachter 1998).

    A given node that is reached is d-connected to the goals when all *other* given nodes are: the first arrival at a
    node never uses the node itself.
    """
    given = {graph.decision, *graph.parents[graph.decision]}
    reached: set[str] = set()
    seen: set[tuple[str, bool]] = set()
    stack = [(goal, True) for goal in goals]  # True: coming from a child
    while stack:
        name, from_child = stack.pop()
        if (name, from_child) in seen:
            continue
        seen.add((name, from_child))
        reached.add(name)
        if name in given:
            if not from_child:
                stack += [(parent, True) for parent in graph.parents[name]]
            continue
        if from_child:
            stack += [(parent, True) for parent in graph.parents[name]]
        stack += [(child, False) for child in graph.children[name]]
    return frozenset(reached)


def _refuse_cycle(above: Mapping[str, list[str]], below: Mapping[str, list[str]]) -> None:
    """Refuse a graph that cannot be ordered."""
    waiting = {name: len(line) for name, line in above.items()}
    ready = [name for name, count in waiting.items() if count == 0]
    done = 0
    while ready:
        done += 1
        for child in below[ready.pop()]:
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    if done != len(waiting):
        name = next(name for name, count in waiting.items() if count)
        raise ModelError(f"the diagram has a cycle through or above `{name}`", hint="take an edge of it out")
