"""What a report rests on: assumptions and what turns with them, the world that was computed, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.headings import heading
from remit.incentives.legible import visible
from remit.incentives.reading_rules import NOT_MODELLED
from remit.incentives.report import AssumptionRow, Certificate, Report
from remit.incentives.wording import percent_range

__all__ = ["small_print"]

_ORIGINS = {
    "assumed": "taken at its unsafe value, because the charter does not say",
    "default": "documented defaults",
    "derived": "follows from the charter",
    "stated": "stated in the charter",
}


def small_print(report: Report) -> Iterator[RenderableType]:
    """Assumptions, certificate, world, what is not modelled."""
    yield heading("ASSUMPTIONS", "what these readings rest on, and what turns when it is otherwise")
    yield from _assumptions(report.assumptions)
    yield from _certificate(report.certificate)
    yield from _world(report)
    yield heading("NOT MODELLED")
    for sentence in NOT_MODELLED:
        yield Padding(Text(f"· {sentence}", style="dim"), (0, 0, 0, 2))


def _assumptions(rows: Sequence[AssumptionRow]) -> Iterator[RenderableType]:
    """The assumptions that turn a verdict one by one; the others in a line."""
    turning = [row for row in rows if row.flips]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for row in turning:
        cells = [visible(row.id), visible(row.value), row.origin, visible("; ".join(row.flips))]
        table.add_row(*[Text(text) for text in cells])
    if turning:
        yield Padding(table, (0, 0, 0, 2))
    yield from _steady([row for row in rows if not row.flips])


def _steady(rows: Sequence[AssumptionRow]) -> Iterator[RenderableType]:
    """The assumptions nothing turns with, by where they come from; what nobody said comes first."""
    for origin, words in _ORIGINS.items():
        values = [f"{visible(row.id)} {visible(row.value)}" for row in rows if row.origin == origin]
        if values:
            yield Padding(Text.assemble((f"{words}: ", "dim bold"), (", ".join(values), "dim")), (0, 0, 0, 2))


def _certificate(certificate: Certificate) -> Iterator[RenderableType]:
    """The prior-free statement where it holds; elsewhere why it does not."""
    if certificate.applies:
        bound = f" ({visible(certificate.bound)})" if certificate.bound else ""
        yield heading("CERTIFICATE", f"{visible(certificate.statement)}{bound}")
        if certificate.measured is not None:
            yield Padding(Text(f"measured: {percent_range(certificate.measured)}", style="dim"), (0, 0, 0, 2))
        return
    failing = [name for name, holds in certificate.conditions if not holds]
    yield heading("CERTIFICATE", f"none: it would need that {' and that '.join(failing)}" if failing else "none")


def _world(report: Report) -> Iterator[RenderableType]:
    """Size and kind of the world, its invariants, and POWER as a picture."""
    world = report.world
    kept = sum(holds for _name, holds in world.invariants)
    how = "solved exactly" if world.method == "exact" else "bounded, not solved: the truth may be worse"
    yield heading(
        "WORLD", f"{world.states:,} states, {world.acts} acts, {world.outcome_classes} outcome classes, {how}"
    )
    lines = [
        f"{kept} of {len(world.invariants)} invariants kept · {report.goals:,} goals per prior · seed {report.seed}",
        *_worth(report),
        *world.notes,
    ]
    for line in lines:
        yield Padding(Text(visible(line), style="dim"), (0, 0, 0, 2))


def _worth(report: Report) -> tuple[str, ...]:
    """POWER and the worth of the task: measured where the world was solved, and not made up where it was not."""
    if report.task_value is None:
        return ("POWER and what the authorised task reaches are not known: they need the full world",)
    start, stopped = report.power.start.value, report.power.stopped.value
    return (
        f"POWER {start:.2f} at the start, {stopped:.2f} once stopped (a picture, not a gate)",
        f"the authorised task reaches {100 * report.task_value:.3g} % of what it could be worth",
    )
