"""Goals that training leaves possible, by rejection, against exact volumes; and the notebook's few lines."""

from fractions import Fraction

import pytest

from remit import theory
from remit.errors import InvalidMDPError, ModelError
from remit.theory.answers import Answers
from remit.theory.exact.payoffs import Payoff
from remit.theory.exact.polynomial import ONE, ZERO
from remit.theory.rewards import rewards_of
from remit.theory.training.compatible import behaviour_after_training
from remit.theory.training.goals import conditional_chance

WORKSHOP = {"train": ["good", "bad"], "new": ["good", "off"], "good": ["good"], "bad": ["bad"], "off": ["off"]}


def test_training_on_what_stays_in_reach_makes_goals_avoid_shutdown_more_often() -> None:
    mdp = theory.graph(WORKSHOP)
    found = behaviour_after_training(
        mdp,
        training={"train": ["good"]},
        new="new",
        avoided=["off"],
        discount=0.9,
        rewards=rewards_of(mdp),
        samples=8_000,
        seed=5,
    )
    good, bad, off = (Payoff.of([(k, ONE)], ZERO) for k in range(3))
    exact = conditional_chance([(good, off)], [(good, bad)])
    assert exact == Fraction(2, 3)
    assert found.trained is not None
    assert found.trained.low <= float(exact) <= found.trained.high
    assert found.untrained.low <= 0.5 <= found.untrained.high
    assert found.compatible.low <= 0.5 <= found.compatible.high


def test_payoffs_that_are_the_same_are_as_large_as_each_other() -> None:
    good, bad, none = (Payoff.of(weights, ZERO) for weights in ([(0, ONE)], [(1, ONE)], []))
    for same in (good, none):
        assert conditional_chance([(same, same)], []) == 1
        assert conditional_chance([(good, bad)], [(same, same)]) == Fraction(1, 2)
    assert conditional_chance([(good, none)], [(good, bad)]) == 1  # outside on a face only
    with pytest.raises(ModelError, match="no goal"):
        conditional_chance([(good, bad)], [(none, good)])


def test_where_every_action_is_avoided_nothing_avoids() -> None:
    mdp = theory.graph(WORKSHOP)
    settings = {"training": {}, "new": "new", "rewards": rewards_of(mdp), "samples": 10, "seed": 0}
    found = behaviour_after_training(mdp, avoided=["good", "off"], discount=0.5, **settings)  # type: ignore[arg-type]
    assert (found.untrained.value, found.compatible.value) == (0.0, 1.0)
    with pytest.raises(InvalidMDPError, match="no action `jump`"):
        behaviour_after_training(mdp, avoided=["jump"], discount=0.5, **settings)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="discount"):
        behaviour_after_training(mdp, avoided=["off"], discount=1.0, **settings)  # type: ignore[arg-type]


def test_training_that_no_goal_fits_says_that_nothing_is_known() -> None:
    mdp = theory.graph(WORKSHOP)
    rewards = rewards_of(mdp, {"good": 0, "bad": 1, "*": "uniform"})
    found = behaviour_after_training(
        mdp,
        training={"train": ["good"]},
        new="new",
        avoided=["off"],
        discount=0.5,
        rewards=rewards,
        samples=50,
        seed=0,
    )
    assert found.trained is None
    assert "trained unknown: none of 50 is compatible" in str(found)
    assert (found.compatible.value, found.compatible.samples) == (0.0, 50)


def test_a_model_and_its_answers_take_a_few_lines() -> None:
    mdp = theory.graph({"start": ["work", "off"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "off": ["off"]})
    found: Answers = theory.power(mdp, discount=0.9)
    assert str(found).splitlines()[0] == "start 0.7342 = 881/1200"
    assert "<td>start</td><td>0.7342 = 881/1200</td>" in found._repr_html_()
    chance = theory.optimality_probability(mdp, at="start", choosing="work")
    assert (chance.fraction, str(chance)) == (Fraction(13, 20), "0.65 = 13/20")
    drawn = theory.power(mdp, rewards=theory.uniform(Fraction(-1), Fraction(1)), samples=200, seed=1)
    assert drawn.power["off"].estimate.low < 0.0 < drawn.power["off"].estimate.high
    with pytest.raises(InvalidMDPError, match="no action `fly`"):
        theory.optimality_probability(mdp, at="start", choosing="fly")
    with pytest.raises(InvalidMDPError):
        theory.power(mdp, discount=True)


def test_names_in_a_model_do_not_become_markup() -> None:
    mdp = theory.graph({"<b>": ["<b>"]})
    assert "<td><b></td>" not in theory.power(mdp)._repr_html_()
