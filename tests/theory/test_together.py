"""Goals drawn as wholes: what they are drawn from, and POWER over them against what can be worked out by hand."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from remit.errors import InvalidMDPError, ModelError
from remit.theory.notebook import graph, power
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Exponential, Normal, rewards_of, uniform, word_of
from remit.theory.together import Correlated, Linear, Listed, Together, draw, span


def fork() -> RationalMDP:
    """Two ends behind work, one way off."""
    return graph({"start": ["work", "off"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "off": ["off"]})


@pytest.mark.parametrize("common", [0.0, 0.3, 0.9])
def test_uniform_rewards_correlate_as_is_said_and_each_stays_uniform(common: float) -> None:
    goals = Correlated(reward=uniform(), common=common)
    table = draw(goals, 3, 200_000, np.random.default_rng(5))
    wanted = 6.0 / math.pi * math.asin(common / 2.0)
    found = np.asarray(np.corrcoef(table))[np.triu_indices(3, 1)]
    assert np.abs(found - wanted).max() < 0.01
    assert np.abs(np.quantile(table, [0.1, 0.5, 0.9], axis=1) - [[0.1], [0.5], [0.9]]).max() < 0.01


@pytest.mark.parametrize("discount", ["0", "0.5", "0.9", "1"])
def test_goals_that_agree_on_every_state_leave_nothing_to_choose(discount: str) -> None:
    goals = Correlated(reward=uniform(), common=1.0)
    found = power(fork(), rewards=goals, states="start", discount=discount, samples=400, probability=True)
    assert found.power["start"].estimate.low <= 0.5 <= found.power["start"].estimate.high
    assert {one.estimate.value for one in found.probability["start"].values()} == {1.0}


def test_goals_that_share_nothing_are_those_drawn_for_each_state() -> None:
    found = power(fork(), rewards=Correlated(reward=uniform(), common=0.0), states="start", samples=20_000, seed=3)
    exact = Fraction(881, 1200)
    assert found.power["start"].estimate.low <= exact <= found.power["start"].estimate.high
    assert found.method == "interval"


def test_features_of_which_each_is_one_state_draw_the_same_goals_as_states_do() -> None:
    goals = Linear(features=np.eye(5), weights=uniform())
    alone = power(fork(), samples=500, seed=4, orbits=False)
    assert power(fork(), rewards=goals, samples=500, seed=4).power == alone.power


def test_one_feature_scales_one_goal() -> None:
    liked = {"start": 0, "work": 1, "a": "1/4", "b": "1/2", "off": "1/3"}
    once = power(fork(), rewards=liked, exact=True).power["start"].estimate.value
    features = np.array([[0.0], [1.0], [0.25], [0.5], [1 / 3]])
    found = power(fork(), rewards=Linear(features=features, weights=uniform()), samples=5000).power["start"].estimate
    assert found.low <= once / 2 <= found.high
    assert found.high - found.low < 0.02


def test_tables_may_be_plain_lists() -> None:
    plain, table = Listed(goals=np.eye(5).tolist()), Listed(goals=np.eye(5))  # type: ignore[arg-type]
    assert power(fork(), rewards=plain, samples=50).power == power(fork(), rewards=table, samples=50).power


def test_listed_goals_are_drawn_evenly() -> None:
    found = power(fork(), rewards=Listed(goals=np.eye(5)), states="start", samples=20_000, probability=True)
    assert found.power["start"].estimate.low <= (0 + 0.1 + 0.9 + 0.9 + 1) / 5 <= found.power["start"].estimate.high
    chances = found.probability["start"]
    assert chances["work"].estimate.low <= 0.8 <= chances["work"].estimate.high
    assert chances["off"].estimate.low <= 0.4 <= chances["off"].estimate.high


def test_listed_goals_are_drawn_as_often_as_their_weights_say() -> None:
    goals = Listed(goals=np.arange(4.0)[None, :], weights=np.array([1.0, 0.0, 2.0, 5.0]))
    table = draw(goals, 1, 80_000, np.random.default_rng(2))
    shares = np.bincount(table[0].astype(int), minlength=4) / table.shape[1]
    assert np.abs(shares - np.array([1, 0, 2, 5]) / 8).max() < 0.01
    assert shares[1] == 0.0


def test_words_draw_the_goals_they_describe() -> None:
    for words, goals in (
        ("correlated(0.25)", Correlated(reward=uniform(), common=0.25)),
        ("correlated(1) exponential(2)", Correlated(reward=Exponential(rate=2.0), common=1.0)),
    ):
        assert power(fork(), rewards=words, samples=50).power == power(fork(), rewards=goals, samples=50).power
    said = replace(fork(), rewards="correlated(1)")
    assert power(said, samples=50).power == power(fork(), rewards="correlated(1)", samples=50).power


@pytest.mark.parametrize("words", ["correlated(-1)", "correlated", "listed(goals.csv)", "linear(f.csv) normal(0,1)"])
def test_words_that_are_read_from_files_or_draw_nothing_are_refused(words: str) -> None:
    with pytest.raises(InvalidMDPError, match=r"common|as wholes"):
        power(fork(), rewards=words)


def test_intervals_over_goals_drawn_as_wholes_hold_as_often_as_they_say() -> None:
    goals, exact = Listed(goals=np.eye(5)), 2.9 / 5
    inside = 0
    for seed in range(300):
        found = power(fork(), rewards=goals, states="start", samples=60, seed=seed).power["start"].estimate
        inside += found.low <= exact <= found.high
    assert 0.91 <= inside / 300 <= 0.98


def test_a_goal_that_is_always_drawn_is_known_with_room_for_others() -> None:
    found = power(fork(), rewards=Listed(goals=np.full((5, 1), 0.5)), states="start", samples=50).power["start"]
    assert found.estimate.value == pytest.approx(0.5)
    assert found.estimate.low == found.estimate.high == 0.5  # nothing lies outside of the goals that are listed


@pytest.mark.parametrize(
    ("goals", "wanted"),
    [
        (Correlated(reward=uniform(Fraction(-1), Fraction(2)), common=0.5), (-1.0, 2.0)),
        (Linear(features=np.array([[1.0, -2.0], [0.0, 3.0]]), weights=uniform()), (-2.0, 3.0)),
        (Linear(features=np.array([[0.0, 1.0]]), weights=Exponential(rate=1.0)), (0.0, math.inf)),
        (Linear(features=np.array([[0.0], [1.0]]), weights=Normal(mean=0.0, deviation=1.0)), (-math.inf, math.inf)),
        (Listed(goals=np.array([[1.0, 4.0], [2.0, -3.0]])), (-3.0, 4.0)),
    ],
)
def test_rewards_lie_where_they_are_said_to(goals: Together, wanted: tuple[float, float]) -> None:
    assert span(goals) == wanted
    states = len(goals.features) if isinstance(goals, Linear) else 2
    table = draw(goals, states, 500, np.random.default_rng(1))
    assert wanted[0] <= table.min() <= table.max() <= wanted[1]


@pytest.mark.parametrize(
    ("goals", "said"),
    [
        (Correlated(reward=uniform(), common=1.5), "common"),
        (Correlated(reward=uniform(), common=math.nan), "common"),
        (Linear(features=np.eye(4), weights=uniform()), "5"),
        (Linear(features=np.full((5, 2), math.nan), weights=uniform()), "finite"),
        (Listed(goals=np.zeros((5, 0))), "finite"),
        (Listed(goals=np.zeros(5)), "finite"),
        (Listed(goals="five"), "finite"),  # type: ignore[arg-type]
        (Listed(goals=np.eye(5), weights=np.ones(4)), "weights"),
        (Listed(goals=np.eye(5), weights=np.array([1, 1, 1, 1, math.nan])), "weights"),
        (Listed(goals=np.eye(5), weights=np.array([1, 1, 1, 1, -1])), "no chances"),
        (Listed(goals=np.eye(5), weights=np.zeros(5)), "no chances"),
        (Listed(goals=np.eye(5), weights=np.full(5, 1e308)), "no chances"),
        (Linear(features=np.eye(5), weights="uniform"), "distribution"),  # type: ignore[arg-type]
        (Correlated(reward=0.5, common=0.5), "distribution"),  # type: ignore[arg-type]
    ],
)
def test_goals_that_do_not_fit_the_model_are_refused(goals: Together, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        power(fork(), rewards=goals)


@pytest.mark.parametrize("asked", [{"exact": True}, {"scheme": "sobol", "samples": 64}, {"orbits": True}])
def test_what_only_rewards_drawn_for_each_state_allow_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="as wholes"):
        power(fork(), rewards=Listed(goals=np.eye(5)), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words",
    [
        "U[-1,1/3]",
        "1/3",
        "Bernoulli(1/4)",
        "normal(0,1)",
        "normal(0.1,1e-07)",
        "exponential(2.5)",
        "exponential(1e+22)",
    ],
)
def test_a_distribution_in_words_is_the_same_when_read_again(words: str) -> None:
    mdp = graph({"here": ["here"]})
    (reward,) = rewards_of(mdp, {"here": words})
    assert word_of(reward) == words
    assert rewards_of(mdp, {"here": word_of(reward)}) == (reward,)
