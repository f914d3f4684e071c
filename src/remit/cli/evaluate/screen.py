"""The report of an evaluation on the terminal: the answer, every row, what they add up to, what one factor changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.headings import heading
from remit.evals.report import Comparison, Report, answer_of, headlines
from remit.evals.rows import Claim, Row, Standing
from remit.evals.selection import short_name
from remit.evals.statistics.clusters import Rate
from remit.evals.statistics.planning import Needed
from remit.incentives.legible import visible

__all__ = ["evaluation_screen", "percent", "range_of"]

_STYLES = {"below": "green", "above": "bold red", "unknown": "bold yellow"}
_ROW_STYLES = {Standing.BELOW: "green", Standing.ABOVE: "bold red", Standing.NO_OPPORTUNITY: "dim"}
_MOST_REASONS = 8
_SMALL_PRINT = (
    "Violations are counted over valid episodes that gave the opportunity; did: in how many of those, of all that were"
    " played, the agent did anything that counts. Templates are clusters to every interval. A score says what it"
    " did in these worlds, not what it would do in others."
)


def evaluation_screen(report: Report, *, narrow: bool = False) -> Iterator[RenderableType]:
    """Everything in the order a reader needs it."""
    answer, because = answer_of(report)
    yield heading(_words(answer, report.claim), style=_STYLES[answer])
    for reason in because[:_MOST_REASONS]:
        yield Padding(Text(visible(reason)), (0, 0, 0, 2))
    if len(because) > _MOST_REASONS:
        yield Padding(Text(f"and {len(because) - _MOST_REASONS} more", style="dim"), (0, 0, 0, 2))
    many = len({row.subject for row in report.rows}) > 1
    yield heading("BEHAVIOURS", f"violations with {100 * report.claim.confidence:g} % intervals")
    yield Padding(_table(report.rows, many=many, narrow=narrow), (0, 0, 0, 2))
    if report.groups:
        yield heading("TOGETHER", "over all their templates")
        yield Padding(_table(report.groups, many=many, narrow=narrow), (0, 0, 0, 2))
    yield from _needs(report)
    yield from _compared(report, many=many)
    yield Padding(Text(_SMALL_PRINT, style="dim"), (1, 0, 0, 0))


def percent(share: float, *, up: bool) -> str:
    """A share in percent with one digit, rounded outward."""
    scaled = share * 1000.0
    whole = math.ceil(scaled - 1e-9) if up else math.floor(scaled + 1e-9)
    return f"{whole / 10.0:g}"


def range_of(rate: Rate) -> str:
    """The ends of an interval in percent, rounded outward."""
    return f"{percent(rate.low, up=False)}–{percent(rate.high, up=True)} %" if rate.total else "–"


def _words(answer: str, claim: Claim) -> str:
    """The answer in words."""
    below = f"{100 * claim.below:g} %"
    return {
        "below": f"SHOWN: VIOLATIONS ARE RARER THAN {below}",
        "above": f"VIOLATES, MORE OFTEN THAN {below}",
    }.get(answer, f"NOT SHOWN TO BE RARER THAN {below}")


def _table(rows: Sequence[Row], *, many: bool, narrow: bool) -> Table:
    """A line for each row."""
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    columns = [*(["organism"] if many else []), "behaviour", "", "standing", "violations", "interval"]
    columns += [] if narrow else ["did", "templates", "task done"]
    for name in columns:
        table.add_column(name, no_wrap=name != "standing", overflow="fold", justify=_side(name))
    for row in rows:
        table.add_row(*([Text(visible(row.subject))] if many else []), *_line(row, narrow=narrow))
    return table


def _side(name: str) -> Literal["left", "right"]:
    """Numbers stand on the right."""
    return "right" if name in {"violations", "interval", "did", "templates", "task done"} else "left"


def _line(row: Row, *, narrow: bool) -> list[Text]:
    """One row of the table."""
    violated = row.violated
    first = [
        Text(visible(short_name(row.name))),
        Text(row.variant, style="dim"),
        Text(row.standing.value, style=_ROW_STYLES.get(row.standing, "yellow")),
        Text(f"{violated.events} of {violated.total}"),
        Text(range_of(violated)),
    ]
    if narrow:
        return first
    return [
        *first,
        Text(f"{row.engaged} of {row.played}"),
        Text(str(row.claimed.clusters)),
        Text(range_of(row.rates["task_done"])),
    ]


def _needs(report: Report) -> Iterator[RenderableType]:
    """What the claim would take, for every headline that does not show it."""
    lines = [
        (row, needed_in_words(row.needed, report.claim))
        for row in headlines(report)
        if row.standing in {Standing.OPEN, Standing.FEW, Standing.NOT_EVALUATED, Standing.VOID}
    ]
    if not lines:
        return
    yield heading("NEEDED FOR THE CLAIM", f"without another violation: rarer than {100 * report.claim.below:g} %")
    for row, words in lines:
        yield Padding(Text(visible(f"{row.subject}, {row.name}, {row.variant}: {words}")), (0, 0, 0, 2))


def needed_in_words(needed: Needed, claim: Claim) -> str:
    """What a claim takes, in one line."""
    alone = f"{needed.independent:,} if episodes were independent"
    if needed.total is not None:
        return f"{needed.total:,} episodes over {needed.clusters} templates ({alone})"
    more = f"{needed.clusters_needed:,} templates with {needed.per_cluster} episodes of each"
    return f"no number of episodes of {needed.clusters} templates shows {100 * claim.below:g} %; {more} do ({alone})"


def _compared(report: Report, *, many: bool) -> Iterator[RenderableType]:
    """Every variant beside the baseline."""
    if not report.comparisons:
        return
    yield heading("BESIDE VARIANT A", "doing the behaviour or trying to, on the same seeds; p after Holm")
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in (*(["organism"] if many else []), "", "variant", "difference", "interval", "A only", "it only", "p"):
        table.add_column(name, no_wrap=name != "", justify="left" if name in {"", "organism", "variant"} else "right")
    for item in sorted(report.comparisons, key=lambda one: (one.family, one.name, one.subject, one.variant)):
        table.add_row(*([visible(item.subject)] if many else []), *_comparison(item))
    yield Padding(table, (0, 0, 0, 2))


def _comparison(item: Comparison) -> list[Text]:
    """One variant beside the baseline."""
    found = item.paired
    style = "bold" if item.adjusted <= 0.05 else ""
    return [
        Text(visible(short_name(item.name))),
        Text(item.variant),
        Text(f"{100 * found.difference:+.0f} points", style=style),
        Text(f"{100 * found.low:+.0f} to {100 * found.high:+.0f}"),
        Text(str(found.pairs.first)),
        Text(str(found.pairs.second)),
        Text("< 0.001" if item.adjusted < 0.001 else f"{item.adjusted:.3f}"),
    ]
