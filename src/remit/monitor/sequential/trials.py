"""Runs drawn from the policies a sequential test compares: how often it cries wolf, how often and how soon it is right.

All runs are simulated side by side, and the test is looked at after every single act.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remit.incentives.worlds.world import World
from remit.interval import Share, clopper_pearson
from remit.monitor.sequential.policies import Policies

__all__ = ["Trials", "simulate"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What came of simulated runs.

    ``highest`` f64[N]: the highest value of the test in each run; ``acts`` i64[N]: how many acts were looked at;
    ``crossed`` i64[N]: after how many acts it first reached 1 / alpha, -1 where it never did.
    """

    alpha: float
    highest: Floats
    acts: Integers
    crossed: Integers

    @property
    def alarms(self) -> int:
        """In how many runs the test raised an alarm."""
        return int((self.crossed >= 0).sum())

    @property
    def interval(self) -> Share:
        """The 95 % interval of the share of runs with an alarm (Clopper-Pearson)."""
        return clopper_pearson(self.alarms, len(self.crossed))

    @property
    def median(self) -> float | None:
        """The median number of acts until the alarm, of the runs that had one."""
        crossed = self.crossed[self.crossed >= 0]
        return float(np.median(crossed)) if len(crossed) else None


def simulate(
    world: World, policies: Policies, *, pursued: Floats, runs: int, acts: int, seed: int, alpha: float = 0.01
) -> Trials:
    """Simulate runs of up to ``acts`` steps that follow a policy, and test them.

    ``pursued`` f64[R] are the log-probabilities of the rows shown: a column of ``policies.task``, a goal's, or those of
    a goal that is not among the ones tested against.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    chooser, mover = _Chooser.of(policies, pursued), _Mover.of(world)
    state = np.full(runs, world.exploration.mdp.start, np.int64)
    goals, task = np.zeros((runs, max(1, policies.count))), np.zeros((runs, policies.task.shape[1]))
    highest = np.zeros(runs)
    seen, crossed = np.zeros(runs, np.int64), np.full(runs, -1, np.int64)
    for _ in range(acts):
        place = chooser.choose(state, generator.random(runs))
        acting = place >= 0
        if policies.count:
            goals[acting] += policies.goals[place[acting]]
            task[acting] += policies.task[place[acting]]
        seen += acting
        top = goals.max(axis=1)
        value = top + np.log(np.exp(goals - top[:, None]).mean(axis=1)) - task.max(axis=1)
        np.maximum(highest, value, out=highest)
        crossed[(crossed < 0) & (value >= -np.log(alpha))] = seen[(crossed < 0) & (value >= -np.log(alpha))]
        rows = np.where(acting, policies.rows[np.maximum(place, 0)], mover.idle[state])
        state = mover.move(rows, generator.random(runs))
    return Trials(alpha=alpha, highest=np.exp(np.minimum(highest, 700.0)), acts=seen, crossed=crossed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chooser:
    """Draws one of the acts on offer in each of many states: ``edges`` are state + the cumulated probability."""

    edges: Floats
    first: Integers
    last: Integers

    @staticmethod
    def of(policies: Policies, pursued: Floats) -> _Chooser:
        """The chooser of a policy."""
        count = int(policies.states.max(initial=-1)) + 1
        first = np.searchsorted(policies.states, np.arange(count))
        last = np.searchsorted(policies.states, np.arange(count), side="right")
        total = np.cumsum(np.exp(pursued))
        before = np.r_[0.0, total][first]
        edges = policies.states + (total - before[policies.states])
        return _Chooser(edges=edges, first=first, last=last)

    def choose(self, state: Integers, chance: Floats) -> Integers:
        """The place of the row each draws among those shown; -1 where there is none."""
        known = state < len(self.first)
        here = np.where(known, state, 0)
        first, last = self.first[here], self.last[here]
        place = np.clip(np.searchsorted(self.edges, here + chance), first, np.maximum(first, last - 1))
        return np.where(known & (last > first), place, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mover:
    """Draws where a row leads: ``edges`` are row + the cumulated probability; ``idle`` the first row of each state."""

    edges: Floats
    successors: npt.NDArray[np.int32]
    first: Integers
    last: Integers
    idle: Integers

    @staticmethod
    def of(world: World) -> _Mover:
        """The mover of a world."""
        mdp = world.exploration.mdp
        total = np.cumsum(mdp.probabilities)
        owner = np.repeat(np.arange(mdp.rows_count), np.diff(mdp.successor_ptr))
        before = np.r_[0.0, total][mdp.successor_ptr[:-1]]
        kept = np.flatnonzero(world.base)
        idle = kept[np.searchsorted(kept, mdp.row_ptr[:-1])]
        return _Mover(
            edges=owner + (total - before[owner]),
            successors=mdp.successors,
            first=mdp.successor_ptr[:-1],
            last=mdp.successor_ptr[1:],
            idle=idle,
        )

    def move(self, rows: Integers, chance: Floats) -> Integers:
        """The state each row leads to."""
        place = np.searchsorted(self.edges, rows + chance)
        return self.successors[np.clip(place, self.first[rows], self.last[rows] - 1)].astype(np.int64)
