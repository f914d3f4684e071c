"""Sampled POWER and probability against exact answers, and intervals against how often they hold."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from remit.errors import ModelError, NotConvergedError
from remit.theory.answers import answer, request, with_settings
from remit.theory.averages.averages import bounds_at_one, cycle_gains, idle_everywhere
from remit.theory.exact.power import exact_power, exact_probability
from remit.theory.formats.foreign import from_map
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP, read_model
from remit.theory.rewards import rewards_of
from remit.theory.sampling import power as sampling
from remit.theory.sampling.chances import sampled_probability
from remit.theory.sampling.power import sampled_power


def build(transitions: dict[str, dict[str, dict[str, Any]]], rewards: object = "iid U[0,1]") -> RationalMDP:
    return read_model(json.dumps({"states": list(transitions), "transitions": transitions, "rewards": rewards}))


@pytest.fixture
def corridor() -> RationalMDP:
    """Three rooms in a row, a slippery one in the middle, and a way out that cannot be taken back."""
    return build(
        {
            "west": {"stay": {"west": 1}, "east": {"middle": 1}},
            "middle": {"west": {"west": "2/3", "east": "1/3"}, "east": {"east": 1}},
            "east": {"west": {"middle": 1}, "leave": {"out": 1}},
            "out": {"stay": {"out": 1}},
        }
    )


@pytest.mark.parametrize("discount", ["0", "1/10", "1/2", "99/100", "1"])
def test_sampled_power_holds_the_exact_value(corridor: RationalMDP, discount: str) -> None:
    found = sampled_power(corridor, range(4), float(Fraction(discount)), rewards_of(corridor), samples=6_000, seed=1)
    for state, estimate in enumerate(found):
        exact = exact_power(corridor, state, Fraction(discount), rewards_of(corridor))
        half = estimate.high - estimate.low
        assert abs(estimate.value - float(exact)) <= half  # two half-widths: four standard errors
        assert 0.0 < half < 0.03


def test_sampled_probability_holds_the_exact_value_and_leaves_illegal_actions_out(corridor: RationalMDP) -> None:
    found = sampled_probability(corridor, range(4), 0.9, rewards_of(corridor), samples=6_000, seed=1)
    for state, line in enumerate(found):
        exact = exact_probability(corridor, state, Fraction(9, 10), rewards_of(corridor))
        assert line.keys() == exact.keys()
        assert all(abs(line[a].value - float(exact[a])) <= line[a].high - line[a].low for a in line)
    assert found[3]["stay"].value == 1.0


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say(corridor: RationalMDP) -> None:
    exact = float(exact_power(corridor, 0, Fraction(1, 2), rewards_of(corridor)))
    held = 0
    for seed in range(500):
        (one,) = sampled_power(corridor, [0], 0.5, rewards_of(corridor), samples=60, seed=seed)
        held += one.low <= exact <= one.high
    assert 0.92 <= held / 500 <= 0.98  # 95 %, give or take three standard errors of 500 trials


def test_a_half_width_that_is_asked_for_is_reached_and_holds(
    corridor: RationalMDP, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = float(exact_power(corridor, 0, Fraction(1, 2), rewards_of(corridor)))
    (found,) = sampled_power(corridor, [0], 0.5, rewards_of(corridor), half_width=0.01, seed=4)
    assert found.high - found.low <= 0.02
    assert found.low <= exact <= found.high
    monkeypatch.setattr(sampling, "MOST", 5_000)
    with pytest.raises(NotConvergedError, match="do not reach"):
        sampled_power(corridor, [0], 0.5, rewards_of(corridor), half_width=1e-5, seed=4)
    (wide,) = sampled_power(corridor, [0], 0.5, rewards_of(corridor, "normal(0,1)"), half_width=0.5, seed=4)
    assert wide.samples is not None
    assert wide.samples < 5_000


def test_as_many_samples_as_states_are_no_special_case(corridor: RationalMDP) -> None:
    found = sampled_power(corridor, range(4), 0.5, rewards_of(corridor), samples=4, seed=0)
    assert [estimate.samples for estimate in found] == [4] * 4


def test_too_few_samples_and_a_discount_that_is_none_are_refused(corridor: RationalMDP) -> None:
    for samples, wrong in ((1, 0.5), (10, 1.5)):
        with pytest.raises(ModelError):
            sampled_power(corridor, [0], wrong, rewards_of(corridor), samples=samples, seed=0)


def test_the_best_cycle_is_found_in_each_part_and_only_where_it_can_be_reached() -> None:
    edges = [(0, 0, [(1, 1.0)]), (1, 0, [(0, 1.0)]), (1, 1, [(2, 1.0)]), (2, 0, [(3, 1.0)]), (3, 0, [(3, 1.0)])]
    mdp = MDP.from_edges(edges, states_count=4)
    rewards = np.array([[4.0, 1.0], [2.0, 1.0], [9.0, 9.0], [1.0, 5.0]])
    assert cycle_gains(mdp, rewards).tolist() == [[3.0, 5.0], [3.0, 5.0], [1.0, 5.0], [1.0, 5.0]]


def test_bounds_at_discount_one_hold_the_exact_value(corridor: RationalMDP) -> None:
    rewards = rewards_of(corridor, "U[-1,3]")
    for state, bound in enumerate(bounds_at_one(corridor.as_arrays(), range(4), rewards)):
        assert bound.low <= float(exact_power(corridor, state, Fraction(1), rewards)) <= bound.high
    assert bound.method == "bound"
    with pytest.raises(ModelError, match="iid uniform"):
        bounds_at_one(corridor.as_arrays(), [0], rewards_of(corridor, "Bernoulli(1/2)"))


def test_where_one_may_stay_anywhere_discount_one_is_exact_at_any_size(corridor: RationalMDP) -> None:
    grid = from_map("\n".join(["." * 30] * 30))
    found = answer(grid, request(grid, states=["3,4"], discount=Fraction(1), rewards="U[-1,1]"))
    assert found.power["3,4"].fraction == 2 * Fraction(900, 901) - 1
    small = from_map("..\nO#")
    assert answer(small, request(small, discount=Fraction(1))).power["0,1"].fraction == exact_power(
        small, small.number("0,1"), Fraction(1), rewards_of(small)
    )
    assert idle_everywhere(corridor.as_arrays(), 0) is None
    ring = build({"a": {"on": {"b": 1}}, "b": {"on": {"a": 1}, "stay": {"b": 1}}})
    assert idle_everywhere(ring.as_arrays(), 0) is None
    assert answer(ring, request(ring, discount=Fraction(1))).method == "exact"


def test_the_best_way_is_exact_on_small_models_and_sampled_on_large_ones(corridor: RationalMDP) -> None:
    small = answer(corridor, request(corridor, discount=Fraction(9, 10)))
    assert small.method == "exact"
    names = [f"s{i}" for i in range(30)]
    moves = {a: {f"to_{b}": {b: 1} for b in names} for a in names}
    large = build(moves)
    found = answer(large, request(large, states=["s3"], discount=Fraction(9, 10)))
    assert (found.method, found.power["s3"].fraction, found.samples) == ("interval", None, 10_000)
    asked = with_settings(
        request(corridor, discount=Fraction(1, 2)),
        probability=True,
        average=False,
        exact=False,
        samples=50,
        half_width=None,
        seed=1,
    )
    drawn = answer(corridor, asked)
    assert drawn.as_json().keys() == {"discount", "method", "power", "probability"}
    assert drawn.probability["west"].keys() == {"stay", "east"}
