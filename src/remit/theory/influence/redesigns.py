"""The fewest edges to cut so that a causal influence diagram no longer admits an incentive.

An incentive of Everitt et al. 2021 needs directed paths; a smallest set of edges that meets every such path is a
minimum cut (Ford and Fulkerson 1956), found here with every edge at its cost. Without an information link another node
may become worth knowing, so a response is cut off on every directed path, also those that carry nothing today.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from remit.errors import ModelError, StateBudgetError
from remit.theory.asked import whole_at
from remit.theory.influence.diagrams import Diagram, incentives

Edge = tuple[str, str]
LARGEST_COST = 2**20
BOUNDLESS = 2**31 - 1
"""More than all edges together may cost: the largest number a flow is counted in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redesign:
    """Edges to cut, and what they cost together; no edges where the incentive was not there."""

    edges: frozenset[Edge]
    cost: int


def without_instrumental_control(graph: Diagram, node: str, *, costs: Mapping[Edge, int] | None = None) -> Redesign:
    """Return the cheapest edges without which the decision gains nothing through a node.

    Either the decision no longer reaches the node or the node no longer reaches a utility: the cheaper of two cuts. The
    decision itself and a utility have one cut each. ``costs`` maps edges to whole numbers (default 1 each). Raises
    ``ModelError`` for an unknown node or edge, a cost outside [1, 2**20], and the decision as the node,
    ``StateBudgetError`` for edges that cost 2**31 - 1 together.
    """
    prices = _prices(graph, costs)
    if node not in graph.children or node == graph.decision:
        raise ModelError(f"`{node}` is no node the decision could control")
    cuts = [_cut(prices, {graph.decision}, {node})]
    if node not in graph.utilities:
        cuts.append(_cut(prices, {node}, graph.utilities))
    return min(cuts, key=lambda cut: (cut.cost, sorted(cut.edges)))


def without_response(graph: Diagram, node: str, *, costs: Mapping[Edge, int] | None = None) -> Redesign:
    """Return the cheapest edges without which the decision has no reason to respond to a node.

    Every directed path from the node to the decision is cut, which may be more than is needed; the other way
    out is a decision that reaches no utility. Raises ``ModelError`` as ``without_instrumental_control`` does.
    """
    prices = _prices(graph, costs)
    if node not in graph.children or node == graph.decision:
        raise ModelError(f"`{node}` is no node the decision could respond to")
    if node not in incentives(graph).response:
        return Redesign(edges=frozenset(), cost=0)
    cuts = [_cut(prices, {node}, {graph.decision}), _cut(prices, {graph.decision}, graph.utilities)]
    return min(cuts, key=lambda cut: (cut.cost, sorted(cut.edges)))


def cut(graph: Diagram, edges: Iterable[Edge]) -> Diagram:
    """Return the diagram without some of its edges; every node stays."""
    gone = frozenset(edges)
    return replace(
        graph,
        parents={name: tuple(up for up in line if (up, name) not in gone) for name, line in graph.parents.items()},
        children={
            name: tuple(down for down in line if (name, down) not in gone) for name, line in graph.children.items()
        },
    )


def _prices(graph: Diagram, costs: Mapping[Edge, int] | None) -> dict[Edge, int]:
    """Return the cost of every edge."""
    prices = {(name, child): 1 for name, line in graph.children.items() for child in line}
    for edge, cost in (costs or {}).items():
        if edge not in prices:
            raise ModelError(f"`{edge[0]} -> {edge[1]}` is no edge of the diagram")
        prices[edge] = whole_at(cost, f"costs of {edge[0]} -> {edge[1]}", least=1, most=LARGEST_COST)
    if sum(prices.values()) >= BOUNDLESS:
        raise StateBudgetError("the edges cost more together than can be counted", hint="give costs in larger units")
    return prices


def _cut(prices: Mapping[Edge, int], sources: Iterable[str], sinks: Iterable[str]) -> Redesign:
    """Return the cheapest edges that meet every path from a source to a sink."""
    names = sorted({name for edge in prices for name in edge})
    at = {name: number for number, name in enumerate(names, start=2)}  # 0 and 1: before every source, after every sink
    lines = [(at[start], at[end], cost) for (start, end), cost in prices.items()]
    lines += [(0, at[name], BOUNDLESS) for name in sources if name in at]
    lines += [(at[name], 1, BOUNDLESS) for name in sinks if name in at]
    rows, columns, data = zip(*lines, strict=True)
    capacity = sp.csr_array((np.array(data, np.int32), (rows, columns)), shape=(len(at) + 2, len(at) + 2))
    flow = maximum_flow(capacity, 0, 1)
    left = sp.csr_array(capacity - flow.flow)
    left.eliminate_zeros()
    reached = set(breadth_first_order(left, 0, return_predecessors=False).tolist())
    edges = frozenset(edge for edge in prices if at[edge[0]] in reached and at[edge[1]] not in reached)
    return Redesign(edges=edges, cost=sum(prices[edge] for edge in edges))
