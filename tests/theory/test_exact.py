"""The exact engine against closed forms and against plain sampling, on models made by hand and by chance."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.errors import InvalidMDPError, StateBudgetError
from remit.theory.exact.power import exact_power, exact_probability, nondominated, recurrent_distributions
from remit.theory.exact.visits import visit_functions
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP, read_model
from remit.theory.rewards import fixed, rewards_of, uniform
from remit.theory.solvers.reference import best_values, row_expectations

HALF = Fraction(1, 2)


def build(transitions: dict[str, dict[str, dict[str, Any]]], rewards: object = "iid U[0,1]") -> RationalMDP:
    return read_model(json.dumps({"states": list(transitions), "transitions": transitions, "rewards": rewards}))


def star(*names: str, **more: dict[str, dict[str, Any]]) -> RationalMDP:
    return build({"s": {f"to_{n}": {n: 1} for n in names}, **{n: {"stay": {n: 1}} for n in names}, **more})


@st.composite
def models(draw: st.DrawFn) -> RationalMDP:
    count = draw(st.integers(2, 4))
    names = [f"s{i}" for i in range(count)]
    transitions: dict[str, dict[str, dict[str, str]]] = {}
    for name in names:
        rows = {}
        for action in range(draw(st.integers(1, 2))):
            weights = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count).filter(any))
            rows[f"a{action}"] = {t: f"{w}/{sum(weights)}" for t, w in zip(names, weights, strict=True) if w}
        transitions[name] = rows
    return build(transitions)


def simulated(mdp: RationalMDP, state: int, discount: float, samples: int) -> tuple[float, float, dict[str, float]]:
    """POWER with its standard error and the share of rewards for which each action is best, by value iteration."""
    arrays: MDP = mdp.as_arrays()
    rewards = np.random.default_rng(0).random((len(mdp.states), samples))
    values = best_values(arrays, rewards, discount, None, 1e-9)
    gains = (values[state] - (1.0 - discount) * rewards[state]) / discount
    ahead = row_expectations(arrays, values)[arrays.row_ptr[state] : arrays.row_ptr[state + 1]]
    shares = (ahead >= ahead.max(axis=0) - 1e-7).mean(axis=1)
    names = [arrays.action_name(int(a)) for a in arrays.row_actions[arrays.row_ptr[state] : arrays.row_ptr[state + 1]]]
    return float(gains.mean()), float(gains.std()) / samples**0.5, dict(zip(names, shares.tolist(), strict=True))


@settings(max_examples=examples(25), deadline=None)
@given(models(), st.sampled_from(["1/5", "1/2", "9/10"]))
def test_exact_and_sampled_answers_agree(mdp: RationalMDP, text: str) -> None:
    discount, rewards = Fraction(text), rewards_of(mdp)
    power = exact_power(mdp, 0, discount, rewards)
    mean, error, shares = simulated(mdp, 0, float(discount), 4_000)
    assert abs(float(power) - mean) <= 5.0 * error + 1e-7
    chances = exact_probability(mdp, 0, discount, rewards)
    assert chances.keys() == shares.keys()
    assert all(abs(float(chances[a]) - shares[a]) <= 5.0 * (0.25 / 4_000) ** 0.5 for a in shares)


@settings(max_examples=examples(25), deadline=None)
@given(models(), st.permutations(range(4)))
def test_renaming_the_states_renames_power_and_nothing_else(mdp: RationalMDP, order: list[int]) -> None:
    places = [i for i in order if i < len(mdp.states)]
    renamed = RationalMDP(
        states=tuple(mdp.states[i] for i in places),
        choices=tuple(
            tuple(
                type(c)(actions=c.actions, lottery=tuple(sorted((places.index(t), p) for t, p in c.lottery)))
                for c in mdp.choices[i]
            )
            for i in places
        ),
    )
    assert exact_power(mdp, 0, HALF, rewards_of(mdp)) == exact_power(
        renamed, places.index(0), HALF, rewards_of(renamed)
    )


@settings(max_examples=examples(25), deadline=None)
@given(models(), st.integers(-3, 3), st.integers(1, 4))
def test_shifted_and_stretched_rewards_shift_and_stretch_power(mdp: RationalMDP, low: int, width: int) -> None:
    plain = exact_power(mdp, 0, HALF, rewards_of(mdp))
    affine = exact_power(mdp, 0, HALF, rewards_of(mdp, f"U[{low},{low + width}]"))
    assert affine == low + width * plain
    assert exact_probability(mdp, 0, HALF, rewards_of(mdp, f"U[{low},{low + width}]")) == exact_probability(
        mdp, 0, HALF, rewards_of(mdp)
    )


@settings(max_examples=examples(20), deadline=None)
@given(models())
def test_power_lies_between_half_and_its_ceiling_and_grows_with_choice(mdp: RationalMDP) -> None:
    rewards = rewards_of(mdp)
    fewer = RationalMDP(states=mdp.states, choices=tuple(line[:1] for line in mdp.choices))
    for discount in (Fraction(0), HALF, Fraction(1)):
        power = exact_power(mdp, 0, discount, rewards)
        assert HALF == exact_power(fewer, 0, discount, rewards) <= power
        assert power <= Fraction(len(mdp.states), len(mdp.states) + 1)


@settings(max_examples=examples(20), deadline=None)
@given(models())
def test_a_duplicated_action_changes_no_power_and_shares_its_probability(mdp: RationalMDP) -> None:
    twice = RationalMDP(
        states=mdp.states,
        choices=(
            tuple(type(c)(actions=(*c.actions, f"again_{c.actions[0]}"), lottery=c.lottery) for c in mdp.choices[0]),
            *mdp.choices[1:],
        ),
    )
    assert exact_power(twice, 0, HALF, rewards_of(mdp)) == exact_power(mdp, 0, HALF, rewards_of(mdp))
    chances = exact_probability(twice, 0, HALF, rewards_of(mdp))
    assert chances["again_a0"] == chances["a0"]


def test_many_independent_options_need_no_geometry() -> None:
    mdp = star(*(f"t{i}" for i in range(40)))
    assert exact_power(mdp, 0, HALF, rewards_of(mdp)) == Fraction(40, 41)
    assert set(exact_probability(mdp, 0, HALF, rewards_of(mdp)).values()) == {Fraction(1, 40)}


def test_signed_rewards_are_no_different_from_any_others() -> None:
    mdp = star("a", "b", "c")
    assert exact_power(mdp, 0, HALF, rewards_of(mdp, "U[-1,1]")) == HALF
    assert exact_power(mdp, 1, HALF, rewards_of(mdp, "U[-1,1]")) == 0


def test_ties_of_discrete_rewards_count_for_every_action_that_ties() -> None:
    mdp = star("a", "b")
    assert exact_probability(mdp, 0, HALF, rewards_of(mdp, "Bernoulli(1/2)")) == {
        "to_a": Fraction(3, 4),
        "to_b": Fraction(3, 4),
    }
    assert exact_power(mdp, 0, HALF, rewards_of(mdp, "Bernoulli(1/2)")) == Fraction(3, 4)


@pytest.mark.parametrize(("words", "power"), [("Bernoulli(1)", 1), ("Bernoulli(0)", 0)])
def test_rewards_that_are_certain_in_states_nobody_comes_to_change_nothing(words: str, power: int) -> None:
    mdp = build({"s": {"go": {"t": 1}}, "t": {"stay": {"t": 1}}})  # nothing leads to `s`: its reward never counts
    for discount in (Fraction(0), HALF, Fraction(1)):
        assert exact_power(mdp, 0, discount, rewards_of(mdp, words)) == power
        assert exact_probability(mdp, 0, discount, rewards_of(mdp, words)) == {"go": 1}


def test_known_rewards_make_power_a_plain_value() -> None:
    mdp = star("a", "b")
    rewards = (fixed(Fraction(7)), fixed(Fraction(1, 3)), fixed(Fraction(1, 4)))
    assert exact_power(mdp, 0, HALF, rewards) == Fraction(1, 3)
    assert exact_probability(mdp, 0, HALF, rewards) == {"to_a": 1, "to_b": 0}
    mixed = (fixed(Fraction(7)), uniform(), fixed(Fraction(1, 4)))
    assert exact_probability(mdp, 0, HALF, mixed) == {"to_a": Fraction(3, 4), "to_b": Fraction(1, 4)}


def test_blackwell_and_average_optimal_actions_are_kept_apart() -> None:
    detour = build(
        {
            "s": {"long": {"way": 1}, "short": {"end": 1}},
            "way": {"on": {"end": 1}},
            "end": {"stay": {"end": 1}},
        }
    )
    rewards = rewards_of(detour)
    assert exact_probability(detour, 0, Fraction(1), rewards, average=True) == {"long": 1, "short": 1}
    blackwell = exact_probability(detour, 0, Fraction(1), rewards)
    assert blackwell == {"long": HALF, "short": HALF}  # whichever of `way` and `end` is better
    close = exact_probability(detour, 0, Fraction(999, 1000), rewards)
    assert close == blackwell
    with pytest.raises(InvalidMDPError, match="average-optimal means discount 1"):
        exact_probability(detour, 0, HALF, rewards, average=True)


def test_visit_distributions_that_collide_at_one_discount_stay_two() -> None:
    collide = build(
        {
            "s": {"go": {"a": "1/3", "c": "2/3"}},
            "c": {"go": {"b": 1}},
            "a": {"x": {"x": 1}, "y": {"y": 1}},
            "b": {"x": {"x": 1}, "y": {"y": 1}},
            "x": {"stay": {"x": 1}},
            "y": {"stay": {"y": 1}},
        }
    )
    functions = visit_functions(collide, 0)
    assert len(functions) == 4
    assert len({tuple(sorted(f.at(HALF).items())) for f in functions}) == 3  # a and b are visited equally at g = 1/2
    assert len({tuple(sorted(f.at(Fraction(1, 3)).items())) for f in functions}) == 4
    assert len(nondominated(collide, 0)) == 2  # both choose the better of x and y


def test_more_power_does_not_mean_more_probable() -> None:
    """Turner et al. 2021, appendix B: an action may lead to more POWER and be optimal less often."""
    mdp = build(
        {
            "s": {"one": {"n": 1}, "two": {"m": 1}},
            "n": {"stay": {"n": 1}, "go": {"m": 1}},
            "m": {"x": {"x": 1}, "y": {"y": 1}},
            "x": {"stay": {"x": 1}},
            "y": {"stay": {"y": 1}},
        }
    )
    rewards, discount = rewards_of(mdp), Fraction(9, 10)
    chances = exact_probability(mdp, 0, discount, rewards)
    assert exact_power(mdp, 1, discount, rewards) > exact_power(mdp, 2, discount, rewards)
    assert chances["one"] < chances["two"]


def test_recurrent_distributions_are_the_limits_of_visits() -> None:
    mdp = build({"a": {"go": {"b": 1}}, "b": {"back": {"a": 1}, "end": {"c": 1}}, "c": {"stay": {"c": 1}}})
    found = recurrent_distributions(mdp, 0)
    assert sorted(sorted(line.items()) for line in found) == [[(0, HALF), (1, HALF)], [(2, Fraction(1))]]


@pytest.mark.parametrize("discount", [Fraction(-1, 2), Fraction(3, 2)])
def test_a_discount_out_of_range_is_refused(discount: Fraction) -> None:
    mdp = star("a", "b")
    with pytest.raises(InvalidMDPError, match="must lie in"):
        exact_power(mdp, 0, discount, rewards_of(mdp))


def test_what_is_too_large_or_not_exact_is_refused_and_not_rounded() -> None:
    names = [str(i) for i in range(8)]
    complete = build({a: {f"go_{b}": {b: 1} for b in names if b != a} for a in names})
    with pytest.raises(StateBudgetError, match="policies"):
        exact_power(complete, 0, HALF, rewards_of(complete))
    mdp = build({"s": {"go": {"s": 0.333333333333, "t": 0.666666666666}}, "t": {"stay": {"t": 1}}})
    with pytest.raises(InvalidMDPError, match="after rounding"):
        exact_power(mdp, 0, HALF, rewards_of(mdp))
    with pytest.raises(InvalidMDPError, match="exact answers"):
        exact_power(star("a"), 0, HALF, rewards_of(star("a"), "normal(0,1)"))
