from __future__ import annotations

import pytest
from tests.example_report import sufficiency

from remit.incentives.report import SufficiencyRow
from remit.incentives.sufficiency import enough, settings, surprises


def row(response: str, notice: str, detect: float, share: float) -> SufficiencyRow:
    return SufficiencyRow(
        response=response, notice=notice == "notice", detect=detect, share1=share, mean_gap=share / 9, peak=share
    )


@pytest.mark.requirement("READING-12")
def test_the_grid_is_read_line_by_line_in_rising_order_of_detection() -> None:
    lines = settings(tuple(reversed(sufficiency())))
    assert len(lines) == 6
    for _response, _notice, cells in lines:
        assert [cell.detect for cell in cells] == sorted(cell.detect for cell in cells)


def test_enough_is_the_least_detection_that_deters() -> None:
    rows = (row("block", "notice", 0.3, 0.2), row("block", "notice", 0.9, 0.005), row("stop", "notice", 0.99, 0.0))
    found = enough(rows)
    assert found is not None
    assert (found.response, found.detect) == ("block", 0.9)
    assert enough(rows[:1]) is None


@pytest.mark.requirement("READING-12")
def test_detection_that_backfires_is_said() -> None:
    rows = (row("stop", "notice", 0.0, 0.067), row("stop", "notice", 1.0, 0.143))
    assert "7 % at detection 0, 14 % at 1" in surprises(rows)[0]
    falling = (row("stop", "notice", 0.0, 0.143), row("stop", "notice", 1.0, 0.005))
    assert surprises(falling) == ()


@pytest.mark.requirement("READING-12")
def test_a_stop_that_only_suffices_unannounced_is_said() -> None:
    rows = (
        row("rollback", "notice", 0.6, 0.3), row("rollback", "notice", 0.99, 0.001),
        row("rollback", "none", 0.6, 0.001), row("rollback", "none", 0.99, 0.0),
    )  # fmt: skip
    assert surprises(rows) == (
        "`roll back` suffices at detection 0.6 when a stop is not announced, only at 0.99 when it is",
    )


@pytest.mark.requirement("READING-12")
def test_a_hole_no_detection_closes_is_said() -> None:
    assert "detection cannot close this" in surprises((row("stop", "notice", 0.99, 0.4),))[-1]
    assert surprises(()) == ()
