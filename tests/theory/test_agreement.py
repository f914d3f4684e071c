"""Exact and sampled answers on a thousand generated models, and how often intervals hold: run with the slow tests."""

from fractions import Fraction

import numpy as np
import pytest

from remit.theory.exact.power import exact_power
from remit.theory.formats.foreign import from_map
from remit.theory.rational import RationalMDP, model_of
from remit.theory.rewards import rewards_of
from remit.theory.sampling.power import sampled_power

pytestmark = pytest.mark.slow


def generated(seed: int) -> tuple[RationalMDP, Fraction]:
    """A model of two to four states with one to three actions each, and a discount, limits included."""
    random = np.random.default_rng(seed)
    names = [f"s{i}" for i in range(int(random.integers(2, 5)))]
    table: dict[str, dict[str, dict[str, Fraction]]] = {}
    for state in names:
        table[state] = {}
        for action in range(int(random.integers(1, 4 if len(names) < 4 else 3))):
            weights = random.integers(0, 4, len(names))
            weights[random.integers(len(names))] += 1
            total = int(weights.sum())
            table[state][f"a{action}"] = {t: Fraction(int(w), total) for t, w in zip(names, weights, strict=True)}
    return model_of(names, table), Fraction(int(random.integers(0, 11)), 10)


@pytest.mark.requirement("THEORY-02")
def test_exact_and_sampled_power_agree_on_a_thousand_models() -> None:
    held = 0
    for seed in range(1_000):
        mdp, discount = generated(seed)
        exact = float(exact_power(mdp, 0, discount, rewards_of(mdp)))
        (found,) = sampled_power(mdp, [0], float(discount), rewards_of(mdp), samples=400, seed=seed)
        assert abs(found.value - exact) <= 3.0 * (found.high - found.low) / 2.0 + 1e-9, seed  # six standard errors
        held += found.low <= exact <= found.high
    assert 930 <= held <= 970


def test_intervals_looked_at_until_narrow_hold_at_least_as_often_as_they_say() -> None:
    mdp, _ = generated(11)
    exact = float(exact_power(mdp, 0, Fraction(1, 2), rewards_of(mdp)))
    held = 0
    for seed in range(500):
        (found,) = sampled_power(mdp, [0], 0.5, rewards_of(mdp), half_width=0.03, seed=seed)
        held += found.low <= exact <= found.high
    assert held >= 475


def test_the_grid_of_the_posts_has_an_exact_value_in_its_centre() -> None:
    grid = from_map("...\n...\n...")
    exact = exact_power(grid, grid.number("1,1"), Fraction(9, 10), rewards_of(grid))
    assert exact == Fraction(9_322_136_903, 10_500_000_000)
