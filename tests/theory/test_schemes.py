"""Samples spread more evenly than chance: intervals that hold, and are narrower where that is promised."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import qmc
from tests.some_cases import some_of

from remit.errors import ModelError
from remit.theory.exact.power import exact_power
from remit.theory.formats.foreign import from_map
from remit.theory.rational import RationalMDP
from remit.theory.rewards import at_quantiles, rewards_of, sampled
from remit.theory.sampling.power import LARGE, sampled_power
from remit.theory.sampling.schemes import RANDOMISATIONS, SOBOL_STATES, Scheme, points
from remit.theory.solvers.values import Solver

SCHEMES: tuple[Scheme, ...] = ("antithetic", "latin", "sobol")


@pytest.fixture(scope="module")
def corridor() -> RationalMDP:
    return from_map("....")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("seeds", "fewest"), some_of([(12, 9), (120, 107)], 1)
)  # 95 %, three standard deviations below
def test_intervals_of_a_scheme_hold_the_exact_value_as_often_as_they_say(
    scheme: Scheme, seeds: int, fewest: int, corridor: RationalMDP
) -> None:
    truth = float(exact_power(corridor, 0, Fraction(1, 2), rewards_of(corridor)))
    held = 0
    for seed in range(seeds):
        (found,) = sampled_power(corridor, [0], 0.5, rewards_of(corridor), samples=320, seed=seed, scheme=scheme)
        held += found.low <= truth <= found.high
    assert held >= fewest


@pytest.mark.parametrize("scheme", ["latin", "sobol"])
def test_even_samples_make_narrower_intervals(scheme: Scheme, corridor: RationalMDP) -> None:
    plain, even = (
        np.mean(
            [
                one.high - one.low
                for seed in range(8)
                for one in sampled_power(corridor, [0], 0.5, rewards_of(corridor), samples=2048, seed=seed, scheme=name)
            ]
        )
        for name in ("plain", scheme)
    )
    assert even < 0.6 * plain


def test_every_block_of_a_scheme_fills_the_range_of_every_state() -> None:
    for scheme in SCHEMES:
        blocks = list(points(scheme, 5, 1024, 3))
        assert len(blocks) == RANDOMISATIONS
        for block in blocks:
            assert ((block > 0) & (block < 1)).all()
            assert abs(block.mean(axis=1) - 0.5).max() < (1e-12 if scheme == "antithetic" else 0.02)
        assert not np.array_equal(blocks[0], blocks[1])
    (again,) = list(points("latin", 5, 1024, 3))[:1]
    assert np.array_equal(again, next(points("latin", 5, 1024, 3)))


@pytest.mark.parametrize(
    ("scheme", "asked", "drawn"),
    [
        ("antithetic", 100, 100),
        ("antithetic", 101, 100),
        ("antithetic", 96, 96),
        ("latin", 100, 100),
        ("latin", 33, 33),
        ("sobol", 1024, 1024),
        ("sobol", 1000, 512),
        ("sobol", 1023, 512),
    ],
)
def test_as_many_samples_are_drawn_as_were_asked_for_or_it_is_said(
    scheme: Scheme, asked: int, drawn: int, corridor: RationalMDP
) -> None:
    said: list[str] = []
    (found,) = sampled_power(
        corridor, [0], 0.5, rewards_of(corridor), samples=asked, seed=1, scheme=scheme, told=said.append
    )
    assert found.samples == drawn
    assert [line for line in said if f"draws `{drawn}` samples, not `{asked}`" in line] == said
    assert len(said) == (drawn != asked)


def test_a_size_that_is_shared_out_evenly_is_drawn_as_it_always_was() -> None:
    def drawn(number: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence([7, number]))

    for number, block in enumerate(points("antithetic", 2, 96, 7)):
        half = drawn(number).random((2, 3))
        assert np.array_equal(block, np.concatenate([half, 1.0 - half], axis=1))
    for number, block in enumerate(points("latin", 2, 96, 7)):
        assert np.array_equal(block, qmc.LatinHypercube(2, rng=drawn(number)).random(6).T)
    for number, block in enumerate(points("sobol", 2, 128, 7)):
        assert np.array_equal(block, qmc.Sobol(2, scramble=True, rng=drawn(number)).random_base2(3).T)


def test_what_a_scheme_cannot_do_is_refused() -> None:
    with pytest.raises(ModelError, match="at least 32 samples"):
        next(points("latin", 2, 31, 0))
    with pytest.raises(ModelError, match="21201"):
        next(points("sobol", SOBOL_STATES + 1, 64, 0))
    with pytest.raises(ModelError):
        next(points("plain", 2, 64, 0))


@pytest.mark.parametrize("words", ["U[-1,2]", "normal(1,2)", "exponential(3)", "Bernoulli(1/4)"])
def test_quantiles_have_the_distribution_that_is_sampled(words: str) -> None:
    laws = rewards_of(from_map("."), words)
    levels = (np.arange(20_000) + 0.5)[None, :] / 20_000
    even = np.sort(at_quantiles(laws, levels)[0])
    chance = np.sort(sampled(laws, 20_000, np.random.default_rng(0))[0])
    middle = slice(200, -200)
    assert np.abs(even[middle] - chance[middle]).mean() < 0.03 * (even.std() + 0.01)


def test_a_large_model_is_sampled_in_batches_and_agrees_with_the_solver_in_double_precision() -> None:
    model = from_map("\n".join(["." * 40] * 25))
    mdp = model.as_arrays()
    assert mdp.states_count == LARGE
    states = [0, 500, 999]
    found = sampled_power(model, states, 0.9, rewards_of(model, "U[-1,3]"), samples=512, seed=2)
    solver = Solver(mdp, reward_class=np.arange(mdp.states_count), discount=0.9)
    table = 4.0 * np.random.default_rng(1).random((mdp.states_count, 512)) - 1.0
    gains = ((solver.state_values(table) - 0.1 * table) / 0.9)[states]
    errors = gains.std(axis=1, ddof=1) / np.sqrt(512)
    for one, mean, error in zip(found, gains.mean(axis=1), errors, strict=True):
        assert one.samples == 512
        assert abs(one.value - mean) <= 4.0 * np.hypot(error, (one.high - one.low) / 3.92)
        assert (one.high - one.low) / 3.92 == pytest.approx(error, rel=0.3)
