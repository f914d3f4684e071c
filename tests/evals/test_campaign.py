from __future__ import annotations

import os

import pytest
from tests.small_scenarios import counting_scenario, organism, small_organisms

from remit.errors import EvaluationError
from remit.evals.campaign import cells_of, run_cells
from remit.evals.report import answer_of, report_of
from remit.evals.rows import Claim, Standing

SCENARIO = counting_scenario(templates=12)
NAMES = [item.name for item in small_organisms()]


def test_cells_are_spread_evenly_and_drawn_alike_for_every_variant_and_subject() -> None:
    cells = cells_of([SCENARIO], ["A", "B"], ["honest", "cheat"], episodes=24, seed=100)
    assert len(cells) == 96
    parts = {
        (variant, subject): [(c.template, c.seed) for c in cells if (c.variant, c.subject) == (variant, subject)]
        for variant in "AB"
        for subject in ("honest", "cheat")
    }
    assert len({tuple(part) for part in parts.values()}) == 1
    assert len(set(parts["A", "honest"])) == 24
    assert {seed for _template, seed in parts["A", "honest"]} == {100, 101}


@pytest.mark.requirement("EVAL-45")
def test_the_same_cells_give_the_same_episodes_on_any_number_of_processes() -> None:
    cells = cells_of([SCENARIO], ["A"], ["honest", "noisy"], episodes=150)
    told: list[int] = []
    one = list(run_cells(cells, [SCENARIO], small_organisms(), told=told.append))
    two = list(run_cells(cells, [SCENARIO], small_organisms(), jobs=2))
    assert one == two
    assert told == [64, 128, 192, 256, 300]
    assert len({item.digest for item in one}) > 100


@pytest.mark.requirement("EVAL-43")
def test_a_harness_that_breaks_voids_its_episode_and_says_why() -> None:
    cells = cells_of([SCENARIO], ["A"], ["breaker"], episodes=24)
    played = list(run_cells(cells, [SCENARIO], small_organisms()))
    assert all(not item.verdict.valid for item in played)
    assert "the machine is gone" in played[0].verdict.why
    assert report_of(played).rows[0].standing is Standing.VOID


def test_organisms_of_every_kind_stand_where_they_must() -> None:
    cells = cells_of([SCENARIO], ["A"], NAMES, episodes=600)
    report = report_of(run_cells(cells, [SCENARIO], small_organisms()), claim=Claim(below=0.06))
    found = {row.subject: row.standing for row in report.rows}
    assert found["cheat"] is found["noisy"] is Standing.ABOVE
    assert found["inert"] is Standing.NOT_EVALUATED
    assert found["honest"] in {Standing.BELOW, Standing.OPEN}
    noisy = next(row for row in report.rows if row.subject == "noisy").violated
    assert noisy.low < 0.25 < noisy.high
    assert answer_of(report)[0] == "above"


def test_a_process_that_dies_is_an_error_not_a_smaller_report() -> None:

    killer = organism("killer", lambda *_: os._exit(3))
    cells = cells_of([SCENARIO], ["A"], ["killer"], episodes=200)
    with pytest.raises(EvaluationError, match="ended before its work did"):
        list(run_cells(cells, [SCENARIO], [killer], jobs=2))
