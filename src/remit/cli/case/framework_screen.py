"""The screen of ``remit case frameworks``: one line a framework, or one framework row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.headings import heading
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.assurance.frameworks.coverage import Coverage, FrameworkView

__all__ = ["coverage_screen"]

_STYLES = {"supported and fresh": "green", "partial support": "yellow", "stale": "yellow", "mapped, unsupported": "red"}


def coverage_screen(view: Coverage, *, one: bool, narrow: bool = False) -> Iterator[RenderableType]:
    """All frameworks in a table, or with ``one`` the rows of one; then what is too old, and the small print.

    ``narrow`` leaves out columns that can be read elsewhere.
    """
    if one:
        for framework in view.frameworks:
            yield from _rows(framework)
    else:
        yield heading("FRAMEWORKS", f"as of {view.as_of.date().isoformat()}; rows are {view.data_age_days} days old")
        yield Padding(_table(view, narrow=narrow), (0, 0, 0, 2))
    if view.findings:
        yield heading("FINDINGS", "")
    for finding in view.findings:
        yield Padding(Text(visible(f"{finding.severity.value} {finding.code}: {finding.message}")), (0, 0, 0, 2))
    yield Padding(
        Text(
            "A row counts when a claim mapped to it holds, on fresh evidence of a kind that bears on the row. This is a"
            " view of the evidence, and no statement that anything meets a framework or a law.",
            style="dim",
        ),
        (1, 0, 0, 0),
    )


def _table(view: Coverage, *, narrow: bool) -> Table:
    """One line a framework; a narrow one without what lies between fresh and unmapped."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("framework", overflow="fold", min_width=24)
    for title in ("fresh", "of", "age") if narrow else ("fresh", "partial", "stale", "rest", "unmapped", "of", "age"):
        table.add_column(title, justify="right", no_wrap=True)
    for framework in view.frameworks:
        fresh, partial, stale, informed, wanting, unmapped, *_ = framework.counts.values()
        between = () if narrow else (partial, stale, informed + wanting, unmapped)
        old = "superseded" if framework.version.superseded_by else f"{framework.age_days} d"
        numbers = (fresh, *between, framework.relevant)
        table.add_row(Text(_name(framework, view)), *(str(number) for number in numbers), old)
    return table


def _name(framework: FrameworkView, view: Coverage) -> str:
    """The name of a framework, with the version where there are two of it."""
    name = framework.version.framework
    twins = [one for one in view.frameworks if one.version.framework == name]
    return name if len(twins) == 1 else f"{name} {framework.version.version.split()[0]}"


def _rows(framework: FrameworkView) -> Iterator[RenderableType]:
    """One framework: a line with its counts, then its rows."""
    version = framework.version
    yield heading(version.framework.upper(), f"{version.version}, {framework.age_days} days old")
    counted = "; ".join(f"{count} {state.value}" for state, count in framework.counts.items() if count)
    yield Padding(Text(f"{framework.relevant} rows evidence could bear on: {counted}"), (0, 0, 0, 2))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for title in ("row", "what it is about", "state", "claims", "why"):
        table.add_column(title, overflow="fold")
    for row in framework.rows:
        state = Text(row.state.value, style=_STYLES.get(row.state.value, ""))
        about = Text(visible(f"{row.row.title} [{row.row.status}]"))
        table.add_row(row.row.id, about, state, Text(visible(", ".join(row.claims))), Text(visible(row.because)))
    yield Padding(table, (0, 0, 0, 2))
