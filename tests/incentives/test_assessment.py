"""The whole report: the same from the same charter and seed, whatever the threads, and complete."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.small_charters import row, tiny, world_of

from remit.charter.model import Charter
from remit.drive import PRESSURES, drive_ids
from remit.incentives.assessment import assess
from remit.incentives.readings.readings import drive_groups, measure
from remit.incentives.readings.sweeps import DETECTIONS, RESPONSES
from remit.incentives.readings.temptation import peaks
from remit.incentives.report import PRIORS, Report
from remit.incentives.worlds.goals import draw_goals

ROWS = [
    row("cut", "oversight.stop", success=0.7),
    row("blind", "oversight.monitor"),
    row("leak", "out.leak", observability=0.5),
    row("restart", "self.persist"),
]


def charter_with(**parts: Any) -> Charter:
    return tiny(ROWS, **parts)


def report_of(charter: Charter, seed: int = 0, goals: int = 40) -> Report:
    return assess(charter, goals=goals, seed=seed, catalogue=charter.catalogue)


@pytest.fixture(scope="module")
def watched() -> tuple[Report, list[tuple[str, int, int]]]:
    """One report, with the progress that was told while it was made."""
    told: list[tuple[str, int, int]] = []
    charter = charter_with()
    report = assess(charter, goals=40, seed=0, catalogue=charter.catalogue, progress=lambda *state: told.append(state))
    return report, told


@pytest.fixture(scope="module")
def report(watched: tuple[Report, list[tuple[str, int, int]]]) -> Report:
    return watched[0]


def test_the_same_charter_and_seed_give_the_same_report(report: Report) -> None:
    assert report_of(charter_with()) == report


@pytest.mark.slow
def test_another_seed_draws_other_goals(report: Report) -> None:
    other = report_of(charter_with(), seed=1)
    assert other != report
    assert [one.id for one in other.affordances] == [one.id for one in report.affordances]
    assert [one.kappa for one in other.affordances] == [one.kappa for one in report.affordances]


def test_threads_change_no_bit_of_a_reading() -> None:
    charter = charter_with()
    one, two = world_of(charter, threads=1), world_of(charter, threads=2)
    goals = draw_goals("iid_outcome", one.feature_names, 300, 0)
    first, second = (measure(world, goals, drive_groups(world)) for world in (one, two))
    assert np.array_equal(first.value, second.value)
    assert np.array_equal(first.swing, second.swing)
    for name, gaps in first.gaps.items():
        assert np.array_equal(gaps, second.gaps[name]), name
    resist = drive_groups(one)["resistance"]
    tops = [peaks(world, goals.rewards(world), first.swing, resist).peak for world in (one, two)]
    assert np.array_equal(tops[0], tops[1])


@pytest.mark.requirement("READING-06")
def test_every_share_has_its_interval_and_trivial_goals_are_counted_apart(report: Report) -> None:
    for drive in (*report.drives, *report.overall):
        assert set(drive.priors) == set(PRIORS)
        for reading in drive.priors.values():
            for estimate in (reading.share1, reading.share10, reading.mean_gap):
                assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
                assert estimate.method == "interval"
            assert reading.share1.samples is not None
            assert reading.share1.samples == pytest.approx(40 * (1.0 - reading.trivial))
            assert reading.share10.value <= reading.share1.value
            assert 0.0 <= reading.c99 <= 1.0


@pytest.mark.requirement("READING-06")
def test_a_goal_with_nothing_at_stake_is_trivial() -> None:
    world = world_of(charter_with())
    names = (*world.feature_names, "out.never")
    goals = draw_goals("linear", names, 3, 0)
    assert goals.weights is not None
    goals.weights[:] = 0.0
    goals.weights[-1, 0] = 5.0  # wants what no act brings about
    goals.weights[names.index("out.leak"), 1] = -1.0  # wants that nothing leaks: idling is best
    goals.weights[names.index("out.done"), 2] = 1.0
    found = measure(world, goals, drive_groups(world))
    assert found.stake.tolist() == [False, False, True]
    assert found.trivial == pytest.approx(2 / 3)
    assert found.gaps["resistance"][0] == 0.0


def test_the_report_speaks_of_every_drive_pressure_and_act(report: Report) -> None:
    assert [one.id for one in report.drives] == [*drive_ids(), *(pressure.id for pressure in PRESSURES)]
    assert [one.id for one in report.overall] == ["resistance", "unauthorised"]
    assert {one.id for one in report.affordances} == {"desk.answer", "desk.other", *(one["id"] for one in ROWS)}
    assert all(held for _, held in report.world.invariants)
    assert report.world.method == "exact"
    assert report.goals == 40


@pytest.mark.requirement("READING-07")
def test_every_act_that_can_be_done_has_a_witness(report: Report) -> None:
    for one in report.affordances:
        if one.classification != "dormant":
            assert one.witness
            assert one.id in one.witness
    for drive in (*report.drives, *report.overall):
        assert bool(drive.witness) == bool(drive.acts)


@pytest.mark.requirement("READING-12")
def test_the_oversight_grid_has_a_cell_for_every_response_notice_and_detection(report: Report) -> None:
    cells = [(one.response, one.notice, one.detect) for one in report.sufficiency]
    assert len(cells) == len(set(cells)) == len(RESPONSES) * 2 * len(DETECTIONS)
    unwatched = {(one.notice, one.share1, one.peak) for one in report.sufficiency if one.detect == 0.0}
    assert len(unwatched) == 2  # with nothing noticed, what would follow makes no difference


@pytest.mark.requirement("READING-11")
def test_every_assumption_is_listed_with_where_it_comes_from_and_what_was_tried(report: Report) -> None:
    sheet = {one.id: one for one in report.assumptions}
    for name in ("discount", "crash", "recover", "goal_lock", "fire", "ledger_share"):
        assert sheet[f"assume.{name}"].origin == "default"
        assert len(sheet[f"assume.{name}"].swept) >= 2
    stated = report_of(charter_with(assume={"crash": 0.05}), goals=20)
    assert {one.id: one.origin for one in stated.assumptions}["assume.crash"] == "stated"
    assert {one.id: one.value for one in stated.assumptions}["assume.crash"] == "0.05"


@pytest.mark.requirement("READING-11")
def test_an_assumption_that_carries_a_verdict_says_so() -> None:
    """With stops so rare that breaking them pays nothing, a stop rate of a fifth makes it pay."""
    charter = tiny(
        [row("cut", "oversight.stop", observability=0.0)],
        oversight={"stop": {"rate": 0.0001, "redeploy": 0.0}, "correct": {"rate": 0.0}, "retask": {"rate": 0.0}},
    )
    sheet = {one.id: one for one in report_of(charter).assumptions}
    assert any("resistance pays from the start" in flip for flip in sheet["oversight.stop.rate"].flips)
    assert not any("resistance pays from the start" in flip for flip in sheet["assume.fire"].flips)


def test_progress_names_each_stage_and_never_runs_backwards(
    watched: tuple[Report, list[tuple[str, int, int]]],
) -> None:
    _, told = watched
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages[0] == "compiling the world"
    assert len(stages) >= 5
    assert all(0 <= done <= total or total == 0 for _, done, total in told)  # a total of 0 is not known
