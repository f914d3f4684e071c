"""The table of detectors on the page about the monitor is that of the detectors there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.monitor.explaining import table_lines

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "monitor.md"
BEGIN, END = "<!-- detectors: begin -->", "<!-- detectors: end -->"


@pytest.mark.requirement("MONITOR-20")
def test_the_page_lists_every_detector_with_its_caveat() -> None:
    text = PAGE.read_text(encoding="utf-8")
    between = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert between.splitlines() == list(table_lines())


def test_the_page_holds_what_was_measured() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for begin, end, word in (
        ("<!-- test: begin -->", "<!-- test: end -->", "support-email"),
        ("<!-- runs: begin -->", "<!-- runs: end -->", "several principals"),
        ("<!-- worlds: begin -->", "<!-- worlds: end -->", "slow-burn"),
        ("<!-- results: begin -->", "<!-- results: end -->", "events/s"),
    ):
        assert word in text.partition(begin)[2].partition(end)[0]
