"""Blocks of rewards through a grouped program: one pass where nothing loops, chunks swept until still where it does.

A chunk is a run of positions that fits the nearest cache; it is swept while it changes, and rests until a chunk it
reads from has changed. Sweeps run against the reads of a loop where most lead one way, else forwards and backwards.
"""

from typing import NamedTuple

from remit.theory.arrays import Blocks, Floats, Integers, SmallIntegers
from remit.theory.kernels.blocks import (
    GIVEN,
    Block,
    Desk,
    Table,
    Tally,
    backup,
    choose_shift,
    count_loop,
    guess,
    open_tally,
    pass_once,
)
from remit.theory.kernels.certifying import Original, residual_of
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel, kernel
from remit.theory.kernels.grouping import BACKWARDS, IN_TURN, ONCE, Groups, is_sure
from remit.theory.kernels.jumping import forget_steps, jump
from remit.theory.kernels.pairs import close_pair
from remit.theory.kernels.vectors import lean
from remit.theory.kernels.wide import gap, highest, larger, load, plus, splat, store, width

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
    change = splat(0.0, desk.values)
    for i in range(end - first):
        position = end - 1 - i if backwards else first + i
        best = backup(groups, position, load(desk.rewards, position), desk.values)
        change = larger(gap(best, load(desk.values, position)), change)
        store(desk.values, position, best)
    largest: float = highest(change)
    return largest


@inlined_kernel
def stir(chunks: Chunks, low: int, high: int, desk: Desk) -> None:
    """Have every chunk of a loop looked at."""
    for chunk in range(low, high + 1):
        desk.stirred[chunk] = 1


@inlined_kernel
def runs_back(way: int, turn: int) -> int:
    """Return whether a sweep of a loop that is swept that way runs backwards."""
    return turn & 1 if way == IN_TURN else way == BACKWARDS


@inlined_kernel
def sweep_turn(
    groups: Groups, chunks: Chunks, first: int, end: int, way: int, desk: Desk, epsilon: float, turn: int
) -> bool:
    """Sweep the stirred chunks of a loop once or twice, the way it is swept; return whether there was none.

    A chunk that changed stirs those that read from it, itself among them where it may change again.
    """
    lean()
    low, high = first // chunks.size, (end - 1) // chunks.size
    still = True
    for i in range(high - low + 1):
        chunk = high - i if runs_back(way, turn) else low + i
        if desk.stirred[chunk] == 0:
            continue
        desk.stirred[chunk], still = 0, False
        begin, stop = max(chunk * chunks.size, first), min((chunk + 1) * chunks.size, end)
        sweeps = 0
        while sweeps < LOCAL:
            if sweep_chunk(groups, begin, stop, runs_back(way, turn + sweeps), desk) <= epsilon:
                break
            sweeps += 1
        if sweeps > 0:
            for j in range(chunks.reader_ptr[chunk], chunks.reader_ptr[chunk + 1]):
                desk.stirred[chunks.readers[j]] = 1
            desk.stirred[chunk] = 1 if sweeps == LOCAL else 0
    return still


@inner_kernel
def settle_loop(groups: Groups, chunks: Chunks, first: int, end: int, way: int, desk: Desk, aim: Aim) -> int:
    """Sweep the chunks of a loop until none changes by more than ``epsilon``; return the turns taken, -1 for too many.

    A loop in which every step is sure jumps now and then, and has settled when a jump finds nothing better.
    """
    lean()
    low, high = first // chunks.size, (end - 1) // chunks.size
    stir(chunks, low, high, desk)
    jumps = 0
    for turn in range(aim.turns):
        if turn == JUMP - 1 and len(desk.steps) > 0 and is_sure(groups, first, end, aim.discount):
            jumps = JUMPS
            forget_steps(first, end, desk.steps)
        if turn % JUMP == JUMP - 1 and turn < JUMP * jumps:
            if not jump(groups, first, end, aim.discount, desk.steps, desk.lane, desk.rewards, desk.values):
                return turn
            stir(chunks, low, high, desk)
        if sweep_turn(groups, chunks, first, end, way, desk, aim.epsilon, turn):
            return turn
    return -1


@inner_kernel
def solve_block(
    groups: Groups, segments: Integers, chunks: Chunks | None, block: Block, desk: Desk, aim: Aim, tally: Tally
) -> int:
    """Fill ``desk.values`` and count them in; return the most turns a loop took, -1 when they ran out.

    A program without loops has no chunks: that is a type of its own to the compiler, which then leaves out all that
    loops need, and takes less than half as long.
    """
    lean()
    longest = 0
    if chunks is None:
        for segment in range(len(segments)):
            pass_once(groups, segments[segment, 0], segments[segment, 1], block, desk, tally)
        return 0
    for segment in range(len(segments)):
        first, end, way = segments[segment, 0], segments[segment, 1], segments[segment, 2]
        if way == ONCE:
            pass_once(groups, first, end, block, desk, tally)
            continue
        guess(groups, first, end, block, desk)
        if end - first == 2:
            close_pair(groups, first, desk, aim.epsilon)
        taken = settle_loop(groups, chunks, first, end, way, desk, aim)
        if taken < 0:
            return -1
        longest = max(longest, taken)
        if len(tally.sums) > 0:
            count_loop(first, end, block, desk, tally)
    return longest


@inner_kernel
def keep_values(block: Block, desk: Desk, blocks: int, values: Blocks) -> None:
    """Write the values of a solved block, one of so many, no longer shifted, by state."""
    lean()
    top = load(desk.tops, 0)
    for position in range(len(block.order)):
        whole = plus(load(desk.values, position), top)
        store(values, block.order[position] * blocks + block.number, whole)


@kernel
def solve_batch(
    groups: Groups,
    segments: Integers,
    order: Integers,
    chunks: Chunks | None,
    rewards: Table,
    begin: int,
    end: int,
    seed: int,
    desk: Desk,
    epsilon: float,
    turns: int,
    sums: Floats,
    share: float,
    values: Blocks,
    original: Original,
    residual: Floats,
) -> int:
    """Solve the rewards ``begin : end``, block by block; return the most turns a loop took, -1 when they ran out.

    ``begin`` is a whole block; how many rewards that is, the types of the desk say. The rewards are those of a table of
    at least one block, or with a ``seed`` drawn. ``sums`` grow by those over rewards of V - ``share`` * r (``Tally``;
    skipped where they have no line); ``values``, whole blocks state by state, gets V (skipped where it is empty);
    ``residual`` f64[1] rises to max |T V - V| on the ``original`` rows (skipped where it is empty; for drawn rewards
    the desk has to keep them). A last block that is not full reaches back to rewards of the one before, or goes on
    behind ``end`` where they are drawn: those are solved and not counted.
    """
    lean()
    longest, wide = 0, width(desk.tops)
    tally = Tally(sums, share, desk.mask, desk.twice, desk.moved)
    for number in range(begin // wide, (end + wide - 1) // wide):
        back = max(0, (number + 1) * wide - rewards.columns) if seed == GIVEN else 0
        offset = number * rewards.step - back
        block = Block(rewards.numbers, rewards.stride, offset, order, seed, number, desk.drawn)
        choose_shift(block, desk)
        open_tally(tally, back, end - number * wide + back, seed, desk.tops)
        taken = solve_block(groups, segments, chunks, block, desk, Aim(epsilon, turns, original.discount), tally)
        if taken < 0:
            return -1
        longest = max(longest, taken)
        if len(residual) > 0:
            residual[0] = max(residual[0], residual_of(original, block, desk))
        if len(values) > 0:
            keep_values(block, desk, rewards.columns // wide, values)
    return longest
