"""What a host can enforce, on the terminal: what to do first, then every probe with its proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.findings import count
from remit.cli.headings import heading
from remit.cli.seconds import span
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from remit.supervisor.probes import Probe

__all__ = ["doctor_screen"]

_STYLES = {"full": "green", "partial": "yellow", "none": "bold red"}


def doctor_screen(probes: Sequence[Probe], missing: Sequence[Probe]) -> Iterator[RenderableType]:
    """A line on the whole, what to do about what is missing, and every probe with what it saw."""
    took = span(sum(probe.took for probe in probes))
    if missing:
        said = f"{len(missing)} of {count(len(probes), 'probe')} did not give everything ({took})"
        yield Text.assemble(("MISSING", "bold red"), f"  {said}")
        yield heading("WHAT TO DO", style="bold")
        yield _advice(missing)
    else:
        said = f"everything a charter can ask for was just seen to work ({count(len(probes), 'probe')}, {took})"
        yield Text.assemble(("READY", "bold green"), f"  {said}")
    yield heading("WHAT WAS TRIED", style="bold")
    yield _table(probes)


def _advice(missing: Sequence[Probe]) -> RenderableType:
    """Each piece of advice once, with what it would mend."""
    mends: dict[str, list[str]] = {}
    for probe in missing:
        mends.setdefault(probe.advice or "no advice is known", []).append(probe.name)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, justify="right", style="dim")
    table.add_column(overflow="fold")
    for number, (advice, names) in enumerate(mends.items(), start=1):
        table.add_row(Text(str(number)), Text(visible(advice)))
        table.add_row(Text(""), Text(visible(f"mends: {', '.join(names)}"), style="dim"))
    return Padding(table, (0, 0, 0, 2))


def _table(probes: Sequence[Probe]) -> RenderableType:
    """Every probe, how much it gave, and what was seen."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    for probe in probes:
        degree = Text(probe.degree, style=_STYLES[probe.degree])
        table.add_row(degree, Text(visible(probe.name), style="bold"), Text(visible(probe.proof)))
    return Padding(table, (0, 0, 0, 2))
