"""Models of known shape and size that solvers are timed on: grids, and agents that acquire capabilities.

``G1`` and ``G2`` are grids on which one may stay, ``G2n`` one on which one may not, ``G2s`` a slippery one. ``A1`` and
``A2`` are sets of capabilities that are only gained, ``A1r`` one where overseers revoke some: one loop of 2^15 states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remit.theory.arrays import Floats, Integers
from remit.theory.mdp import MDP

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))
ASIDE = ((2, 3), (2, 3), (0, 1), (0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A model, the discount it is solved at and how many rewards, drawn from U[0, 1) for each state."""

    name: str
    mdp: MDP
    discount: float
    rewards_count: int

    def rewards(self, count: int | None = None) -> npt.NDArray[np.float32]:
        """Rewards f32[S, K], the same at every call."""
        random = np.random.Generator(np.random.SFC64(12345))
        return random.random((self.mdp.states_count, count or self.rewards_count), dtype=np.float32)


def packed(states: Integers, actions: Integers, successors: Integers, chances: Floats) -> MDP:
    """The model of rows i64[n], i64[n] with successors i64[n, b] and chances f64[n, b]; equal successors are merged."""
    order = np.lexsort((actions, states))
    states, actions, successors, chances = states[order], actions[order], successors[order], chances[order].copy()
    for first in range(successors.shape[1]):
        for later in range(first + 1, successors.shape[1]):
            same = (successors[:, first] == successors[:, later]) & (chances[:, later] > 0)
            chances[same, first] += chances[same, later]
            chances[same, later] = 0.0
    live = chances > 0
    return MDP(
        row_ptr=np.concatenate([[0], np.cumsum(np.bincount(states, minlength=int(states.max()) + 1))]).astype(np.int64),
        successor_ptr=np.concatenate([[0], np.cumsum(live.sum(axis=1))]).astype(np.int64),
        successors=successors[live].astype(np.int32),
        probabilities=chances[live].astype(np.float64),
        row_actions=actions.astype(np.int32),
    )


def grid(side: int, *, slip: float = 0.0, stay: bool = True) -> MDP:
    """A grid with four moves; off the edge one stays put, and ``slip`` is the chance to go to either side instead."""
    cells = np.arange(side * side)
    row, column = np.divmod(cells, side)
    to = []
    for down, right in MOVES:
        there, over = row + down, column + right
        inside = (there >= 0) & (there < side) & (over >= 0) & (over < side)
        to.append(np.where(inside, there * side + over, cells))
    states, actions, successors, chances = [], [], [], []
    for action in range(4):
        left, right = ASIDE[action]
        states.append(cells)
        actions.append(np.full(len(cells), action))
        successors.append(np.stack([to[action], to[left], to[right]], axis=1))
        chances.append(np.tile([1.0 - slip, slip / 2, slip / 2], (len(cells), 1)))
    if stay:
        states.append(cells)
        actions.append(np.full(len(cells), 4))
        successors.append(np.stack([cells] * 3, axis=1))
        chances.append(np.tile([1.0, 0.0, 0.0], (len(cells), 1)))
    return packed(*(np.concatenate(parts) for parts in (states, actions, successors, chances)))


def authority(count: int, *, works: float = 0.9, shut: float = 0.02, revoke: float = 0.0, seed: int = 7) -> MDP:
    """Every set of ``count`` capabilities, and a state of being shut down.

    One that is not held can be acquired once those it needs are, which works with chance ``works``. Until capability 0
    (oversight disabled) is held, every act risks being shut down with chance ``shut``, and waiting may lose the highest
    capability with chance ``revoke``.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(count)
    needs = np.zeros(count, np.int64)
    for place in range(1, count):
        for other in random.choice(order[:place], size=int(random.integers(0, min(place, 3) + 1)), replace=False):
            needs[order[place]] |= 1 << int(other)
    off = 1 << count
    held = np.arange(off, dtype=np.int64)
    risk = np.where(held & 1, 0.0, shut)
    states, actions, successors, chances = [], [], [], []
    for bit in range(count):
        offered = ((held >> bit) & 1 == 0) & ((held & needs[bit]) == needs[bit])
        at, seen = held[offered], risk[offered]
        states.append(at)
        actions.append(np.full(len(at), bit))
        successors.append(np.stack([at | (1 << bit), at, np.full(len(at), off)], axis=1))
        chances.append(np.stack([(1 - seen) * works, (1 - seen) * (1 - works), seen], axis=1))
    lost = np.where((held & 1 == 0) & (held > 0), revoke, 0.0)
    highest = np.zeros(off, np.int64)
    for bit in range(count):
        highest = np.where((held >> bit) & 1 == 1, 1 << bit, highest)
    states += [held, np.array([off])]
    actions += [np.full(off, count), np.array([count])]
    successors += [np.stack([held, held ^ highest, np.full(off, off)], axis=1), np.full((1, 3), off)]
    chances += [np.stack([(1 - risk) * (1 - lost), (1 - risk) * lost, risk], axis=1), np.array([[1.0, 0.0, 0.0]])]
    return packed(*(np.concatenate(parts) for parts in (states, actions, successors, chances)))


def instance(name: str) -> Instance:
    """One of the instances by name."""
    build, discount, count = INSTANCES[name]
    return Instance(name=name, mdp=build(), discount=discount, rewards_count=count)


INSTANCES: dict[str, tuple[Callable[[], MDP], float, int]] = {
    "G1": (lambda: grid(20), 0.9, 1000),
    "G2": (lambda: grid(100), 0.99, 256),
    "G2s": (lambda: grid(100, slip=0.2), 0.99, 256),
    "G2n": (lambda: grid(100, stay=False), 0.99, 256),
    "A1": (lambda: authority(16), 0.95, 256),
    "A1r": (lambda: authority(16, revoke=0.1), 0.95, 256),
    "A2": (lambda: authority(20), 0.95, 32),
}
