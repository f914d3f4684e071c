"""Where the optimal choice switches with the discount, against closed forms."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import ModelError
from remit.theory.exact import exact_power, exact_probability
from remit.theory.phases import crossings, phases, roots
from remit.theory.polynomial import ONE, Polynomial, multiplied
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
