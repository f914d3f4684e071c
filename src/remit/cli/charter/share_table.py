"""What ``remit check --shapley`` adds: how the incentive to resist is shared out among the acts."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.charter.bars import bar
from remit.cli.headings import heading
from remit.incentives.legible import visible
from remit.incentives.report import Report
from remit.incentives.shares import part_in_words, ranked_shares, shares_in_words

__all__ = ["share_section"]

_BAR = 11  # columns of a bar


def share_section(report: Report) -> Iterator[RenderableType]:
    """The shares, largest first; what adds next to nothing is named in one line."""
    yield heading("WHAT IT HANGS ON", shares_in_words(report))
    shares = ranked_shares(report)
    if not shares:
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(overflow="fold", min_width=24)
    table.add_column(width=_BAR, no_wrap=True)
    table.add_column(overflow="fold")
    for share in shares:
        if share.rank != "–":
            name = Text.assemble((visible(share.id), "bold"), (f"\n{visible(share.title)}", "dim"))
            table.add_row(share.rank, name, bar(share.part, _BAR, "red"), Text(part_in_words(share)))
    yield Padding(table, (0, 0, 0, 2))
    least = ", ".join(visible(share.id) for share in shares if share.rank == "–")
    if least:
        yield Padding(Text(f"next to nothing: {least}", style="dim"), (0, 0, 0, 2))
    yield Padding(Text("acts of the same effect share one line, under the first name", style="dim"), (0, 0, 0, 2))
