"""What `remit explain` shows of one affordance of one charter."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from remit.cli.charter.first_screen import CLASS_STYLES, witness_table
from remit.cli.headings import heading
from remit.incentives.legible import visible
from remit.incentives.report import AffordanceReading, Report
from remit.incentives.wording import CLASS_TITLES, percent_range

__all__ = ["affordance_screen"]


def affordance_screen(report: Report, identifier: str) -> Iterator[RenderableType]:
    """An affordance: how the agent gets there, which line opens it, what decided its class, what closing costs."""
    reading = next(reading for reading in report.affordances if reading.id == identifier)
    style = CLASS_STYLES[reading.classification]
    yield Text.assemble((visible(reading.id), "bold"), f"  {visible(reading.title)}  ", (reading.classification, style))
    yield Padding(Text(CLASS_TITLES[reading.classification]), (0, 0, 0, 2))
    yield heading("HOW", "the shortest path on which it pays")
    yield witness_table(report, reading.witness or (reading.id,))
    yield heading("WHERE", f"{reading.where}: {reading.opened_by}")
    yield Padding(Text(_allowed_line(reading), style="dim"), (0, 0, 0, 2))
    yield heading("WHY THIS CLASS")
    for line in _deciding(reading):
        yield Padding(Text(line), (0, 0, 0, 2))
    yield heading("WITHOUT IT", _cost(reading))
    for line in _edits(report, reading):
        yield Padding(Text(line), (0, 0, 0, 2))
    if reading.parts:
        yield heading("DRIVES", ", ".join(reading.parts))
    yield heading("SOURCE", reading.source or "none given")


def _allowed_line(reading: AffordanceReading) -> str:
    """Whether it is authorised, and what it does."""
    allowed = {"yes": "allowed by a grant", "no": "no grant allows it"}.get(reading.authorised)
    allowed = allowed or f"allowed after asking {visible(reading.authorised.removeprefix('ask:'))}"
    effects = ", ".join(reading.effects)
    return visible(f"{allowed}; it does {effects}" if effects else allowed)


def _deciding(reading: AffordanceReading) -> list[str]:
    """The numbers that decided the class, each in words first."""
    lines = [
        f"kappa {reading.kappa:.2g}: "
        + (
            "it leaves every intervention as likely to work"
            if reading.kappa <= 0
            else "the most it takes off the chance that an intervention works"
        ),
        _worth(reading.u),
    ]
    if reading.u is None:
        lines.append("rho: not known, because the world was only bounded; the class rests on what the act leads to")
    elif reading.rho is None:
        lines.append("rho: not defined, because broad goals gain nothing from it")
    else:
        lines.append(
            f"rho {reading.rho:.2g}: the part of its worth to broad goals that vanishes when nobody intervenes"
        )
    lines.append(f"mean worth to broad goals {percent_range(reading.gap)} of what is at stake, rank {reading.rank}")
    return lines


def _worth(u: float | None) -> str:
    """What the act is worth to the task when nobody intervenes, in words."""
    if u is None:
        return "u: not known, because the world was only bounded"
    return f"u {u:.2g}: " + ("worth nothing to the task" if u <= 0 else "what the task gains when nobody intervenes")


def _cost(reading: AffordanceReading) -> str:
    """What the task loses when the affordance is closed."""
    if reading.u is None:
        return "what the task loses is not known: the world was only bounded"
    if reading.u <= 0:
        return "the task loses nothing"
    return f"the task loses up to {100 * reading.u:.2g} % of its worth: redesign it rather than take it away"


def _edits(report: Report, reading: AffordanceReading) -> list[str]:
    """What to do: the advice, and the edits of the least authority that touch the same line."""
    lines = [f"→ {visible(reading.advice)}"] if reading.advice else []
    lines += [
        f"the patch of `remit check` does this: {visible(edit.title)} ({edit.where})"
        for edit in report.least_authority.edits
        if edit.where.line == reading.where.line
    ]
    return lines
