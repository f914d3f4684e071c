"""Loops in which every step is sure: follow each lane's best steps to their end and evaluate the cycles exactly.

One jump is a step of policy iteration (Howard 1960) for each reward: what sweeps carry round a cycle only g at a time
is there at once, so that the work grows little as g nears one.
"""

import numpy as np

from remit.theory.arrays import Blocks
from remit.theory.kernels.blocks import Desk, Lane
from remit.theory.kernels.compiling import inner_kernel, linked_kernel
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.vectors import entry, lean
from remit.theory.kernels.wide import (
    choose,
    fused,
    gap,
    highest,
    lane_at,
    larger,
    load,
    plus,
    put_lane,
    scale,
    splat,
    store,
    width,
)

CLOSE = 2.0**-22
"""A step is kept unless another is better by more than rounding, as a share of the value."""
ROUNDS = 2
"""Steps of policy iteration to a jump: more of them cost more than the sweeps between jumps."""
TOGETHER = 8
"""Rewards that are taken out of the blocks at a time: a line of the cache is then waited for less often."""


@inner_kernel
def forget_steps(first: int, end: int, steps: Blocks, moves: Blocks) -> None:
    """Write that no step of a loop is known, and that all lanes may have better ones."""
    store(moves, 0, splat(1.0, moves))
    for position in range(first, end):
        store(steps, position, splat(-1.0, steps))


@inner_kernel
def choose_steps(
    groups: Groups,
    first: int,
    end: int,
    values: Blocks,
    rewards: Blocks,
    steps: Blocks,
    moves: Blocks,
) -> bool:
    """Fill ``steps`` with the position each lane's best row leads to, the own one for staying.

    ``moves`` (one block) is above zero for lanes that may have better steps, and stays so where some differ from what
    stood there. Returns whether it does for any.
    """
    lean()
    none = splat(0.0, steps)
    moved = none
    for position in range(first, end):
        reward, kept = load(rewards, position), load(steps, position)
        close = scale(CLOSE, gap(0.0, load(values, position)))
        best = larger(scale(entry(groups.stays, position), reward), splat(-np.inf, steps))
        best = plus(choose(0.5, gap(float(position), kept), close, none), best)
        step = splat(float(position), steps)
        for group in range(groups.group_ptr[position], groups.group_ptr[position + 1]):
            here = scale(groups.gains[group], reward)
            begin, stop = groups.target_ptr[group], groups.target_ptr[group + 1]
            for j in range(begin, stop):
                target = float(groups.targets[j])
                worth = fused(groups.weights[group], load(values, groups.targets[j]), here)
                worth = plus(choose(0.5, gap(target, kept), close, none), worth)
                step = choose(worth, best, splat(target, steps), step)
                best = larger(worth, best)
        moved = larger(gap(step, kept), moved)
        store(steps, position, step)
    store(moves, 0, choose(load(moves, 0), none, moved, none))
    return bool(highest(load(moves, 0)) > 0.0)


@inner_kernel
def take_lanes(number: int, first: int, end: int, steps: Blocks, rewards: Blocks, out: Lane) -> None:
    """Copy a few rewards out of the blocks, and their steps: they lie together there, and are waited for once."""
    lean()
    for position in range(first, end):
        for i in range(TOGETHER):
            place = i * len(out.marks) + position
            out.steps[place] = np.int32(lane_at(steps, position, number + i))
            out.rewards[place] = lane_at(rewards, position, number + i)


@inner_kernel
def put_lanes(number: int, first: int, end: int, lane: Lane, values: Blocks) -> None:
    """Write the values of those rewards into the blocks that were worked out."""
    lean()
    for position in range(first, end):
        for i in range(TOGETHER):
            if lane_at(lane.moves, 0, number + i) > 0.0:
                put_lane(values, position, number + i, entry(lane.values, i * len(lane.marks) + position))


@inner_kernel
def worth_of_cycle(start: int, depth: int, discount: float, base: int, lane: Lane) -> float:
    """Return what going round a cycle, ``trail[start:depth]``, for ever is worth from its first position on."""
    once, share = 0.0, 1.0
    for i in range(start, depth):
        once += share * (1.0 - discount) * float(entry(lane.rewards, base + entry(lane.trail, i)))
        share *= discount
    return once / (1.0 - share)


@inner_kernel
def follow_lane(first: int, end: int, discount: float, number: int, values: Blocks, lane: Lane) -> None:
    """Evaluate one reward's steps: cycles first, then everything that leads to them, or to ``values`` elsewhere."""
    lean()
    base = number % TOGETHER * len(lane.marks)
    for position in range(first, end):
        lane.marks[position] = 0
    for root in range(first, end):
        depth, position = 0, root
        while first <= position < end and entry(lane.marks, position) == 0:
            lane.marks[position], lane.trail[depth] = depth + 2, position
            depth += 1
            position = entry(lane.steps, base + position)
        if not first <= position < end:
            worth = float(lane_at(values, position, number))
        elif entry(lane.marks, position) >= 2:
            worth = worth_of_cycle(entry(lane.marks, position) - 2, depth, discount, base, lane)
        else:
            worth = float(entry(lane.values, base + position))
        for i in range(depth - 1, -1, -1):
            here = entry(lane.trail, i)
            worth = (1.0 - discount) * float(entry(lane.rewards, base + here)) + discount * worth
            lane.values[base + here], lane.marks[here] = np.float32(worth), 1


@inner_kernel
def evaluate(first: int, end: int, discount: float, steps: Blocks, lane: Lane, rewards: Blocks, values: Blocks) -> None:
    """Work out what the steps are worth of the lanes that have better ones, ``TOGETHER`` at a time."""
    lean()
    for number in range(0, width(values), TOGETHER):
        moved = False
        for i in range(number, number + TOGETHER):
            moved = moved or lane_at(lane.moves, 0, i) > 0.0
        if not moved:
            continue
        take_lanes(number, first, end, steps, rewards, lane)
        for i in range(number, number + TOGETHER):
            if lane_at(lane.moves, 0, i) > 0.0:
                follow_lane(first, end, discount, i, values, lane)
        put_lanes(number, first, end, lane, values)


@linked_kernel
def jump(groups: Groups, first: int, end: int, discount: float, desk: Desk) -> bool:
    """Replace the values of a sure loop by what each lane's best steps are worth; false where none are better then.

    Lanes in which none are have settled, and are left alone by later jumps. That is asked right after steps were
    evaluated: sweeps carry what is better on to what is kept, so that later the same may look best that is not yet.
    """
    lean()
    steps, lane, rewards, values = desk.steps, desk.lane, desk.rewards, desk.values
    unsettled = load(lane.moves, 0)
    choose_steps(groups, first, end, values, rewards, steps, lane.moves)
    store(lane.moves, 0, unsettled)
    for _ in range(ROUNDS):
        evaluate(first, end, discount, steps, lane, rewards, values)
        if not choose_steps(groups, first, end, values, rewards, steps, lane.moves):
            return False
    return True
