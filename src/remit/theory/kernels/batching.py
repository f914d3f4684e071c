"""Sixty-four rewards through a grouped program: one pass where nothing loops, chunks swept until still where it does.

Values are normalised and *shifted*: each reward's largest number is taken off, so that good states have values near
zero, where single precision is finest. A chunk is a run of positions that fits the nearest cache; it is swept forwards
and backwards while it changes, and rests until a chunk it reads from has changed.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Bytes, Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.certifying import Original, residual_of
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel, kernel
from remit.theory.kernels.drawing import draw_block
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.jumping import is_sure, jump
from remit.theory.kernels.wide import (
    WIDE,
    fused,
    gap,
    highest,
    larger,
    load,
    minus,
    plus,
    scale,
    smaller,
    splat,
    store,
    total,
)

SAMPLED = 256
"""How many states are looked at to choose the shift."""
JUMP = 12
"""After so many turns a loop in which every step is sure jumps."""
JUMPS = 64
"""Rewards that tie to within rounding could jump for ever: from then on sweeps finish the work."""
LOCAL = 8
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


class Block(NamedTuple):
    """The rewards ``begin : begin + WIDE`` of f32[S * lanes]; ``order`` i64[S] is the state at each position."""

    rewards: Singles
    lanes: int
    begin: int
    order: Integers


class Desk(NamedTuple):
    """Where one block is worked on: ``values`` and, for loops, ``rewards`` f32[S * WIDE], shifted, by position.

    ``tops`` f32[WIDE] is what was taken off, ``bottoms`` about the least that is left; ``stirred`` u8[chunks] says
    which chunks have to be looked at. ``steps`` f32[S * WIDE], ``marks`` and ``trail`` i32[S] are for jumps, and empty
    where no loop is sure.
    """

    values: Singles
    rewards: Singles
    tops: Singles
    bottoms: Singles
    stirred: Bytes
    steps: Singles
    marks: SmallIntegers
    trail: SmallIntegers


@inlined_kernel
def backup(groups: Groups, position: int, reward, values: Singles):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the best row of a position, lane by lane."""
    best = splat(np.float32(-np.inf))
    for group in range(groups.group_ptr[position], groups.group_ptr[position + 1]):
        worth = scale(splat(groups.gains[group]), reward)
        first, end = groups.target_ptr[group], groups.target_ptr[group + 1]
        if first < end:
            target = load(values, groups.targets[first] * WIDE)
            for j in range(first + 1, end):
                target = larger(target, load(values, groups.targets[j] * WIDE))
            worth = fused(splat(groups.weights[group]), target, worth)
        for j in range(groups.common_ptr[group], groups.common_ptr[group + 1]):
            worth = fused(splat(groups.shares[j]), load(values, groups.commons[j] * WIDE), worth)
        best = larger(worth, best)
    return best


@inner_kernel
def choose_shift(block: Block, desk: Desk) -> None:
    """Choose what is taken off each reward: its largest number among some of the states.

    Any number is right; one near the values of good states leaves least to rounding.
    """
    count = len(block.order)
    top = bottom = load(block.rewards, block.order[0] * block.lanes + block.begin)
    for i in range(1, min(count, SAMPLED)):
        state = block.order[i * count // min(count, SAMPLED)]
        reward = load(block.rewards, state * block.lanes + block.begin)
        top, bottom = larger(reward, top), smaller(reward, bottom)
    store(desk.tops, 0, top)
    store(desk.bottoms, 0, minus(bottom, top))


@inner_kernel
def pass_once(groups: Groups, first: int, end: int, block: Block, desk: Desk) -> None:
    """Work out positions that read earlier ones only."""
    top = load(desk.tops, 0)
    for position in range(first, end):
        reward = minus(load(block.rewards, block.order[position] * block.lanes + block.begin), top)
        store(desk.values, position * WIDE, backup(groups, position, reward, desk.values))


@inner_kernel
def guess(groups: Groups, first: int, end: int, block: Block, desk: Desk) -> None:
    """Start from what staying is worth, or from about the least a value can be; put the rewards on the desk."""
    top, least = load(desk.tops, 0), load(desk.bottoms, 0)
    for position in range(first, end):
        reward, best = minus(load(block.rewards, block.order[position] * block.lanes + block.begin), top), least
        store(desk.rewards, position * WIDE, reward)
        for group in range(groups.group_ptr[position], groups.group_ptr[position + 1]):
            alone = groups.target_ptr[group] == groups.target_ptr[group + 1]
            if alone and groups.common_ptr[group] == groups.common_ptr[group + 1]:
                best = larger(scale(splat(groups.gains[group]), reward), best)
        store(desk.values, position * WIDE, best)


@inner_kernel
def sweep_chunk(groups: Groups, first: int, end: int, backwards: int, desk: Desk) -> float:
    """Sweep a chunk once, in place; return the largest change."""
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
    low, high = first // chunks.size, (end - 1) // chunks.size
    stir(chunks, low, high, desk)
    jumps = JUMPS if len(desk.marks) > 0 and is_sure(groups, first, end) else 0
    if jumps > 0:
        desk.steps[first * WIDE : end * WIDE] = -1.0
    for turn in range(aim.turns):
        if turn % JUMP == JUMP - 1 and turn < JUMP * jumps:
            steps, marks, trail, rewards, values = desk.steps, desk.marks, desk.trail, desk.rewards, desk.values
            if not jump(groups, first, end, aim.discount, steps, marks, trail, rewards, values):
                return turn
            stir(chunks, low, high, desk)
        if sweep_turn(groups, chunks, first, end, desk, aim.epsilon, turn):
            return turn
    return -1


@inner_kernel
def solve_block(groups: Groups, segments: Integers, chunks: Chunks, block: Block, desk: Desk, aim: Aim) -> int:
    """Fill ``desk.values``; return the most turns a loop took, -1 when they ran out."""
    longest = 0
    choose_shift(block, desk)
    for segment in range(len(segments)):
        first, end = segments[segment, 0], segments[segment, 1]
        if segments[segment, 2] == 0:
            pass_once(groups, first, end, block, desk)
            continue
        guess(groups, first, end, block, desk)
        taken = settle_loop(groups, chunks, first, end, desk, aim)
        if taken < 0:
            return -1
        longest = max(longest, taken)
    return longest


@inner_kernel
def add_up(block: Block, desk: Desk, counted: int, share: float, sums: Floats) -> None:
    """Add V - share * r of the first ``counted`` lanes, and its square, to the sums of each state."""
    rest, once_more, twice_more = 1.0 - share, 0.0, 0.0
    for lane in range(counted):
        shift = rest * float(desk.tops[lane])
        once_more, twice_more = once_more + shift, twice_more + shift * shift
    top, less, shifts = (
        load(desk.tops, 0),
        splat(np.float32(-share)),
        scale(splat(np.float32(rest)), load(desk.tops, 0)),
    )
    for position in range(len(block.order)):
        state, once, twice, mixed = block.order[position], 0.0, 0.0, 0.0
        place = state * block.lanes + block.begin
        if counted == WIDE:
            worth = fused(less, minus(load(block.rewards, place), top), load(desk.values, position * WIDE))
            once, twice, mixed = total(worth), total(scale(worth, worth)), total(scale(worth, shifts))
        else:
            for lane in range(counted):
                shift = float(desk.tops[lane])
                number = float(desk.values[position * WIDE + lane]) - share * (
                    float(block.rewards[place + lane]) - shift
                )
                once, twice, mixed = once + number, twice + number * number, mixed + number * rest * shift
        sums[state, 0] += once + once_more
        sums[state, 1] += twice + 2.0 * mixed + twice_more


@kernel
def sample_batch(
    groups: Groups,
    segments: Integers,
    order: Integers,
    chunks: Chunks,
    seed: int,
    begin: int,
    end: int,
    drawn: Singles,
    desk: Desk,
    epsilon: float,
    turns: int,
    sums: Floats,
    original: Original,
    residual: Floats,
) -> int:
    """Draw rewards number ``begin : end`` of U[0, 1) per state, ``begin`` a whole block, and add up (V - (1-g) r).

    Other arguments, and what is returned, as for ``solve_batch``; ``drawn`` f32[S * WIDE] is room.
    """
    longest = 0
    for first in range(begin, end, WIDE):
        draw_block(seed, first // WIDE, len(order), drawn)
        block = Block(drawn, WIDE, 0, order)
        taken = solve_block(groups, segments, chunks, block, desk, Aim(epsilon, turns, original.discount))
        if taken < 0:
            return -1
        longest = max(longest, taken)
        if len(residual) > 0:
            residual[0] = max(residual[0], residual_of(original, order, drawn, WIDE, 0, desk.values, desk.tops))
        add_up(block, desk, min(WIDE, end - first), 1.0 - original.discount, sums)
    return longest


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
    desk: Desk,
    epsilon: float,
    turns: int,
    sums: Floats,
    values: Singles,
    original: Original,
    residual: Floats,
) -> int:
    """Solve the rewards ``begin : end`` of f32[S * lanes], block by block; ``begin`` and ``lanes`` are whole blocks.

    ``sums`` f64[S, 2] grows by the sums over rewards of V and of V squared, by state (skipped where it has no line);
    ``values`` f32[S * lanes] gets V (skipped where it is empty); ``residual`` f64[1] rises to max |T V - V| on the
    ``original`` rows (skipped where it is empty). Returns the most turns a loop took, -1 when they ran out. Lanes from
    ``end`` on are solved and not counted.
    """
    longest = 0
    for first in range(begin, end, WIDE):
        block = Block(rewards, lanes, first, order)
        taken = solve_block(groups, segments, chunks, block, desk, Aim(epsilon, turns, original.discount))
        if taken < 0:
            return -1
        longest = max(longest, taken)
        if len(residual) > 0:
            found = residual_of(original, order, rewards, lanes, first, desk.values, desk.tops)
            residual[0] = max(residual[0], found)
        if len(sums) > 0:
            add_up(block, desk, min(WIDE, end - first), 0.0, sums)
        if len(values) > 0:
            top = load(desk.tops, 0)
            for position in range(len(order)):
                whole = plus(load(desk.values, position * WIDE), top)
                store(values, order[position] * lanes + first, whole)
    return longest
