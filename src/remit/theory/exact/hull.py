"""Which points of a finite set are corners of its convex hull, decided exactly.

A visit distribution is strictly optimal for some reward exactly if it is such a corner (Turner et al. 2021, definition
3.6 and the invariance of optimal policy sets under the discount): corners at one discount are corners at all of them.
"""

import random
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import TypeAlias

from remit.theory.exact.polynomial import ONE, ZERO

Point: TypeAlias = tuple[Fraction, ...]

GUESSES = 300
"""Directions that are tried before a linear program is solved; they only save time."""


def corners(points: Sequence[Point], *, programs: int | None = None) -> list[int]:
    """Return the indices of the distinct ``points`` that are no mixture of the others, in order.

    With ``programs``, no more than so many linear programs are solved: then some that are mixtures may stay in.
    A point that alone is farthest in some direction is a corner; for each point without such a direction an exact
    linear program decides whether the rest can be mixed to give it.
    """
    if len(points) < 3:
        return list(range(len(points)))
    whole = _whole(points)
    proven = _farthest(whole)
    kept = list(range(len(points)))
    doubtful = [index for index in range(len(points)) if index not in proven]
    for index in doubtful[:programs]:
        if is_mixture(points[index], [points[other] for other in kept if other != index]):
            kept.remove(index)
    return kept


def is_mixture(point: Point, others: Sequence[Point]) -> bool:
    """Return whether a point is a convex combination of others: phase one of the simplex method, Bland's rule."""
    columns = [[*other, ONE] for other in others]
    right = [*point, ONE]
    for i, value in enumerate(right):
        if value < 0:
            right[i] = -value
            for column in columns:
                column[i] = -column[i]
    rows = [[column[i] for column in columns] for i in range(len(right))]
    basis = [-1 - i for i in range(len(right))]  # artificial variables have negative numbers
    costs = [sum((row[j] for row in rows), ZERO) for j in range(len(columns))]
    missing = sum(right, ZERO)
    while missing:
        entering = next((j for j, cost in enumerate(costs) if cost > 0), None)
        if entering is None:
            return False
        ratios = [(right[i] / row[entering], basis[i], i) for i, row in enumerate(rows) if row[entering] > 0]
        _, _, leaving = min(ratios)
        _pivot(rows, right, leaving, entering)
        basis[leaving] = entering
        factor = costs[entering]
        missing -= factor * right[leaving]
        costs = [cost - factor * value for cost, value in zip(costs, rows[leaving], strict=True)]
    return True


def _pivot(rows: list[list[Fraction]], right: list[Fraction], leaving: int, entering: int) -> None:
    """Bring a column into the basis in place of a row's."""
    scale = rows[leaving][entering]
    rows[leaving] = [value / scale for value in rows[leaving]]
    right[leaving] /= scale
    line, value_there = rows[leaving], right[leaving]
    for i, row in enumerate(rows):
        factor = row[entering]
        if i != leaving and factor:
            rows[i] = [value - factor * other for value, other in zip(row, line, strict=True)]
            right[i] -= factor * value_there


def _whole(points: Sequence[Point]) -> list[list[int]]:
    """Return the points times one whole number that makes every coordinate whole."""
    scale = lcm(*(value.denominator for point in points for value in point))
    return [[int(value * scale) for value in point] for point in points]


def _farthest(whole: Sequence[Sequence[int]]) -> set[int]:
    """Return the points that are alone the farthest in one of some directions: proved corners."""
    source = random.Random(0)  # noqa: S311 (guesses: the answer does not depend on them)
    size = len(whole[0])
    directions: list[Sequence[int]] = [[int(i == k) for i in range(size)] for k in range(size)]
    directions += whole[: GUESSES // 2]
    directions += [[source.randint(-1000, 1000) for _ in range(size)] for _ in range(GUESSES)]
    proven: set[int] = set()
    for direction in directions:
        reach = [sum(a * b for a, b in zip(direction, point, strict=True)) for point in whole]
        best = max(reach)
        if reach.count(best) == 1:
            proven.add(reach.index(best))
    return proven
