"""Loops in which every step is sure: follow each lane's best steps to their end and evaluate the cycles exactly.

One jump is a step of policy iteration (Howard 1960) for each reward: what sweeps carry round a cycle only g at a time
is there at once, so that the work does not grow as g nears one.
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
    put_lane,
    scale,
    splat,
    store,
    width,
)


@inner_kernel
def forget_steps(first: int, end: int, steps: Blocks) -> None:
    """Write that no step of a loop is known."""
    for position in range(first, end):
        store(steps, position, splat(-1.0, steps))


@inner_kernel
def choose_steps(
    groups: Groups, first: int, end: int, values: Blocks, rewards: Blocks, steps: Blocks, moves: Blocks
) -> bool:
    """Fill ``steps`` with the position each lane's best row leads to, the own one for staying.

    Returns whether any differs from what stood there; ``moves`` (one block) is above zero for the lanes where one does.
    """
    lean()
    moved = splat(0.0, steps)
    for position in range(first, end):
        reward = load(rewards, position)
        best = larger(scale(entry(groups.stays, position), reward), splat(-np.inf, steps))
        step = splat(float(position), steps)
        for group in range(groups.group_ptr[position], groups.group_ptr[position + 1]):
            here = scale(groups.gains[group], reward)
            begin, stop = groups.target_ptr[group], groups.target_ptr[group + 1]
            for j in range(begin, stop):
                worth = fused(groups.weights[group], load(values, groups.targets[j]), here)
                step = choose(worth, best, splat(float(groups.targets[j]), steps), step)
                best = larger(worth, best)
        moved = larger(gap(step, load(steps, position)), moved)
        store(steps, position, step)
    store(moves, 0, moved)
    return bool(highest(moved) > 0.0)


@inner_kernel
def take_lane(number: int, first: int, end: int, steps: Blocks, rewards: Blocks, values: Blocks, out: Lane) -> None:
    """Copy one reward out of the blocks."""
    lean()
    for position in range(first, end):
        out.steps[position], out.marks[position] = np.int32(lane_at(steps, position, number)), 0
        out.rewards[position] = lane_at(rewards, position, number)
        out.values[position] = lane_at(values, position, number)


@inner_kernel
def close_cycle(start: int, depth: int, discount: float, lane: Lane) -> None:
    """Write the value of the first position of a cycle, ``trail[start:depth]``: what going round for ever is worth."""
    once, share = 0.0, 1.0
    for i in range(start, depth):
        once += share * (1.0 - discount) * float(entry(lane.rewards, entry(lane.trail, i)))
        share *= discount
    lane.values[lane.trail[start]] = np.float32(once / (1.0 - share))


@inner_kernel
def follow_lane(first: int, end: int, discount: float, lane: Lane) -> None:
    """Evaluate one lane's steps: cycles first, then everything that leads to them."""
    lean()
    for root in range(first, end):
        depth, position = 0, root
        while first <= position < end and entry(lane.marks, position) == 0:
            lane.marks[position], lane.trail[depth] = depth + 2, position
            depth += 1
            position = entry(lane.steps, position)
        if first <= position < end and entry(lane.marks, position) >= 2:
            close_cycle(entry(lane.marks, position) - 2, depth, discount, lane)
            lane.marks[position] = 1
        for i in range(depth - 1, -1, -1):
            here = entry(lane.trail, i)
            if entry(lane.marks, here) == 1:
                continue
            after = float(entry(lane.values, entry(lane.steps, here)))
            value = (1.0 - discount) * float(entry(lane.rewards, here)) + discount * after
            lane.values[here], lane.marks[here] = np.float32(value), 1


@linked_kernel
def jump(groups: Groups, first: int, end: int, discount: float, desk: Desk) -> bool:
    """Replace the values of a sure loop by what each lane's best steps are worth; false where those did not change.

    Steps that stay the best once they were evaluated are optimal: the loop has settled.
    """
    lean()
    steps, lane, rewards, values = desk.steps, desk.lane, desk.rewards, desk.values
    if not choose_steps(groups, first, end, values, rewards, steps, lane.moves):
        return False
    for number in range(width(values)):
        if lane_at(lane.moves, 0, number) == 0.0:  # it was worked out before, and nothing better was found since
            continue
        take_lane(number, first, end, steps, rewards, values, lane)
        follow_lane(first, end, discount, lane)
        for position in range(first, end):
            put_lane(values, position, number, entry(lane.values, position))
    return True
