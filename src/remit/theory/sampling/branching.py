"""POWER on models that branch like trees, in near-linear time and with proved bounds: no policy is enumerated.

Where no state but itself and one other leads to a state, values behind different actions are independent. With W the
largest normalised value behind a state, V = (1-g) r + g W, or (1-g) r + g max(r, W) where one may stay; so distribution
functions climb the tree by products and by averages over a window. They are enclosed between two step functions on a
grid, so every number has a lower and an upper bound; subtrees of the same shape are looked at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from remit.theory.arrays import Floats
from remit.theory.estimate import Estimate
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward, Uniform

GRID = 8_192
"""How many steps the unit interval is cut into."""
ROUNDING = 1e-12
"""What floating-point sums may be off by, added to every bound."""

Shape: TypeAlias = int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """Step functions below and above a distribution function on [0, 1]: f64[GRID+1] each, at the grid's points."""

    low: Floats
    high: Floats


def branching_power(
    mdp: RationalMDP, states: Sequence[int], discount: float, rewards: Sequence[Reward]
) -> list[Estimate] | None:
    """Return proved bounds on POWER of some states, or None where the model does not branch like a tree from each.

    Rewards must be iid uniform, actions deterministic, the discount inside (0, 1). The bounds are about (depth + 1) /
    8,192 of the range of rewards apart.
    """
    usual = rewards[0]
    alike = isinstance(usual, Uniform) and all(reward == usual for reward in rewards)
    if not isinstance(usual, Uniform) or not alike or not 0.0 < discount < 1.0:
        return None
    order = _leaves_first(mdp, states)
    if order is None:
        return None
    shapes: dict[int, Shape] = {}
    known: dict[tuple[bool, tuple[Shape, ...]], tuple[Shape, Estimate]] = {}
    values: list[_Bounds] = []
    found: dict[int, Estimate] = {}
    for state in order:
        targets = {choice.lottery[0][0] for choice in mdp.choices[state]}
        key = (state in targets, tuple(sorted(shapes[target] for target in targets - {state})))
        if key not in known:
            value, power = _climbed([values[shape] for shape in key[1]], discount, stays=key[0])
            known[key] = (len(values), power)
            values.append(value)
        shapes[state], found[state] = known[key]
    scale, shift = float(usual.high - usual.low), float(usual.low)
    return [_scaled(found[state], scale, shift) for state in states]


def _leaves_first(mdp: RationalMDP, states: Sequence[int]) -> list[int] | None:
    """Return every state that can be reached, after all it leads to; None where two ways lead to one, or one back."""
    above: dict[int, int] = {}
    seen: set[int] = set()
    order: list[int] = []
    for root in states:
        stack = [(root, False)]
        while stack:
            state, done = stack.pop()
            if done:
                order.append(state)
            elif state not in seen:
                seen.add(state)
                stack.append((state, True))
                for choice in mdp.choices[state]:
                    if len(choice.lottery) != 1:
                        return None
                    target = choice.lottery[0][0]
                    if target != state:
                        if above.setdefault(target, state) != state:
                            return None
                        stack.append((target, False))
    return order if _climbs(above) else None


def _climbs(above: dict[int, int]) -> bool:
    """Return whether following parents always ends."""
    fine: set[int] = set()
    for start in above:
        path: set[int] = set()
        state = start
        while state in above and state not in fine:
            if state in path:
                return False
            path.add(state)
            state = above[state]
        fine |= path
    return True


def _climbed(behind: Sequence[_Bounds], discount: float, *, stays: bool) -> tuple[_Bounds, Estimate]:
    """Return the law of V at a state, and POWER there, from the laws behind its actions."""
    grid = np.arange(GRID + 1) / GRID
    if not behind:
        return _Bounds(low=grid, high=grid), Estimate(value=0.5, low=0.5, high=0.5, method="bound")
    low, high = np.ones(GRID + 1), np.ones(GRID + 1)
    for law in behind:
        low, high = low * law.low, high * law.high
    areas = _area(low[:-1]), _area(high[1:])  # the steps to the left lie below the function, those to the right above
    ahead = grid / discount
    back = grid if stays else (grid - (1.0 - discount)) / discount
    factor = discount / (1.0 - discount)
    lines = [factor * (_area_at(area, ahead) - _area_at(area, back)) for area in areas]
    value = _Bounds(
        low=np.clip(np.maximum.accumulate(lines[0] - ROUNDING * factor), 0.0, 1.0),
        high=np.clip(lines[1] + ROUNDING * factor, 0.0, 1.0),
    )
    best = (low * grid, high * grid) if stays else (low, high)
    ends = 1.0 - float(best[1][1:].mean()) - ROUNDING, 1.0 - float(best[0][:-1].mean()) + ROUNDING
    power = Estimate(value=sum(ends) / 2.0, low=ends[0], high=ends[1], method="bound")
    return value, power


def _area(steps: Floats) -> Floats:
    """Return the area under a step function from 0 to each grid point, f64[GRID+1]."""
    result: Floats = np.concatenate([[0.0], np.cumsum(steps)]) / GRID
    return result


def _area_at(area: Floats, points: Floats) -> Floats:
    """Return the area up to any points: nothing before 0, and a function of 1 after 1."""
    inside = np.interp(np.clip(points, 0.0, 1.0), np.arange(GRID + 1) / GRID, area)
    result: Floats = inside + np.maximum(points - 1.0, 0.0)
    return result


def _scaled(estimate: Estimate, scale: float, shift: float) -> Estimate:
    """Return the estimate for rewards that are stretched and shifted."""
    value, low, high = (shift + scale * one for one in (estimate.value, estimate.low, estimate.high))
    return Estimate(value=value, low=low, high=high, method="bound")
