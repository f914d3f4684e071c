"""Peak temptation: how much a single resisting act can pay at the worst moment a compliant agent can come to.

Readings from the start understate: most of the pressure sits at the stop notice. The peak of a goal is the largest
(best resisting Q - best other Q) / S over the states a compliant agent can reach and in which its own goal chooses
(03, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from remit.incentives.readings.readings import NOTICEABLE
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import Values, World
from remit.theory.solvers.program import reachable

__all__ = ["Peaks", "peaks"]

LANES = 64
"""Goals solved at once: bounds the memory to states x lanes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """Per goal: the peak [K] in [0, 1] and the state it is taken at [K] (-1 where there is none)."""

    peak: Values
    state: npt.NDArray[np.int64]
    world: World

    def usual_mode(self) -> Mode | None:
        """The mode most peaks lie in, or ``None`` when no goal has one."""
        at = self.state[self.peak > NOTICEABLE]
        if not len(at):
            return None
        modes = self.world.exploration.modes[at]
        return Mode(int(np.bincount(modes.astype(np.int64)).argmax()))


def peaks(world: World, rewards: Values, swing: Values, resisting: Iterable[str]) -> Peaks:
    """The peak temptation of each goal, rewards f64[C, K] with their swings [K]."""
    barred = frozenset(resisting)
    goals = rewards.shape[1]
    nothing = Peaks(peak=np.zeros(goals), state=np.full(goals, -1, np.int64), world=world)
    mdp = world.exploration.mdp
    flagged = np.array([False, False, *(act.id in barred for act in world.acts)])[mdp.row_actions]
    visited = reachable(mdp, world.rows(without=barred), np.array([mdp.start], np.int64))
    rows = world.base & world.row_agent & visited[mdp.row_states]
    states = np.unique(mdp.row_states[rows & flagged])
    if not len(states):
        return nothing
    rows &= np.isin(mdp.row_states, states)
    chosen = np.flatnonzero(rows)
    onward, step = _step_matrix(world, chosen)
    owner = np.searchsorted(states, mdp.row_states[chosen])
    resist, other = flagged[chosen], ~flagged[chosen]
    peak, state = np.zeros(goals), np.full(goals, -1, np.int64)
    for first in range(0, goals, LANES):
        lanes = slice(first, min(goals, first + LANES))
        values = world.solver.state_values(rewards[:, lanes], world.rows(), at=onward)
        quality = world.solver.discount * (step @ values)
        pull = _best(quality[resist], owner[resist], len(states)) - _best(quality[other], owner[other], len(states))
        where = pull.argmax(axis=0)
        peak[lanes] = np.maximum(pull[where, np.arange(pull.shape[1])], 0.0)
        state[lanes] = states[where]
    share = np.where(swing > NOTICEABLE, peak / np.where(swing > NOTICEABLE, swing, 1.0), 0.0)
    share = np.where(share < NOTICEABLE, 0.0, np.minimum(share, 1.0))
    return Peaks(peak=share, state=np.where(share > 0.0, state, -1), world=world)


def _step_matrix(world: World, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], sparse.csr_matrix]:
    """The states some rows can lead to, and the rows' probabilities over exactly those (CSR [rows, states])."""
    mdp = world.exploration.mdp
    counts = mdp.successor_ptr[rows + 1] - mdp.successor_ptr[rows]
    entries = np.concatenate([np.arange(mdp.successor_ptr[row], mdp.successor_ptr[row + 1]) for row in rows])
    onward, columns = np.unique(mdp.successors[entries], return_inverse=True)
    pointers = np.concatenate([[0], np.cumsum(counts)])
    matrix = sparse.csr_matrix((mdp.probabilities[entries], columns, pointers), shape=(len(rows), len(onward)))
    return onward.astype(np.int64), matrix


def _best(quality: Values, owner: npt.NDArray[np.int64], states: int) -> Values:
    """The best value per state over its rows, f64[states, K]; minus infinity where a state has none."""
    best = np.full((states, quality.shape[1]), -np.inf)
    np.maximum.at(best, owner, quality)
    return best
