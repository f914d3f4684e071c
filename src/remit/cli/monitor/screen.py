"""Alerts on the terminal, and what came of a watch as lines and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from remit.incentives.legible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from remit.charter.model import Charter
    from remit.monitor.alert import Alert
    from remit.monitor.sequential.testing import SequentialReport
    from remit.monitor.watching import Watch

__all__ = ["alert_lines", "summary_document", "summary_lines"]

_STYLES = ((0.9, "bold red"), (0.5, "red"), (0.3, "yellow"), (0.0, "dim"))


def alert_lines(alert: Alert) -> Iterator[RenderableType]:
    """One alert: its step, how strong, which behaviour; below it what shows it."""
    from remit.drive import title_of

    style = next(style for least, style in _STYLES if alert.strength >= least)
    yield Text.assemble(
        (f"{alert.step:>6}  ", "bold"),
        (f"{alert.strength:.2f}  ", style),
        (title_of(alert.part), style),
        (f"  {alert.part}", "dim"),
    )
    others = [str(step) for step in alert.evidence if step != alert.step][:6]
    more = f"  (with {', '.join(others)})" if others else ""
    yield Padding(Text.assemble(visible(alert.why), (more, "dim")), (0, 0, 0, 8))


def summary_lines(
    name: str, watch: Watch, charter: Charter | None, report: SequentialReport | None, *, at_least: float
) -> Iterator[RenderableType]:
    """What came of a watch, in a few lines."""
    monitor = watch.monitor
    calls = "1 call" if monitor.calls == 1 else f"{monitor.calls:,} calls"
    under = f" under {charter.path}" if charter is not None else ", no charter"
    shown = [alert for alert in monitor.finish() if alert.strength >= at_least]
    if shown:
        parts = "1 behaviour" if len(shown) == 1 else f"{len(shown)} behaviours"
        yield Text(visible(f"{name}{under}: {calls}, {parts}, score {monitor.score():.2f}"))
        yield Text(visible(f"look at one: remit log show {name} --call {shown[0].step} --full"), style="dim")
    else:
        weaker = len(monitor.alerts)
        rest = f" ({weaker} weaker: --at-least 0 shows them)" if weaker else ""
        yield Text(visible(f"{name}{under}: {calls}, no alert{rest}"))
    if report is not None:
        yield from _test_lines(report)
    if shown:
        from remit.monitor.explaining import caveat_of

        yield Padding(Text(f"may mislead: {caveat_of(shown[0])}", style="dim"), (0, 0, 0, 0))


def summary_document(
    name: str, watch: Watch, charter: Charter | None, doubts: tuple[str, ...], report: SequentialReport | None
) -> dict[str, object]:
    """What came of a watch as data."""
    monitor = watch.monitor
    return {
        "schema": "remit.monitor/1",
        "version": 1,
        "ledger": name,
        "charter": None if charter is None else charter.digest,
        "entries": watch.entries,
        "calls": monitor.calls,
        "score": round(monitor.score(), 6),
        "ended": watch.ended,
        "strongest": {alert.part: alert.strength for alert in monitor.finish()},
        "test": None if report is None else report.document(),
        "other_charters": sorted(watch.reading.strangers),
        "unknown": list(doubts),
    }


def _test_lines(report: SequentialReport) -> Iterator[RenderableType]:
    """How the sequential test stands, and what that rests on."""
    if not report.goals:
        yield Text("test  no goal that was drawn gains by resisting here: there is nothing to test for")
        return
    told = (
        f"ALARM at step {report.alarm}, level {report.alpha:g}"
        if report.alarm is not None
        else f"no alarm at level {report.alpha:g}"
    )
    mapped = f"{report.mapped} of {report.calls} calls are acts of the charter's world"
    style = "bold red" if report.alarm is not None else ""
    yield Text(f"test  {told}: evidence ratio {report.value:.3g}, at most {report.highest:.3g}; {mapped}", style=style)
    yield Padding(Text(f"if {report.assumption}", style="dim"), (0, 0, 0, 6))
