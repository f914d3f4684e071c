"""Optimal values of many rewards at once, on one MDP, under masks that take rows away.

Values are normalised, V = (1-g) r(class(s)) + g max over allowed rows of P V, so that a value lies between the lowest
and the highest reward. Rewards are given per class of states (f64[C, K]: C classes, K rewards).
"""

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.mdp import MDP
from remit.theory.reference import bellman_backup, best_values, reachable_plainly, row_expectations

TIE = 1e-8
"""Rows whose values differ by no more than this are taken to be equally good."""


class Solver:
    """Solves one MDP at one discount in [0, 1) for any number of rewards over the classes of its states.

    ``reward_class`` i64[S] says which row of a reward array each state reads; ``threads`` is how many may work at once
    (the results do not depend on it).
    """

    __slots__ = ("discount", "mdp", "reward_class", "threads")

    def __init__(self, mdp: MDP, *, reward_class: Integers, discount: float, threads: int = 2) -> None:
        """Refuse a discount outside [0, 1) and classes that do not match the states."""
        if not 0.0 <= discount < 1.0:
            message = f"the discount must lie in [0, 1), found `{discount}`"
            raise InvalidMDPError(message)
        if len(reward_class) != mdp.states_count:
            message = f"`{len(reward_class)}` reward classes for `{mdp.states_count}` states"
            raise InvalidMDPError(message)
        self.mdp = mdp
        self.reward_class = np.ascontiguousarray(reward_class, np.int64)
        self.discount = discount
        self.threads = threads

    def start_values(self, rewards: Floats, rows: Booleans | None = None, tolerance: float = 1e-9) -> Floats:
        """Return the value of each reward at the start state, f64[K], to within ``tolerance``."""
        return np.asarray(self.state_values(rewards, rows, np.array([self.mdp.start], np.int64), tolerance)[0])

    def state_values(
        self, rewards: Floats, rows: Booleans | None = None, at: Integers | None = None, tolerance: float = 1e-9
    ) -> Floats:
        """Return the values at the states ``at`` (all when None), f64[len(at), K], to within ``tolerance``.

        ``rewards`` is f64[C, K], ``rows`` bool[R] (all allowed when None). Raises ``InvalidMDPError`` when a state that
        matters has no allowed row, ``NotConvergedError`` when the sweeps run out.
        """
        roots = np.arange(self.mdp.states_count, dtype=np.int64) if at is None else at
        seen = reachable_plainly(self.mdp, rows, roots)
        if rows is not None:
            _refuse_dead_ends(self.mdp, rows, seen)
            rows = rows | ~seen[self.mdp.row_states]
        values = best_values(self.mdp, rewards[self.reward_class], self.discount, rows, tolerance)
        return np.asarray(values[roots], np.float64)

    def many(self, rewards: Floats, row_masks: list[Booleans | None], tolerance: float = 1e-9) -> Floats:
        """Return the start values under each mask, f64[M, K]: the same rewards, with different rows taken away."""
        return np.stack([self.start_values(rewards, mask, tolerance) for mask in row_masks])

    def row_values(self, values: Floats, rewards: Floats) -> Floats:
        """Return Q of each row, f64[R, K], from values f64[S, K] and rewards f64[C, K]; without K if they have none."""
        single = values.ndim == 1
        table, gains = (values[:, None], rewards[:, None]) if single else (values, rewards)
        now = gains[self.reward_class[self.mdp.row_states]]
        result = (1.0 - self.discount) * now + self.discount * row_expectations(self.mdp, table)
        return result[:, 0] if single else result

    def greedy_rows(self, row_values: Floats, preference: Integers, rows: Booleans | None = None) -> Booleans:
        """Return a mask with one best row per state, bool[R], from one reward's row values f64[R].

        Among the rows within 1e-8 of the best, the one with the lowest ``preference`` (i64[R]) wins, then the first.
        """
        allowed = np.ones(self.mdp.rows_count, np.bool_) if rows is None else rows
        owner = self.mdp.row_states
        masked = np.where(allowed, row_values, -np.inf)
        best = np.maximum.reduceat(masked, self.mdp.row_ptr[:-1])
        tied = allowed & (masked >= best[owner] - TIE)
        order = np.lexsort((np.arange(len(owner)), preference, ~tied, owner))
        chosen = np.zeros(len(owner), np.bool_)
        chosen[order[self.mdp.row_ptr[:-1]]] = True
        return chosen & allowed

    def evaluate(self, policy: Booleans, rewards: Floats, tolerance: float = 1e-9) -> Floats:
        """Return what a policy (a mask with one row per state) is worth in every state, f64[S, K]."""
        return self.state_values(rewards, policy, None, tolerance)

    def residual_bound(self, values: Floats, rewards: Floats, rows: Booleans | None = None) -> float:
        """Return a proved bound on the error of ``values`` f64[S, K]: max |T V - V| / (1-g), by one float64 backup."""
        after = bellman_backup(self.mdp, values, rewards[self.reward_class], self.discount, rows)
        return float(np.abs(after - values).max(initial=0.0)) / (1.0 - self.discount)


def _refuse_dead_ends(mdp: MDP, rows: Booleans, seen: Booleans) -> None:
    """Raise ``InvalidMDPError`` when a reachable state has no allowed row."""
    offered = np.add.reduceat(rows.astype(np.int64), mdp.row_ptr[:-1])
    stuck = np.flatnonzero((offered == 0) & seen)
    if len(stuck):
        message = f"state `{mdp.state_name(int(stuck[0]))}` has no allowed row"
        raise InvalidMDPError(message, hint="leave every state at least the row that idles")
