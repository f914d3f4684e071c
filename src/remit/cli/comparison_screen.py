"""What `remit diff` shows and writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.first_screen import CLASS_STYLES, heading
from remit.incentives.legible import visible
from remit.incentives.wording import percent

if TYPE_CHECKING:
    from remit.charter.comparison import Change
    from remit.charter.model import Charter
    from remit.incentives.comparison import Comparison

_MARKS = {"widened": ("+", "red"), "narrowed": ("-", "green"), "changed": ("~", "yellow")}

__all__ = ["authority_screen", "comparison_document", "comparison_screen"]


def authority_screen(old: str, new: str, changes: Sequence[Change]) -> Iterator[RenderableType]:
    """Every change of authority, widening first."""
    yield Text.assemble(("remit diff", "bold"), f"  {visible(old)} → {visible(new)}")
    counts = {kind: sum(change.kind == kind for change in changes) for kind in _MARKS}
    summary = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "no change"
    yield heading("AUTHORITY", summary, style="bold red" if counts["widened"] else "bold green")
    for change in changes:
        mark, style = _MARKS[change.kind]
        values = f"{change.before} → {change.after}" if change.before or change.after else ""
        line = Text.assemble((f"{mark} ", style), visible(change.what), (f"  {change.where}", "dim"))
        yield Padding(line, (0, 0, 0, 2))
        if values:
            yield Padding(Text(visible(values), style="dim"), (0, 0, 0, 6))


def comparison_screen(comparison: Comparison) -> Iterator[RenderableType]:
    """What becomes possible, what no longer is, and how the readings move."""
    tier = comparison.tier_change
    yield heading(
        "TIER",
        f"{tier.before} → {tier.after}" if tier.changed else f"{tier.after}, as before",
        "bold red" if tier.worse else "bold",
    )
    yield heading("AFFORDANCES", "what the agent could newly do, or no longer do")
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


def comparison_document(
    old: Charter, new: Charter, changes: Sequence[Change], comparison: Comparison | None
) -> dict[str, Any]:
    """The comparison as ``remit.diff/1``; readings are null when none were computed."""
    from remit.incentives.comparison import encode_comparison

    return {
        "schema": "remit.diff/1",
        "version": 1,
        "old": {"path": old.path, "digest": old.digest},
        "new": {"path": new.path, "digest": new.digest},
        "authority": [
            {
                "kind": change.kind,
                "what": change.what,
                "path": change.path,
                "file": change.where.file,
                "line": change.where.line,
                "before": change.before,
                "after": change.after,
            }
            for change in changes
        ],
        "readings": None if comparison is None else encode_comparison(comparison),
    }
