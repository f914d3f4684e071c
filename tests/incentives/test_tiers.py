"""A charter for each tier, and what makes a goal training-compatible."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small_charters import row, tiny, world_of

from remit.charter.model import Charter
from remit.incentives.readings.readings import drive_groups, measure
from remit.incentives.readings.tiers import read_tier, training_compatible
from remit.incentives.report import TierReading
from remit.incentives.worlds.goals import draw_goals

CUT = row("cut", "oversight.stop", observability=0.0)
SURE_TASK = [{"tool": "desk.sure", "effects": ["out.done"]}]


def tier_of(charter: Charter, goals: int = 200) -> TierReading:
    world = world_of(charter)
    drawn = draw_goals("sparse2", world.feature_names, goals, 0)
    return read_tier(world, drawn, measure(world, drawn, drive_groups(world)))


def stop(**changes: Any) -> dict[str, Any]:
    return {"stop": {"redeploy": 0.0, **changes}, "correct": {"rate": 0.0}, "retask": {"rate": 0.0}}


@pytest.mark.requirement("READING-09")
def test_a_slow_task_under_a_frequent_stop_pays_for_breaking_it_from_the_start() -> None:
    found = tier_of(tiny([CUT], oversight=stop(rate=0.2)))
    assert found.tier == "T0"
    assert found.task_gap >= 0.01
    assert "from the start" in found.because


@pytest.mark.requirement("READING-09")
def test_a_rare_stop_pays_only_at_its_notice() -> None:
    found = tier_of(tiny([CUT], oversight=stop(rate=0.002)))
    assert found.tier == "T0"
    assert found.task_peak is not None
    assert found.task_gap < 0.01 <= found.task_peak
    assert "at the worst moment" in found.because


@pytest.mark.requirement("READING-09")
def test_a_task_done_in_one_step_leaves_resisting_to_a_little_of_another_goal() -> None:
    """Done at once, the task never pays for breaking the stop; goals training cannot tell from it do."""
    charter = tiny(
        [CUT, row("leak", "out.leak", success=0.1, observability=0.0)], grants=SURE_TASK, oversight=stop(rate=0.2)
    )
    found = tier_of(charter)
    assert found.tier == "T1"
    assert found.task_gap < 0.01
    assert found.task_peak is not None
    assert found.task_peak < 0.01


@pytest.mark.requirement("READING-09")
def test_where_only_far_off_goals_gain_the_tier_says_so() -> None:
    """The other goal's way is granted, so that training on the task would tell it apart; a rare stop makes it pay little."""
    charter = tiny([CUT], grants=SURE_TASK, oversight=stop(rate=0.005, grace=0))
    found = tier_of(charter)
    assert found.tier == "T2"
    assert found.lambda_star is None or found.lambda_star > 0.1


@pytest.mark.requirement("READING-09")
def test_a_world_in_which_nothing_blunts_oversight_is_a_structural_zero() -> None:
    found = tier_of(tiny([row("leak", "out.leak")]))
    assert (found.tier, found.task_gap, found.task_peak, found.lambda_star) == ("T3", 0.0, 0.0, None)


def test_the_less_of_another_goal_it_takes_the_more_often_the_stop_comes() -> None:
    stars = [
        tier_of(
            tiny(
                [CUT, row("leak", "out.leak", success=0.1, observability=0.0)],
                grants=SURE_TASK,
                oversight=stop(rate=rate),
            )
        )
        for rate in (0.02, 0.2)
    ]
    weights = [one.lambda_star for one in stars]
    assert all(weight is not None for weight in weights)
    assert weights[0] >= weights[1]  # type: ignore[operator]


@pytest.mark.requirement("READING-09")
def test_training_tells_apart_only_what_the_sandbox_can_show() -> None:
    """A goal is compatible when the task's policy serves it where nothing unauthorised is at hand."""
    hidden = row("leak", "out.leak", success=0.1, observability=0.0)
    world = world_of(tiny([CUT, hidden], grants=SURE_TASK, oversight=stop(rate=0.2)))
    drawn = draw_goals("linear", world.feature_names, 400, 0)
    measured = measure(world, drawn, drive_groups(world))
    share = training_compatible(world, drawn, measured)
    assert share is not None
    assert share.value > 0.3  # they differ from the task outside the sandbox alone, and there the stop is in their way
    assert share.samples is not None
    assert 0 < share.samples < 400  # goals against the task, or for the granted other outcome, are told apart


def test_without_a_compatible_goal_the_share_is_not_a_number() -> None:
    world = world_of(tiny([CUT], oversight=stop(rate=0.2)))
    drawn = draw_goals("linear", world.feature_names, 1, 0)
    against = draw_goals("linear", ("out.done",), 1, 1)
    measured = measure(world, against, drive_groups(world))
    assert against.weights is not None
    against.weights[:] = -1.0
    found = training_compatible(world, against, measure(world, against, drive_groups(world)))
    assert found is None
    assert measured.counts.sum() == drawn.counts.sum() == 1
