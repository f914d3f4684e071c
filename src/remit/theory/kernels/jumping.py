"""Loops in which every step is sure: follow each lane's best steps to their end and evaluate the cycles exactly.

One jump is a step of policy iteration (Howard 1960) for each reward: what sweeps carry round a cycle only g at a time
is there at once, so that the work does not grow as g nears one.
"""

import numpy as np

from remit.theory.arrays import Singles, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.wide import WIDE, choose, fused, gap, highest, larger, load, scale, splat, store


@inner_kernel
def is_sure(groups: Groups, first: int, end: int) -> bool:
    """Return whether every row of some positions leads to one place, or stays."""
    begin, stop = groups.group_ptr[first], groups.group_ptr[end]
    return bool(groups.common_ptr[begin] == groups.common_ptr[stop])


@inner_kernel
def choose_steps(groups: Groups, first: int, end: int, values: Singles, rewards: Singles, steps: Singles) -> bool:
    """Fill ``steps`` f32[S * WIDE] with the position each lane's best row leads to, the own one for staying.

    Returns whether any differs from what stood there.
    """
    moved = splat(np.float32(0.0))
    for position in range(first, end):
        reward = load(rewards, position * WIDE)
        best, step = splat(np.float32(-np.inf)), splat(np.float32(position))
        for group in range(groups.group_ptr[position], groups.group_ptr[position + 1]):
            here = scale(splat(groups.gains[group]), reward)
            begin, stop = groups.target_ptr[group], groups.target_ptr[group + 1]
            if begin == stop:
                step = choose(here, best, splat(np.float32(position)), step)
                best = larger(here, best)
            for j in range(begin, stop):
                worth = fused(splat(groups.weights[group]), load(values, groups.targets[j] * WIDE), here)
                step = choose(worth, best, splat(np.float32(groups.targets[j])), step)
                best = larger(worth, best)
        moved = larger(gap(step, load(steps, position * WIDE)), moved)
        store(steps, position * WIDE, step)
    return bool(highest(moved) > 0.0)


@inner_kernel
def close_cycle(
    lane: int, start: int, depth: int, discount: float, trail: SmallIntegers, rewards: Singles, values: Singles
) -> None:
    """Write the value of the first position of a cycle, ``trail[start:depth]``: what going round for ever is worth."""
    once, share = 0.0, 1.0
    for i in range(start, depth):
        once += share * (1.0 - discount) * float(rewards[trail[i] * WIDE + lane])
        share *= discount
    values[trail[start] * WIDE + lane] = np.float32(once / (1.0 - share))


@inner_kernel
def follow_lane(
    lane: int,
    first: int,
    end: int,
    discount: float,
    steps: Singles,
    marks: SmallIntegers,
    trail: SmallIntegers,
    rewards: Singles,
    values: Singles,
) -> None:
    """Evaluate one lane's steps: cycles first, then everything that leads to them.

    ``marks`` i32[S] holds 0 for what was not met, 1 for what is done, 2 and more for a place on the ``trail``.
    """
    for position in range(first, end):
        marks[position] = 0
    for root in range(first, end):
        depth, position = 0, root
        while first <= position < end and marks[position] == 0:
            marks[position], trail[depth] = depth + 2, position
            depth += 1
            position = int(steps[position * WIDE + lane])
        if first <= position < end and marks[position] >= 2:
            start = marks[position] - 2
            close_cycle(lane, start, depth, discount, trail, rewards, values)
            marks[position] = 1
        for i in range(depth - 1, -1, -1):
            here = trail[i]
            if marks[here] == 1:
                continue
            after = int(steps[here * WIDE + lane])
            value = (1.0 - discount) * float(rewards[here * WIDE + lane]) + discount * float(
                values[after * WIDE + lane]
            )
            values[here * WIDE + lane] = np.float32(value)
            marks[here] = 1


@inner_kernel
def jump(
    groups: Groups,
    first: int,
    end: int,
    discount: float,
    steps: Singles,
    marks: SmallIntegers,
    trail: SmallIntegers,
    rewards: Singles,
    values: Singles,
) -> bool:
    """Replace the values of a sure loop by what each lane's best steps are worth; false where those did not change.

    Steps that stay the best once they were evaluated are optimal: the loop has settled.
    """
    if not choose_steps(groups, first, end, values, rewards, steps):
        return False
    for lane in range(WIDE):
        follow_lane(lane, first, end, discount, steps, marks, trail, rewards, values)
    return True
