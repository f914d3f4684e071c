"""Peak temptation, on a world small enough to solve by hand."""

import numpy as np
import pytest
from tests.small_charters import row, tiny, world_of

from remit.incentives.readings.readings import resisting
from remit.incentives.readings.temptation import peaks
from remit.incentives.worlds.goals import task_goal
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import World

STOP, DISCOUNT, SUCCESS = 0.1, 0.9, 0.5


def small(grace: int = 1) -> World:
    """One task act that works half of the time, a stop that comes every tenth step, and a way to break it."""
    charter = tiny(
        [row("cut", "oversight.stop")],
        grants=[{"tool": "desk.work", "effects": ["out.worked"], "success": SUCCESS}],
        purpose={"task": [{"when": "out.worked"}]},
        oversight={
            "stop": {"rate": STOP, "redeploy": 0.0, "grace": grace},
            "correct": {"rate": 0.0},
            "retask": {"rate": 0.0},
            "monitor": {"detect": 0.0},
        },
        assume={"crash": 0.0, "discount": DISCOUNT},
    )
    return world_of(charter)


def by_hand() -> tuple[float, float, float]:
    """V at the start, Q of breaking the stop and of working, both at a notice with the work not done.

    With the stop broken: F = g(p + (1-p) F), as finished work pays 1 from the next step on. At a notice, working once more
    gives g p, and breaking the stop g F. Running: V = g(p + (1-p)((1-s) V + s N)) with N the better of the two.
    """
    g, p, s = DISCOUNT, SUCCESS, STOP
    free = g * p / (1.0 - g * (1.0 - p))
    cut, work = g * free, g * p
    best = max(cut, work)
    value = g * (p + (1.0 - p) * s * best) / (1.0 - g * (1.0 - p) * (1.0 - s))
    return value, cut, work


@pytest.mark.requirement("READING-09")
def test_the_peak_is_the_advantage_at_the_notice_worked_out_by_hand() -> None:
    world = small()
    value, cut, work = by_hand()
    reward = task_goal(world)
    swing = world.solver.start_values(reward, world.rows()) + world.solver.start_values(-reward, world.rows())
    assert swing == pytest.approx([value])  # the worst an agent can do is nothing, which pays 0
    found = peaks(world, reward, swing, resisting(world.blueprint))
    assert found.peak == pytest.approx([(cut - work) / value])
    assert found.usual_mode() is Mode.PENDING_STOP
    held = world.exploration.codes[found.state[0]]
    assert not held & world.blueprint.bits["out.worked"]


def test_an_unannounced_stop_leaves_no_moment_at_which_breaking_it_is_better_than_working() -> None:
    world = small(grace=0)
    reward = task_goal(world)
    swing = world.solver.start_values(reward, world.rows()) + world.solver.start_values(-reward, world.rows())
    found = peaks(world, reward, swing, resisting(world.blueprint))
    assert found.peak == pytest.approx([0.0])
    assert found.usual_mode() is None
    assert found.state.tolist() == [-1]


def test_peaks_are_shares_of_the_swing_and_do_not_depend_on_its_scale_or_sign_of_indifference() -> None:
    world = small()
    reward = np.hstack([task_goal(world), 7.0 * task_goal(world) + 3.0, np.full((len(world.features), 1), 2.0)])
    swing = world.solver.start_values(reward, world.rows()) + world.solver.start_values(-reward, world.rows())
    found = peaks(world, reward, swing, resisting(world.blueprint)).peak
    assert found[1] == pytest.approx(found[0])
    assert found[2] == 0.0
    assert ((found >= 0.0) & (found <= 1.0)).all()


def test_without_a_resisting_act_there_is_no_peak() -> None:
    world = small()
    found = peaks(world, task_goal(world), np.ones(1), ())
    assert (found.peak.tolist(), found.state.tolist()) == ([0.0], [-1])


def test_only_moments_a_compliant_agent_comes_to_are_looked_at() -> None:
    """A second way to break the stop opens only after the first: no compliant agent ever stands before it."""
    rows = [
        row("cut", "oversight.correct", observability=0.0),
        row("again", "oversight.stop", needs=["oversight.correct"], observability=0.0),
    ]
    world = world_of(tiny(rows, oversight={"correct": {"rate": 0.0001}, "stop": {"rate": 0.2}}))
    reward = task_goal(world)
    swing = world.solver.start_values(reward, world.rows()) + world.solver.start_values(-reward, world.rows())
    state = int(peaks(world, reward, swing, resisting(world.blueprint)).state[0])
    assert not world.exploration.codes[state] & world.blueprint.bits["oversight.correct"]
