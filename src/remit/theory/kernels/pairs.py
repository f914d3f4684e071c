"""Loops of two states: Newton's method on the value of the first, lane by lane, before sweeps look whether it is right.

What going round once makes of that value is convex and piecewise linear and rises by less than one, so each step is one
of policy iteration (Puterman and Brumelle 1979); sweeps carry what is worth going round for only a little at a time.
"""

import numpy as np

from remit.theory.kernels.blocks import Desk
from remit.theory.kernels.compiling import inlined_kernel, linked_kernel
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.vectors import entry, lean
from remit.theory.kernels.wide import choose, fused, gap, highest, inverse, larger, load, minus, scale, splat, store

STEPS = 4
"""Hardly a reward needs more; sweeps finish the work of those that do."""


@inlined_kernel
def tangent(groups: Groups, position: int, other: int, desk: Desk):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return the best row of a position, lane by lane, and how much it takes of the value of the other one."""
    reward = load(desk.rewards, position)
    best = larger(scale(entry(groups.stays, position), reward), splat(-np.inf, reward))
    slope = splat(0.0, reward)
    for group in range(entry(groups.group_ptr, position), entry(groups.group_ptr, position + 1)):
        here, share = scale(entry(groups.gains, group), reward), np.float32(0.0)
        for j in range(entry(groups.common_ptr, group), entry(groups.common_ptr, group + 1)):
            here = fused(entry(groups.shares, j), load(desk.values, entry(groups.commons, j)), here)
            share += entry(groups.shares, j) if entry(groups.commons, j) == other else np.float32(0.0)
        for j in range(entry(groups.target_ptr, group), entry(groups.target_ptr, group + 1)):
            worth = fused(entry(groups.weights, group), load(desk.values, entry(groups.targets, j)), here)
            whole = share + (entry(groups.weights, group) if entry(groups.targets, j) == other else np.float32(0.0))
            slope = choose(worth, best, splat(whole, reward), slope)
            best = larger(worth, best)
    return best, slope


@linked_kernel
def close_pair(groups: Groups, first: int, desk: Desk, epsilon: float) -> None:
    """Bring the values of a loop of two positions to where sweeps find little to change."""
    lean()
    for _ in range(STEPS):
        value, change = tangent(groups, first + 1, first, desk)
        store(desk.values, first + 1, value)
        value, slope = tangent(groups, first, first + 1, desk)
        before = load(desk.values, first)
        store(desk.values, first, fused(minus(value, before), inverse(scale(slope, change)), before))
        if highest(gap(value, before)) <= epsilon:
            return
