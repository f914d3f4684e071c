"""POWER at discount 1 on complete graphs without self-loops, by measuring one order of the rewards."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

from remit.theory.exact.polynomial import ONE, ZERO
from remit.theory.exact.polytope import HalfSpace, Polytope


def is_mean_of_pairs(shares: dict[int, Fraction]) -> bool:
    """A simple cycle visits its states equally, so it is the mean of the two-cycles along it: never better."""
    return len(set(shares.values())) == 1 and len(shares) >= 2


def power_by_symmetry(size: int) -> Fraction:
    """The mean of the best two-cycle: all orders of the rewards are alike, so one order (a simplex) is measured."""
    unit = [tuple(ONE if i == k else ZERO for i in range(size)) for k in range(size)]
    order = [
        HalfSpace(weights=tuple(a - b for a, b in zip(x, y, strict=True)), constant=ZERO) for x, y in pairwise(unit)
    ]
    simplex = Polytope.inside_cube(size, order)
    best = tuple(Fraction(int(k < 2), 2) for k in range(size))
    for one, other in combinations(range(size), 2):
        rival = tuple(Fraction(int(k in (one, other)), 2) for k in range(size))
        ahead = HalfSpace(weights=tuple(a - b for a, b in zip(best, rival, strict=True)), constant=ZERO)
        assert all(ahead.at(point) >= 0 for point in simplex.points)
    size_of_one, mass = simplex.moments(best, ZERO)
    return mass / size_of_one
