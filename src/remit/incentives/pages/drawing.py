"""Charts of a report as inline SVG: drive bars with whiskers, and the heat map of oversight.

Colours come from classes (``page.css``), so that one drawing serves light, dark and paper. Each drawing carries a title
and a description for whoever does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence

from remit.incentives.pages.markup import Markup, element, joined
from remit.incentives.report import PRIORS, DriveReading, SufficiencyRow
from remit.incentives.sufficiency import setting_in_words, settings
from remit.incentives.wording import percent, percent_range
from remit.theory.estimate import Estimate

__all__ = ["SHADES", "drawing", "drive_chart", "heat_map", "shade"]

_WIDTH = 960
_LABEL = 290.0  # room for names on the left
_BAR = 9.0
_ROW = 4 * (_BAR + 2) + 16.0
SHADES = ((0.01, "under 1 %"), (0.1, "under 10 %"), (0.35, "under 35 %"), (0.65, "under 65 %"), (2.0, "more"))


def drawing(
    identifier: str, width: float, height: float, title: str, description: str, *parts: str, role: str = "img"
) -> Markup:
    """A drawing that scales with its column, named and described for screen readers.

    ``role`` is ``group`` for a drawing with links in it: a reader does not look inside an ``img``.
    """
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("desc", description, id=f"{identifier}-desc"),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role=role,
        aria_labelledby=f"{identifier}-title {identifier}-desc",
        class_="drawing",
        preserveAspectRatio="xMinYMin meet",
    )


def drive_chart(drives: Sequence[DriveReading]) -> Markup:
    """The share of goals that use each drive, one bar for each prior, with its interval as a whisker."""
    priors = [prior for prior in PRIORS if all(prior in drive.priors for drive in drives)]
    height = 30 + _ROW * len(drives) + 6
    rows = [_drive_row(drive, priors, 30 + _ROW * number) for number, drive in enumerate(drives)]
    words = "; ".join(f"{drive.title}: {', '.join(_in_words(drive, prior) for prior in priors)}" for drive in drives)
    return drawing(
        "drives", _WIDTH, height, "Share of goals that use each drive, by prior", words, _scale(height), *rows
    )


def _in_words(drive: DriveReading, prior: str) -> str:
    """One bar for whoever does not see it."""
    return f"{prior} {percent_range(drive.priors[prior].share1)}"


def _scale(height: float) -> Markup:
    """Vertical lines at every quarter, with their percentages on top."""
    parts = []
    for quarter in range(5):
        x = _x(quarter / 4)
        parts.append(element("line", x1=x, x2=x, y1=24.0, y2=height, class_="rule"))
        anchor = "end" if quarter == 4 else "middle"
        parts.append(element("text", percent(quarter / 4), x=x, y=16.0, class_="small", text_anchor=anchor))
    return joined(parts)


def _drive_row(drive: DriveReading, priors: Sequence[str], top: float) -> Markup:
    """The bars of one drive."""
    middle = top + _ROW / 2 - 2
    parts = [element("text", _shortened(drive.title, 42), x=_LABEL - 12, y=middle, class_="name", text_anchor="end")]
    for number, prior in enumerate(priors):
        estimate = drive.priors[prior].share1
        y = top + number * (_BAR + 2)
        kind = f"prior{number}"
        label = f"{drive.title}, {prior}: {percent_range(estimate)}"
        length = max(1.0, _x(estimate.value) - _LABEL)
        bar = element(
            "rect", element("title", label), x=_LABEL, y=y, width=length, height=_BAR, rx=2, class_=f"bar {kind}"
        )
        parts += [bar, _whisker(estimate, y + _BAR / 2)]
    return joined(parts)


def _whisker(estimate: Estimate, y: float) -> Markup:
    """The interval of a bar; a number known exactly has none."""
    if estimate.high - estimate.low < 0.002:
        return Markup()
    low, high = _x(max(0.0, estimate.low)), _x(min(1.0, estimate.high))
    path = f"M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 3:.1f}v6M{high:.1f} {y - 3:.1f}v6"
    return element("path", d=path, class_="whisker")


def _x(share: float) -> float:
    """Where a share lies on the drawing."""
    return _LABEL + share * (_WIDTH - _LABEL - 14)


def heat_map(rows: Sequence[SufficiencyRow]) -> Markup:
    """Resistance by response, notice and detection: darker cells are settings under which more goals resist."""
    detections = sorted({row.detect for row in rows})
    lines = settings(rows)
    cell_width, cell_height, top = min(110.0, (_WIDTH - _LABEL) / max(1, len(detections))), 34.0, 44.0
    parts = [element("text", "probability that an unauthorised act is noticed", x=_LABEL, y=14.0, class_="small")]
    for number, detect in enumerate(detections):
        middle = _LABEL + (number + 0.5) * cell_width
        parts.append(element("text", f"{detect:g}", x=middle, y=34.0, class_="small", text_anchor="middle"))
    for line, (response, notice, cells) in enumerate(lines):
        y = top + line * cell_height
        name = setting_in_words(response, notice=notice)
        parts.append(element("text", name, x=_LABEL - 12, y=y + 21, class_="name", text_anchor="end"))
        for row in cells:
            x = _LABEL + detections.index(row.detect) * cell_width
            parts.append(_cell(row, name, x=x, y=y, width=cell_width, height=cell_height))
    width = _LABEL + cell_width * len(detections) + 4
    words = "; ".join(
        f"{setting_in_words(response, notice=notice)}: "
        + ", ".join(f"{row.detect:g} {percent(row.share1)}" for row in cells)
        for response, notice, cells in lines
    )
    return drawing(
        "oversight",
        width,
        top + cell_height * len(lines) + 4,
        "Goals that gain from resisting, by oversight",
        words,
        *parts,
    )


def _cell(row: SufficiencyRow, name: str, *, x: float, y: float, width: float, height: float) -> Markup:
    """One setting of oversight."""
    label = f"{name}, detection {row.detect:g}: {percent(row.share1)} of goals gain from resisting"
    return element(
        "g",
        element("title", label),
        element("rect", x=x + 1, y=y + 1, width=width - 2, height=height - 2, rx=3, class_=f"heat{shade(row.share1)}"),
        element(
            "text",
            percent(row.share1),
            x=x + width / 2,
            y=y + 21,
            class_=f"heattext{shade(row.share1)}",
            text_anchor="middle",
        ),
    )


def shade(share: float) -> int:
    """Which of the five shades a share takes."""
    return next(number for number, (ceiling, _words) in enumerate(SHADES) if share < ceiling)


def _shortened(name: str, most: int) -> str:
    """A name that fits its room; the whole one stands in the tool tip."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
