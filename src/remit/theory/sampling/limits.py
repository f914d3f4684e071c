"""Which choices are optimal in the limits at discounts 0 and 1, for each of some rewards: for sure, and at most.

At 0 the next reward decides, then what can come after it. At 1 the reward per step in the long run decides, then the
way there (Blackwell); what is optimal by the former alone is asked in ``on_average``.
"""

from fractions import Fraction

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.averages import LongRunAverages, is_deterministic
from remit.theory.averages.long_run import long_run
from remit.theory.averages.policies import Policies
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP
from remit.theory.sampling.choices import ROUNDING, TOLERANCE, Choices, choices_of, own_rows
from remit.theory.sampling.lumping import Lumping
from remit.theory.sampling.sequences import Sequences
from remit.theory.sampling.ties import Decider, narrowed_at_zero

__all__ = ["AtOne", "AtOneByCycles", "AtZero"]


class AtZero:
    """Judges rewards at discount 0: the next reward first, then what can come after it, and so on."""

    def __init__(self, mdp: RationalMDP, arrays: MDP, choices: Choices) -> None:
        """Take all choices along: what breaks a tie may happen anywhere."""
        self.choices = choices
        self.everything = choices_of(mdp, range(arrays.states_count), None)
        self.own = own_rows(mdp, choices)
        exact = is_deterministic(arrays)
        self.rounding = 0.0 if exact else 4.0 * np.finfo(float).eps * float(np.diff(arrays.successor_ptr).max())

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""
        error = self.rounding * float(np.abs(table).max())
        close = self.choices.close(self.choices.ahead(table), error)
        sure = self.choices.alone(close)
        lanes = np.flatnonzero((close & ~sure).any(axis=0))
        if len(lanes):
            every = self.everything
            settled, kept = narrowed_at_zero(every.ahead, every.heads, every.owners, table[:, lanes], error)
            close[:, lanes] = kept[self.own]
            sure[:, lanes] = np.where(settled, close[:, lanes], self.choices.alone(close[:, lanes]))
        return sure, close


class AtOne:
    """Judges rewards at discount 1 in any model: by a policy that beats every other choice (``averages.policies``).

    A choice that leads on as the policy's does (``lumping``) is as good at every discount. Where some choice is neither
    beaten nor that, small models are decided in rational arithmetic; in larger ones the states that cannot come to such
    a choice are, and elsewhere what leads to less in the long run is not optimal.
    """

    def __init__(self, mdp: RationalMDP, choices: Choices) -> None:
        """Take all choices along: what breaks a tie may happen anywhere."""
        rows = choices_of(mdp, range(len(mdp.states)), None).lotteries
        self.choices, self.own = choices, own_rows(mdp, choices)
        self.policies, self.averages, self.decider = Policies(rows), LongRunAverages(rows), Decider(mdp, Fraction(1))
        self.lumping = Lumping(mdp)

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``AtZero``."""
        first = self.policies.first(table)
        lanes = zip(np.ascontiguousarray(table.T), np.ascontiguousarray(first.T), strict=True)
        found = [self._judged(rewards, policy) for rewards, policy in lanes]
        sure, most = (np.stack(side, axis=1) for side in zip(*found, strict=True))
        return sure, most

    def _judged(self, rewards: Floats, policy: Integers) -> tuple[Booleans, Booleans]:
        """Return the same for one reward f64[S], bool[C] each, from a policy i64[S] to begin with."""
        settled = self.policies.settled(rewards, policy)
        alike, left_open = self.lumping.told(settled, rewards)
        chosen = alike[self.own]
        if not left_open.any():
            return chosen, chosen
        optimal = self.decider.optimal(rewards)
        if optimal is not None:
            exactly = np.array([one for state in self.choices.states.tolist() for one in optimal[state]])
            return exactly, exactly
        values, error = self.averages.best(rewards[:, None], TOLERANCE * float(np.ptp(rewards)))
        close = self.choices.close(self.choices.ahead(values), error + ROUNDING * float(np.abs(values).max()))
        doubtful = self.policies.leading_to(left_open)[self.choices.states][self.choices.owners]
        return np.where(doubtful, self.choices.alone(close)[:, 0], chosen), np.where(doubtful, close[:, 0], chosen)


class AtOneByCycles:
    """Judges rewards at discount 1 in a deterministic model, many at once: each policy runs into one cycle.

    What is too close for floating point is decided exactly.
    """

    def __init__(self, mdp: RationalMDP, choices: Choices) -> None:
        """Take all choices along: what breaks a tie may happen anywhere."""
        self.rows = choices_of(mdp, range(len(mdp.states)), None).lotteries
        self.own, self.sequences = own_rows(mdp, choices), Sequences(self.rows, Fraction(1))

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``AtZero``."""
        found = long_run(self.rows, table)
        owners, after, lanes = self.rows.row_states, self.rows.successors, np.arange(table.shape[1])
        chosen = np.zeros((len(owners), table.shape[1]), np.bool_)
        chosen[found.rows, lanes] = True
        same = found.cycle[after] == found.cycle[owners]
        poorer = found.gain[after] < found.gain[owners] - found.gain_error
        farther = found.bias[after] < found.bias[after[found.rows], lanes][owners] - found.bias_error
        left_open = np.flatnonzero(~(chosen | np.where(same, farther, poorer)).all(axis=0))
        sure = chosen[self.own]
        most = sure.copy()
        if len(left_open):
            kept, known = self.sequences.optimal(table[:, left_open], found.rows[:, left_open])
            sure[:, left_open], most[:, left_open] = (kept & known)[self.own], kept[self.own]
        return sure, most
