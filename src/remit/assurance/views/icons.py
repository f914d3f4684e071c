"""The signs of a case as small drawings: one shape for each health, one clock for each freshness.

Shapes differ in outline and filling, not only in colour: a page printed in grey, or seen by somebody who tells few
colours apart, says the same.
"""

from __future__ import annotations

from remit.assurance.weighing.assessment import Freshness, Health
from remit.incentives.pages.markup import Markup, element, joined

__all__ = ["clock", "clock_icon", "health_icon", "shape"]


def shape(health: Health) -> Markup:
    """The shape of a health in a square of 18."""
    look = f"h-{health}"
    match health:
        case Health.SUPPORTED:
            tick = element("path", d="M5 9.4l2.8 2.8L13.2 6.4", class_="stroke-on")
            return joined([element("circle", cx=9, cy=9, r=8, class_=f"{look} full"), tick])
        case Health.PARTIAL:
            half = element("path", d="M9 1a8 8 0 0 1 0 16z", class_=f"{look} full")
            return joined([element("circle", cx=9, cy=9, r=7.4, class_=f"{look} open"), half])
        case Health.UNSUPPORTED:
            return element("circle", cx=9, cy=9, r=7.4, class_=f"{look} open dashed")
        case Health.CONTESTED:
            mark = element("path", d="M6.8 7.2a2.3 2.3 0 1 1 3.2 2.1c-.7.3-1 .7-1 1.4M9 13v.1", class_="stroke-on")
            return joined([element("path", d="M9 .6L17.4 9 9 17.4.6 9z", class_=f"{look} full"), mark])
        case Health.REFUTED:
            cross = element("path", d="M6 6l6 6M12 6l-6 6", class_="stroke-on")
            return joined(
                [element("path", d="M5.6 1h6.8L17 5.6v6.8L12.4 17H5.6L1 12.4V5.6z", class_=f"{look} full"), cross]
            )


def clock(freshness: Freshness) -> Markup:
    """The clock of a freshness in a square of 18: hands, hands crossed out, no hands."""
    look = f"f-{freshness}"
    hands = element("path", d="M9 4.6V9l3 2", class_=f"{look} line")
    match freshness:
        case Freshness.FRESH:
            return joined([element("circle", cx=9, cy=9, r=7.2, class_=f"{look} line"), hands])
        case Freshness.STALE:
            slash = element("path", d="M2 16L16 2", class_=f"{look} slash")
            return joined([element("circle", cx=9, cy=9, r=7.2, class_=f"{look} line"), hands, slash])
        case Freshness.NEVER:
            return element("circle", cx=9, cy=9, r=7.2, class_=f"{look} line dashed")


def health_icon(health: Health) -> Markup:
    """The shape of a health beside a word that says it."""
    return _icon(shape(health))


def clock_icon(freshness: Freshness) -> Markup:
    """The clock of a freshness beside a word that says it."""
    return _icon(clock(freshness))


def _icon(content: Markup) -> Markup:
    """A sign in a line of text; the word beside it is what a screen reader says."""
    return element(
        "svg", content, viewBox="0 0 18 18", width=18, height=18, class_="sign", aria_hidden="true", focusable="false"
    )
