"""The whole report on a terminal, in the order a reader needs it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from remit.cli.charter.first_screen import first_screen
from remit.cli.charter.reading_tables import affordance_section, drive_section, oversight_section, peak_section
from remit.cli.charter.share_table import share_section
from remit.cli.charter.small_print import small_print
from remit.cli.findings import finding_list, summary
from remit.cli.headings import heading
from remit.incentives.reading_rules import TIERS, failed_invariants, findings_of
from remit.incentives.report import Report
from remit.incentives.wording import verdict_in_words

__all__ = ["report_screen", "verdict_lines", "withheld_screen"]


def report_screen(
    report: Report, *, narrow: bool, slim: bool = False, shapley: bool = False, written: bool = False
) -> Iterator[RenderableType]:
    """Everything a report says; only the failed invariants when there are any.

    ``narrow`` and ``slim``: for few and for very few columns. ``shapley``: whether the incentive was to be shared out
    among the acts. ``written``: whether the patch is about to be written.
    """
    if failed_invariants(report):
        yield from withheld_screen(report)
        return
    yield from first_screen(report, written=written)
    yield from verdict_lines(report)
    yield from drive_section(report, narrow=narrow, slim=slim)
    yield from affordance_section(report)
    if shapley:
        yield from share_section(report)
    yield from peak_section(report)
    yield from oversight_section(report, narrow=narrow)
    yield from _lint(report)
    yield from small_print(report)
    yield Text()


def withheld_screen(report: Report) -> Iterator[RenderableType]:
    """Why there are no readings."""
    yield heading(
        "NO READINGS", "the model of this charter failed its own tests, so nothing it says is printed", "bold red"
    )
    for finding in finding_list(findings_of(report)):
        yield Padding(finding, (0, 0, 0, 2))


def verdict_lines(report: Report) -> Iterator[RenderableType]:
    """The tier, what it means, and the findings in numbers."""
    tier = report.tier.tier
    style = {"T0": "bold red", "T1": "bold yellow", "T2": "bold green", "T3": "bold green"}.get(tier, "bold yellow")
    yield heading("VERDICT", f"{verdict_in_words(report)}", style)
    yield Padding(Text(f"{TIERS[tier]} · findings: {summary(findings_of(report))}"), (0, 0, 0, 2))


def _lint(report: Report) -> Iterator[RenderableType]:
    """What else is wrong with the charter as a text."""
    if not report.findings:
        return
    yield heading("ALSO IN THE CHARTER", summary(report.findings))
    for finding in finding_list(report.findings):
        yield Padding(finding, (0, 0, 0, 2))
