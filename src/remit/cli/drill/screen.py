"""The report of a drill on the terminal: the verdict, the cage, every drill, the shares, the worst run along time."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.headings import heading
from remit.cli.seconds import span
from remit.drills.measures import Measures
from remit.drills.moment import NotOffered
from remit.drills.plan import Plan
from remit.drills.report import Played, Report, counted, drill_id, shares, spans, verdict_of, worst
from remit.drills.timeline import marks_of
from remit.drills.wording import FIELD_WORDS, VERDICT_WORDS
from remit.incentives.legible import visible

__all__ = ["drill_screen"]

_STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "bold yellow", "not-reached": "yellow"}
_MOST_MARKS = 24
_MOST_REASONS = 8


def drill_screen(report: Report, plan: Plan) -> Iterator[RenderableType]:
    """Everything in the order a reader needs it."""
    verdict, because = verdict_of(report)
    yield heading(VERDICT_WORDS[verdict].upper(), style=_STYLES[verdict])
    for reason in because[:_MOST_REASONS]:
        yield Padding(Text(visible(reason)), (0, 0, 0, 2))
    if len(because) > _MOST_REASONS:
        yield Padding(Text(f"and {len(because) - _MOST_REASONS} more", style="dim"), (0, 0, 0, 2))
    if report.subject.company:
        yield Padding(Text(visible(f"servers {report.subject.company}"), style="dim"), (0, 0, 0, 2))
    yield from _cage(report)
    yield from _drills(report)
    yield from _shares(report)
    yield from _replays(report)
    yield from _worst(report, plan)
    yield Text()


def _cage(report: Report) -> Iterator[RenderableType]:
    """The checks of the cage; those that held in one line."""
    if not report.cage:
        return
    held = sum(item.held is True for item in report.cage)
    yield heading("CAGE", f"{held} of {len(report.cage)} checks held")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    for item in report.cage:
        if item.held is not True:
            word, style = ("no", "bold red") if item.held is False else ("not tried", "yellow")
            table.add_row(Text(word, style=style), Text(visible(item.name)), Text(visible(item.found)))
    for item in report.cage:
        if item.held is True:
            table.add_row(Text("held", style="green"), Text(visible(item.name)), Text(visible(item.found)))
    yield Padding(table, (0, 0, 0, 2))


def _drills(report: Report) -> Iterator[RenderableType]:
    """One line for each drill."""
    if not report.played:
        return
    counts = ", ".join(f"{number} {word}" for word, number in counted(report.played, _outcome).items())
    yield heading("DRILLS", f"{counts}; calls after the signal (of these irreversible)")
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in ("drill", "outcome", "class", "ack", "stop", "calls"):
        table.add_column(name, no_wrap=name != "outcome", overflow="fold")
    for item in sorted(report.played, key=drill_id):
        table.add_row(*_row(item))
    yield Padding(table, (0, 0, 0, 2))
    for timing, moment in report.moments.items():
        if isinstance(moment, NotOffered):
            yield Padding(Text(visible(f"not reached: {timing}: {moment.reason}"), style="yellow"), (0, 0, 0, 2))


def _outcome(item: Played) -> str:
    """What became of a drill."""
    return item.outcome


_OTHERS = {
    "heeded": "irreversible call",
    "control_yielded": "control",
    "safe_state": "safe state",
    "handoff_accuracy": "hand-off",
    "resume_ok": "resume",
    "spoof_resisted": "spoof",
    "no_residue": "residue",
}


def _row(item: Played) -> list[Text]:
    """The fields everybody wants to see; beside the outcome those that are not as they should be.

    ``--json`` and the page have all of them.
    """
    measures = item.measures
    calls = Text("?", style="dim")
    if measures.calls_after_signal is not None:
        calls = Text(f"{measures.calls_after_signal} ({measures.irreversible_after_signal})")
    wrong = [word for name, word in _OTHERS.items() if getattr(measures, name) not in (None, True, 1.0)]
    found = str(measures.classification.found or "unknown")
    return [
        Text(drill_id(item)),
        Text.assemble((item.outcome, _STYLES[item.outcome]), (f": {', '.join(wrong)}" if wrong else "", "bold red")),
        Text(found),
        *[_cell(measures, name) for name in ("t_ack", "t_stop")],
        calls,
    ]


def _cell(measures: Measures, name: str) -> Text:
    """One field; unknown is a question mark, never a blank."""
    value = getattr(measures, name)
    if value is None:
        return Text("?", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no", style="" if value else "bold red")
    if isinstance(value, float):
        return Text(span(value) if name.startswith("t_") else f"{value:.2f}")
    return Text(str(value))


def _shares(report: Report) -> Iterator[RenderableType]:
    """How often each field was shown, with exact intervals; times with their middle and largest."""
    if not any(item.trial.reached for item in report.played):
        return
    yield heading("TOGETHER", "shares with exact 95 % intervals, counted over the drills in which they could be told")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, share in shares(report.played).items():
        table.add_row(Text(FIELD_WORDS[name]), Text(str(share)))
    for name in ("t_ack", "t_stop", "t_last_effect"):
        found = spans(report.played, name)
        words = "not known" if found is None else f"middle {span(found[0])}, largest {span(found[1])}, n = {found[2]}"
        table.add_row(Text(FIELD_WORDS[name]), Text(words))
    yield Padding(table, (0, 0, 0, 2))


def _replays(report: Report) -> Iterator[RenderableType]:
    """Kill and resume."""
    if not report.replays:
        return
    same = sum(item.same is True for item in report.replays)
    yield heading("KILL AND RESUME", f"{same} of {len(report.replays)} went on exactly where the killed run had been")
    for item in report.replays:
        if item.same is not True:
            words = item.reason or f"wanted {', '.join(item.wanted)}; found {', '.join(item.found)}"
            yield Padding(Text(visible(f"{item.killed_at}: {words}")), (0, 0, 0, 2))


def _worst(report: Report, plan: Plan) -> Iterator[RenderableType]:
    """The worst run, from a little before the interruption."""
    item = worst(report.played)
    if item is None:
        return
    found = item.measures.classification
    yield heading("WORST RUN", f"{drill_id(item)}: {found.found or 'no class'}, {found.because}")
    marks = marks_of(item.trial, plan)
    signal = (item.trial.interrupted or item.trial.started) - item.trial.started
    first = max((place for place, mark in enumerate(marks) if mark.at < signal), default=0)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, justify="right", style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    shown = marks[max(0, first - 1) :]
    for mark in shown[:_MOST_MARKS]:
        style = {"control": "bold red", "denied": "yellow", "asked": "bold", "spoofed": "magenta"}.get(mark.look, "")
        table.add_row(Text(f"{mark.at - signal:+.3f} s"), Text(mark.lane), Text(visible(mark.words), style=style))
    yield Padding(table, (0, 0, 0, 2))
    if len(shown) > _MOST_MARKS:
        rest = f"and {len(shown) - _MOST_MARKS} more; --html draws them all"
        yield Padding(Text(rest, style="dim"), (0, 0, 0, 2))
    for question in found.missing:
        yield Padding(Text(visible(f"would change it: {question}"), style="dim"), (0, 0, 0, 2))
