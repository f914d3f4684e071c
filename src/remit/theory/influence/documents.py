"""Influence diagrams as people write them: a decision, the utilities, and edges, each with what cutting it costs."""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.errors import ModelError
from remit.theory.asked import listed_at, mapping_at, text_at
from remit.theory.influence.diagrams import Diagram, diagram
from remit.theory.influence.redesigns import LARGEST_COST, Edge
from remit.theory.rational import SHOWN, parsed

__all__ = ["Plan", "read_diagram"]

HINT = 'write {"decision": "D", "utilities": ["U"], "edges": [["D", "U"], ["X", "U", 3]]}'
"""How a diagram is written, for whoever wrote something else."""
_FIELDS = ("decision", "utilities", "edges")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A diagram, and what cutting each edge costs."""

    graph: Diagram
    costs: Mapping[Edge, int]


def read_diagram(text: str) -> Plan:
    """Return the diagram a JSON text describes; an edge is ``[from, to]``, or with what cutting it costs as a third.

    Raises ``ModelError`` for what is not JSON, a field that is missing or unknown, an edge that is written twice or is
    none, a cost that is not a whole number in [1, 2**20], and as ``diagram`` does.
    """
    fields = mapping_at(parsed(text_at(text, "text"), "the diagram"), "the diagram", hint=HINT)
    wrong = [*(name for name in _FIELDS if name not in fields), *(name for name in fields if name not in _FIELDS)]
    if wrong:
        word = "is missing" if wrong[0] in _FIELDS else "is no part of a diagram"
        raise ModelError(f"`{wrong[0][:SHOWN]}` {word}", hint=HINT)
    costs: dict[Edge, int] = {}
    for number, written in enumerate(listed_at(fields["edges"], "edges", hint=HINT)):
        start, end, cost = _edge(written, f"edges[{number}]")
        if (start, end) in costs:
            raise ModelError(f"`edges[{number}]` is written before", hint="leave one of the two out")
        costs[start, end] = cost
    return Plan(graph=diagram(list(costs), decision=fields["decision"], utilities=fields["utilities"]), costs=costs)


def _edge(written: object, place: str) -> tuple[str, str, int]:
    """Return one edge with its cost, 1 where none is written."""
    parts = listed_at(written, place, hint=HINT)
    if len(parts) not in (2, 3) or not all(isinstance(name, str) for name in parts[:2]):
        raise ModelError(f"`{place}` is not `[from, to]` or `[from, to, cost]`", hint=HINT)
    cost = parts[2] if len(parts) == 3 else 1
    if type(cost) is not int or not 1 <= cost <= LARGEST_COST:
        raise ModelError(f"the cost at `{place}` is no whole number in [1, 2**20]", hint=HINT)
    return parts[0], parts[1], cost
