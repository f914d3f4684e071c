"""Which choices are optimal in the limits at discounts 0 and 1, for each of some rewards: for sure, and at most.

At 0 the next reward decides, then what can come after it. At 1 the reward per step in the long run decides; where that
ties, what is optimal on average stops, and Blackwell optimality goes on with the way there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.averages import LongRunAverages, is_deterministic
from remit.theory.averages.long_run import LongRun, long_run
from remit.theory.averages.policies import Policies
from remit.theory.mdp import MDP
from remit.theory.rational import Lottery, RationalMDP
from remit.theory.sampling.choices import Choices, choices_of
from remit.theory.sampling.ties import Decider, narrowed_at_zero

__all__ = ["AtOne", "AtOneByPolicies", "AtZero", "OnAverage"]

TOLERANCE = 1e-9
"""Error that averages are solved to, relative to the range of rewards."""
ROUNDING = 1e-14
"""What adding up a row may be off by, relative to the size of the values."""


class AtZero:
    """Judges rewards at discount 0: the next reward first, then what can come after it, and so on."""

    def __init__(self, mdp: RationalMDP, arrays: MDP, choices: Choices) -> None:
        """Take all choices along: what breaks a tie may happen anywhere."""
        self.choices = choices
        self.everything = choices_of(mdp, range(arrays.states_count), None)
        self.own = _own_rows(mdp, choices)
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
    """Judges rewards at discount 1 in a deterministic model: the best cycle first, then the way there."""

    def __init__(self, arrays: MDP, choices: Choices, *, average: bool) -> None:
        """Remember whether the way there counts."""
        self.arrays, self.choices, self.average = arrays, choices, average

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""
        found, choices = long_run(self.arrays, table), self.choices
        if self.average:
            return self._on_average(found, table)
        after = choices.lotteries.successors
        gain, cycle = found.gain[after], found.cycle[after]
        rich = choices.close(gain, found.gain_error)
        top = np.where(rich, cycle, -1)
        highest = np.maximum.reduceat(top, choices.heads)[choices.owners]
        agreed = np.logical_and.reduceat(~rich | (cycle == highest), choices.heads)[choices.owners]
        worth = np.where(rich, found.bias[after], -np.inf)
        near = rich & (choices.close(worth, found.bias_error) | ~agreed)
        return choices.alone(near) & agreed, near

    def _on_average(self, best: LongRun, table: Floats) -> tuple[Booleans, Booleans]:
        """Judge by what is left of the best gain when a policy takes the choice whenever it is there."""
        choices = self.choices
        close = np.ones((len(choices.owners), table.shape[1]), np.bool_)
        sure = close.copy()
        lone = np.bincount(choices.owners)[choices.owners] == 1
        for number in np.flatnonzero(~lone).tolist():
            state = int(choices.states[choices.owners[number]])
            kept = long_run(_committed(self.arrays, state, int(choices.lotteries.successors[number])), table)
            slack = best.gain_error + kept.gain_error
            close[number] = kept.gain[state] >= best.gain[state] - 2.0 * slack
            sure[number] = close[number] & (kept.cycle[state] == best.cycle[state])
        return sure & close, close


class AtOneByPolicies:
    """Judges rewards at discount 1 in any model: by a policy that beats every other choice (``averages.policies``).

    Where some choice is neither beaten nor the policy's, small models are decided in rational arithmetic; in larger
    ones the states that cannot come to such a choice are, and elsewhere what leads to less in the long run is not
    optimal.
    """

    def __init__(self, mdp: RationalMDP, choices: Choices) -> None:
        """Take all choices along: what breaks a tie may happen anywhere."""
        rows = choices_of(mdp, range(len(mdp.states)), None).lotteries
        self.choices, self.own = choices, _own_rows(mdp, choices)
        self.policies, self.averages, self.decider = Policies(rows), LongRunAverages(rows), Decider(mdp, Fraction(1))

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``AtZero``."""
        found = [self._judged(np.ascontiguousarray(rewards)) for rewards in table.T]
        sure, most = (np.stack(side, axis=1) for side in zip(*found, strict=True))
        return sure, most

    def _judged(self, rewards: Floats) -> tuple[Booleans, Booleans]:
        """Return the same for one reward f64[S], bool[C] each."""
        settled = self.policies.settled(rewards)
        chosen = settled.chosen[self.own]
        if not settled.open.any():
            return chosen, chosen
        optimal = self.decider.optimal(rewards)
        if optimal is not None:
            exactly = np.array([one for state in self.choices.states.tolist() for one in optimal[state]])
            return exactly, exactly
        values, error = self.averages.best(rewards[:, None], TOLERANCE * float(np.ptp(rewards)))
        close = self.choices.close(self.choices.ahead(values), error + ROUNDING * float(np.abs(values).max()))
        doubtful = self.policies.leading_to(settled.open)[self.choices.states][self.choices.owners]
        return np.where(doubtful, self.choices.alone(close)[:, 0], chosen), np.where(doubtful, close[:, 0], chosen)


class OnAverage:
    """Judges rewards at discount 1 in any model by reward per step: what a choice leaves of it, taken whenever there.

    Several choices may leave all of it. Small models are decided in rational arithmetic; in larger ones the choice of
    the Blackwell optimal policy is one of them, another is where what is left of the model leads to the same recurrent
    class with the same choices, and is not where it comes back to the state for ever.
    """

    def __init__(self, mdp: RationalMDP, choices: Choices) -> None:
        """Set a model aside for each choice there is another for."""
        self.choices, self.whole = choices, _Kept(mdp)
        self.kept: dict[int, _Kept] = {}
        self.listed = [(state, option) for state in choices.states.tolist() for option in mdp.choices[state]]
        for number, (state, option) in enumerate(self.listed):
            if len(mdp.choices[state]) > 1:
                rows = (*mdp.choices[:state], (option,), *mdp.choices[state + 1 :])
                self.kept[number] = _Kept(RationalMDP(states=mdp.states, choices=rows))

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``AtZero``."""
        choices = self.choices
        close = np.ones((len(choices.owners), table.shape[1]), np.bool_)
        tolerance = TOLERANCE * float(np.ptp(table))
        best, error = self.whole.averages.best(table, tolerance)
        error = error + ROUNDING * np.abs(table).max(axis=0)
        for number, kept in self.kept.items():
            left, slack = kept.averages.best(table, tolerance)
            state = self.listed[number][0]
            close[number] = left[state] >= best[state] - error - slack
        sure = choices.alone(close)
        for lane in np.flatnonzero((close & ~sure).any(axis=0)).tolist():
            rewards = np.ascontiguousarray(table[:, lane])
            for owner in np.unique(choices.owners[close[:, lane] & ~sure[:, lane]]).tolist():
                level = np.flatnonzero((choices.owners == owner) & close[:, lane])
                sure[level, lane], close[level, lane] = self._told_apart(level.tolist(), rewards)
        return sure, close

    def _told_apart(self, numbers: Sequence[int], rewards: Floats) -> tuple[list[bool], list[bool]]:
        """Return which of the choices of a state that leave about the same leave all for sure, and which may."""
        state = self.listed[numbers[0]][0]
        series = [self.kept[number].decider.worth(rewards) for number in numbers]
        gains = [found[state][0] for found in series if found is not None]
        if len(gains) == len(numbers):
            exactly = [gain == max(gains) for gain in gains]
            return exactly, exactly
        best = self.whole.followed(state, rewards)
        found = [self._beside(best, number, rewards) for number in numbers]
        return [one is True for one in found], [one is not False for one in found]

    def _beside(self, best: "_Way | None", number: int, rewards: Floats) -> bool | None:
        """Return whether a choice leaves as much as the best policy has, None where that cannot be told."""
        state, option = self.listed[number]
        if best is None or best.option == option.lottery:
            return None if best is None else True
        way = self.kept[number].followed(state, rewards)
        if way is None or way.returns:
            return None if way is None else False
        return True if way.end and way.end == best.end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where the best policy leads from a state, by ``option``: whether it ``returns`` for ever, and to which ``end``.

    The end is the recurrent class it surely comes to, with the choices there; empty where there are several.
    """

    option: Lottery
    returns: bool
    end: frozenset[tuple[int, Lottery]]


class _Kept:
    """A model, or what a choice leaves of it: its best averages, its policies, and both in fractions."""

    def __init__(self, mdp: RationalMDP) -> None:
        """Compile it once."""
        rows = choices_of(mdp, range(len(mdp.states)), None).lotteries
        self.averages, self.policies, self.decider = LongRunAverages(rows), Policies(rows), Decider(mdp, Fraction(1))
        self.options = [(state, choice.lottery) for state, options in enumerate(mdp.choices) for choice in options]

    def followed(self, state: int, rewards: Floats) -> _Way | None:
        """Return where the only policy that is Blackwell optimal leads from a state; None where there may be others."""
        settled = self.policies.settled(rewards)
        if self.policies.leading_to(settled.open)[state]:
            return None
        chosen = dict(self.options[row] for row in np.flatnonzero(settled.chosen).tolist())
        classes, gate = settled.course.classes, int(settled.course.gate[state])
        members = np.flatnonzero(classes == gate).tolist()
        end = frozenset((member, chosen[member]) for member in members)
        return _Way(option=chosen[state], returns=bool(classes[state] >= 0), end=end)


def _own_rows(mdp: RationalMDP, choices: Choices) -> Integers:
    """Return where some choices stand among all of a model, i64[C]."""
    places = np.cumsum([0, *(len(options) for options in mdp.choices)])
    return np.concatenate([np.arange(places[s], places[s + 1]) for s in choices.states.tolist()])


def _committed(arrays: MDP, state: int, target: int) -> MDP:
    """Return a deterministic model in which a state has one way on."""
    kept = np.ones(arrays.rows_count, np.bool_)
    begin, end = int(arrays.row_ptr[state]), int(arrays.row_ptr[state + 1])
    kept[begin:end] = False
    kept[begin + int(np.argmax(arrays.successors[begin:end] == target))] = True
    lengths = np.add.reduceat(kept.astype(np.int64), arrays.row_ptr[:-1])
    return MDP(
        row_ptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        successor_ptr=np.arange(int(kept.sum()) + 1, dtype=np.int64),
        successors=arrays.successors[kept],
        probabilities=arrays.probabilities[kept],
        row_actions=arrays.row_actions[kept],
    )
