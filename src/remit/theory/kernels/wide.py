"""Sixty-four rewards at a time in single precision: twice the numbers in a register, four registers to a load.

What single precision loses is found again by a certificate in double precision (``batches``), never assumed.
"""

from typing import Any

import numpy as np

from remit.theory.arrays import Singles
from remit.theory.kernels import plain, vectors
from remit.theory.kernels.vectors import PLAIN

__all__ = [
    "WIDE",
    "choose",
    "fused",
    "gap",
    "highest",
    "larger",
    "load",
    "minus",
    "plus",
    "scale",
    "smaller",
    "splat",
    "store",
    "total",
]

WIDE = 64
"""How many rewards are worked on at a time."""
SHAPE = vectors.shape_of(WIDE, double=False)


def _load(array: Singles, index: int) -> Singles:
    """Return the lanes that begin at an index."""
    return array[index : index + WIDE].copy()


def _store(array: Singles, index: int, value: Singles) -> None:
    """Write the lanes that begin at an index."""
    array[index : index + WIDE] = value


def _splat(number: float) -> Singles:
    """Return a vector that holds a number in every lane."""
    return np.full(WIDE, number, np.float32)


load: Any = _load if PLAIN else vectors.loading(SHAPE)
store: Any = _store if PLAIN else vectors.storing(SHAPE)
splat: Any = _splat if PLAIN else vectors.splatting(SHAPE)
scale: Any = plain.scale if PLAIN else vectors.lanewise(SHAPE, 2, vectors.product)
fused: Any = plain.fused if PLAIN else vectors.lanewise(SHAPE, 3, vectors.multiply_add)
plus: Any = np.add if PLAIN else vectors.lanewise(SHAPE, 2, vectors.addition)
minus: Any = np.subtract if PLAIN else vectors.lanewise(SHAPE, 2, vectors.subtraction)
choose: Any = plain.choose if PLAIN else vectors.lanewise(SHAPE, 4, vectors.choice)
larger: Any = plain.larger if PLAIN else vectors.lanewise(SHAPE, 2, vectors.maximum)
smaller: Any = np.minimum if PLAIN else vectors.lanewise(SHAPE, 2, vectors.minimum)
gap: Any = plain.gap if PLAIN else vectors.lanewise(SHAPE, 2, vectors.distance(SHAPE))
highest: Any = plain.highest if PLAIN else vectors.folding(SHAPE, vectors.maximum)
total: Any = np.sum if PLAIN else vectors.folding(SHAPE, vectors.addition)
