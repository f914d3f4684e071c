"""Properties of POWER at the limits and under changes that cannot matter, on generated models."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit import theory
from remit.errors import StateBudgetError
from remit.theory.averages.averages import bounds_at_one
from remit.theory.exact.power import exact_power
from remit.theory.rational import RationalMDP
from remit.theory.rewards import rewards_of


@st.composite
def graphs(draw: st.DrawFn, largest: int = 5) -> dict[str, list[str]]:
    """Deterministic models: each state leads to one to three states."""
    count = draw(st.integers(2, largest))
    names = [f"s{number}" for number in range(count)]
    return {name: draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)) for name in names}


def power_at(mdp: RationalMDP, state: int, discount: Fraction) -> Fraction:
    """POWER, exactly."""
    return exact_power(mdp, state, discount, rewards_of(mdp))


@given(graphs())
@settings(max_examples=examples(60), deadline=None)
@pytest.mark.requirement("THEORY-07")
def test_power_at_discount_one_lies_between_what_idle_and_what_recurrent_states_allow(
    lines: dict[str, list[str]],
) -> None:
    mdp = theory.graph(lines)
    idle = [number for number, name in enumerate(mdp.states) if name in lines[name]]
    for state in range(len(mdp.states)):
        reached = _reached(lines, mdp.states[state])
        kept = sum(mdp.states[number] in reached for number in idle)
        recurrent = sum(name in _reached_after(lines, name) for name in reached)
        found = power_at(mdp, state, Fraction(1))
        assert Fraction(kept, kept + 1) <= found <= Fraction(recurrent, recurrent + 1)
        (bound,) = bounds_at_one(mdp.as_arrays(), [state], rewards_of(mdp))
        assert bound.low - 1e-12 <= float(found) <= bound.high + 1e-12


@given(graphs(), st.sampled_from(["0", "1/3", "9/10", "1"]), st.randoms(use_true_random=False))
@settings(max_examples=examples(40), deadline=None)
def test_names_and_order_of_states_do_not_matter(lines: dict[str, list[str]], discount: str, random: object) -> None:
    names = list(lines)
    shuffled = names.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = dict(zip(names, shuffled, strict=True))
    mdp = theory.graph(lines)
    lined_up = sorted(lines, key=lambda name: other[name])
    renamed = theory.graph({other[name]: [other[after] for after in lines[name]] for name in lined_up})
    for number, name in enumerate(mdp.states):
        assert power_at(mdp, number, Fraction(discount)) == power_at(
            renamed, renamed.number(other[name]), Fraction(discount)
        )


@given(graphs(4), st.sampled_from(["0", "1/2", "1"]))
@settings(max_examples=examples(40), deadline=None)
def test_another_way_on_never_takes_power_away(lines: dict[str, list[str]], discount: str) -> None:
    less = theory.graph(lines)
    first = next(iter(lines))
    missing = [name for name in lines if name not in lines[first]]
    more = theory.graph({**lines, first: [*lines[first], *missing[:1]]})
    for state in range(len(less.states)):
        try:
            assert power_at(more, state, Fraction(discount)) >= power_at(less, state, Fraction(discount))
        except StateBudgetError:
            pytest.skip("too many policies for fractions")


@given(graphs(4), st.sampled_from(["1/4", "1"]), st.integers(-3, 3), st.integers(1, 4))
@settings(max_examples=examples(30), deadline=None)
def test_rewards_on_another_scale_give_power_on_that_scale(
    lines: dict[str, list[str]], discount: str, shift: int, width: int
) -> None:
    mdp = theory.graph(lines)
    scaled = rewards_of(mdp, f"U[{shift},{shift + width}]")
    for state in range(len(mdp.states)):
        found = exact_power(mdp, state, Fraction(discount), scaled)
        assert found == shift + width * power_at(mdp, state, Fraction(discount))


def _reached(lines: dict[str, list[str]], start: str) -> set[str]:
    """The states that can be reached, the first among them."""
    return {start} | _reached_after(lines, start)


def _reached_after(lines: dict[str, list[str]], start: str) -> set[str]:
    """The states that can be reached in one step or more."""
    found: set[str] = set()
    line = list(lines[start])
    while line:
        name = line.pop()
        if name not in found:
            found.add(name)
            line += lines[name]
    return found
