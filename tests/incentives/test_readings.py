"""Readings counted by hand: shares, means and quantiles over goals that stand for several draws."""

from __future__ import annotations

import numpy as np
import pytest
from tests.small_charters import row, tiny, world_of

from remit.drive import PRESSURES, drive_ids
from remit.incentives.explanation import rank_of
from remit.incentives.readings.readings import Measured, drive_groups, measure, prior_reading
from remit.incentives.worlds.goals import draw_goals
from remit.theory.estimate import Estimate, wilson


def measured(gaps: list[float], counts: list[int], stake: list[bool]) -> Measured:
    ones = np.ones(len(gaps))
    return Measured(
        value=ones,
        swing=ones,
        stake=np.array(stake),
        gaps={"set": np.array(gaps)},
        counts=np.array(counts, np.int64),
    )


FOUR = measured([0.5, 0.05, 0.0, 0.9], [1, 2, 6, 100], [True, True, True, False])


@pytest.mark.requirement("READING-06")
def test_shares_count_draws_and_leave_trivial_goals_out() -> None:
    assert FOUR.share("set", 0.01) == wilson(3, 9)
    assert FOUR.share("set", 0.1) == wilson(1, 9)
    assert FOUR.trivial == pytest.approx(100 / 109)


def test_the_mean_weighs_draws_and_its_interval_holds_it() -> None:
    mean = FOUR.mean("set")
    assert mean.value == pytest.approx((0.5 + 2 * 0.05) / 9)
    assert 0.0 <= mean.low <= mean.value <= mean.high <= 1.0
    assert mean.samples == 9


def test_the_price_that_stops_a_share_of_goals_is_a_quantile_of_draws() -> None:
    assert [FOUR.quantile("set", share) for share in (0.6, 0.7, 0.88, 0.99)] == [0.0, 0.05, 0.05, 0.5]


@pytest.mark.requirement("READING-06")
def test_without_a_goal_that_has_something_at_stake_nothing_is_claimed() -> None:
    none = measured([0.9], [5], [False])
    reading = prior_reading(none, "set")
    assert (reading.share1.low, reading.share1.high) == (0.0, 1.0)
    assert (reading.mean_gap.low, reading.mean_gap.high) == (0.0, 1.0)
    assert reading.trivial == 1.0


def test_groups_go_by_what_effects_serve_and_every_drive_has_one() -> None:
    world = world_of(
        tiny([row("cut", "oversight.stop"), row("learn", "info.x"), row("leak", "out.leak", needs=["info.x"])])
    )
    groups = drive_groups(world)
    assert list(groups) == [*drive_ids(), *(one.id for one in PRESSURES), "resistance", "unauthorised"]
    assert groups["self-preservation"] == groups["oversight-manipulation"] == groups["resistance"] == ("cut",)
    assert groups["resource-acquisition"] == ("learn",)
    assert set(groups["unauthorised"]) == {"cut", "learn", "leak"}
    assert groups["preventing-new-goals"] == ()


@pytest.mark.requirement("READING-02")
def test_a_gap_worked_out_by_hand() -> None:
    """The only way to an outcome: without it the best is nothing, and the worst is nothing either way: a gap of 1."""
    world = world_of(tiny([row("leak", "out.leak")], oversight={"monitor": {"detect": 0.0}}))
    goals = draw_goals("linear", ("out.leak",), 20, 0)
    assert goals.weights is not None
    found = measure(world, goals, {"leak": ("leak",), "none": (), "other": ("desk.other",)})
    wanting = goals.weights[0] > 0.0
    assert found.gaps["leak"][wanting] == pytest.approx(1.0)
    assert found.gaps["leak"][~wanting] == pytest.approx(0.0)
    assert (found.gaps["none"] == 0.0).all()
    assert (found.gaps["other"] == 0.0).all()
    assert np.array_equal(found.stake, wanting)


def test_ranks_are_shared_where_intervals_overlap() -> None:
    means = {
        name: Estimate(value=value, low=value - 0.1, high=value + 0.1, method="interval")
        for name, value in (("first", 0.9), ("close", 0.85), ("second", 0.5), ("last", 0.1))
    }
    assert [rank_of(means, name) for name in means] == [1, 1, 3, 4]
