"""Sampled optimality probability: proved by errors, ties never guessed, limits at discounts 0 and 1, large models."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.theory.test_agreement import generated

from remit.errors import ModelError
from remit.theory.averages.averages import best_cycles, cycle_gains
from remit.theory.averages.long_run import long_run
from remit.theory.estimate import Estimate
from remit.theory.exact.power import exact_power, exact_probability
from remit.theory.formats.foreign import from_map
from remit.theory.mdp import MDP
from remit.theory.notebook import graph
from remit.theory.orbits.symmetries import find_symmetry
from remit.theory.rational import RationalMDP, read_model
from remit.theory.rewards import rewards_of
from remit.theory.sampling import judges
from remit.theory.sampling.chances import sampled_probability
from remit.theory.sampling.power import sampled_power
from remit.theory.sampling.ties import Decider

CASE = graph(
    {
        "star": ["empty", "l", "r"],
        "empty": ["empty"],
        "l": ["l1", "l2"],
        "r": ["r1", "r2"],
        "l1": ["l2"],
        "l2": ["l1", "l2"],
        "r1": ["r1", "r2"],
        "r2": ["r2", "r1"],
    }
)
FORK = graph({"start": ["a", "b"], "a": ["end"], "b": ["end"], "end": ["end"]})


def asked(mdp: RationalMDP, discount: object, words: object = None, **settings: Any) -> dict[str, Estimate]:
    settings = {"samples": 4_000, "seed": 1, **settings}
    return sampled_probability(mdp, [0], Fraction(str(discount)), rewards_of(mdp, words), **settings)[0]


def drawn_graph(seed: int, states: int) -> RationalMDP:
    """A deterministic model of one to three ways out of each state."""
    random = np.random.default_rng(seed)
    names = [f"s{i}" for i in range(states)]
    ways = {s: {f"s{t}" for t in random.integers(0, states, int(random.integers(1, 4)))} for s in names}
    return graph({s: sorted(targets) for s, targets in ways.items()})


def distance(found: dict[str, Estimate], exact: dict[str, Fraction]) -> float:
    """How many half-widths the sampled shares are off, at most; the actions must be the same."""
    assert found.keys() == exact.keys()
    misses = [max(one.low - float(exact[a]), float(exact[a]) - one.high, 0.0) for a, one in found.items()]
    widths = [(one.high - one.low) / 2.0 for one in found.values()]
    return max(miss / width for miss, width in zip(misses, widths, strict=True))


@pytest.mark.parametrize("discount", ["0", "1/4", "9/10", "1"])
@pytest.mark.parametrize("words", ["uniform", "Bernoulli(1/2)"])
def test_sampled_shares_are_the_exact_ones_ties_included(discount: str, words: str) -> None:
    exact = exact_probability(CASE, 0, Fraction(discount), rewards_of(CASE, words))
    assert distance(asked(CASE, discount, words), exact) <= 1.0


def test_blackwell_and_average_optimal_are_kept_apart() -> None:
    """All roads of the fork lead to the same end: on average both are best, in the limit only one of them is."""
    average, limit = asked(FORK, 1, average=True), asked(FORK, 1)
    assert (average["a"].value, average["b"].value, average["a"].low > 0.99) == (1.0, 1.0, True)
    assert limit["a"].value + limit["b"].value == pytest.approx(1.0, abs=1e-9)
    assert distance(limit, exact_probability(FORK, 0, Fraction(1), rewards_of(FORK))) <= 1.0


def test_on_average_a_choice_counts_as_taken_whenever_one_is_there() -> None:
    """One may come back from a detour and then stay for good, but a policy that takes the detour never stays."""
    mdp = graph({"s": ["s", "t"], "t": ["s"]})
    found = asked(mdp, 1, average=True)
    assert distance(found, exact_probability(mdp, 0, Fraction(1), rewards_of(mdp), average=True)) <= 1.0
    assert found["s"].value + found["t"].value == pytest.approx(1.0)


def test_ties_are_decided_without_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decider, "optimal", lambda *_: None)
    decided = asked(FORK, "9/10", "Bernoulli(1/2)")
    exact = exact_probability(FORK, 0, Fraction(9, 10), rewards_of(FORK, "Bernoulli(1/2)"))
    assert exact["a"] == Fraction(3, 4)
    assert distance(decided, exact) <= 1.0
    assert decided["a"].high - decided["a"].low < 0.03


def test_a_mean_that_is_the_same_by_chance_is_told_in_small_models_and_left_open_in_larger_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One half for sure, or 0 or 1 with even chances: other rewards, but the same mean."""
    ends = {end: [end] for end in ("zero", "half", "one")}
    mdp = graph({"s": {"sure": "half", "toss": {"zero": "1/2", "one": "1/2"}}, **ends})
    rewards = {"s": 0, "zero": 0, "half": "1/2", "one": 1}
    assert [one.value for one in asked(mdp, "9/10", rewards, samples=4).values()] == [1.0, 1.0]
    monkeypatch.setattr(Decider, "optimal", lambda *_: None)
    for one in asked(mdp, "9/10", rewards, samples=100).values():
        assert one.low < 0.05
        assert one.high > 0.95


def test_a_tie_that_only_fractions_can_tell_is_told() -> None:
    """A gap of 1e-13 is inside what floating point can prove, but it is a gap."""
    rewards = {"start": 0, "a": "0.5", "b": "0.5000000000001", "end": 0}
    assert [one.value for one in asked(FORK, "1/2", rewards, samples=4).values()] == [0.0, 1.0]


def test_names_of_one_choice_count_together_and_a_lone_choice_is_sure() -> None:
    table = {"s": {"x": {"s": 1}, "y": {"s": 1}}}
    found = asked(read_model(json.dumps({"states": ["s"], "transitions": table})), "1/2", samples=100)
    assert [one.value for one in found.values()] == [1.0, 1.0]
    assert found["x"].low > 0.95


@pytest.mark.parametrize("discount", ["0", "9/10", "1"])
def test_large_models_are_asked_in_batches(discount: str) -> None:
    """A fork at the door of a large hall: the hall changes nothing at discount 0 and very much at 1."""
    hall = [f"h{i}" for i in range(1_100)]
    table = {"door": ["hall", "shed"], "hall": hall, "shed": ["shed"], **{h: [h] for h in hall}}
    mdp = graph({**table, "hall": ["hall", *hall]})
    found = asked(mdp, discount, samples=512)
    assert {"0": 0.4, "9/10": 0.9, "1": 0.99}[discount] < found["hall"].high
    assert {"0": 0.6, "9/10": 1.0, "1": 1.0}[discount] >= found["hall"].value
    assert found["hall"].value + found["shed"].value == pytest.approx(1.0, abs=0.01)


def test_what_single_precision_leaves_open_is_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mdp = drawn_graph(5, 40)
    rewards = rewards_of(mdp)
    alone = sampled_probability(mdp, [0], 0.9, rewards, samples=500, seed=3)
    monkeypatch.setattr(judges, "LARGE", 10)
    monkeypatch.setattr(judges, "AGAIN", 1.0)
    assert sampled_probability(mdp, [0], 0.9, rewards, samples=500, seed=3) == alone


def test_averages_over_orbits_keep_the_shares_and_narrow_the_intervals() -> None:
    grid = from_map("...\n...\n...")
    rewards = rewards_of(grid)
    found = find_symmetry(grid, rewards)
    alone = sampled_probability(grid, range(9), 0.6, rewards, samples=2_000, seed=1)
    pooled = sampled_probability(grid, range(9), 0.6, rewards, samples=2_000, seed=1, symmetry=found)
    corner, opposite = pooled[0], pooled[8]
    assert sorted(one.value for one in corner.values()) == sorted(one.value for one in opposite.values())
    for before, after in zip(alone, pooled, strict=True):
        assert before.keys() == after.keys()
        assert sum(one.value for one in after.values()) == pytest.approx(1.0, abs=1e-9)
        assert all(abs(before[a].value - after[a].value) < 0.05 for a in after)
    widths = [np.mean([one.high - one.low for line in lines for one in line.values()]) for lines in (alone, pooled)]
    assert widths[1] < 0.8 * widths[0]


def test_what_cannot_be_sampled_is_refused() -> None:
    with pytest.raises(ModelError, match="a discount in"):
        asked(FORK, "3/2")
    with pytest.raises(ModelError, match="1 for averages"):
        asked(FORK, "1/2", average=True)


@pytest.mark.parametrize("seed", range(12))
def test_improved_policies_find_the_best_cycles_that_walks_find(seed: int) -> None:
    mdp = drawn_graph(seed, 30).as_arrays()
    rewards = np.random.default_rng(seed).random((30, 20))
    rewards = np.round(rewards) if seed % 3 == 0 else rewards
    found = long_run(mdp, rewards)
    assert np.abs(found.gain - cycle_gains(mdp, rewards)).max() <= found.gain_error + 1e-14


def test_large_parts_have_their_power_at_discount_one() -> None:
    ring = MDP.from_edges(
        [(s, a, [((s + step) % 300, 1.0)]) for s in range(300) for a, step in ((0, 1), (1, 299))],
        states_count=300,
    )
    rewards = np.random.default_rng(1).random((300, 3))
    pairs = ((rewards + np.roll(rewards, 1, axis=0)) / 2.0).max(axis=0)
    assert np.abs(best_cycles(ring, rewards) - pairs).max() < 1e-12


def test_power_at_discount_one_of_a_model_without_stays_is_the_exact_one() -> None:
    mdp = drawn_graph(3, 5)
    exact = float(exact_power(mdp, 0, Fraction(1), rewards_of(mdp)))
    (found,) = sampled_power(mdp, [0], 1.0, rewards_of(mdp), samples=4_000, seed=2)
    assert abs(found.value - exact) <= found.high - found.low


@pytest.mark.slow
def test_sampled_shares_cover_as_often_as_they_say_on_generated_models() -> None:
    """400 models of every kind of discount; at 1 both senses of optimal are asked."""
    held = total = 0
    for seed in range(400):
        mdp, discount = generated(seed)
        if seed % 4 == 0:
            mdp, discount = drawn_graph(seed, 4), Fraction(seed // 4 % 2)
        average = discount == 1 and seed % 3 == 0
        exact = exact_probability(mdp, 0, discount, rewards_of(mdp), average=average)
        found = asked(mdp, discount, samples=300, seed=seed, average=average)
        assert distance(found, exact) <= 2.0, seed
        first = next(iter(found))
        if 0 < exact[first] < 1:
            held += found[first].low <= float(exact[first]) <= found[first].high
            total += 1
    assert total > 200
    assert 0.92 <= held / total <= 0.98
