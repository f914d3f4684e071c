"""Sixty-four rewards at a time in double precision: what single precision found is looked at again with it."""

from typing import Any

import numpy as np

from remit.theory.arrays import Floats, Singles
from remit.theory.kernels import plain, vectors
from remit.theory.kernels.vectors import PLAIN
from remit.theory.kernels.wide import WIDE

__all__ = ["fused", "gap", "highest", "larger", "scale", "splat", "widen"]

SHAPE = vectors.shape_of(WIDE, double=True)


def _widen(array: Singles, index: int) -> Floats:
    """Return the lanes that begin at an index of an array of single precision."""
    return array[index : index + WIDE].astype(np.float64)


def _splat(number: float) -> Floats:
    """Return a vector that holds a number in every lane."""
    return np.full(WIDE, number)


widen: Any = _widen if PLAIN else vectors.widening(SHAPE)
splat: Any = _splat if PLAIN else vectors.splatting(SHAPE)
scale: Any = plain.scale if PLAIN else vectors.lanewise(SHAPE, 2, vectors.product)
fused: Any = plain.fused if PLAIN else vectors.lanewise(SHAPE, 3, vectors.multiply_add)
larger: Any = plain.larger if PLAIN else vectors.lanewise(SHAPE, 2, vectors.maximum)
gap: Any = plain.gap if PLAIN else vectors.lanewise(SHAPE, 2, vectors.distance(SHAPE))
highest: Any = plain.highest if PLAIN else vectors.folding(SHAPE, vectors.maximum)
