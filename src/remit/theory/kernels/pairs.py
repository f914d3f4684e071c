"""Loops of two states: Newton's method on the value of the first, lane by lane, before sweeps look whether it is right.

What going round once makes of that value is convex and piecewise linear and rises by less than one, so each step is one
of policy iteration (Puterman and Brumelle 1979); sweeps carry what is worth going round for only a little at a time.
Larger loops start from pairs as well, where one cannot stay: if each step can be taken back, some way of going to one
pair and round it for ever is the best there is, since of the steps of a longer cycle some one is worth repeating.
"""

import numpy as np

from remit.theory.kernels.blocks import Desk
from remit.theory.kernels.compiling import inlined_kernel, inner_kernel, linked_kernel
from remit.theory.kernels.grouping import Groups
from remit.theory.kernels.vectors import apart, entry, lean
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


@inlined_kernel
def way_back(groups: Groups, here: int, there: int) -> int:
    """Return a group of ``there`` that leads to ``here`` and nowhere else, -1 for none."""
    for group in range(entry(groups.group_ptr, there), entry(groups.group_ptr, there + 1)):
        if entry(groups.common_ptr, group) == entry(groups.common_ptr, group + 1):
            for j in range(entry(groups.target_ptr, group), entry(groups.target_ptr, group + 1)):
                if entry(groups.targets, j) == here:
                    return group
    return -1


@inlined_kernel
def to_and_fro(groups: Groups, position: int, out: int, other: int, back: int, desk: Desk):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return what it is worth to go by the group ``out`` to another position and ``back`` for ever."""
    weight = float(entry(groups.weights, out))
    once = 1.0 / (1.0 - weight * float(entry(groups.weights, back)))
    here = scale(np.float32(once * float(entry(groups.gains, out))), load(desk.rewards, position))
    return fused(np.float32(once * weight * float(entry(groups.gains, back))), load(desk.rewards, other), here)


@inner_kernel
def go_to_and_fro(groups: Groups, first: int, end: int, desk: Desk) -> None:
    """Start where one cannot stay from what it is worth to go to some place and back for ever.

    Both places do, also one that can stay: a start that no step of lookahead lowers is one from below.
    """
    lean()
    apart()
    for position in range(first, end):
        if not np.isnan(entry(groups.stays, position)):
            continue
        best = load(desk.values, position)
        for group in range(entry(groups.group_ptr, position), entry(groups.group_ptr, position + 1)):
            if entry(groups.common_ptr, group) < entry(groups.common_ptr, group + 1):
                continue
            for j in range(entry(groups.target_ptr, group), entry(groups.target_ptr, group + 1)):
                other = entry(groups.targets, j)
                back = way_back(groups, position, other)
                if back >= 0:
                    best = larger(to_and_fro(groups, position, group, other, back, desk), best)
                    if not np.isnan(entry(groups.stays, other)):
                        worth = to_and_fro(groups, other, back, position, group, desk)
                        store(desk.values, other, larger(worth, load(desk.values, other)))
        store(desk.values, position, best)
