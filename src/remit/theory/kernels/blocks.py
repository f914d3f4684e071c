"""A block of rewards on a grouped program: where it is worked on, one step of lookahead, and its sums.

Values are normalised and *shifted*: each reward's largest number is taken off, so that good states have values near
zero, where single precision is finest.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Blocks, Bytes, Floats, Integers
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel
from remit.theory.kernels.drawing import draw_uniform
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.jumping import Lane
from remit.theory.kernels.vectors import apart, entry, lean
from remit.theory.kernels.wide import (
    fetch,
    fused,
    lane_at,
    larger,
    load,
    minus,
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


class Block(NamedTuple):
    """The rewards of one block: of state s ``rewards[s * stride + offset]``; ``order`` i64[S] lists states by position.

    With a ``seed`` (not ``GIVEN``) they are those of U[0, 1) of block ``number``, drawn to that place when their
    position is worked on, and forgotten again (``stride`` and ``offset`` are zero).
    """

    rewards: Blocks
    stride: int
    offset: int
    order: Integers
    seed: int
    number: int


class Desk(NamedTuple):
    """Where one block is worked on: ``values`` and ``rewards``, shifted, by position.

    ``rewards`` is empty where neither a loop nor a proof about drawn rewards reads them again. ``tops`` (one block) is
    what was taken off, ``bottoms`` about the least that is left; ``stirred`` u8[chunks] says which chunks have to be
    looked at. ``steps`` and ``lane`` are for jumps, and empty where no loop is sure.
    """

    values: Blocks
    rewards: Blocks
    tops: Blocks
    bottoms: Blocks
    stirred: Bytes
    steps: Blocks
    lane: Lane


class Tally(NamedTuple):
    """Sums f64[S or 0, 2] over rewards of x = V - share * r and of x squared, by state.

    ``mask`` (one block) is one for the lanes that count; ``shifts`` is what the shift took from x where they do, and
    ``moved`` f64[3] the sums of that and of its square, and what all lanes have in common (-1: they differ).
    """

    sums: Floats
    share: float
    mask: Blocks
    shifts: Blocks
    moved: Floats


@inlined_kernel
def backup(groups: Groups, position: int, reward, values: Blocks):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the best row of a position, lane by lane."""
    best = splat(-np.inf, reward)
    for group in range(entry(groups.group_ptr, position), entry(groups.group_ptr, position + 1)):
        worth = scale(entry(groups.gains, group), reward)
        first, end = entry(groups.target_ptr, group), entry(groups.target_ptr, group + 1)
        if first < end:
            target = load(values, entry(groups.targets, first))
            for j in range(first + 1, end):
                target = larger(target, load(values, entry(groups.targets, j)))
            worth = fused(entry(groups.weights, group), target, worth)
        for j in range(entry(groups.common_ptr, group), entry(groups.common_ptr, group + 1)):
            worth = fused(entry(groups.shares, j), load(values, entry(groups.commons, j)), worth)
        best = larger(worth, best)
    return best


@inner_kernel
def draw_at(block: Block, state: int, place: int) -> None:
    """Draw the rewards of a state."""
    apart()
    draw_uniform(block.seed, block.number, state, block.rewards, place)


@inlined_kernel
def shifted_reward(block: Block, position: int, top):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the rewards at a position, less what is taken off."""
    state = entry(block.order, position)
    place = state * block.stride + block.offset
    if block.seed != GIVEN:
        draw_at(block, state, place)
    return minus(load(block.rewards, place), top)


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
    top = bottom = load(block.rewards, block.order[0] * block.stride + block.offset)
    for i in range(1, min(count, SAMPLED)):
        state = block.order[i * count // min(count, SAMPLED)]
        reward = load(block.rewards, state * block.stride + block.offset)
        top, bottom = larger(reward, top), smaller(reward, bottom)
    store(desk.tops, 0, top)
    store(desk.bottoms, 0, minus(bottom, top))


@inner_kernel
def open_tally(tally: Tally, counted: int, seed: int, tops: Blocks) -> None:
    """Make ready for a block of which the first ``counted`` lanes count; drawn rewards are all shifted alike."""
    tally.moved[0], tally.moved[1] = 0.0, 0.0
    for number in range(width(tops)):
        counts = 1.0 if number < counted else 0.0
        shift = np.float32(counts * (1.0 - tally.share) * float(lane_at(tops, 0, number)))
        put_lane(tally.mask, 0, number, np.float32(counts))
        put_lane(tally.shifts, 0, number, shift)
        tally.moved[0] += float(shift)
        tally.moved[1] += float(shift) * float(shift)
    tally.moved[2] = -1.0 if seed == GIVEN else float(lane_at(tally.shifts, 0, 0))


@inlined_kernel
def count_in(tally: Tally, state: int, reward, value) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """Add the values of a state, both shifted, to its sums."""
    worth = scale(fused(-tally.share, reward, value), load(tally.mask, 0))
    whole = total(worth)
    mixed = tally.moved[2] * whole if tally.moved[2] >= 0.0 else total(scale(worth, load(tally.shifts, 0)))
    tally.sums[state, 0] += whole + tally.moved[0]
    tally.sums[state, 1] += total(scale(worth, worth)) + 2.0 * mixed + tally.moved[1]


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
        fetch(block.rewards, entry(block.order, position) * block.stride + block.offset)


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
            count_in(tally, entry(block.order, position), reward, value)


@inner_kernel
def count_loop(first: int, end: int, block: Block, desk: Desk, tally: Tally) -> None:
    """Add the values of a settled loop to the sums."""
    lean()
    for position in range(first, end):
        count_in(tally, entry(block.order, position), load(desk.rewards, position), load(desk.values, position))


@inner_kernel
def guess(groups: Groups, first: int, end: int, block: Block, desk: Desk) -> None:
    """Start from what staying is worth, or from about the least a value can be; put the rewards on the desk."""
    lean()
    top, least = load(desk.tops, 0), load(desk.bottoms, 0)
    ahead = AHEAD if end - first > NEAR else 0
    for position in range(first, end):
        if ahead > 0:
            ask_for_reward(block, min(position + ahead, end - 1))
        reward, best = shifted_reward(block, position, top), least
        store(desk.rewards, position, reward)
        for group in range(groups.group_ptr[position], groups.group_ptr[position + 1]):
            alone = groups.target_ptr[group] == groups.target_ptr[group + 1]
            if alone and groups.common_ptr[group] == groups.common_ptr[group + 1]:
                best = larger(scale(groups.gains[group], reward), best)
        store(desk.values, position, best)
