"""A block of rewards on a grouped program: where it is worked on, one step of lookahead, and its sums.

Values are normalised and *shifted*: each reward's largest number is taken off, so that good states have values near
zero, where single precision is finest.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Blocks, Bytes, Floats, Integers, Singles
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel
from remit.theory.kernels.drawing import draw_uniform
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.jumping import Lane
from remit.theory.kernels.vectors import apart, entry, lean
from remit.theory.kernels.wide import (
    fetch,
    fetch_from,
    fused,
    lane_at,
    larger,
    load,
    load_from,
    minus,
    plus,
    put_lane,
    scale,
    smaller,
    splat,
    store,
    total,
    width,
)

SAMPLED = 256
"""How many states are looked at to choose the shift."""
NEAR = 4096
"""Values of so many positions fit the second cache; where there are more, targets are asked for before their turn."""
AHEAD = 16
"""How many positions before it is worked on: about as long as the third cache takes to answer."""
GIVEN = -1
"""The seed of rewards that are not drawn."""


class Table(NamedTuple):
    """Given rewards, ``columns`` for each state: of block n and state s from ``numbers[n * step + s * stride]`` on.

    They lie state by state (``step`` is a block, ``stride`` all columns) or block by block, which is read in one go.
    """

    numbers: Singles
    columns: int
    stride: int
    step: int


class Block(NamedTuple):
    """The rewards of one block: of state s those from ``rewards[s * stride + offset]`` on, as many as a block has.

    ``order`` i64[S] lists states by position. With a ``seed`` (not ``GIVEN``) they are those of U[0, 1) of block
    ``number``, drawn to ``drawn`` (one block) when their position is worked on, and forgotten again.
    """

    rewards: Singles
    stride: int
    offset: int
    order: Integers
    seed: int
    number: int
    drawn: Blocks


class Desk(NamedTuple):
    """Where one block is worked on: ``values`` and ``rewards``, shifted, by position.

    ``rewards`` is empty where neither a loop nor a proof about drawn rewards reads them again. ``tops`` (one block) is
    what was taken off, ``bottoms`` about the least that is left; ``stirred`` u8[chunks] says which chunks have to be
    looked at. ``drawn``, ``mask`` and ``twice`` (one block each) and ``moved`` are for a ``Block`` and a ``Tally``.
    ``steps`` and ``lane`` are for jumps, and empty where no loop is sure.
    """

    values: Blocks
    rewards: Blocks
    tops: Blocks
    bottoms: Blocks
    stirred: Bytes
    drawn: Blocks
    mask: Blocks
    twice: Blocks
    moved: Floats
    steps: Blocks
    lane: Lane


class Tally(NamedTuple):
    """Sums f64[S or 0, 2] over rewards of x = V - share * r and of x squared, by state.

    ``mask`` (one block) is one for the lanes that count; ``moved`` f64[3] holds the sums over those of what the shift
    took from x and of the square of that, and two times what it took where that is the same for all; ``twice`` is that
    lane by lane where it is not. Taken as one number, what rounding does to x does the same to x squared.
    """

    sums: Floats
    share: float
    mask: Blocks
    twice: Blocks
    moved: Floats


@inlined_kernel
def backup(groups: Groups, position: int, reward, values: Blocks):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the best row of a position, lane by lane: what is no number is smaller than any."""
    best = scale(entry(groups.stays, position), reward)
    for group in range(entry(groups.group_ptr, position), entry(groups.group_ptr, position + 1)):
        first, end = entry(groups.target_ptr, group), entry(groups.target_ptr, group + 1)
        target = load(values, entry(groups.targets, first))
        for j in range(first + 1, end):
            target = larger(target, load(values, entry(groups.targets, j)))
        worth = fused(entry(groups.weights, group), target, scale(entry(groups.gains, group), reward))
        for j in range(entry(groups.common_ptr, group), entry(groups.common_ptr, group + 1)):
            worth = fused(entry(groups.shares, j), load(values, entry(groups.commons, j)), worth)
        best = larger(best, worth)
    return best


@inner_kernel
def draw_at(block: Block, state: int) -> None:
    """Draw the rewards of a state."""
    apart()
    draw_uniform(block.seed, block.number, state, block.drawn, 0)


@inlined_kernel
def given_reward(block: Block, state: int):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return the rewards of a state that were given."""
    return load_from(block.rewards, state * block.stride + block.offset, block.drawn)


@inlined_kernel
def shifted_reward(block: Block, position: int, top):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the rewards at a position, less what is taken off."""
    state = entry(block.order, position)
    if block.seed == GIVEN:
        reward = given_reward(block, state)
    else:
        draw_at(block, state)
        reward = load(block.drawn, 0)
    return minus(reward, top)


@inner_kernel
def choose_shift(block: Block, desk: Desk) -> None:
    """Choose what is taken off each reward: its largest number among some of the states, 1 for those of U[0, 1).

    Any number is right; one near the values of good states leaves least to rounding.
    """
    lean()
    if block.seed != GIVEN:
        store(desk.tops, 0, splat(1.0, desk.tops))
        store(desk.bottoms, 0, splat(-1.0, desk.tops))
        return
    count = len(block.order)
    top = bottom = given_reward(block, block.order[0])
    for i in range(1, min(count, SAMPLED)):
        reward = given_reward(block, block.order[i * count // min(count, SAMPLED)])
        top, bottom = larger(reward, top), smaller(reward, bottom)
    store(desk.tops, 0, top)
    store(desk.bottoms, 0, minus(bottom, top))


@inner_kernel
def open_tally(tally: Tally, first: int, end: int, seed: int, tops: Blocks) -> None:
    """Make ready for a block of which the lanes ``first : end`` count; drawn rewards are all shifted alike."""
    tally.moved[0], tally.moved[1], tally.moved[2] = 0.0, 0.0, 0.0
    for number in range(width(tops)):
        counts = 1.0 if first <= number < end else 0.0
        shift = np.float32(counts * (1.0 - tally.share) * float(lane_at(tops, 0, number)))
        put_lane(tally.mask, 0, number, np.float32(counts))
        put_lane(tally.twice, 0, number, np.float32(2.0 if seed == GIVEN else 0.0) * shift)
        tally.moved[0] += float(shift)
        tally.moved[1] += float(shift) * float(shift)
        if seed != GIVEN and number == first:
            tally.moved[2] = 2.0 * float(shift)


@inlined_kernel
def count_in(tally: Tally, state: int, worth) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """Add V - share * r of a state, shifted, to its sums."""
    worth = scale(worth, load(tally.mask, 0))
    whole = total(worth)
    tally.sums[state, 0] += whole + tally.moved[0]
    squares = total(scale(worth, plus(worth, load(tally.twice, 0))))
    tally.sums[state, 1] += squares + tally.moved[2] * whole + tally.moved[1]


@inlined_kernel
def ask_for(groups: Groups, asked: int, position: int, values: Blocks) -> int:
    """Have the values brought near that earlier positions than this one read, from the target ``asked`` on."""
    until: int = entry(groups.target_ptr, entry(groups.group_ptr, position))
    for j in range(asked, until):
        fetch(values, entry(groups.targets, j))
    return max(asked, until)


@inlined_kernel
def ask_for_reward(block: Block, position: int) -> None:
    """Have a given reward brought near: those of one block lie far apart, so that the machine does not foresee it."""
    if block.seed == GIVEN:
        fetch_from(block.rewards, entry(block.order, position) * block.stride + block.offset, block.drawn)


@inner_kernel
def pass_once(groups: Groups, first: int, end: int, block: Block, desk: Desk, tally: Tally) -> None:
    """Work out positions that read earlier ones only; drawn rewards are put on the desk where there is room."""
    lean()
    apart()
    top, counting = load(desk.tops, 0), len(tally.sums) > 0
    keeping = block.seed != GIVEN and len(desk.rewards) > 0
    ahead = AHEAD if end - first > NEAR else 0
    asked = entry(groups.target_ptr, entry(groups.group_ptr, first))
    for position in range(first, end):
        asked = ask_for(groups, asked, min(position + ahead, end), desk.values)
        if ahead > 0:
            ask_for_reward(block, min(position + ahead, end - 1))
        reward = shifted_reward(block, position, top)
        if keeping:
            store(desk.rewards, position, reward)
        value = backup(groups, position, reward, desk.values)
        store(desk.values, position, value)
        if counting:
            count_in(tally, entry(block.order, position), fused(-tally.share, reward, value))


@inner_kernel
def count_loop(first: int, end: int, block: Block, desk: Desk, tally: Tally) -> None:
    """Add the values of a settled loop to the sums."""
    lean()
    for position in range(first, end):
        worth = load(desk.values, position)
        if tally.share > 0.0:
            worth = fused(-tally.share, load(desk.rewards, position), worth)
        count_in(tally, entry(block.order, position), worth)


@inner_kernel
def guess(groups: Groups, first: int, end: int, block: Block, desk: Desk) -> None:
    """Start from what staying is worth, or from about the least a value can be; put the rewards on the desk."""
    lean()
    top, least = load(desk.tops, 0), load(desk.bottoms, 0)
    for position in range(first, end):
        ask_for_reward(block, min(position + AHEAD, end - 1))
        reward = shifted_reward(block, position, top)
        store(desk.rewards, position, reward)
        store(desk.values, position, larger(scale(entry(groups.stays, position), reward), least))
