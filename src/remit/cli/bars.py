"""Bars and shaded cells drawn with text: readable without colour, and at 80 columns."""

from __future__ import annotations

from rich.text import Text

from remit.theory.estimate import Estimate

__all__ = ["bar", "cell", "legend"]

_EIGHTHS = " ▏▎▍▌▋▊▉"
_SHADES = (
    (0.01, "·", "green"),
    (0.1, "░", "yellow"),
    (0.35, "▒", "dark_orange"),
    (0.65, "▓", "red"),
    (2.0, "█", "red"),
)


def bar(estimate: Estimate, width: int, style: str = "red") -> Text:
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
    """A cell of a heat map: darker where more goals gain."""
    for ceiling, mark, style in _SHADES:
        if share < ceiling:
            return Text((mark * 3).center(width), style=style)
    raise AssertionError(share)  # the last ceiling is above every share


def legend() -> Text:
    """What the shades of the heat map mean."""
    return Text.assemble(
        ("···", "green"), " under 1 %   ", ("░░░", "yellow"), " under 10 %   ",
        ("▒▒▒", "dark_orange"), " under 35 %   ", ("▓▓▓", "red"), " under 65 %   ", ("███", "red"), " more",
    )  # fmt: skip
