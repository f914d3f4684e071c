"""Intervals from few samples, and over rewards that are rare: where a normal interval says too much."""

import math
from fractions import Fraction

import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory.estimate import mean_interval, normal_quantile, student_quantile
from remit.theory.exact.power import exact_power
from remit.theory.notebook import graph
from remit.theory.rational import RationalMDP
from remit.theory.rewards import rewards_of
from remit.theory.sampling.power import sampled_power
from remit.theory.sampling.schemes import Scheme


@pytest.fixture
def star() -> RationalMDP:
    """A hub from which eight states are entered for good."""
    leaves = [f"t{i}" for i in range(8)]
    return graph({"hub": leaves, **{leaf: [leaf] for leaf in leaves}})


@pytest.mark.parametrize(("samples", "least"), [(3, 0.88), (5, 0.89), (12, 0.91), (40, 0.92)])
def test_intervals_from_few_samples_hold_nearly_as_often_as_they_say(
    star: RationalMDP, samples: int, least: float
) -> None:
    exact = float(exact_power(star, 0, Fraction(9, 10), rewards_of(star)))
    assert exact == pytest.approx(8 / 9)
    found = [sampled_power(star, [0], 0.9, rewards_of(star), samples=samples, seed=seed)[0] for seed in range(500)]
    held = sum(one.low <= exact <= one.high for one in found) / 500
    assert least <= held <= 0.98  # a normal interval from five samples holds 83 of 100 times


def test_what_no_sample_met_is_not_said_to_be_impossible(star: RationalMDP) -> None:
    rare = rewards_of(star, "Bernoulli(1/2000)")
    exact = float(exact_power(star, 0, Fraction(9, 10), rare))
    met = 0
    for seed in range(40):
        (found,) = sampled_power(star, [0], 0.9, rare, samples=50, seed=seed)
        met += found.value > 0.0
        assert found.high >= exact or found.value > 0.0
        assert found.high > 0.0
    assert met < 20  # most looks at fifty goals meet none that wants anything


@pytest.mark.parametrize("scheme", ["antithetic", "latin", "sobol"])
def test_nor_where_samples_were_spread_evenly(star: RationalMDP, scheme: Scheme) -> None:
    rare = rewards_of(star, "Bernoulli(1/2000)")
    exact = float(exact_power(star, 1, Fraction(9, 10), rare))
    unmet = 0
    for seed in range(12):
        (found,) = sampled_power(star, [1], 0.9, rare, samples=64, seed=seed, scheme=scheme)
        unmet += found.value == 0.0
        assert found.high >= exact
    assert unmet >= 6
    (mirrored,) = sampled_power(star, [1], 0.9, rewards_of(star), samples=64, seed=0, scheme="antithetic")
    assert mirrored.value == pytest.approx(0.5)
    assert mirrored.high - mirrored.low <= 1e-8


def test_what_cannot_vary_has_no_width(star: RationalMDP) -> None:
    known = rewards_of(star, {"t0": 0, "*": "Bernoulli(1/2000)"})
    (sure, open_) = sampled_power(star, [1, 2], 0.9, known, samples=50, seed=3)
    assert sure.high - sure.low <= 1e-8
    assert open_.high - open_.low >= 0.05
    (fixed,) = sampled_power(star, [0], 0.9, rewards_of(star, {"*": 3}), samples=50, seed=3)
    assert fixed.high == pytest.approx(fixed.low, abs=1e-8)


def test_the_quantile_is_students_and_grows_normal() -> None:
    assert student_quantile(2, 0.95) == pytest.approx(math.tan(0.95 * math.pi / 2))  # one degree of freedom: Cauchy's
    assert student_quantile(10**7, 0.95) == pytest.approx(normal_quantile(0.95), abs=1e-6)
    found = mean_interval(np.array([0.0, 1.0]))
    assert found.high - 0.5 == pytest.approx(student_quantile(2, 0.95) * 0.5)
    for wrong in ((1, 0.95), (5, 1.0)):
        with pytest.raises(ModelError, match="two samples"):
            student_quantile(*wrong)
