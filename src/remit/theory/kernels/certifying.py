"""One step of lookahead in double precision on values of single precision: what proves how far off they can be."""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Blocks, Floats, Integers, SmallIntegers
from remit.theory.kernels.blocks import AHEAD, GIVEN, NEAR, Block, ask_for_reward, given_reward
from remit.theory.kernels.compiling import inlined_kernel, linked_kernel
from remit.theory.kernels.records import record
from remit.theory.kernels.vectors import entry, lean
from remit.theory.kernels.wide import doubled, fetch, fused, gap, highest, larger, scale, splat, widen


@record
class Original(NamedTuple):
    """The rows of an MDP as they were given, where each state's values are (``rank`` i32[S]), and the discount."""

    row_ptr: Integers
    successor_ptr: Integers
    successors: SmallIntegers
    probabilities: Floats
    order: Integers
    rank: SmallIntegers
    discount: float


@inlined_kernel
def ask_for_successors(rows: Original, state: int, values: Blocks) -> None:
    """Have the values brought near that a state leads to."""
    first, end = entry(rows.row_ptr, state), entry(rows.row_ptr, state + 1)
    for j in range(entry(rows.successor_ptr, first), entry(rows.successor_ptr, end)):
        if entry(rows.successors, j) != state:
            fetch(values, entry(rows.rank, entry(rows.successors, j)))


@linked_kernel
def residual_of(rows: Original, block: Block) -> float:
    """Return max |T V - V| of a solved block, from its values, and from its rewards as they were given, or drawn.

    Drawn ones are on the desk, where the shift took nothing from them: they have 24 bits.
    """
    lean()
    desk = block.desk
    top, drawn = widen(desk.tops, 0), block.table.seed != GIVEN
    worst, count = splat(0.0, top), len(rows.order)
    ahead = AHEAD if count > NEAR else 0
    for position in range(count):
        if ahead > 0:
            soon = position + ahead if position + ahead < count else count - 1
            ask_for_reward(rows.order, block, soon)
            ask_for_successors(rows, entry(rows.order, soon), desk.values)
        state = entry(rows.order, position)
        best = splat(-np.inf, top)
        for row in range(entry(rows.row_ptr, state), entry(rows.row_ptr, state + 1)):
            mean = splat(0.0, top)
            for j in range(entry(rows.successor_ptr, row), entry(rows.successor_ptr, row + 1)):
                place = entry(rows.rank, entry(rows.successors, j))
                mean = fused(entry(rows.probabilities, j), widen(desk.values, place), mean)
            best = larger(mean, best)
        shifted = widen(desk.rewards, position) if drawn else fused(-1.0, top, doubled(given_reward(block, state)))
        after = fused(rows.discount, best, scale(1.0 - rows.discount, shifted))
        worst = larger(gap(after, widen(desk.values, position)), worst)
    largest: float = highest(worst)
    return largest
