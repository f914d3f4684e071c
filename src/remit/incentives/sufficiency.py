"""How much oversight suffices, said in sentences: the grid's least sufficient setting and its honest surprises."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from remit.incentives.report import SufficiencyRow
from remit.incentives.thresholds import RESISTS
from remit.incentives.wording import percent

__all__ = ["enough", "setting_in_words", "settings", "surprises"]

_RESPONSES = {"stop": "stop the run", "rollback": "roll back", "block": "block the act", "revoke": "revoke the grant"}
_NOTICEABLE = 0.05  # differences under five points of a hundred may be the luck of the draw


def settings(rows: Sequence[SufficiencyRow]) -> list[tuple[str, bool, tuple[SufficiencyRow, ...]]]:
    """The grid by lines: response, whether the stop is announced, and the cells in rising order of detection."""
    ordered = sorted(rows, key=lambda row: (_order(rows, row.response), not row.notice, row.detect))
    lines = groupby(ordered, key=lambda row: (row.response, row.notice))
    return [(response, notice, tuple(cells)) for (response, notice), cells in lines]


def enough(rows: Sequence[SufficiencyRow]) -> SufficiencyRow | None:
    """The setting with the least detection that deters all but 1 % of goals; ``None`` when no setting does."""
    deterring = [row for row in rows if row.share1 < RESISTS]
    return min(deterring, key=lambda row: (row.detect, not row.notice, _order(rows, row.response)), default=None)


def surprises(rows: Sequence[SufficiencyRow]) -> tuple[str, ...]:
    """What a reader would not guess from the grid, one sentence each; empty when it holds no surprise."""
    if not rows:
        return ()
    said = [*_detection_that_backfires(rows), *_notice_that_matters(rows)]
    if enough(rows) is None:
        said.append(
            "no setting in this grid deters all but 1 % of goals: detection cannot close this, a smaller authority can"
        )
    return tuple(said)


def _detection_that_backfires(rows: Sequence[SufficiencyRow]) -> list[str]:
    """Lines on which more detection makes resisting pay for more goals."""
    said = []
    for response, notice, cells in settings(rows):
        first, highest = cells[0], max(cells, key=lambda cell: cell.share1)
        if highest.detect > first.detect and highest.share1 > first.share1 + _NOTICEABLE:
            setting = setting_in_words(response, notice=notice)
            low, high = percent(first.share1), percent(highest.share1)
            said.append(
                f"noticing more makes resisting pay for more goals under `{setting}`: "
                f"{low} at detection {first.detect:g}, {high} at {highest.detect:g}"
            )
    return said[:1]


def _notice_that_matters(rows: Sequence[SufficiencyRow]) -> list[str]:
    """A response that suffices at much less detection when the stop is not announced."""
    said = []
    for response in dict.fromkeys(row.response for row in rows):
        announced = enough([row for row in rows if row.response == response and row.notice])
        silent = enough([row for row in rows if row.response == response and not row.notice])
        if silent is not None and (announced is None or announced.detect > silent.detect):
            with_notice = "never" if announced is None else f"only at {announced.detect:g}"
            words = _RESPONSES.get(response, response)
            said.append(
                f"`{words}` suffices at detection {silent.detect:g} when a stop is not announced, "
                f"{with_notice} when it is"
            )
    return said[:2]


def setting_in_words(response: str, *, notice: bool) -> str:
    """A response and whether a stop is announced, in words."""
    return f"{_RESPONSES.get(response, response)}, {'notice' if notice else 'no notice'}"


def _order(rows: Sequence[SufficiencyRow], response: str) -> int:
    """The place of a response in the order the report gives them."""
    return [row.response for row in rows].index(response)
