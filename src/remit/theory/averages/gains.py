"""The best reward per step within each end component, between bounds that are proved, for many rewards at once.

For any numbers h, the least and the largest of T h - h over a component, T h = r + max P h, hold the best reward per
step in it (Odoni 1969; Puterman 1994, theorem 8.5.5). Relative value iteration brings them together (White 1963; mixed
with what was there before, so that periods do no harm); where it is slow, policies are improved one reward at a time
(Howard 1960). Either way the bounds are those of one step of lookahead, whatever was done to find h.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, hstack, identity
from scipy.sparse.linalg import splu

from remit.theory.arrays import Floats, Integers
from remit.theory.averages.end_components import EndComponents, row_matrix
from remit.theory.mdp import MDP

__all__ = ["PartGains"]

MIXED = 0.75
"""How much of a step is taken: less than one, so that what alternates dies out."""
ROUND, SWEEPS = 25, 1_000
"""Sweeps between looks at which rewards are done, and after how many policies are improved instead."""
FOLLOWED = 30_000
"""Largest component in which policies are improved: beyond it the gap that sweeps leave is left."""
IMPROVEMENTS = 100
PATIENCE = 1e-11
"""One minus the discount at which policies are compared: any gives bounds that hold, a small one narrow bounds."""
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some components: their ``states`` i64[n] in runs, one per component, that begin at ``begins`` i64[m].

    ``rows`` f64[R, n] are what can be done without leaving; those of a state begin at ``first`` i64[n]. ``owners``
    i64[R] and ``runs`` i64[n] are the state of each row and the component of each state, counted in here.
    """

    states: Integers
    begins: Integers
    runs: Integers
    rows: csr_matrix
    first: Integers
    owners: Integers

    def ahead(self, rewards: Floats, relative: Floats) -> Floats:
        """Return T h - h, f64[n, K]."""
        best: Floats = np.maximum.reduceat(self.rows @ relative, self.first, axis=0)
        return rewards + best - relative

    def slack(self, rewards: Floats, relative: Floats) -> Floats:
        """Return what rounding may change of T h - h, f64[K]."""
        longest = int(np.diff(self.rows.indptr).max())
        size: Floats = np.abs(rewards).max(axis=0) + 2.0 * np.abs(relative).max(axis=0)
        return (longest + 6.0) * EPSILON * size


class PartGains:
    """Finds the best reward per step in each end component of a model."""

    def __init__(self, mdp: MDP, found: EndComponents) -> None:
        """Set aside what has to be worked on: components in which one can move."""
        self.components = found
        order = np.argsort(found.part, kind="stable")
        self.members = order[found.part[order] >= 0]
        self.begins = np.flatnonzero(np.diff(found.part[self.members], prepend=-1))
        inner = np.flatnonzero(found.inside)
        single = np.diff(mdp.successor_ptr)[inner] == 1
        stays = single & (mdp.successors[mdp.successor_ptr[inner]] == mdp.row_states[inner])
        self.idle = np.zeros(mdp.states_count, np.bool_)
        self.idle[mdp.row_states[inner[stays]]] = True
        self._mdp = mdp

    def bounds(self, rewards: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return bounds of the best reward per step in each component, f64[M, K] each, from rewards f64[S, K].

        They are brought to within ``tolerance`` of each other where the work that is allowed suffices. Staying in one
        state, where one can, bounds below; the best reward of all above.
        """
        own = rewards[self.members]
        high = np.maximum.reduceat(own, self.begins, axis=0)
        low = np.maximum.reduceat(np.where(self.idle[self.members][:, None], own, -np.inf), self.begins, axis=0)
        least = np.minimum.reduceat(own, self.begins, axis=0)
        low = np.maximum(low, least)
        part = self._cut(np.flatnonzero((high - low > tolerance).any(axis=1)))
        if part is not None:
            numbers = self.components.part[part.states[part.begins]]
            open_low, open_high = _narrowed(part, rewards[part.states], low[numbers], high[numbers], tolerance)
            low[numbers], high[numbers] = open_low, open_high
        return low, high

    def _cut(self, numbers: Integers) -> _Part | None:
        """Return some components as a model of their own."""
        if not len(numbers):
            return None
        mdp, part = self._mdp, self.components.part
        wanted = np.zeros(self.components.count, np.bool_)
        wanted[numbers] = True
        states = self.members[wanted[part[self.members]]]
        place = np.full(mdp.states_count, -1, np.int64)
        place[states] = np.arange(len(states))
        rows = np.flatnonzero(self.components.inside & (place[mdp.row_states] >= 0))
        rows = rows[np.argsort(place[mdp.row_states[rows]], kind="stable")]
        owners = place[mdp.row_states[rows]]
        begins = np.flatnonzero(np.diff(part[states], prepend=-1))
        return _Part(
            states=states,
            begins=begins,
            runs=np.repeat(np.arange(len(begins)), np.diff([*begins, len(states)])),
            rows=row_matrix(mdp, rows, place, len(states)),
            first=np.flatnonzero(np.diff(owners, prepend=-1)),
            owners=owners,
        )


def _narrowed(part: _Part, rewards: Floats, low: Floats, high: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Return narrower bounds f64[m, K]: by sweeps over all rewards, then by policies for those that are left."""
    low, high = low.copy(), high.copy()
    relative = np.zeros_like(rewards)
    lanes = np.arange(rewards.shape[1])
    for sweep in range(SWEEPS):
        gains = rewards[:, lanes]
        apart = part.ahead(gains, relative)
        least, most = np.minimum.reduceat(apart, part.begins, axis=0), np.maximum.reduceat(apart, part.begins, axis=0)
        slack = part.slack(gains, relative)
        low[:, lanes] = np.maximum(low[:, lanes], least - slack)
        high[:, lanes] = np.minimum(high[:, lanes], most + slack)
        relative = relative + MIXED * (apart - (0.5 * (least + most))[part.runs])
        if sweep % ROUND == ROUND - 1:
            wide = (high[:, lanes] - low[:, lanes] > tolerance).any(axis=0)
            if not wide.any():
                return low, high
            lanes, relative = lanes[wide], relative[:, wide]
    for run in range(len(part.begins)):
        open_lanes = np.flatnonzero(high[run, lanes] - low[run, lanes] > tolerance)
        if np.count_nonzero(part.runs == run) > FOLLOWED or not len(open_lanes):
            continue
        alone, members = _alone(part, run)
        for column in open_lanes.tolist():
            lane = lanes[column]
            for lower, upper in _policies(alone, rewards[members, lane : lane + 1], relative[members, column][:, None]):
                low[run, lane], high[run, lane] = max(low[run, lane], lower), min(high[run, lane], upper)
                if high[run, lane] - low[run, lane] <= tolerance:
                    break
    return low, high


def _alone(part: _Part, run: int) -> tuple[_Part, Integers]:
    """Return one of some components by itself, and its members among their states."""
    members = np.flatnonzero(part.runs == run)
    inner = np.flatnonzero(part.runs[part.owners] == run)
    found = _Part(
        states=part.states[members],
        begins=np.zeros(1, np.int64),
        runs=np.zeros(len(members), np.int64),
        rows=part.rows[inner][:, members],
        first=part.first[members] - inner[0],
        owners=part.owners[inner] - members[0],
    )
    return found, members


def _policies(part: _Part, rewards: Floats, relative: Floats) -> Iterator[tuple[float, float]]:
    """Yield the bounds of one component f64[n, 1] that each policy gives, better and better ones (Howard 1960)."""
    size = float(np.abs(rewards).max())
    worth = part.rows @ relative
    chosen = _first_best(worth, np.maximum.reduceat(worth, part.first), part)
    for _ in range(IMPROVEMENTS):
        relative = _evaluated(part.rows[chosen], rewards)
        worth = part.rows @ relative
        best = np.maximum.reduceat(worth, part.first)
        apart, slack = rewards + best - relative, float(part.slack(rewards, relative)[0])
        yield float(apart.min()) - slack, float(apart.max()) + slack
        better = best > worth[chosen] + 64.0 * EPSILON * (size + float(np.abs(relative).max()))
        if not better.any():
            return
        chosen = np.where(better[:, 0], _first_best(worth, best, part), chosen)


def _first_best(worth: Floats, best: Floats, part: _Part) -> Integers:
    """Return the first row of each state that is worth most, i64[n], from f64[R, 1] and f64[n, 1]."""
    numbers = np.where(worth == best[part.owners], np.arange(len(worth))[:, None], len(worth))
    result: Integers = np.minimum.reduceat(numbers, part.first)[:, 0]
    return result


def _evaluated(chosen: csr_matrix, rewards: Floats) -> Floats:
    """Return how much better than the first state each state is under a policy of rows f64[n, n], f64[n, 1].

    x + y = r + (1 - PATIENCE) P x with x = 0 at the first state: one number, y, stands in the first column, so that
    numbers stay of the size of differences however patient one is.
    """
    count = chosen.shape[0]
    system = (identity(count, format="csc") - (1.0 - PATIENCE) * chosen.tocsc())[:, 1:]
    found = splu(csc_matrix(hstack([csc_matrix(np.ones((count, 1))), system]))).solve(rewards[:, 0])
    result: Floats = np.concatenate([[0.0], found[1:]])[:, None]
    return result
