"""``remit power influence``: the incentives an influence diagram admits, and the cheapest edges to cut against them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from remit.cli.exits import ExitCode
from remit.cli.power.models import placed, unreadable
from remit.errors import ModelError
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.cli.output import Output
    from remit.theory.influence.diagrams import Incentives
    from remit.theory.influence.documents import Plan
    from remit.theory.influence.redesigns import Redesign

__all__ = ["influence"]

_KINDS = {
    "instrumental_control": "to control",
    "response": "to respond to",
    "value_of_information": "to know",
    "value_of_control": "to set",
}
_NOT_SAID = (
    "What some model of this graph admits, by the graphical criteria of Everitt et al. 2021: where nothing stands, no "
    "model has that incentive; where `yes` stands, one may, and the diagram does not say how strong it is."
)

Redesigns = dict[str, dict[str, "Redesign"]]


def influence(files: Sequence[str], output: Output) -> ExitCode:
    """Read a diagram and say, node by node, which incentives it admits, and how to take them away."""
    from remit.theory.formats.foreign import text_of
    from remit.theory.influence.diagrams import incentives
    from remit.theory.influence.documents import read_diagram

    path = Path(files[0])
    try:
        plan = read_diagram(text_of(path))
    except ModelError as error:
        unreadable(placed(error, path), output)
    found = incentives(plan.graph)
    redesigns = _redesigns(plan, found)
    if output.json:
        output.document(_document(plan, found, redesigns))
    output.show(*_screen(plan, found, redesigns))
    return ExitCode.YES


def _redesigns(plan: Plan, found: Incentives) -> Redesigns:
    """The cheapest cuts that take away each incentive to control a node or to respond to it."""
    from remit.theory.influence.redesigns import without_instrumental_control, without_response

    return {
        kind: {
            node: without(plan.graph, node, costs=plan.costs)
            for node in plan.graph.children
            if node in getattr(found, kind) and node != plan.graph.decision
        }
        for kind, without in (("instrumental_control", without_instrumental_control), ("response", without_response))
    }


def _document(plan: Plan, found: Incentives, redesigns: Redesigns) -> dict[str, object]:
    """The answer as data: every node with every kind of incentive, and what to cut against it."""
    return {
        "decision": plan.graph.decision,
        "utilities": sorted(plan.graph.utilities),
        "incentives": {node: {kind: node in getattr(found, kind) for kind in _KINDS} for node in plan.graph.children},
        "redesigns": {
            kind: {node: {"cut": sorted(map(list, one.edges)), "cost": one.cost} for node, one in line.items()}
            for kind, line in redesigns.items()
        },
    }


def _screen(plan: Plan, found: Incentives, redesigns: Redesigns) -> Iterator[RenderableType]:
    """A line for each node, then what to cut."""
    yield Text(visible(f"incentives of the decision {plan.graph.decision}"), style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("node", *_KINDS.values()):
        table.add_column(heading)
    for node in plan.graph.children:
        kind_of = " (utility)" if node in plan.graph.utilities else " (decision)" * (node == plan.graph.decision)
        marks = ("yes" if node in getattr(found, kind) else "" for kind in _KINDS)
        table.add_row(Text(visible(node) + kind_of), *marks)
    yield table
    for kind, line in redesigns.items():
        for node, one in line.items():
            edges = ", ".join(f"{start} -> {end}" for start, end in sorted(one.edges))
            yield Text(visible(f"without the incentive {_KINDS[kind]} {node}: cut {edges} (cost {one.cost})"))
    yield Text(_NOT_SAID, style="dim")
