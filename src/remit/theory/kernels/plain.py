"""The lane operations in numpy, used when compilation is off; ``lanes`` has the compiled forms."""

import numpy as np

from remit.theory.arrays import Floats, Singles

LANES = 16
"""How many rewards are worked on at a time."""


def load(array: Floats, index: int) -> Floats:
    """Return the lanes that begin at ``index``."""
    return array[index : index + LANES].copy()


def widen(array: Singles, index: int) -> Floats:
    """Return the lanes that begin at ``index`` of an array of single precision."""
    return array[index : index + LANES].astype(np.float64)


def store(array: Floats, index: int, value: Floats) -> None:
    """Write the lanes that begin at ``index``."""
    array[index : index + LANES] = value


def splat(number: float) -> Floats:
    """Return a vector that holds ``number`` in every lane."""
    return np.full(LANES, number)


def scale(left: Floats, right: Floats) -> Floats:
    """Return the product, lane by lane, in the precision of the second."""
    return np.asarray(left, right.dtype) * right


def fused(left: Floats, right: Floats, total: Floats) -> Floats:
    """Return left * right + total, lane by lane, in the precision of the second."""
    return np.asarray(left, right.dtype) * right + total


def larger(left: Floats, right: Floats) -> Floats:
    """Return the larger, lane by lane; the right one where they cannot be compared."""
    return np.where(left > right, left, right)


def choose(left: Floats, right: Floats, yes: Floats, no: Floats) -> Floats:
    """Return ``yes`` where left > right, else ``no``."""
    return np.where(left > right, yes, no)


def pick(left: Floats, right: Floats, yes: Floats, no: Floats) -> Floats:
    """Return ``yes`` where left == right, else ``no``."""
    return np.where(left == right, yes, no)


def inverse(value: Floats) -> Floats:
    """Return 1 / (1 - value), lane by lane."""
    return 1.0 / (1.0 - value)


def gap(left: Floats, right: Floats) -> Floats:
    """Return the absolute difference, lane by lane."""
    return np.abs(left - right)


def highest(value: Floats) -> float:
    """Return the largest lane."""
    return float(value.max())


def total(value: Floats) -> float:
    """Return the sum of the lanes."""
    return float(value.sum())
