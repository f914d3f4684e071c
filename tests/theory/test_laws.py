"""Distribution functions, volumes and hulls against closed forms and against each other."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.errors import StateBudgetError
from remit.theory.exact.hull import corners, is_mixture
from remit.theory.exact.laws import chance_largest, largest, plus_uniform, point_mass, shifted
from remit.theory.exact.payoffs import Payoff, chances_largest, law_of_largest, mean_largest
from remit.theory.exact.polynomial import ONE, ZERO, divided, evaluated, interpolated, multiplied
from remit.theory.exact.polytope import HalfSpace, Polytope

HALF = Fraction(1, 2)
UNIT = plus_uniform(point_mass(ZERO), ONE)


def test_the_largest_of_uniform_numbers_has_mean_k_over_k_plus_one() -> None:
    assert [largest([UNIT] * k).mean() for k in (1, 2, 10)] == [Fraction(k, k + 1) for k in (1, 2, 10)]


def test_sums_shifts_and_atoms_keep_their_means() -> None:
    both = plus_uniform(plus_uniform(point_mass(ONE), HALF), Fraction(-2))
    assert both.mean() == 1 + Fraction(1, 4) - 1
    assert shifted(both, HALF).mean() == both.mean() + HALF
    assert largest([UNIT, point_mass(HALF)]).jumps() == [(HALF, HALF)]
    assert chance_largest(point_mass(HALF), [UNIT, UNIT]) == Fraction(1, 4)


def simple(*weights: object) -> Payoff:
    return Payoff.of([(k, Fraction(str(w))) for k, w in enumerate(weights)], ZERO)


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.tuples(*[st.integers(-2, 3)] * 3), min_size=2, max_size=4, unique=True))
def test_volumes_and_distribution_functions_give_the_same_means(lines: list[tuple[int, int, int]]) -> None:
    payoffs = [simple(*line) for line in lines]
    by_law = law_of_largest(payoffs).mean()
    cells = [
        Polytope.inside_cube(
            3,
            [
                HalfSpace(
                    weights=tuple(a - b for a, b in zip(p.point(range(3)), q.point(range(3)), strict=True)),
                    constant=ZERO,
                )
                for q in payoffs
                if q != p
            ],
        ).moments(p.point(range(3)), ZERO)
        for p in payoffs
    ]
    assert sum(size for size, _ in cells) == 1
    assert sum(mass for _, mass in cells) == by_law == mean_largest(payoffs)
    assert chances_largest(payoffs) == [size for size, _ in cells]


def test_an_order_of_n_numbers_has_volume_one_over_n_factorial() -> None:
    unit = [tuple(ONE if i == k else ZERO for i in range(6)) for k in range(6)]
    cuts = [
        HalfSpace(weights=tuple(a - b for a, b in zip(x, y, strict=True)), constant=ZERO) for x, y in pairwise(unit)
    ]
    volume, mass = Polytope.inside_cube(6, cuts).moments(unit[0], ZERO)
    assert (volume, mass / volume) == (Fraction(1, 720), Fraction(6, 7))


def test_a_polytope_without_interior_has_no_volume() -> None:
    flat = Polytope.inside_cube(2, [HalfSpace(weights=(ONE, ONE), constant=Fraction(-2))])
    assert flat.moments((ONE, ONE), ZERO) == (ZERO, ZERO)


def test_too_many_rewards_that_bear_on_each_other_are_refused() -> None:
    ring = [Payoff.of([(k, ONE), ((k + 1) % 16, ONE)], ZERO) for k in range(16)]
    with pytest.raises(StateBudgetError, match="too many for an exact volume"):
        mean_largest(ring)


def test_corners_are_exact_where_points_lie_on_edges() -> None:
    points = [(ZERO, ZERO), (ONE, ZERO), (HALF, ZERO), (ZERO, ONE), (Fraction(1, 3), Fraction(1, 3)), (HALF, HALF)]
    assert corners(points) == [0, 1, 3]
    assert is_mixture((HALF, HALF), [(ONE, ZERO), (ZERO, ONE)])
    assert not is_mixture((HALF, Fraction(51, 100)), [(ONE, ZERO), (ZERO, ONE)])


@given(st.lists(st.fractions(max_denominator=5), min_size=1, max_size=4), st.fractions(max_denominator=7))
def test_polynomials_divide_and_interpolate_back(coefficients: list[Fraction], at: Fraction) -> None:
    polynomial = (*coefficients, ONE)
    quotient, rest = divided(multiplied(polynomial, (at, ONE)), (at, ONE))
    assert (quotient, rest) == (polynomial, ())
    points = [(Fraction(i), evaluated(polynomial, Fraction(i))) for i in range(len(polynomial))]
    assert interpolated(points) == polynomial
