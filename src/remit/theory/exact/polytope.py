"""Exact volumes and integrals over polytopes inside the unit cube.

Corners come from cutting the cube with one half-space at a time (the double description method); volume and the
integral of a linear function follow face by face: a face is a union of pyramids over those of its facets that miss one
chosen corner (Cohen & Hickey 1979), each face being measured once in the coordinates of its reduced echelon basis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd, lcm
from operator import mul

from remit.errors import StateBudgetError
from remit.theory.exact.hull import Point
from remit.theory.exact.polynomial import ONE, ZERO

DIMENSIONS = 10
"""Most variables a polytope may have."""
WORK = 400_000
"""How many pairs of a face and one of its facets are measured, and edges looked at in thousands, before giving up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfSpace:
    """The points u with weights . u + constant >= 0."""

    weights: Point
    constant: Fraction

    def at(self, point: Point) -> Fraction:
        """Return how far inside a point is, in units of the weights; negative is outside."""
        return sum((w * x for w, x in zip(self.weights, point, strict=True) if w), self.constant)


@dataclass(slots=True, kw_only=True)
class Polytope:
    """Corners with a bit mask each of the half-spaces they lie on the border of; empty when it has no interior.

    A corner x is kept as whole numbers (x times w, w) with w > 0: cutting is then arithmetic of integers.
    """

    dimensions: int
    borders: list[HalfSpace]
    rays: list[tuple[int, ...]]
    tight: list[int]

    @classmethod
    def inside_cube(cls, dimensions: int, cuts: Sequence[HalfSpace]) -> "Polytope":
        """Return [0,1]^dimensions cut with half-spaces; raises ``StateBudgetError`` beyond 10 dimensions."""
        if dimensions > DIMENSIONS:
            message = f"`{dimensions}` rewards bear on each other, more than the `{DIMENSIONS}` an exact volume allows"
            raise StateBudgetError(message, hint="ask for an estimate with --samples instead of --exact")
        unit = [tuple(ONE if i == k else ZERO for i in range(dimensions)) for k in range(dimensions)]
        borders = [HalfSpace(weights=line, constant=ZERO) for line in unit]
        borders += [HalfSpace(weights=tuple(-x for x in line), constant=ONE) for line in unit]
        rays = [(*corner, 1) for corner in product((0, 1), repeat=dimensions)]
        tight = [sum(1 << (k + dimensions * x) for k, x in enumerate(ray[:-1])) for ray in rays]
        cube = cls(dimensions=dimensions, borders=borders, rays=rays, tight=tight)
        for cut in cuts:
            cube.cut(cut)
        return cube

    @property
    def points(self) -> list[Point]:
        """Return the corners as fractions."""
        return [tuple(Fraction(x, ray[-1]) for x in ray[:-1]) for ray in self.rays]

    def copy(self) -> "Polytope":
        """Return a polytope that can be cut without cutting this one."""
        return Polytope(dimensions=self.dimensions, borders=[*self.borders], rays=[*self.rays], tight=[*self.tight])

    def cut(self, half: HalfSpace) -> None:
        """Keep the part inside a half-space; 0 >= 0 holds everywhere."""
        line = _whole(half)
        if not any(line):
            return
        depth = [sum(map(mul, line, ray)) for ray in self.rays]
        if not any(value > 0 for value in depth):
            self.rays, self.tight = [], []
            return
        bit = 1 << len(self.borders)
        self.borders.append(half)
        kept = [i for i, value in enumerate(depth) if value >= 0]
        rays = [self.rays[i] for i in kept]
        tight = [self.tight[i] | (bit if depth[i] == 0 else 0) for i in kept]
        lost = [i for i, value in enumerate(depth) if value < 0]
        if len(lost) * len(kept) > 1000 * WORK:
            raise _too_much()
        for i in (i for i in kept if depth[i] > 0):
            for j in lost:
                shared = self.tight[i] & self.tight[j]
                if self._are_neighbours(i, j, shared):
                    pair = zip(self.rays[i], self.rays[j], strict=True)
                    mixed = [depth[i] * y - depth[j] * x for x, y in pair]
                    scale = gcd(*mixed)
                    rays.append(tuple(x // scale for x in mixed))
                    tight.append(shared | bit)
        self.rays, self.tight = rays, tight

    def _are_neighbours(self, i: int, j: int, shared: int) -> bool:
        """Return whether two corners span an edge: no third corner lies on all the borders they share."""
        if shared.bit_count() < self.dimensions - 1:
            return False
        return not any(mask & shared == shared for k, mask in enumerate(self.tight) if k not in (i, j))

    def moments(self, weights: Point, constant: Fraction) -> tuple[Fraction, Fraction]:
        """Return the volume, and the integral of weights . u + constant over the polytope."""
        if not self.rays:
            return ZERO, ZERO
        return _Measure(self, HalfSpace(weights=weights, constant=constant)).run()


class _Measure:
    """One walk through the faces of a polytope; faces are bit masks of corners."""

    def __init__(self, polytope: Polytope, function: HalfSpace) -> None:
        self.polytope = polytope
        self.points = polytope.points
        self.heights = [function.at(point) for point in self.points]
        count = len(self.points)
        self.members = [
            sum(1 << i for i in range(count) if polytope.tight[i] >> j & 1) for j in range(len(polytope.borders))
        ]
        self.known: dict[int, tuple[Fraction, Fraction]] = {}
        self.work = 0

    def run(self) -> tuple[Fraction, Fraction]:
        size = self.polytope.dimensions
        identity = [[ONE if i == k else ZERO for i in range(size)] for k in range(size)]
        return self.face((1 << len(self.points)) - 1, identity)

    def face(self, mask: int, basis: list[list[Fraction]]) -> tuple[Fraction, Fraction]:
        """Return size and integral of a face in the coordinates of its basis (reduced echelon, one row a dimension)."""
        if mask in self.known:
            return self.known[mask]
        apex = (mask & -mask).bit_length() - 1
        if not basis:
            return ONE, self.heights[apex]
        size, total, dimension = ZERO, ZERO, len(basis)
        for facet, border in self.facets(mask):
            if facet >> apex & 1:
                continue
            self.work += 1
            if self.work > WORK:
                raise _too_much()
            slopes = [sum((w * x for w, x in zip(border.weights, line, strict=True) if w), ZERO) for line in basis]
            last = max(k for k, slope in enumerate(slopes) if slope)
            below = [
                line if not slopes[k] else _reduced(line, slopes[k] / slopes[last], basis[last])
                for k, line in enumerate(basis)
                if k != last
            ]
            area, mass = self.face(facet, below)
            height = border.at(self.points[apex]) / abs(slopes[last])
            size += height * area / dimension
            total += height * (area * self.heights[apex] / dimension + mass) / (dimension + 1)
        self.known[mask] = size, total
        return size, total

    def facets(self, mask: int) -> list[tuple[int, HalfSpace]]:
        """Return the facets of a face: its largest proper parts on one border."""
        parts: dict[int, HalfSpace] = {}
        for member, border in zip(self.members, self.polytope.borders, strict=True):
            part = mask & member
            if part and part != mask:
                parts.setdefault(part, border)
        return [
            (part, border)
            for part, border in parts.items()
            if not any(part & other == part for other in parts if other != part)
        ]


def _reduced(line: list[Fraction], factor: Fraction, other: list[Fraction]) -> list[Fraction]:
    """Return line - factor * other."""
    return [x - factor * y if y else x for x, y in zip(line, other, strict=True)]


def _whole(half: HalfSpace) -> list[int]:
    """Return weights and constant of a half-space, times a positive number that makes them whole."""
    line = (*half.weights, half.constant)
    scale = lcm(*(value.denominator for value in line))
    return [value.numerator * (scale // value.denominator) for value in line]


def _too_much() -> StateBudgetError:
    """Return the error for a polytope with too many faces."""
    message = "the cells of optimality have too many faces for an exact volume"
    return StateBudgetError(message, hint="ask for an estimate with --samples instead of --exact")
