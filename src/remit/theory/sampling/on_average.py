"""Which choices are optimal on average, for each of some rewards: for sure, and at most.

A policy is optimal on average when its reward per step is the best there is from a state, so what a choice is worth is
what is left of the best when a policy takes it whenever it is there. Several choices may leave all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.averages import LongRunAverages
from remit.theory.averages.long_run import long_run
from remit.theory.averages.policies import Policies
from remit.theory.mdp import MDP
from remit.theory.rational import Choice, Lottery, RationalMDP
from remit.theory.sampling.choices import ROUNDING, TOLERANCE, Choices, choices_of
from remit.theory.sampling.lumping import Lumping
from remit.theory.sampling.sequences import Sequences
from remit.theory.sampling.ties import Decider

__all__ = ["OnAverage", "OnAverageByCycles"]


class OnAverage:
    """Judges rewards at discount 1 in any model by reward per step: what a choice leaves of it, taken whenever there.

    Several choices may leave all of it. Small models are decided in rational arithmetic; in larger ones the choice of a
    Blackwell optimal policy is one of them, and so are those that lead on alike (``lumping``). Another is where what is
    left of the model leads to the same recurrent class with the same choices, or to one that goes on alike; it is not
    where it comes back to the state for ever, because less is collected each time.
    """

    def __init__(self, mdp: RationalMDP, choices: Choices) -> None:
        """Set a model aside for each choice there is another for."""
        self.choices, self.whole = choices, _Kept(mdp)
        self.kept: dict[int, _Kept] = {}
        self.listed = [(state, option) for state in choices.states.tolist() for option in mdp.choices[state]]
        for number, (state, option) in enumerate(self.listed):
            if len(mdp.choices[state]) > 1:
                self.kept[number] = _Kept(_committed(mdp, state, option))

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
        lanes = np.flatnonzero((close & ~sure).any(axis=0))
        first = np.ascontiguousarray(self.whole.policies.first(table[:, lanes]).T)
        for lane, policy in zip(lanes.tolist(), first, strict=True):
            rewards = np.ascontiguousarray(table[:, lane])
            for owner in np.unique(choices.owners[close[:, lane] & ~sure[:, lane]]).tolist():
                level = np.flatnonzero((choices.owners == owner) & close[:, lane])
                sure[level, lane], close[level, lane] = self._told_apart(level.tolist(), rewards, policy)
        return sure, close

    def _told_apart(self, numbers: Sequence[int], rewards: Floats, policy: Integers) -> tuple[list[bool], list[bool]]:
        """Return which of the choices of a state that leave about the same leave all for sure, and which may.

        Where fractions cannot tell, policies are improved from ``policy`` i64[S].
        """
        state = self.listed[numbers[0]][0]
        worths = [self.kept[number].decider.worth(rewards) for number in numbers]
        gains = [worth[state] for worth in worths if worth is not None]
        if len(gains) == len(numbers):
            exactly = [gain == max(gains) for gain in gains]
            return exactly, exactly
        best = self.whole.followed(state, rewards, policy)
        found = [self._beside(best, number, rewards) for number in numbers]
        return [one is True for one in found], [one is not False for one in found]

    def _beside(self, best: "_Way | None", number: int, rewards: Floats) -> bool | None:
        """Return whether a choice leaves as much as the best policy has, None where that cannot be told."""
        state, option = self.listed[number]
        if best is None or option.lottery in best.options:
            return None if best is None else True
        kept = self.kept[number]
        taken = best.taken.copy()
        taken[state] = 0
        way = kept.followed(state, rewards, kept.policies.first_rows + taken)
        if way is None or way.returns:
            return None if way is None else False
        if way.end and way.end == best.end:
            return True
        row = self.whole.options.index((state, option.lottery))
        return True if self._go_on_alike(best, way, state, row, rewards) else None

    def _go_on_alike(self, best: "_Way", way: "_Way", state: int, row: int, rewards: Floats) -> bool:
        """Return whether the way by a row goes on as the best does, from its state or in the classes they come to."""
        first = self.whole.policies.first_rows
        policies = np.stack([first + best.taken, first + way.taken], axis=1)
        policies[state, 1] = row
        kinds = self.whole.lumping.kinds(np.stack([rewards, rewards], axis=1), policies)
        if kinds is None:
            return False
        one, other = ({int(kinds[member, lane]) for member, _ in on.end} for lane, on in enumerate((best, way)))
        return bool(kinds[state, 0] == kinds[state, 1] or one & other)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where the best policy leads from a state, by ``options``: whether it ``returns`` for ever, and to which ``end``.

    The options are its own choice there and those that lead on alike. The end is the recurrent class it surely comes
    to, with the choices there; empty where there are several. ``taken`` i64[S] is which of the choices of each state
    the policy takes.
    """

    options: frozenset[Lottery]
    taken: Integers
    returns: bool
    end: frozenset[tuple[int, Lottery]]


class _Kept:
    """A model, or what a choice leaves of it: its best averages, its policies, and both in fractions."""

    def __init__(self, mdp: RationalMDP) -> None:
        """Compile it once."""
        self.rows = choices_of(mdp, range(len(mdp.states)), None).lotteries
        self.averages, self.policies = LongRunAverages(self.rows), Policies(self.rows)
        self.decider, self.lumping = Decider(mdp, Fraction(1)), Lumping(mdp)
        self.options = [(state, choice.lottery) for state, options in enumerate(mdp.choices) for choice in options]

    def followed(self, state: int, rewards: Floats, policy: Integers) -> _Way | None:
        """Return where a Blackwell optimal policy leads from a state; None where others may be that are not alike.

        It is found by improving ``policy`` i64[S].
        """
        settled = self.policies.settled(rewards, policy)
        rows = np.flatnonzero(settled.chosen)
        alike, left_open = self.lumping.told(settled, rewards)
        if self.policies.leading_to(left_open)[state]:
            return None
        chosen = dict(self.options[row] for row in rows.tolist())
        classes, gate = settled.course.classes, int(settled.course.gate[state])
        members = np.flatnonzero(classes == gate).tolist()
        end = frozenset((member, chosen[member]) for member in members)
        taken = rows - self.policies.first_rows
        told = [self.options[row] for row in np.flatnonzero(alike).tolist()]
        options = frozenset(lottery for owner, lottery in told if owner == state)
        return _Way(options=options, taken=taken, returns=bool(classes[state] >= 0), end=end)


class OnAverageByCycles:
    """Judges rewards at discount 1 in a deterministic model by reward per step, many at once.

    Where choices leave about the same, what they leave is counted exactly.
    """

    def __init__(self, mdp: RationalMDP, choices: Choices) -> None:
        """Set a model aside for each choice there is another for."""
        self.choices, self.whole = choices, mdp.as_arrays()
        listed = [(state, option) for state in choices.states.tolist() for option in mdp.choices[state]]
        self.kept: dict[int, tuple[int, MDP]] = {}
        for number, (state, option) in enumerate(listed):
            if len(mdp.choices[state]) > 1:
                left = choices_of(_committed(mdp, state, option), range(len(mdp.states)), None)
                self.kept[number] = state, left.lotteries

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``AtZero``."""
        choices = self.choices
        best = long_run(self.whole, table)
        close = np.ones((len(choices.owners), table.shape[1]), np.bool_)
        policies: dict[int, Integers] = {}
        for number, (state, rows) in self.kept.items():
            found = long_run(rows, table)
            close[number] = found.gain[state] >= best.gain[state] - best.gain_error - found.gain_error
            policies[number] = found.rows
        sure = choices.alone(close)
        for owner in np.unique(choices.owners[(close & ~sure).any(axis=1)]).tolist():
            level = np.flatnonzero(choices.owners == owner)
            lanes = np.flatnonzero((close & ~sure)[level].any(axis=0))
            gains = [self._gains(number, table[:, lanes], policies[number][:, lanes]) for number in level.tolist()]
            for lane, left in zip(lanes.tolist(), zip(*gains, strict=True), strict=True):
                counted = [gain for gain in left if gain is not None]
                if len(counted) == len(left):
                    sure[level, lane] = close[level, lane] = [gain == max(counted) for gain in counted]
        return sure, close

    def _gains(self, number: int, table: Floats, policy: Integers) -> list[Fraction | None]:
        """Return what a choice leaves exactly, from the best policies i64[S, K] in floating point."""
        state, rows = self.kept[number]
        return Sequences(rows, Fraction(1)).gains(table, policy, state)


def _committed(mdp: RationalMDP, state: int, option: Choice) -> RationalMDP:
    """Return the model in which a state has one choice."""
    return RationalMDP(states=mdp.states, choices=(*mdp.choices[:state], (option,), *mdp.choices[state + 1 :]))
