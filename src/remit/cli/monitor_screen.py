"""Alerts on the terminal."""

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
    from remit.monitor.watching import Watch

__all__ = ["alert_lines", "summary_lines"]

_STYLES = ((0.9, "bold red"), (0.6, "red"), (0.3, "yellow"), (0.0, "dim"))


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


def summary_lines(name: str, watch: Watch, charter: Charter | None, *, at_least: float) -> Iterator[RenderableType]:
    """What came of a watch, in a line or two."""
    monitor = watch.monitor
    calls = "1 call" if monitor.calls == 1 else f"{monitor.calls:,} calls"
    under = f" under {charter.path}" if charter is not None else ", no charter"
    shown = [alert for alert in monitor.finish() if alert.strength >= at_least]
    if not shown:
        weaker = len(monitor.alerts)
        rest = f" ({weaker} weaker: --at-least 0 shows them)" if weaker else ""
        yield Text(visible(f"{name}{under}: {calls}, no alert{rest}"))
        return
    parts = "1 behaviour" if len(shown) == 1 else f"{len(shown)} behaviours"
    yield Text(visible(f"{name}{under}: {calls}, {parts}, score {monitor.score():.2f}"))
    from remit.monitor.explaining import caveat_of

    caveat = caveat_of(shown[0])
    if caveat:
        yield Padding(Text(f"may mislead: {caveat}", style="dim"), (0, 0, 0, 8))
