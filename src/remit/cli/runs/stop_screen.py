"""The receipt of a stop on the terminal: what is proved, who survived, what was left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from remit.cli.seconds import span
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from remit.supervisor.report import StopReport
    from remit.supervisor.residue.comparison import Residue

__all__ = ["stop_screen"]

_HEADS = {"dead": ("dead", "bold green"), "survivors": ("SURVIVORS", "bold red"), "unknown": ("NOT PROVED", "bold red")}
_WHOSE = ("sure", "appeared", "not looked at")
_MOST = 8


def stop_screen(report: StopReport, *, whole: bool = True) -> Iterator[RenderableType]:
    """One run's receipt: a line on how it ended, then only what there is to know.

    ``whole``: also say what appeared meanwhile and could be anybody's, and what nobody looked at.
    """
    word, style = _HEADS[report.verdict]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(word, style=style), _headline(report))
    for label, lines, look in _details(report, whole=whole):
        for number, line in enumerate(lines):
            table.add_row(Text(label if number == 0 else "", style=look), Text(visible(line)))
    yield table


def _headline(report: StopReport) -> Text:
    """The run, how it ended and who asked."""
    text = Text(visible(report.run), style="bold")
    ways = {"already ended": "had ended before"}
    how = ways.get(report.rung, f"by {report.rung}")
    text.append(f"  {how}" + (f" in {span(report.took)}" if report.rung not in ways else ""), style="not bold")
    reason = visible(f"{report.reason}" + (f" ({report.by})" if report.by not in ("", "owner") else ""))
    return text.append(f": {reason}", style="not bold") if report.reason else text


def _details(report: StopReport, *, whole: bool) -> Iterator[tuple[str, list[str], str]]:
    """What stands below: who survived, what proves the end, what was left behind and what was not looked at."""
    yield "alive", _cut([f"{one.pid}  {one.command}" for one in report.survivors]), "bold red"
    yield "proof" if report.dead else "seen", list(report.proof), "dim"
    left = {kind: [one for one in report.residue if one.attribution == kind] for kind in _WHOSE}
    yield "left", _cut([f"{one.kind}: {one.what}, {one.detail}" for one in left["sure"]]), "bold red"
    if whole:
        yield "new", _by_kind(left["appeared"]), "yellow"
        yield "unseen", [f"{one.kind}: {one.what}, {one.detail}" for one in left["not looked at"]], "dim"


def _by_kind(residue: Sequence[Residue]) -> list[str]:
    """What came up during the run and could be anybody's: a line for each kind, with the first of it."""
    kinds: dict[str, list[str]] = {}
    for one in residue:
        kinds.setdefault(one.kind, []).append(one.what)
    return [
        f"{kind}: {what[0]}" + (f" and {len(what) - 1} more" if len(what) > 1 else "") for kind, what in kinds.items()
    ]


def _cut(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are."""
    rest = len(lines) - _MOST
    return lines if rest <= 1 else [*lines[:_MOST], f"... and {rest} more: --json shows all"]
