"""One step of lookahead in double precision on values of single precision: what proves how far off they can be."""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel
from remit.theory.kernels.deep import fused, gap, highest, larger, scale, splat, widen
from remit.theory.kernels.vectors import entry, lean
from remit.theory.kernels.wide import WIDE


class Original(NamedTuple):
    """The rows of an MDP as they were given, where each state's values are (``rank`` i32[S]), and the discount."""

    row_ptr: Integers
    successor_ptr: Integers
    successors: SmallIntegers
    probabilities: Floats
    rank: SmallIntegers
    discount: float


@inner_kernel
def residual_of(
    rows: Original, order: Integers, rewards: Singles, lanes: int, begin: int, values: Singles, tops: Singles
) -> float:
    """Return max |T V - V| of a solved block: ``values`` f32[S * WIDE] by position, shifted by ``tops`` f32[WIDE].

    The rewards are ``begin : begin + WIDE`` of f32[S * lanes], by state.
    """
    lean()
    worst, top = splat(0.0), widen(tops, 0)
    for position in range(len(order)):
        state = entry(order, position)
        best = splat(-np.inf)
        for row in range(entry(rows.row_ptr, state), entry(rows.row_ptr, state + 1)):
            ahead = splat(0.0)
            for j in range(entry(rows.successor_ptr, row), entry(rows.successor_ptr, row + 1)):
                place = entry(rows.rank, entry(rows.successors, j)) * WIDE
                ahead = fused(splat(entry(rows.probabilities, j)), widen(values, place), ahead)
            best = larger(ahead, best)
        shifted = fused(splat(-1.0), top, widen(rewards, state * lanes + begin))
        after = fused(splat(rows.discount), best, scale(splat(1.0 - rows.discount), shifted))
        worst = larger(gap(after, widen(values, position * WIDE)), worst)
    largest: float = highest(worst)
    return largest
