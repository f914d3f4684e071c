"""What `remit diff` shows of two reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.charter.first_screen import CLASS_STYLES
from remit.cli.headings import heading
from remit.incentives.legible import visible
from remit.incentives.wording import percent

if TYPE_CHECKING:
    from remit.incentives.comparison import Comparison


__all__ = ["comparison_screen"]


def comparison_screen(comparison: Comparison) -> Iterator[RenderableType]:
    """What becomes possible, what no longer is, and how the readings move."""
    tier = comparison.tier_change
    yield heading(
        "TIER",
        f"{tier.before} → {tier.after}" if tier.changed else f"{tier.after}, as before",
        "bold red" if tier.worse else "bold",
    )
    moved = comparison.new_affordances or comparison.removed_affordances or comparison.class_changes
    yield heading("AFFORDANCES", "+ now worth something to some goal, - no longer" if moved else "no change")
    for mark, mark_style, readings in (
        ("+", "red", comparison.new_affordances),
        ("-", "green", comparison.removed_affordances),
    ):
        for reading in readings:
            style = CLASS_STYLES[reading.classification]
            yield Padding(
                Text.assemble(
                    (f"{mark} ", mark_style), (visible(reading.id), "bold"), "  ", (reading.classification, style),
                    f"  {visible(reading.title)}", (f"  {reading.where}", "dim"),
                ),
                (0, 0, 0, 2),
            )  # fmt: skip
    for change in comparison.class_changes:
        style = "red" if change.worse else "green"
        yield Padding(
            Text.assemble(("~ ", style), (visible(change.id), "bold"), f"  {change.before} → {change.after}"),
            (0, 0, 0, 2),
        )
    yield from _readings(comparison)
    for regression in comparison.regressions:
        yield Padding(Text.assemble(("! ", "bold red"), visible(regression)), (0, 0, 0, 2))


def _readings(comparison: Comparison) -> Iterator[RenderableType]:
    """The readings whose intervals lie apart."""
    moved = [change for change in comparison.reading_changes if change.apart]
    steady = len(comparison.reading_changes) - len(moved)
    yield heading("READINGS", f"{len(moved)} moved beyond their intervals, {steady} did not")
    table = Table.grid(padding=(0, 2))
    for change in moved:
        better = (change.after > change.before) == (change.reading == "task value")
        style = "green" if better else "red"
        table.add_row(Text(change.reading), Text(f"{percent(change.before)} → {percent(change.after)}", style=style))
    if moved:
        yield Padding(table, (0, 0, 0, 2))
