"""Which choices are optimal at discount 1 where rows lead to several states: proved by policies, never guessed."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.theory.test_chances import drawn_graph

from remit.theory.averages.policies import Policies
from remit.theory.estimate import Estimate
from remit.theory.exact.power import exact_probability
from remit.theory.formats.foreign import from_map
from remit.theory.notebook import graph
from remit.theory.rational import Choice, RationalMDP, model_of
from remit.theory.rewards import rewards_of
from remit.theory.sampling import ties
from remit.theory.sampling.chances import sampled_probability
from remit.theory.sampling.choices import choices_of
from remit.theory.sampling.limits import AtOne, AtOneByCycles
from remit.theory.sampling.on_average import OnAverage, OnAverageByCycles
from remit.theory.sampling.ties import Decider

HALVES = {"heads": "1/2", "tails": "1/2"}
COIN = graph(
    {
        "start": ["x", "y"],
        "x": ["coin"],
        "y": ["coin"],
        "coin": {"toss": HALVES},
        "heads": ["heads"],
        "tails": ["tails"],
    }
)


def drawn(seed: int, states: int) -> RationalMDP:
    """A model of one to three choices a state, each of which leads to one to three states."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(states):
        lotteries = set()
        for _ in range(int(random.integers(1, 4))):
            width = int(random.integers(1, min(states, 3) + 1))
            targets = sorted(random.choice(states, width, replace=False).tolist())
            weights = random.integers(1, 4, width).tolist()
            lotteries.add(tuple((t, Fraction(w, sum(weights))) for t, w in zip(targets, weights, strict=True)))
        rows.append(tuple(Choice(actions=(f"a{i}",), lottery=line) for i, line in enumerate(sorted(lotteries))))
    return RationalMDP(states=tuple(f"s{i}" for i in range(states)), choices=tuple(rows))


def slippery(mdp: RationalMDP, slip: Fraction) -> RationalMDP:
    """The model in which a random choice is made instead of the one that was, so often."""
    rows = []
    for options in mdp.choices:
        share = slip / len(options)
        mixed = [
            dict.fromkeys((t for other in options for t, _ in other.lottery), Fraction(0)) for _ in options
        ]  # fmt: skip
        for line, option in zip(mixed, options, strict=True):
            for target, chance in option.lottery:
                line[target] += (1 - slip) * chance
            for other in options:
                for target, chance in other.lottery:
                    line[target] += share * chance
        rows.append(
            tuple(
                Choice(actions=option.actions, lottery=tuple(sorted(line.items())))
                for option, line in zip(options, mixed, strict=True)
            )
        )
    return RationalMDP(states=mdp.states, choices=tuple(rows))


def asked(mdp: RationalMDP, words: object = None, *, samples: int = 400, average: bool = False) -> dict[str, Estimate]:
    rewards = rewards_of(mdp, words)
    return sampled_probability(mdp, [0], Fraction(1), rewards, samples=samples, seed=3, average=average)[0]


def rounded(seed: int, states: int, lanes: int = 3) -> np.ndarray:
    """Rewards of which every third draw is only 0 and 1, so that much ties."""
    table = np.random.default_rng(seed + 999).random((states, lanes))
    return np.round(table) if seed % 3 == 0 else table


def on_average(mdp: RationalMDP, rewards: np.ndarray) -> Iterator[bool]:
    """For each choice, whether fractions say that a policy which always takes it loses nothing on average."""
    best = Decider(mdp, Fraction(1)).worth(rewards)
    for state, options in enumerate(mdp.choices):
        for option in options:
            rows = (*mdp.choices[:state], (option,), *mdp.choices[state + 1 :])
            kept = Decider(RationalMDP(states=mdp.states, choices=rows), Fraction(1)).worth(rewards)
            assert best is not None
            assert kept is not None
            yield kept[state] == best[state]


@pytest.mark.parametrize("seed", range(24))
def test_without_fractions_nothing_false_is_said_for_sure(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mdp = drawn(seed, 2 + seed % 4)
    states, table = len(mdp.states), rounded(seed, 2 + seed % 4)
    fractions = Decider(mdp, Fraction(1))
    blackwell = [fractions.optimal(rewards.copy()) for rewards in table.T]
    average = [list(on_average(mdp, rewards.copy())) for rewards in table.T]
    monkeypatch.setattr(ties, "STATES", 0)
    choices = choices_of(mdp, range(states), None)
    for judge, truth in (
        (AtOne(mdp, choices), [[one for line in found or [] for one in line] for found in blackwell]),
        (OnAverage(mdp, choices), average),
    ):
        sure, most = judge(table)
        exactly = np.array(truth).T
        assert not (sure & ~exactly).any()
        assert not (exactly & ~most).any()
        if seed % 3:
            assert (sure | ~most).mean() > 0.8, "rewards that do not tie are decided by and large"


@pytest.mark.parametrize("states", [0, ties.STATES])
@pytest.mark.parametrize("seed", [1, 4, 22, 52, 130])
def test_rewards_that_tie_but_for_rounding_are_not_guessed_where_nothing_is_left_to_chance(
    seed: int, states: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tenths are no floats: cycles whose means are the same on paper differ by less than is summed up exactly."""
    mdp = drawn_graph(seed, 2 + seed % 7)
    table = np.random.default_rng(seed).random((len(mdp.states), 6)).round(1)
    fractions = Decider(mdp, Fraction(1))
    blackwell = [[one for line in fractions.optimal(rewards.copy()) or [] for one in line] for rewards in table.T]
    average = [list(on_average(mdp, rewards.copy())) for rewards in table.T]
    monkeypatch.setattr(ties, "STATES", states)
    choices = choices_of(mdp, range(len(mdp.states)), None)
    for judge, truth in ((AtOneByCycles(mdp, choices), blackwell), (OnAverageByCycles(mdp, choices), average)):
        sure, most = judge(table)
        exactly = np.array(truth).T
        assert not (sure & ~exactly).any()
        assert not (exactly & ~most).any()
        assert states == 0 or (sure == most).all(), "fractions leave nothing open"


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 4, 5, 7])
def test_sampled_shares_are_the_exact_ones(seed: int, *, average: bool) -> None:
    mdp = drawn(seed, 3)
    exact = exact_probability(mdp, 0, Fraction(1), rewards_of(mdp), average=average)
    found = asked(mdp, average=average)
    assert found.keys() == exact.keys()
    for action, one in found.items():
        wide = one.high - one.low
        assert one.low - wide <= float(exact[action]) <= one.high + wide
        assert wide < 0.1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_what_fractions_say_of_the_limit_is_what_they_say_just_before_it(seed: int, states: int) -> None:
    mdp = drawn(seed, states)
    rewards = np.random.default_rng(seed).integers(0, 3, states).astype(float)
    near = Decider(mdp, 1 - Fraction(1, 10**12)).optimal(rewards)
    assert Decider(mdp, Fraction(1)).optimal(rewards) == near


def test_an_order_of_the_same_rewards_is_told_apart_by_what_comes_after_the_bias() -> None:
    """Both ways collect x and y before they end: who is impatient at all takes the larger first."""
    table = {"s": {"a": "x", "b": "y"}, "x": {"on": "y", "end": "z"}, "y": {"on": "x", "end": "z"}, "z": {"stay": "z"}}
    mdp, rewards = graph(table), np.array([0.0, 0.5, 0.75, 0.0])
    found = Decider(mdp, Fraction(1)).optimal(rewards)
    assert found is not None
    assert found[0] == [False, True]


def test_ways_to_one_gate_are_compared_by_what_they_collect_though_the_end_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ties, "STATES", 0)
    found = asked(COIN)
    assert found["x"].value + found["y"].value == pytest.approx(1.0)
    both = asked(COIN, average=True)
    assert both["x"].high > 0.99
    policies, rewards = Policies(COIN.as_arrays()), np.array([0.0, 1.0, 0.0, 0.0, 0.3, 0.9])
    course = policies.settled(rewards, policies.first(rewards)).course
    assert course.gate.tolist() == [3, 3, 3, 3, 4, 5]
    assert course.gain[0] == pytest.approx(0.6)


@pytest.mark.parametrize("average", [False, True])
def test_a_larger_slippery_grid_is_decided_without_fractions(*, average: bool) -> None:
    mdp = slippery(from_map("\n".join(["......"] * 6)), Fraction(1, 5))
    found = asked(mdp, samples=200, average=average)
    assert sum(one.value for one in found.values()) == pytest.approx(1.0), "each reward is decided, for one choice"
    assert found["stay"].high < 0.15
    assert abs(found["south"].value - found["east"].value) < 0.25


def test_what_rounding_hides_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """From s one gets to t once in 10^20 steps: floating point loses that beside what stays, fractions do not."""
    rare = Fraction(1, 10**20)
    table = {"s": {"wait": {"s": 1 - rare, "t": rare}, "go": {"t": Fraction(1)}}, "t": {"stay": {"t": Fraction(1)}}}
    mdp = model_of(["s", "t"], table)
    low, high, exactly = 0, 1, {"wait": 0.0, "go": 1.0}
    found = asked(mdp, {"s": low, "t": high}, samples=100)
    assert {action: one.value for action, one in found.items()} == exactly
    monkeypatch.setattr(ties, "STATES", 0)
    left = asked(mdp, {"s": high, "t": low}, samples=100)
    assert left["go"].low < 0.05
    assert left["wait"].high > 0.95
