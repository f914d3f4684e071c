"""One world written coarsely and finely, and what that does to POWER."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.errors import ModelError
from remit.theory.averages.refinements import (
    largest_difference,
    model_error_bound,
    quotient,
    split,
    spread_of_power,
)
from remit.theory.exact.power import exact_power
from remit.theory.rational import RationalMDP, model_of
from remit.theory.rewards import rewards_of
from remit.theory.sampling.power import sampled_power

HALF = Fraction(1, 2)
TWINS = model_of(
    ["start", "left", "right", "off"],
    {
        "start": {"l": {"left": Fraction(1)}, "r": {"right": Fraction(1)}, "stop": {"off": Fraction(1)}},
        "left": {"work": {"left": HALF, "right": HALF}},
        "right": {"toil": {"left": HALF, "right": HALF}},
        "off": {"stay": {"off": Fraction(1)}},
    },
)


def power(mdp: RationalMDP, state: int) -> Fraction:
    return exact_power(mdp, state, HALF, rewards_of(mdp))


def test_states_that_nothing_tells_apart_are_one() -> None:
    found = quotient(TWINS)
    assert found.block_of == (0, 1, 1, 2)
    assert found.mdp.states == ("start", "left", "off")
    assert found.mdp.actions_at(0) == ("l", "r", "stop")
    assert quotient(TWINS, apart=[]).block_of == (0, 0, 0, 0)  # every state goes on for ever: rewards alone differ


def test_a_state_that_ends_otherwise_stays_apart() -> None:
    ending = model_of(
        ["start", "left", "right", "off"],
        {
            "start": {"l": {"left": Fraction(1)}, "r": {"right": Fraction(1)}},
            "left": {"back": {"start": Fraction(1)}, "end": {"off": Fraction(1)}},
            "right": {"again": {"start": Fraction(1)}, "stop": {"off": Fraction(1)}},
            "off": {"stay": {"off": Fraction(1)}},
        },
    )
    found = quotient(ending)
    assert found.mdp.states == ("start", "left", "off")
    assert found.block_of == (0, 1, 1, 2)
    assert found.mdp.actions_at(0) == ("l", "r")


def test_where_every_state_is_told_apart_nothing_is_merged() -> None:
    found = quotient(TWINS, apart=[3, 2, 1, 0])
    assert (found.block_of, found.mdp) == ((0, 1, 2, 3), TWINS)
    ends = model_of(["a", "b"], {name: {"stay": {name: Fraction(1)}} for name in ("a", "b")})
    assert quotient(ends).mdp == ends


@pytest.mark.parametrize(
    "said",
    [
        "U[-1,1]",
        "iid Bernoulli(1/4); off fixed -1/2",
        {"off": "-1", "*": "U[1,2]"},
        {"left": "normal(0,0.25)", "right": "normal(0,0.25)", "start": 1, "off": "exponential(2)"},
    ],
)
def test_copies_and_blocks_have_the_rewards_of_the_states_they_come_from(said: object) -> None:
    world = replace(TWINS, rewards=said)
    start, left, right, off = rewards_of(world)
    assert rewards_of(quotient(world).mdp) == (start, left, off)
    finer = split(world, 3, (HALF, HALF))
    assert rewards_of(finer) == (start, left, right, off, off)
    assert rewards_of(split(finer, 4, (HALF, HALF))) == (start, left, right, off, off, off)


def test_states_with_other_rewards_are_not_merged() -> None:
    assert quotient(replace(TWINS, rewards={"left": 1, "*": "U[0,1]"})).block_of == (0, 1, 2, 3)


@st.composite
def worlds(draw: st.DrawFn) -> RationalMDP:
    count = draw(st.integers(2, 4))
    names = [f"s{number}" for number in range(count)]
    table: dict[str, dict[str, dict[str, Fraction]]] = {}
    for name in names:
        table[name] = {}
        for action in range(draw(st.integers(1, 2))):
            weights = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count).filter(any))
            total = sum(weights)
            table[name][f"a{action}"] = {t: Fraction(w, total) for t, w in zip(names, weights, strict=True)}
    return model_of(names, table)


@settings(max_examples=examples(40), deadline=None)
@given(worlds(), st.integers(0, 3), st.integers(1, 3))
def test_a_split_state_is_merged_again(mdp: RationalMDP, state: int, quarter: int) -> None:
    state %= len(mdp.states)
    finer = split(mdp, state, (Fraction(quarter, 4), 1 - Fraction(quarter, 4)))
    assert len(finer.states) == len(mdp.states) + 1
    told = [number for number in range(len(mdp.states)) if number != state][:1]
    assert quotient(finer, apart=told).mdp.choices == quotient(mdp, apart=told).mdp.choices


@settings(max_examples=examples(25), deadline=None)
@given(worlds())
def test_the_quotient_has_the_power_of_the_model_with_tied_rewards(mdp: RationalMDP) -> None:
    """Values computed in the plainest way, with one reward per block, drawn anew each time."""
    merged = quotient(mdp, apart=[0])
    random = np.random.default_rng(3)
    arrays, small = mdp.as_arrays(), merged.mdp.as_arrays()
    for _ in range(3):
        tied = random.random(len(merged.mdp.states))
        large = _values(arrays, tied[list(merged.block_of)])
        assert large == pytest.approx(_values(small, tied)[list(merged.block_of)], abs=1e-9)


def _values(mdp: object, rewards: np.ndarray) -> np.ndarray:
    """Optimal values at discount 1/2 by iteration."""
    from remit.theory.mdp import MDP, successors_of

    assert isinstance(mdp, MDP)
    values = np.zeros(mdp.states_count)
    for _ in range(60):
        best = np.full(mdp.states_count, -np.inf)
        for row, state in enumerate(mdp.row_states):
            best[state] = max(best[state], sum(chance * values[target] for target, chance in successors_of(mdp, row)))
        values = rewards + 0.5 * best
    return values


def test_the_range_holds_the_coarsest_the_written_and_finer_ones() -> None:
    found = spread_of_power(TWINS, 0, power, refinements=4, seed=1)
    assert found.coarsest == power(quotient(TWINS).mdp, 0)
    assert found.written == power(TWINS, 0)
    assert found.low <= found.coarsest <= found.written <= found.high
    assert found.refinements == 4
    assert found == spread_of_power(TWINS, 0, power, refinements=4, seed=1)


@settings(max_examples=examples(40), deadline=None)
@given(worlds(), st.data())
def test_no_change_of_the_chances_moves_power_by_more_than_the_bound(mdp: RationalMDP, data: st.DataObject) -> None:
    other = _nudged(mdp, data.draw(st.integers(0, 2**16)))
    difference = largest_difference(mdp, other)
    moved = abs(power(mdp, 0) - power(other, 0))
    assert moved <= model_error_bound(difference, HALF)


def _nudged(mdp: RationalMDP, seed: int) -> RationalMDP:
    """The same model with up to a quarter of each row moved to a random state."""
    random = np.random.default_rng(seed)
    table: dict[str, dict[str, dict[str, Fraction]]] = {}
    for state, name in enumerate(mdp.states):
        table[name] = {}
        for action in mdp.actions_at(state):
            share = Fraction(int(random.integers(0, 5)), 16)
            row = {mdp.states[t]: chance * (1 - share) for t, chance in mdp.choice_of(state, action).lottery}
            target = mdp.states[int(random.integers(len(mdp.states)))]
            row[target] = row.get(target, Fraction(0)) + share
            table[name][action] = row
    return model_of(list(mdp.states), table)


def test_splitting_an_absorbing_outcome_raises_what_sampling_sees_too() -> None:
    finer = split(TWINS, 3, (HALF, HALF))
    (sampled,) = sampled_power(finer, [0], 0.5, rewards_of(finer), samples=20_000, seed=3)
    assert sampled.low <= float(power(finer, 0)) <= sampled.high


@pytest.mark.parametrize("shares", [(), (Fraction(1, 2),), (Fraction(3, 2), Fraction(-1, 2))])
def test_shares_that_are_none_are_refused(shares: tuple[Fraction, ...]) -> None:
    with pytest.raises(ModelError):
        split(TWINS, 0, shares)


def test_models_and_numbers_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ModelError):
        largest_difference(TWINS, quotient(TWINS).mdp)
    with pytest.raises(ModelError):
        model_error_bound(Fraction(3), HALF)
    with pytest.raises(ModelError):
        model_error_bound(Fraction(1), Fraction(1))
