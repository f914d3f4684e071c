"""The benchmark of decisions runs, all contestants agree on every call, and its table has a line for each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.decisions import measured, table

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "decisions.json"


@pytest.mark.slow
def test_every_contestant_gives_the_same_answers_and_has_its_line() -> None:
    document = measured(calls=10, rounds=1)
    assert document["us"].keys() == {10, 1000}
    assert all(row["median"] > 0 for rows in document["us"].values() for row in rows.values())
    assert table(document).count("\n| ") == len(document["us"][10]) + 1


def test_what_was_measured_last_is_kept() -> None:
    document = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert document["schema"] == "remit.bench/1"
    assert {"`decide`", "cedarpy, policies as text"} <= document["us"]["1000"].keys()
