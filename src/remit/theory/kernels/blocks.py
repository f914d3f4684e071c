"""A block of rewards on a grouped program: where it is worked on, one step of lookahead, and its sums.

Values are normalised and *shifted*: each reward's largest number is taken off, so that good states have values near
zero, where single precision is finest.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Blocks, Bytes, Floats, Integers, Singles, SmallIntegers
from remit.theory.kernels.addresses import by_address
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel, linked_kernel
from remit.theory.kernels.drawing import draw_uniform
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.records import record
from remit.theory.kernels.vectors import entry, lean
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


@record
class Table(NamedTuple):
    """Given rewards, ``columns`` for each state: of block n and state s from ``numbers[n * step + s * stride]`` on.

    They lie state by state (``step`` is a block, ``stride`` all columns) or block by block, which is read in one go.
    With a ``seed`` (not ``GIVEN``) there are none: they are those of U[0, 1), drawn on the desk when their position is
    worked on, and forgotten again.
    """

    numbers: Singles
    columns: int
    stride: int
    step: int
    seed: int


@record
class Lane(NamedTuple):
    """A few rewards of a loop side by side, each near enough to follow its steps quickly.

    ``steps`` i32, ``rewards`` and ``values`` f32 hold some rewards one after the other, each by position;
    ``marks`` i32[S] holds 0 for what was not met, 1 for what is done, 2 and more for a place on the ``trail`` i32[S].
    ``moves`` (one block) is above zero for rewards that may have better steps.
    """

    steps: SmallIntegers
    rewards: Singles
    values: Singles
    marks: SmallIntegers
    trail: SmallIntegers
    moves: Blocks


@record
class Desk(NamedTuple):
    """Where one block is worked on: ``values`` and ``rewards``, shifted, by position.

    ``rewards`` is empty where neither a loop nor a proof about drawn rewards reads them again. ``tops`` (one block) is
    what was taken off, ``bottoms`` about the least that is left; ``stirred`` u8[chunks] says which chunks have to be
    looked at. ``drawn`` (one block) is for drawn rewards, ``steps`` and ``lane`` are for jumps, empty where no loop is
    sure.

    For sums over rewards, ``mask`` (one block) is one for the lanes that count; ``moved`` f64[3] holds the sums over
    those of what the shift took from x = V - share * r and of the square of that, and two times what it took where that
    is the same for all; ``twice`` is that lane by lane where it is not. Taken as one number, what rounding does to x
    does the same to x squared.
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


@record
class Addresses(NamedTuple):
    """Where the kernels are that not every model needs (``addresses.by_address``); any number where it does not."""

    once: int
    draw: int
    settle: int
    pair: int
    jump: int
    residual: int


class Block(NamedTuple):
    """Block ``number`` of the rewards of a table, and the desk it is worked on.

    Given rewards of state s are those from ``stride`` s + ``offset`` on.
    """

    table: Table
    desk: Desk
    offset: int
    number: int
    addresses: Addresses


@record
class Results(NamedTuple):
    """What is wanted of solved blocks, and gets it; what is empty is not.

    ``sums`` f64[2 S] over rewards of x = V - ``share`` * r and of x squared, by state; ``values``, as many blocks for
    each state as there are; ``residual`` f64[1], the largest |T V - V| on the original rows.
    """

    sums: Floats
    share: float
    values: Blocks
    residual: Floats


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


@linked_kernel
def draw(seed: int, number: int, state: int, desk: Desk) -> None:
    """Draw the rewards of a state."""
    draw_uniform(seed, number, state, desk.drawn, 0)


draw_at = by_address(draw)


@inlined_kernel
def given_reward(block: Block, state: int):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return the rewards of a state that were given."""
    return load_from(block.table.numbers, state * block.table.stride + block.offset, block.desk.drawn)


@inlined_kernel
def shifted_reward(groups: Groups, block: Block, position: int, top):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the rewards at a position, less what is taken off."""
    state = entry(groups.order, position)
    if block.table.seed == GIVEN:
        reward = given_reward(block, state)
    else:
        draw_at(block.addresses.draw, block.table.seed, block.number, state, block.desk)
        reward = load(block.desk.drawn, 0)
    return minus(reward, top)


@inner_kernel
def choose_shift(groups: Groups, block: Block) -> None:
    """Choose what is taken off each reward: its largest number among some of the states, 1 for those of U[0, 1).

    Any number is right; one near the values of good states leaves least to rounding.
    """
    lean()
    desk = block.desk
    if block.table.seed != GIVEN:
        store(desk.tops, 0, splat(1.0, desk.tops))
        store(desk.bottoms, 0, splat(-1.0, desk.tops))
        return
    count = len(groups.order)
    top = bottom = given_reward(block, entry(groups.order, 0))
    looked = SAMPLED if count > SAMPLED else count
    for i in range(1, looked):
        reward = given_reward(block, entry(groups.order, i * count // looked))
        top, bottom = larger(reward, top), smaller(reward, bottom)
    store(desk.tops, 0, top)
    store(desk.bottoms, 0, minus(bottom, top))


@inner_kernel
def open_sums(results: Results, block: Block, first: int, end: int) -> None:
    """Make ready for a block of which the lanes ``first : end`` count; drawn rewards are all shifted alike."""
    desk, moved, given = block.desk, block.desk.moved, block.table.seed == GIVEN
    moved[0], moved[1], moved[2] = 0.0, 0.0, 0.0
    for number in range(width(desk.tops)):
        counts = np.float32(1.0 if first <= number < end else 0.0)
        shift = counts * np.float32(1.0 - results.share) * lane_at(desk.tops, 0, number)
        put_lane(desk.mask, 0, number, counts)
        put_lane(desk.twice, 0, number, shift + shift if given else np.float32(0.0))
        moved[0] += shift
        moved[1] += np.float64(shift) * np.float64(shift)
        if not given and number == first:
            moved[2] = shift + shift


@inlined_kernel
def count_in(results: Results, desk: Desk, state: int, worth) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """Add V - share * r of a state, shifted, to its sums."""
    worth, moved, sums = scale(worth, load(desk.mask, 0)), desk.moved, results.sums
    whole, squares = total(worth), total(scale(worth, plus(worth, load(desk.twice, 0))))
    sums[2 * state] = entry(sums, 2 * state) + (whole + entry(moved, 0))
    sums[2 * state + 1] = entry(sums, 2 * state + 1) + (squares + entry(moved, 2) * whole + entry(moved, 1))


@inlined_kernel
def ask_for(groups: Groups, asked: int, position: int, values: Blocks) -> int:
    """Have the values brought near that earlier positions than this one read, from the target ``asked`` on."""
    until: int = entry(groups.target_ptr, entry(groups.group_ptr, position))
    for j in range(asked, until):
        fetch(values, entry(groups.targets, j))
    return until if until > asked else asked


@inlined_kernel
def ask_for_reward(order: Integers, block: Block, position: int) -> None:
    """Have a given reward brought near: those of one block lie far apart, so that the machine does not foresee it."""
    if block.table.seed == GIVEN:
        table = block.table
        fetch_from(table.numbers, entry(order, position) * table.stride + block.offset, block.desk.drawn)


@linked_kernel
def pass_once(groups: Groups, first: int, end: int, block: Block, results: Results) -> None:
    """Work out positions that read earlier ones only; drawn rewards are put on the desk where there is room."""
    lean()
    desk = block.desk
    top, counting = load(desk.tops, 0), len(results.sums) > 0
    keeping = block.table.seed != GIVEN and len(desk.rewards) > 0
    ahead = AHEAD if end - first > NEAR else 0
    asked = entry(groups.target_ptr, entry(groups.group_ptr, first))
    for position in range(first, end):
        soon = position + ahead if position + ahead < end else end
        asked = ask_for(groups, asked, soon, desk.values)
        if ahead > 0:
            ask_for_reward(groups.order, block, soon if soon < end else end - 1)
        reward = shifted_reward(groups, block, position, top)
        if keeping:
            store(desk.rewards, position, reward)
        value = backup(groups, position, reward, desk.values)
        store(desk.values, position, value)
        if counting:
            count_in(results, desk, entry(groups.order, position), fused(-results.share, reward, value))


pass_once_at = by_address(pass_once)


@inner_kernel
def count_loop(groups: Groups, first: int, end: int, desk: Desk, results: Results) -> None:
    """Add the values of a settled loop to the sums."""
    lean()
    for position in range(first, end):
        worth = load(desk.values, position)
        if results.share > 0.0:
            worth = fused(-results.share, load(desk.rewards, position), worth)
        count_in(results, desk, entry(groups.order, position), worth)


@inner_kernel
def guess(groups: Groups, first: int, end: int, block: Block) -> None:
    """Start from what staying is worth, or from about the least a value can be; put the rewards on the desk."""
    lean()
    desk = block.desk
    top, least = load(desk.tops, 0), load(desk.bottoms, 0)
    for position in range(first, end):
        soon = position + AHEAD
        ask_for_reward(groups.order, block, soon if soon < end else end - 1)
        reward = shifted_reward(groups, block, position, top)
        store(desk.rewards, position, reward)
        store(desk.values, position, larger(scale(entry(groups.stays, position), reward), least))
