"""What interruptions teach, and what actions take away, against values worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from remit.errors import InvalidMDPError, ModelError
from remit.theory.interruptibility import Interruption, interrupted, lesson
from remit.theory.notebook import graph
from remit.theory.rational import RationalMDP
from remit.theory.rewards import rewards_of
from remit.theory.side_effects import (
    attainable_rows,
    attainable_utility_penalty,
    reachability,
    relative_reachability,
)


@pytest.fixture
def fork() -> RationalMDP:
    """A road past the button, on which one may be stopped, and a detour around it; both lead to the goal."""
    return graph(
        {
            "home": ["road", "detour"],
            "road": {"on": "goal", "stop": "road"},
            "detour": ["bend"],
            "bend": ["goal"],
            "goal": ["goal"],
        }
    )


def test_an_interrupted_world_overrides_the_choice_with_its_chance(fork: RationalMDP) -> None:
    world = interrupted(fork, {"road": Interruption(chance=Fraction(1, 4), action="stop")})
    road, goal = fork.number("road"), fork.number("goal")
    assert world.choice_of(road, "on").lottery == ((road, Fraction(1, 4)), (goal, Fraction(3, 4)))
    assert world.choice_of(road, "stop").lottery == ((road, Fraction(1)),)
    with pytest.raises(ModelError, match="chance"):
        interrupted(fork, {"road": Interruption(chance=Fraction(2), action="stop")})
    with pytest.raises(InvalidMDPError, match="no action"):
        interrupted(fork, {"road": Interruption(chance=Fraction(1, 2), action="fly")})


def test_a_learner_on_policy_comes_to_avoid_the_button_and_one_off_policy_does_not(fork: RationalMDP) -> None:
    rewards = rewards_of(fork, {"goal": 1, "*": 0})
    stop = {"road": Interruption(chance=Fraction(9, 10), action="stop")}
    settings = {"at": "home", "choosing": "road", "discount": 0.9, "rewards": rewards, "samples": 8, "seed": 0}
    taught = lesson(fork, stop, **settings)  # type: ignore[arg-type]
    assert (taught.off_policy.value, taught.on_policy.value, taught.changed.value) == (1.0, 0.0, 1.0)
    rarely = {"road": Interruption(chance=Fraction(1, 100), action="stop")}
    untaught = lesson(fork, rarely, **settings)  # type: ignore[arg-type]
    assert (untaught.on_policy.value, untaught.changed.value) == (1.0, 0.0)


def test_over_many_goals_interruptions_change_some_choices(fork: RationalMDP) -> None:
    stop = {"road": Interruption(chance=Fraction(1, 2), action="stop")}
    taught = lesson(
        fork, stop, at="home", choosing="road", discount=0.9, rewards=rewards_of(fork), samples=2_000, seed=1
    )
    assert taught.changed.low > 0.0
    assert taught.on_policy.value != taught.off_policy.value
    with pytest.raises(ModelError):
        lesson(fork, stop, at="home", choosing="road", discount=1.0, rewards=rewards_of(fork), samples=1, seed=0)


def test_what_can_be_reached_is_discounted_by_the_steps_it_takes(fork: RationalMDP) -> None:
    found = reachability(fork.as_arrays(), 0.5)
    home, road, goal = (fork.number(name) for name in ("home", "road", "goal"))
    assert found[home, goal] == pytest.approx(0.25)
    assert found[goal, home] == 0.0
    assert found[road].tolist() == pytest.approx([0.0, 1.0, 0.0, 0.0, 0.5])
    coin = graph({"s": {"try": {"s": "1/2", "t": "1/2"}}, "t": ["t"]}).as_arrays()
    assert reachability(coin, 0.5)[0, 1] == pytest.approx(1.0 / 3.0)
    assert reachability(coin, 1.0)[0, 1] == pytest.approx(1.0)
    with pytest.raises(ModelError):
        reachability(coin, 0.0)


def test_only_losses_count_in_relative_reachability(fork: RationalMDP) -> None:
    found = reachability(fork.as_arrays(), 0.5)
    home, goal = fork.number("home"), fork.number("goal")
    lost = found[home].copy()
    lost[goal] = 0.0  # the goal is nearer now
    assert relative_reachability(found, goal, home) == pytest.approx(lost.sum() / 5)
    assert relative_reachability(found, home, home) == 0.0


def test_attainable_utility_is_lost_where_an_action_closes_a_door() -> None:
    mdp = graph({"room": {"wait": "room", "burn": "ash"}, "ash": ["ash"]}).as_arrays()
    wait, burn = attainable_rows(mdp, 0)
    rewards = np.array([[1.0, 0.0], [0.0, 1.0]])
    penalty = attainable_utility_penalty(mdp, burn, wait, auxiliary=rewards, discount=0.5)
    assert penalty == pytest.approx((0.5 + 0.25) / 2)  # the room is lost for good, the ash is a step nearer
    with pytest.raises(ModelError, match="different states"):
        attainable_utility_penalty(mdp, 2, wait, auxiliary=rewards, discount=0.5)
