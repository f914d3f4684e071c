"""Where the optimal choice switches with the discount, against closed forms."""

import json
import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import ModelError
from remit.theory.exact.phases import crossings, phases, roots
from remit.theory.exact.polynomial import ONE, Polynomial, multiplied
from remit.theory.exact.power import exact_power, exact_probability
from remit.theory.exact.visits import visit_functions
from remit.theory.rational import RationalMDP, read_model
from remit.theory.rewards import rewards_of


def build(transitions: dict[str, dict[str, dict[str, Any]]]) -> RationalMDP:
    return read_model(json.dumps({"states": list(transitions), "transitions": transitions}))


@pytest.fixture
def patience() -> RationalMDP:
    """A small reward for good now, or a larger one after a wait of two unpaid steps."""
    return build(
        {
            "s": {"now": {"small": 1}, "later": {"one": 1}},
            "small": {"stay": {"small": 1}},
            "one": {"on": {"two": 1}},
            "two": {"on": {"large": 1}},
            "large": {"stay": {"large": 1}},
        }
    )


def test_waiting_pays_from_the_discount_at_which_it_breaks_even(patience: RationalMDP) -> None:
    reward = [Fraction(0), Fraction(1), Fraction(0), Fraction(0), Fraction(4)]
    first, second = phases(patience, 0, reward)  # g^2 4 against 1: even at one half
    assert (first.actions, second.actions) == (frozenset({"now"}), frozenset({"later"}))
    assert first.end == second.start
    assert first.end[0] <= Fraction(1, 2) <= first.end[1]
    assert first.end[1] - first.end[0] <= Fraction(1, 2**40)


def test_where_nothing_switches_there_is_one_phase_and_ties_are_both(patience: RationalMDP) -> None:
    (only,) = phases(patience, 0, [Fraction(0)] * 5)
    assert [*only.start, *only.end] == [0, 0, 1, 1]
    assert only.actions == {"now", "later"}
    with pytest.raises(ModelError, match="`2` rewards"):
        phases(patience, 0, [Fraction(0)] * 2)


def test_an_action_that_mixes_states_that_are_liked_alike_ties_with_those_that_lead_there() -> None:
    mixed = build(
        {
            "s": {"left": {"l": 1}, "right": {"r": 1}, "either": {"l": "1/2", "r": "1/2"}, "low": {"o": 1}},
            **{end: {"stay": {end: 1}} for end in ("l", "r", "o")},
        }
    )
    (only,) = phases(mixed, 0, [Fraction(0), Fraction(1), Fraction(1), Fraction(0)])
    assert only.actions == {"left", "right", "either"}  # `either` is dominated: it never leads alone
    (only,) = phases(mixed, 0, [Fraction(0), Fraction(1), Fraction(1, 2), Fraction(0)])
    assert only.actions == {"left"}


@pytest.mark.parametrize("seed", range(60))
def test_within_each_phase_the_actions_are_those_of_all_best_policies(seed: int) -> None:
    draw = random.Random(seed)
    names = ["s0", "s1", "s2", "s3"]
    moves: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in names}
    for name in names:
        for action in range(draw.choice([1, 2])):
            ends = draw.sample(names, draw.choice([1, 2]))
            moves[name][f"a{action}"] = {end: f"1/{len(ends)}" for end in ends}
    one, other = draw.sample(names, 2)  # one of three ways is a mixture of the others, and often as good as they are
    moves["s0"] = {"one": {one: 1}, "other": {other: 1}, "either": {one: "1/2", other: "1/2"}}
    mdp, reward = build(moves), [Fraction(draw.randint(0, 1)) for _ in names]
    found = phases(mdp, 0, reward)
    for g in (Fraction(draw.randint(1, 996), 997) for _ in range(8)):
        worth = [
            (sum(share * reward[state] for state, share in function.at(g).items()), actions)
            for function, actions in visit_functions(mdp, 0).items()
        ]
        best = frozenset[str]().union(*(a for value, a in worth if value == max(value for value, _ in worth)))
        assert [phase.actions for phase in found if phase.start[1] < g < phase.end[0]] in ([best], [])
    assert all(before.actions != after.actions for before, after in pairwise(found))


@given(st.lists(st.fractions(min_value=0, max_value=1, max_denominator=50), min_size=1, max_size=4, unique=True))
def test_every_root_between_zero_and_one_is_enclosed_once(places: list[Fraction]) -> None:
    polynomial: Polynomial = (ONE,)
    for place in places:
        polynomial = multiplied(polynomial, multiplied((-place, ONE), (-place, ONE)))
    found = roots(polynomial)
    inside = sorted(place for place in places if 0 < place < 1)
    assert len(found) == len(inside)
    assert all(low <= place <= high for (low, high), place in zip(found, inside, strict=True))


def test_curves_of_power_and_probability_cross_where_they_are_computed_to(patience: RationalMDP) -> None:
    rewards = rewards_of(patience)

    def lead(discount: Fraction) -> Fraction:
        return exact_power(patience, 0, discount, rewards) - Fraction(13, 20)

    found = crossings(lead, looks=6, width=Fraction(1, 1000))
    assert len(found) == 2  # two thirds at either end, less in between, where a wait is neither short nor forgotten
    assert all(lead(low) * lead(high) <= 0 for low, high in found)
    assert all(high - low <= Fraction(1, 1000) for low, high in found)

    def later(discount: Fraction) -> Fraction:
        return exact_probability(patience, 0, discount, rewards)["later"] - Fraction(1, 4)

    assert crossings(later, looks=4) == []  # at least even at every discount
    with pytest.raises(ModelError):
        crossings(later, looks=0)
