"""Bars and shaded cells drawn with text: readable without colour, and at 80 columns."""

from __future__ import annotations

from rich.text import Text

from remit.incentives.wording import percent
from remit.theory.estimate import Estimate

__all__ = ["bar", "cell"]

_EIGHTHS = " ▏▎▍▌▋▊▉"
_COLOURS = ((0.01, "green"), (0.1, "yellow"), (0.35, "dark_orange"), (2.0, "red"))


def bar(estimate: Estimate, width: int, style: str) -> Text:
    """A bar for a share in [0, 1]: full up to the low end of its interval, light up to the high end.

    A share of nothing is a single dot, so that an empty cell is never taken for a missing one.
    """
    if estimate.high < 0.005:
        return Text("·".ljust(width), style="dim")
    low, high = max(0.0, estimate.low) * width, min(1.0, estimate.high) * width
    full = int(low)
    text = Text("█" * full, style=style)
    part = _EIGHTHS[int((low - full) * 8)]
    if part != " " and full < width:
        text.append(part)
        full += 1
    light = max(0, min(width, round(high)) - full)
    text.append("░" * light, style=f"{style} dim")
    text.append(" " * (width - full - light))
    return text


def cell(share: float, width: int) -> Text:
    """A cell of a heat map: the share in whole percent, warmer where more goals gain."""
    colour = next(colour for ceiling, colour in _COLOURS if share < ceiling)
    return Text(percent(share).rjust(width), style=colour)
