"""Sixteen rewards at a time: a vector type for the inner loops, with a plain numpy form when compilation is off.

A *lane* is one reward. Arrays of lanes are flat: the lanes of item i are ``array[i * LANES : (i + 1) * LANES]``.
"""

from typing import Any

from remit.theory.kernels import plain, vectors
from remit.theory.kernels.plain import LANES
from remit.theory.kernels.vectors import PLAIN

__all__ = [
    "LANES",
    "choose",
    "fused",
    "gap",
    "highest",
    "inverse",
    "larger",
    "load",
    "pick",
    "scale",
    "splat",
    "store",
    "widen",
]

KIND = vectors.LaneType(LANES, double=True)

load: Any = plain.load if PLAIN else vectors.loading(KIND)
widen: Any = plain.widen if PLAIN else vectors.widening(KIND)
store: Any = plain.store if PLAIN else vectors.storing()
splat: Any = plain.splat if PLAIN else vectors.splatting(KIND)
scale: Any = plain.scale if PLAIN else vectors.lanewise(vectors.product)
fused: Any = plain.fused if PLAIN else vectors.lanewise(vectors.multiply_add)
larger: Any = plain.larger if PLAIN else vectors.lanewise(vectors.maximum)
choose: Any = plain.choose if PLAIN else vectors.lanewise(vectors.choice)
pick: Any = plain.pick if PLAIN else vectors.lanewise(vectors.selection)
inverse: Any = plain.inverse if PLAIN else vectors.lanewise(vectors.loop_factor)
gap: Any = plain.gap if PLAIN else vectors.lanewise(vectors.distance)
highest: Any = plain.highest if PLAIN else vectors.folding(vectors.maximum)
