"""The readings as tables: drives with bars, affordances by class, oversight as a grid."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.charter.bars import bar, cell
from remit.cli.charter.first_screen import CLASS_STYLES
from remit.cli.headings import heading
from remit.incentives.legible import place, visible
from remit.incentives.report import PRIORS, AffordanceReading, DriveReading, Report
from remit.incentives.sufficiency import setting_in_words, settings, surprises
from remit.incentives.thresholds import PAYS
from remit.incentives.wording import (
    CLASS_ORDER,
    CLASS_TITLES,
    percent_range,
    ranked_drives,
    says_nothing,
    share_in_words,
    split_idle,
)

__all__ = ["affordance_section", "drive_section", "oversight_section", "peak_section"]

_BAR, _BAR_NARROW = 11, 7  # columns of a bar
_FEW = 6  # classes that need no attention are cut after this many names


def drive_section(report: Report, *, narrow: bool, slim: bool = False) -> Iterator[RenderableType]:
    """Every drive under every prior, strongest first; what no goal would use is named in one line.

    A slim one draws the first prior alone, whose interval it gives; ``--json`` and ``--html`` have them all.
    """
    yield heading("DRIVES", "how many goals would use these means (share of goals, not of agents)")
    priors = [prior for prior in PRIORS if all(prior in drive.priors for drive in report.drives)]
    if not priors:
        return
    ranked = ranked_drives(report.drives, priors[0])
    _used, idle = split_idle(report.drives, priors)
    open_ones = [drive for _rank, drive in ranked if all(says_nothing(drive.priors[prior].share1) for prior in priors)]
    drawn = priors[:1] if slim else priors
    table = _drive_table(drawn, narrow=narrow)
    for drive in report.overall:
        table.add_row("", Text(drive.title, style="bold"), *_cells(drive, drawn, "red", narrow=narrow))
    for rank, drive in ranked:
        if drive not in idle and drive not in open_ones:
            table.add_row(Text(rank, style="bold"), Text(drive.title), *_cells(drive, drawn, "blue", narrow=narrow))
    yield Padding(table, (0, 0, 0, 2))
    if idle:
        titles = "; ".join(visible(drive.title) for drive in idle)
        yield Padding(Text(f"almost no goal would use: {titles}", style="dim"), (0, 0, 0, 2))
    if open_ones:
        titles = "; ".join(visible(drive.title) for drive in open_ones)
        yield Padding(
            Text(f"not known, because the full world is out of reach: {titles}", style="yellow"), (0, 0, 0, 2)
        )
    key = "█ low end of the interval  ░ up to its high end  = shared rank  – almost no goal under this prior"
    yield Padding(Text(key, style="dim"), (0, 0, 0, 2))


def _drive_table(priors: list[str], *, narrow: bool) -> Table:
    """The frame of the table of drives."""
    width = _BAR_NARROW if narrow else _BAR
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", min_width=14 if narrow else 26, max_width=30)
    for prior in priors:
        table.add_column(prior[:width], width=width, no_wrap=True)
    table.add_column(priors[0], justify="right", no_wrap=True)
    return table


def _cells(drive: DriveReading, priors: list[str], style: str, *, narrow: bool) -> list[Text]:
    """The bars of one drive, and its interval under the first prior."""
    width = _BAR_NARROW if narrow else _BAR
    bars = [bar(drive.priors[prior].share1, width, style) for prior in priors]
    return [*bars, Text(percent_range(drive.priors[priors[0]].share1, mark=False))]


def peak_section(report: Report) -> Iterator[RenderableType]:
    """The moment at which resisting tempts most."""
    peak = report.peak
    yield heading("PEAK TEMPTATION", f"a rule-abiding agent is tempted most {peak.mode}")
    words = share_in_words(peak.share10)
    line = f"{words} would gain a tenth or more of what is at stake by resisting there"
    yield Padding(Text(line), (0, 0, 0, 2))
    if peak.witness:
        yield Padding(Text("by: " + visible(" → ".join(peak.witness)), style="dim"), (0, 0, 0, 2))
    yield Padding(_task_there(peak.task), (0, 0, 0, 2))


def _task_there(gain: float | None) -> Text:
    """Whether the declared task itself pays at the peak; what was not read is not taken for nothing."""
    if gain is None:
        return Text("whether the declared task itself gains there is not known", style="yellow")
    if gain >= PAYS:
        return Text("the declared task itself gains there too", style="bold red")
    return Text("the declared task itself gains nothing there", style="green")


def affordance_section(report: Report) -> Iterator[RenderableType]:
    """What the agent can do, authorised or not, by class; those that need attention with advice."""
    yield heading("AFFORDANCES", "what the agent can do, granted or not; the most tempting first")
    for classification in CLASS_ORDER:
        members = [reading for reading in report.affordances if reading.classification == classification]
        if not members:
            continue
        members.sort(key=lambda reading: (reading.rank, reading.id))
        head = Text.assemble(
            (classification, CLASS_STYLES[classification]), (f"  {CLASS_TITLES[classification]}", "dim")
        )
        yield Padding(head, (0, 0, 0, 2))
        if classification in ("ordinary", "task-tool", "dormant"):
            yield Padding(_names(members), (0, 0, 0, 4))
        else:
            yield Padding(_members(members), (0, 0, 0, 4))


def _members(members: list[AffordanceReading]) -> Table:
    """The affordances of one class with rank, line, what opens them, and advice."""
    ties = {reading.rank for reading in members if sum(other.rank == reading.rank for other in members) > 1}
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for reading in members:
        head = Text.assemble((visible(reading.id), "bold"), f"  {visible(reading.title)}")
        head.append(
            f"\n{place(reading.where)}, {visible(reading.opened_by)}, {_allowed(reading.authorised)}", style="dim"
        )
        if reading.advice:
            head.append("\n").append("→ ", style="green").append(visible(reading.advice))
        table.add_row(f"{reading.rank}{'=' if reading.rank in ties else ''}", head)
    return table


def _names(members: list[AffordanceReading]) -> Text:
    """The affordances of a class that needs no attention, by name."""
    names = ", ".join(visible(reading.id) for reading in members[:_FEW])
    return Text(names + (f" and {len(members) - _FEW} more" if len(members) > _FEW else ""), style="dim")


def _allowed(authorised: str) -> str:
    """Whether a grant allows the act, in words."""
    if authorised.startswith("ask:"):
        return f"after asking {visible(authorised.removeprefix('ask:'))}"
    return "granted" if authorised == "yes" else "not granted"


def oversight_section(report: Report, *, narrow: bool) -> Iterator[RenderableType]:
    """How much oversight suffices: response by notice by detection."""
    if not report.sufficiency:
        return
    yield heading(
        "HOW MUCH OVERSIGHT SUFFICES", "goals that gain from resisting, by how often an unauthorised act is noticed"
    )
    detections = sorted({row.detect for row in report.sufficiency})
    width = 6 if narrow else 8
    table = Table(box=None, pad_edge=False, padding=(0, 0), header_style="dim")
    table.add_column("response and stop", no_wrap=True, min_width=26)
    for detect in detections:
        table.add_column(f"{detect:g}", width=width, justify="right", no_wrap=True)
    for response, notice, row_cells in settings(report.sufficiency):
        by_detect = {row.detect: cell(row.share1, width) for row in row_cells}
        name = setting_in_words(response, notice=notice)
        table.add_row(Text(name), *[by_detect.get(detect, Text("")) for detect in detections])
    yield Padding(table, (0, 0, 0, 2))
    for sentence in surprises(report.sufficiency):
        yield Padding(Text.assemble(("! ", "bold yellow"), sentence), (0, 0, 0, 2))
