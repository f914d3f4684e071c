"""Which choices are optimal for each of some rewards, at a discount or in its limits: for sure, and at most."""

from fractions import Fraction
from typing import Protocol

import numpy as np

from remit.theory.arrays import Booleans, Floats
from remit.theory.averages.averages import is_deterministic
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP
from remit.theory.sampling.choices import ROUNDING, TOLERANCE, Choices
from remit.theory.sampling.limits import AtOne, AtOneByCycles, AtZero
from remit.theory.sampling.on_average import OnAverage, OnAverageByCycles
from remit.theory.sampling.ties import Decider
from remit.theory.solvers.batches import compile_batch, solve
from remit.theory.solvers.values import Solver

__all__ = ["Judge", "judge_of"]

LARGE = 1_000
"""States from which values are solved in batches of single precision first."""
AGAIN = 0.25
"""Share of a batch up to which open rewards are solved again in double precision."""


class Judge(Protocol):
    """Says of each choice whether it is optimal."""

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""


class Discounted:
    """Judges rewards at a discount inside (0, 1)."""

    def __init__(self, mdp: RationalMDP, arrays: MDP, choices: Choices, discount: Fraction) -> None:
        """Compile the model once, and in single precision too where it is large."""
        self.discount = float(discount)
        self.choices = choices
        self.large = arrays.states_count >= LARGE
        self.batch = compile_batch(arrays, self.discount) if self.large else None
        self.solver = Solver(
            arrays, reward_class=np.arange(arrays.states_count, dtype=np.int64), discount=self.discount
        )
        self.decider = Decider(mdp, discount)

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""
        if self.batch is None:
            close = self._in_double(table)
        else:
            solved = solve(self.batch, table)
            values = solved.values.astype(np.float64)
            close = self._close(values, solved.bound or 0.0)
            open_lanes = np.flatnonzero((close & ~self.choices.alone(close)).any(axis=0))
            if 0 < len(open_lanes) <= AGAIN * table.shape[1]:
                close[:, open_lanes] = self._in_double(np.ascontiguousarray(table[:, open_lanes]))
        sure = self.choices.alone(close)
        for lane in np.flatnonzero((close & ~sure).any(axis=0)).tolist():
            optimal = self.decider.optimal(table[:, lane])
            if optimal is not None:
                own = np.array([one for state in self.choices.states.tolist() for one in optimal[state]])
                sure[:, lane] = close[:, lane] = own
        return sure, close

    def _in_double(self, table: Floats) -> Booleans:
        """Return what may be optimal by values in double precision, proved by a step of lookahead."""
        tolerance = max(TOLERANCE, 1e-14 / (1.0 - self.discount)) * max(float(table.max() - table.min()), 1e-300)
        values = self.solver.state_values(table, None, None, tolerance)
        return self._close(values, self.solver.residual_bound(values, table))

    def _close(self, values: Floats, bound: float) -> Booleans:
        """Return what may be optimal, given how far values can be off."""
        return self.choices.close(self.choices.ahead(values), bound + ROUNDING * float(np.abs(values).max()))


def judge_of(mdp: RationalMDP, choices: Choices, discount: Fraction, *, average: bool) -> Judge:
    """Return what judges rewards at a discount in [0, 1]; with ``average``, at 1, by reward per step alone."""
    arrays = mdp.as_arrays()
    if 0 < discount < 1:
        return Discounted(mdp, arrays, choices, discount)
    if discount == 0:
        return AtZero(mdp, arrays, choices)
    if is_deterministic(arrays):
        return OnAverageByCycles(mdp, choices) if average else AtOneByCycles(mdp, choices)
    return OnAverage(mdp, choices) if average else AtOne(mdp, choices)
