"""Sixty-four rewards through a grouped program: one pass where nothing loops, chunks swept until still where it does.

A chunk is a run of positions that fits the nearest cache; it is swept forwards and backwards while it changes, and
rests until a chunk it reads from has changed.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.blocks import (
    GIVEN,
    Block,
    Desk,
    Tally,
    backup,
    choose_shift,
    count_loop,
    guess,
    open_tally,
    pass_once,
)
from remit.theory.kernels.certifying import Original, residual_of
from remit.theory.kernels.compiling import inner_kernel, kernel
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.jumping import is_sure, jump
from remit.theory.kernels.vectors import lean
from remit.theory.kernels.wide import WIDE, gap, highest, larger, load, plus, splat, store

JUMP = 12
"""After so many turns a loop in which every step is sure jumps."""
JUMPS = 64
"""Rewards that tie to within rounding could jump for ever: from then on sweeps finish the work."""
LOCAL = 2
"""How often a chunk is swept before others get their turn."""


class Chunks(NamedTuple):
    """Runs of ``size`` positions, and which chunks read each: ``readers[reader_ptr[c]:reader_ptr[c + 1]]``."""

    size: int
    reader_ptr: SmallIntegers
    readers: SmallIntegers


class Aim(NamedTuple):
    """When a loop has settled (no change above ``epsilon``), how many turns it gets, and the discount."""

    epsilon: float
    turns: int
    discount: float


@inner_kernel
def sweep_chunk(groups: Groups, first: int, end: int, backwards: int, desk: Desk) -> float:
    """Sweep a chunk once, in place; return the largest change."""
    lean()
    change = splat(np.float32(0.0))
    for i in range(end - first):
        position = end - 1 - i if backwards else first + i
        best = backup(groups, position, load(desk.rewards, position * WIDE), desk.values)
        change = larger(gap(best, load(desk.values, position * WIDE)), change)
        store(desk.values, position * WIDE, best)
    largest: float = highest(change)
    return largest


@inner_kernel
def stir(chunks: Chunks, low: int, high: int, desk: Desk) -> None:
    """Have every chunk of a loop looked at."""
    for chunk in range(low, high + 1):
        desk.stirred[chunk] = 1


@inner_kernel
def sweep_turn(groups: Groups, chunks: Chunks, first: int, end: int, desk: Desk, epsilon: float, turn: int) -> bool:
    """Sweep the stirred chunks of a loop, forwards and backwards in turn; return whether there was none.

    A chunk that changed stirs those that read from it, itself among them where it may change again.
    """
    lean()
    low, high = first // chunks.size, (end - 1) // chunks.size
    still = True
    for i in range(high - low + 1):
        chunk = high - i if turn & 1 else low + i
        if desk.stirred[chunk] == 0:
            continue
        desk.stirred[chunk], still = 0, False
        begin, stop = max(chunk * chunks.size, first), min((chunk + 1) * chunks.size, end)
        sweeps = 0
        while sweeps < LOCAL and sweep_chunk(groups, begin, stop, (turn + sweeps) & 1, desk) > epsilon:
            sweeps += 1
        if sweeps > 0:
            for j in range(chunks.reader_ptr[chunk], chunks.reader_ptr[chunk + 1]):
                desk.stirred[chunks.readers[j]] = 1
            desk.stirred[chunk] = 1 if sweeps == LOCAL else 0
    return still


@inner_kernel
def settle_loop(groups: Groups, chunks: Chunks, first: int, end: int, desk: Desk, aim: Aim) -> int:
    """Sweep the chunks of a loop until none changes by more than ``epsilon``; return the turns taken, -1 for too many.

    A loop in which every step is sure jumps now and then, and has settled when a jump finds nothing better.
    """
    lean()
    low, high = first // chunks.size, (end - 1) // chunks.size
    stir(chunks, low, high, desk)
    jumps = JUMPS if len(desk.steps) > 0 and is_sure(groups, first, end) else 0
    if jumps > 0:
        desk.steps[first * WIDE : end * WIDE] = -1.0
    for turn in range(aim.turns):
        if turn % JUMP == JUMP - 1 and turn < JUMP * jumps:
            if not jump(groups, first, end, aim.discount, desk.steps, desk.lane, desk.rewards, desk.values):
                return turn
            stir(chunks, low, high, desk)
        if sweep_turn(groups, chunks, first, end, desk, aim.epsilon, turn):
            return turn
    return -1


@inner_kernel
def solve_block(
    groups: Groups, segments: Integers, chunks: Chunks, block: Block, desk: Desk, aim: Aim, tally: Tally
) -> int:
    """Fill ``desk.values`` and count them in; return the most turns a loop took, -1 when they ran out."""
    lean()
    longest = 0
    for segment in range(len(segments)):
        first, end = segments[segment, 0], segments[segment, 1]
        if segments[segment, 2] == 0:
            pass_once(groups, first, end, block, desk, tally)
            continue
        guess(groups, first, end, block, desk)
        taken = settle_loop(groups, chunks, first, end, desk, aim)
        if taken < 0:
            return -1
        longest = max(longest, taken)
        if len(tally.sums) > 0:
            count_loop(first, end, block, desk, tally)
    return longest


@inner_kernel
def keep_values(block: Block, desk: Desk, values: Singles) -> None:
    """Write the values of a solved block, no longer shifted, by state."""
    lean()
    top = load(desk.tops, 0)
    for position in range(len(block.order)):
        whole = plus(load(desk.values, position * WIDE), top)
        store(values, block.order[position] * block.lanes + block.begin, whole)


@kernel
def solve_batch(
    groups: Groups,
    segments: Integers,
    order: Integers,
    chunks: Chunks,
    rewards: Singles,
    lanes: int,
    begin: int,
    end: int,
    seed: int,
    desk: Desk,
    epsilon: float,
    turns: int,
    tally: Tally,
    values: Singles,
    original: Original,
    residual: Floats,
) -> int:
    """Solve the rewards ``begin : end``, block by block; return the most turns a loop took, -1 when they ran out.

    ``begin`` is a whole block. The rewards are those of f32[S * lanes] (whole blocks), or with a ``seed`` drawn:
    ``rewards`` is then room for one block, f32[S * WIDE], or with no ``lanes`` for one state, which will do where
    ``residual`` is empty. ``tally`` grows by the sums over rewards (skipped where it has no line); ``values``
    f32[S * lanes] gets V (skipped where it is empty); ``residual`` f64[1] rises to max |T V - V| on the ``original``
    rows (skipped where it is empty). Lanes from ``end`` on are solved and not counted.
    """
    lean()
    longest = 0
    for first in range(begin, end, WIDE):
        block = Block(rewards, lanes, first if seed == GIVEN else 0, order, seed, first // WIDE)
        choose_shift(block, desk)
        open_tally(tally, min(WIDE, end - first), seed, desk.tops)
        taken = solve_block(groups, segments, chunks, block, desk, Aim(epsilon, turns, original.discount), tally)
        if taken < 0:
            return -1
        longest = max(longest, taken)
        if len(residual) > 0:
            found = residual_of(original, order, rewards, lanes, block.begin, desk.values, desk.tops)
            residual[0] = max(residual[0], found)
        if len(values) > 0:
            keep_values(block, desk, values)
    return longest
