"""The benchmark of intervals runs, and what it measured last says what the page says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.interval_coverage import CONTESTANTS, RESULTS, measured, table

KEPT = json.loads(RESULTS.read_text(encoding="utf-8"))
PAGE = Path(__file__).parents[2] / "docs" / "explain" / "statistics.md"


def cell(clusters: int, each: int, alike: float, share: float) -> dict[str, dict[str, float]]:
    rows = [
        row
        for row in KEPT["cells"]
        if (row["clusters"], row["each"], row["icc"], row["rate"]) == (clusters, each, alike, share)
    ]
    found: dict[str, dict[str, float]] = rows[0]["methods"]
    return found


def test_every_contestant_is_measured_in_every_cell() -> None:
    document = measured(draws=2)
    assert all(row["methods"].keys() == CONTESTANTS.keys() for row in document["cells"])
    assert table(document).count("\n| ") == 4 * 6


@pytest.mark.requirement("STATISTICS-01")
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_what_was_measured_last_covers_93_to_97_in_a_hundred(share: float) -> None:
    assert 0.93 <= cell(24, 13, 0.3, share)["ours"]["coverage"] <= 0.97


@pytest.mark.requirement("STATISTICS-01")
def test_the_naive_interval_was_measured_to_fail() -> None:
    assert cell(7, 27, 0.3, 0.3)["wilson"]["coverage"] < 0.55


def test_the_page_shows_what_was_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for alike, share in ((0.3, 0.02), (0.3, 0.3), (0.3, 0.9), (0.5, 0.1), (0.0, 0.3)):
        numbers = " | ".join(
            f"{100 * row['coverage']:.1f}" for row in (cell(24, 13, alike, share)[name] for name in CONTESTANTS)
        )
        spelled = f"{alike:g}".removeprefix("0") or "0"
        assert f"| {spelled} | {100 * share:g} % | {numbers} |" in page
