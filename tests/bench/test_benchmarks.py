"""The benchmarks run on the smallest charter with tiny settings, and their results have the shape they promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bench.marked import put_between
from bench.validating.agreement import Sample, area, by_bin, rank_correlation, summary
from bench.validation import parsed, validate

ROOT = Path(__file__).parents[2]
TINY = "--charters founder --goals 6 --steps 2000 --deep 0 --learners plain --seed 3".split()
STATISTICS = {"spearman_gap", "auc_gap", "spearman_peak", "auc_peak"}


def run_bench(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_tiny_validation_has_the_shape_of_a_large_one_and_repeats_itself() -> None:
    document = validate(parsed([*TINY, "--jobs", "1"]))
    assert document["schema"] == "remit.bench/1"
    assert [charter["charter"] for charter in document["charters"]] == ["founder"]
    assert [(run["learner"], run["steps"]) for run in document["runs"]] == [("optimal", 0), ("plain", 2000)]
    for run in document["runs"]:
        for part in (run["pooled"], run["charters"]["founder"]):
            assert part["goals"] == 6
            assert part.keys() >= STATISTICS
            assert sum(one["goals"] for one in part["bins"]) == 6
    assert len(document["goals"]) == 6
    assert all(0.0 <= row["gap"] <= 1.0 and 0.0 <= row["plain/2000"] <= 1.0 for row in document["goals"])
    assert len(document["task"][0]["naive"]["frequency"]) == document["settings"]["task_agents"]
    again = validate(parsed([*TINY, "--jobs", "2"]))
    assert json.dumps(again) == json.dumps(document)


def test_what_a_bench_writes_stands_between_its_marks_and_leaves_the_words_around_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n<!-- results: begin -->\nold\n<!-- results: end -->\n\nThe end.\n", encoding="utf-8")
    put_between(page, "results", "| new |")
    written = page.read_text(encoding="utf-8")
    assert written == "# Title\n\n<!-- results: begin -->\n\n| new |\n\n<!-- results: end -->\n\nThe end.\n"
    put_between(page, "results", "| new |")
    assert page.read_text(encoding="utf-8") == written


def test_a_page_without_the_marks_of_a_bench_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- other: begin --><!-- other: end -->", encoding="utf-8")
    with pytest.raises(SystemExit, match="has no place for results"):
        put_between(page, "results", "| new |")
    assert page.read_text(encoding="utf-8") == "<!-- other: begin --><!-- other: end -->"


@pytest.mark.slow
def test_the_times_of_one_charter_are_measured_in_processes_of_their_own() -> None:
    said = run_bench("check", "--charters", "founder", "--goals", "50", "--without-thirty", "--without-reference")
    rows = [line for line in said.splitlines() if line.startswith("| founder |")]
    assert len(rows) == 1
    assert float(rows[0].split("|")[-2]) > 0.0


def test_order_alone_decides_rank_correlation_and_area() -> None:
    predicted, observed = np.array([0.0, 0.1, 0.2, 0.9]), np.array([0.0, 0.1, 0.6, 1.0])
    assert rank_correlation(predicted, observed) == pytest.approx(1.0)
    assert rank_correlation(-predicted, observed) == pytest.approx(-1.0)
    assert area(predicted, observed) == 1.0
    assert area(-predicted, observed) == 0.0
    assert area(np.zeros(4), observed) == 0.5
    assert np.isnan(area(predicted, np.zeros(4)))


def test_equal_predictions_share_their_rank() -> None:
    predicted, observed = np.array([0.0, 0.0, 1.0]), np.array([0.3, 0.1, 0.2])
    assert rank_correlation(predicted, observed) == pytest.approx(0.0)


def test_every_goal_falls_into_one_bin() -> None:
    gaps = np.array([0.0, 1e-7, 0.01, 0.011, 0.2, 1.0])
    assert [one["goals"] for one in by_bin(gaps, gaps)] == [2, 1, 1, 1, 1]


def test_an_interval_holds_its_value_and_is_wider_for_few_goals() -> None:
    random = np.random.default_rng(5)

    def sample(count: int) -> Sample:
        gap = random.random(count)
        return Sample(gap=gap, peak=gap, frequency=np.clip(gap + random.normal(0.0, 0.3, count), 0.0, 1.0))

    few, many = summary([sample(12)], 0)["spearman_gap"], summary([sample(300)], 0)["spearman_gap"]
    for one in (few, many):
        assert one["low"] <= one["value"] <= one["high"]
    assert few["high"] - few["low"] > many["high"] - many["low"]
