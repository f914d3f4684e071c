"""Bounds on trees hold the exact value, stay narrow on tens of thousands of states, and are not given elsewhere."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.theory.answers import answer, request
from remit.theory.exact.power import exact_power
from remit.theory.rational import RationalMDP, model_of
from remit.theory.rewards import rewards_of
from remit.theory.sampling.branching import branching_power


def tree_of(parents: list[int], staying: set[int]) -> RationalMDP:
    """The tree in which state i + 1 hangs below ``parents[i]``; leaves, and some others, may stay."""
    names = [f"n{i}" for i in range(len(parents) + 1)]
    table: dict[str, dict[str, dict[str, Fraction]]] = {name: {} for name in names}
    for child, parent in enumerate(parents, 1):
        table[names[parent]][f"to_{names[child]}"] = {names[child]: Fraction(1)}
    for i, name in enumerate(names):
        if i in staying or not table[name]:
            table[name]["stay"] = {name: Fraction(1)}
    return model_of(names, table)


@st.composite
def trees(draw: st.DrawFn) -> RationalMDP:
    count = draw(st.integers(1, 6))
    parents = [draw(st.integers(0, child)) for child in range(count)]
    return tree_of(parents, draw(st.sets(st.integers(0, count), max_size=2)))


@settings(max_examples=examples(25), deadline=None)
@given(trees(), st.sampled_from(["1/10", "1/2", "19/20"]), st.sampled_from(["uniform", "U[-1,3]"]))
def test_bounds_on_trees_hold_the_exact_value(mdp: RationalMDP, discount: str, words: str) -> None:
    rewards = rewards_of(mdp, words)
    found = branching_power(mdp, range(len(mdp.states)), float(Fraction(discount)), rewards)
    assert found is not None
    for state, bound in enumerate(found):
        assert bound.low <= float(exact_power(mdp, state, Fraction(discount), rewards)) <= bound.high
        assert bound.high - bound.low < 0.01


def test_a_tree_of_tens_of_thousands_of_states_is_bounded_closely() -> None:
    count = 2**15 - 2
    mdp = tree_of([i // 2 for i in range(count)], set())
    found = answer(mdp, request(mdp, states=["n0", "n1"], discount=Fraction(9, 10)))
    top, below = (found.power[name].estimate for name in ("n0", "n1"))
    assert (found.method, top.samples) == ("bound", None)
    assert top.high - top.low < 0.003
    assert 0.5 < top.low <= top.high < below.low <= below.high < 1.0  # a step nearer to leaves, which last


@pytest.mark.parametrize(
    "table",
    [
        {"s": {"a": {"t": 1}, "b": {"u": 1}}, "t": {"x": {"u": 1}}, "u": {"x": {"u": 1}}},
        {"s": {"a": {"t": 1}}, "t": {"b": {"s": 1}}},
        {"s": {"a": {"s": Fraction(1, 2), "t": Fraction(1, 2)}}, "t": {"x": {"t": 1}}},
    ],
)
def test_what_is_no_tree_is_left_to_others(table: dict[str, dict[str, dict[str, Fraction]]]) -> None:
    mdp = model_of(list(table), table)
    assert branching_power(mdp, [0], 0.5, rewards_of(mdp)) is None
    star = tree_of([0, 0], set())
    assert branching_power(star, [0], 0.5, rewards_of(star, "Bernoulli(1/2)")) is None
    assert branching_power(star, [0], 1.0, rewards_of(star)) is None
