"""Which choices are optimal for each of some rewards, at a discount or in its limits: for sure, and at most."""

from fractions import Fraction
from functools import cached_property
from typing import Protocol

import numpy as np

from remit.theory.arrays import Booleans, Floats
from remit.theory.averages.averages import is_deterministic
from remit.theory.averages.long_run import first_best
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP
from remit.theory.sampling.choices import TOLERANCE, Choices, choices_of, own_rows
from remit.theory.sampling.limits import AtOne, AtOneByCycles, AtZero
from remit.theory.sampling.lumping import Lumping
from remit.theory.sampling.on_average import OnAverage, OnAverageByCycles
from remit.theory.sampling.sequences import Sequences
from remit.theory.sampling.ties import Decider
from remit.theory.solvers.batches import compile_batch, solve
from remit.theory.solvers.values import Solver

__all__ = ["Judge", "judge_of"]

LARGE = 1_000
"""States from which values are solved in batches of single precision first."""
AGAIN = 0.25
"""Share of a batch up to which open rewards are solved again in double precision."""
FINEST = 1e-13
"""Error that values are solved to, relative to the size of rewards, where choices are closer than ``TOLERANCE``."""


class Judge(Protocol):
    """Says of each choice whether it is optimal."""

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""


class Discounted:
    """Judges rewards at a discount inside (0, 1): by values with a proved error, and what these leave open by ties.

    Where rows lead to one state each, what is open is decided exactly (``sequences``). Elsewhere a policy of choices
    that may be optimal is followed. Where all of those lead on as its own does (``lumping``), in every state they come
    to, it satisfies the optimality equations of the model that only has them, whose optimal values are the same: all
    of them are optimal. The rest is decided in rational arithmetic in small models, and stays open in larger ones.
    """

    def __init__(self, mdp: RationalMDP, arrays: MDP, choices: Choices, discount: Fraction) -> None:
        """Compile the model once, and in single precision too where it is large."""
        self.mdp, self.exactly, self.discount = mdp, discount, float(discount)
        self.choices, self.own = choices, own_rows(mdp, choices)
        longest = int(np.diff(arrays.successor_ptr).max())
        self.rounding = (longest + 8) * float(np.finfo(np.float64).eps) / (1.0 - self.discount)
        self.deterministic = is_deterministic(arrays)
        self.large = arrays.states_count >= LARGE
        self.batch = compile_batch(arrays, self.discount) if self.large else None
        self.solver = Solver(
            arrays, reward_class=np.arange(arrays.states_count, dtype=np.int64), discount=self.discount
        )
        self.decider = Decider(mdp, discount)

    @cached_property
    def everything(self) -> Choices:
        """Return the choices of all states, which only ties ask for."""
        return choices_of(self.mdp, range(len(self.mdp.states)), None)

    @cached_property
    def sequences(self) -> Sequences:
        """Return what decides ties where each choice leads to one state."""
        return Sequences(self.everything.lotteries, self.exactly)

    @cached_property
    def lumping(self) -> Lumping:
        """Return what finds ties where choices lead to several states."""
        return Lumping(self.mdp)

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""
        values, error = self._valued(table)
        close = self.choices.close(self.choices.ahead(values), error)
        sure = self.choices.alone(close)
        lanes = np.flatnonzero((close & ~sure).any(axis=0))
        if len(lanes):
            tied = self._in_sequence if self.deterministic else self._lumped
            sure[:, lanes], close[:, lanes] = tied(table[:, lanes], values[:, lanes], error[lanes])
        for lane in np.flatnonzero((close & ~sure).any(axis=0)).tolist():
            optimal = self.decider.optimal(table[:, lane])
            if optimal is not None:
                own = np.array([one for state in self.choices.states.tolist() for one in optimal[state]])
                sure[:, lane] = close[:, lane] = own
        return sure, close

    def _valued(self, table: Floats) -> tuple[Floats, Floats]:
        """Return values f64[S, K] and how far each reward's can be off, f64[K]."""
        if self.batch is None:
            return self._in_double(table)
        solved = solve(self.batch, table)
        values = solved.values.astype(np.float64)
        error = self._off(table, values, solved.bound or 0.0)
        close = self.choices.close(self.choices.ahead(values), error)
        lanes = np.flatnonzero((close & ~self.choices.alone(close)).any(axis=0))
        if 0 < len(lanes) <= AGAIN * table.shape[1]:
            values[:, lanes], error[lanes] = self._in_double(np.ascontiguousarray(table[:, lanes]))
        return values, error

    def _in_double(self, table: Floats) -> tuple[Floats, Floats]:
        """Return the same in double precision."""
        return self._solved(
            table, max(TOLERANCE, 1e-14 / (1.0 - self.discount)) * max(float(table.max() - table.min()), 1e-300)
        )

    def _solved(self, table: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return the same to a tolerance, proved by a step of lookahead."""
        values = self.solver.state_values(table, None, None, tolerance)
        return values, self._off(table, values, self.solver.residual_bound(values, table))

    def _in_sequence(self, table: Floats, values: Floats, error: Floats) -> tuple[Booleans, Booleans]:
        """Return what is optimal for sure, and what may be, where each choice leads to one state."""
        every = self.everything
        ahead = every.ahead(values)
        kept, known = self.sequences.optimal(table, first_best(ahead, every.heads, every.owners))
        near = every.close(ahead, error)
        return (kept & known)[self.own], np.where(known, kept, near)[self.own]

    def _lumped(self, table: Floats, values: Floats, error: Floats) -> tuple[Booleans, Booleans]:
        """Return the same where choices lead to several states; what is left is solved once more, to the finest."""
        sure, most = self._alike(table, values, error)
        lanes = np.flatnonzero((most & ~sure).any(axis=0))
        if len(lanes):
            again = np.ascontiguousarray(table[:, lanes])
            tolerance = max(FINEST, 4e-14 / (1.0 - self.discount)) * max(float(np.abs(again).max()), 1e-300)
            sure[:, lanes], most[:, lanes] = self._alike(again, *self._solved(again, tolerance))
        return sure, most

    def _alike(self, table: Floats, values: Floats, error: Floats) -> tuple[Booleans, Booleans]:
        """Return the same from values: all that is close is optimal where all of it leads on alike."""
        every = self.everything
        near = every.close(every.ahead(values), error)
        policy = first_best(near.astype(np.float64), every.heads, every.owners)
        doubtful = self.lumping.leading_to(near & ~self.lumping.alike(table, policy), near)[every.owners]
        return np.where(doubtful, every.alone(near), near)[self.own], near[self.own]

    def _off(self, table: Floats, values: Floats, bound: float) -> Floats:
        """Return how far the values of each reward can be off, f64[K]: a bound, and what rounding adds to it.

        Chances, the discount, and what is added up along a row are rounded, in each of 1/(1 - g) steps.
        """
        size = float(np.abs(values).max() + np.abs(table).max())
        return np.full(values.shape[1], bound + self.rounding * size)


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
