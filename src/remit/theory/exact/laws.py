"""Distribution functions of largest values, as piecewise polynomials with rational coefficients.

The largest of several independent quantities has the product of their distribution functions; adding an independent
uniform quantity averages a distribution function over a window. On models that branch like trees these two steps are
all there is, and POWER comes out exactly without any geometry.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from remit.theory.exact.polynomial import (
    ONE,
    ZERO,
    Polynomial,
    added,
    antiderivative,
    composed,
    derivative,
    evaluated,
    integral,
    multiplied,
    scaled,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A distribution function: 0 before ``breaks[0]``, ``pieces[i]`` from breaks[i] on, 1 from the last break on.

    It may jump at a break (an atom) and is continuous from the right; there are as many pieces as gaps between breaks.
    """

    breaks: tuple[Fraction, ...]
    pieces: tuple[Polynomial, ...]

    def piece_at(self, point: Fraction) -> Polynomial:
        """Return the polynomial that holds from a point on."""
        place = bisect_right(self.breaks, point) - 1
        if place < 0:
            return ()
        return self.pieces[place] if place < len(self.pieces) else (ONE,)

    def jumps(self) -> list[tuple[Fraction, Fraction]]:
        """Return the points that have a probability of their own, with that probability."""
        before: Polynomial = ()
        found = []
        for point in self.breaks:
            after = self.piece_at(point)
            size = evaluated(after, point) - evaluated(before, point)
            if size:
                found.append((point, size))
            before = after
        return found

    def mean(self) -> Fraction:
        """Return the mean: the last break less the area under the distribution function."""
        gaps = zip(self.pieces, self.breaks, self.breaks[1:], strict=False)
        return self.breaks[-1] - sum((integral(piece, low, high) for piece, low, high in gaps), ZERO)


def point_mass(at: Fraction) -> Law:
    """Return the law of a number that is known."""
    return Law(breaks=(at,), pieces=())


def largest(laws: Sequence[Law]) -> Law:
    """Return the law of the largest of independent quantities."""
    start = max(law.breaks[0] for law in laws)
    breaks = sorted({point for law in laws for point in law.breaks if point >= start})
    pieces = []
    for point in breaks[:-1]:
        product: Polynomial = (ONE,)
        for law in laws:
            product = multiplied(product, law.piece_at(point))
        pieces.append(product)
    return Law(breaks=tuple(breaks), pieces=tuple(pieces))


def plus_uniform(law: Law, width: Fraction) -> Law:
    """Return the law of a quantity plus an independent one that is uniform between 0 and ``width`` (not 0)."""
    if width < 0:
        return shifted(plus_uniform(law, -width), width)
    areas = _areas(law)
    breaks = sorted({point for old in law.breaks for point in (old, old + width)})
    pieces = []
    for point in breaks[:-1]:
        ahead = _area_piece(law, areas, point)
        behind = composed(_area_piece(law, areas, point - width), -width, ONE)
        pieces.append(scaled(added(ahead, scaled(behind, -ONE)), 1 / width))
    return Law(breaks=tuple(breaks), pieces=tuple(pieces))


def shifted(law: Law, by: Fraction) -> Law:
    """Return the law of a quantity plus a number."""
    return Law(
        breaks=tuple(point + by for point in law.breaks),
        pieces=tuple(composed(piece, -by, ONE) for piece in law.pieces),
    )


def chance_largest(law: Law, others: Sequence[Law]) -> Fraction:
    """Return the probability that a quantity is the largest of independent ones; ties must have probability zero."""
    if not others:
        return ONE
    rival = largest(others)
    total = sum((size * evaluated(rival.piece_at(point), point) for point, size in law.jumps()), ZERO)
    breaks = sorted({*law.breaks, *(point for point in rival.breaks if law.breaks[0] < point < law.breaks[-1])})
    for low, high in pairwise(breaks):
        density = derivative(law.piece_at(low))
        total += integral(multiplied(density, rival.piece_at(low)), low, high)
    return total


def _areas(law: Law) -> list[Polynomial]:
    """Return the area under the distribution function up to x, for x in each gap and after the last break."""
    areas: list[Polynomial] = []
    reached = ZERO
    for point, following, piece in zip(law.breaks, law.breaks[1:], law.pieces, strict=False):
        area = antiderivative(piece)
        area = added(area, (reached - evaluated(area, point),))
        areas.append(area)
        reached = evaluated(area, following)
    areas.append(added((ZERO, ONE), (reached - law.breaks[-1],)))
    return areas


def _area_piece(law: Law, areas: Sequence[Polynomial], point: Fraction) -> Polynomial:
    """Return the area as a polynomial that holds from a point on."""
    place = bisect_right(law.breaks, point) - 1
    return areas[place] if place >= 0 else ()
