"""Which choices are optimal where each leads to one state: exactly, in models of any size, for many rewards at once.

A policy collects one sequence of rewards from each state. States with the same sequence are worth the same at every
discount; what different sequences are worth is counted in fractions, once for all states and rewards that share one: in
all, inside (0, 1), and at 1 coefficient by coefficient of the series in the interest rate. Near 1 different sequences
are not worth the same for long: what they are worth are different rational functions of the discount.

A policy to begin with is improved until no choice of any state is worth more than its own (Howard 1960; at 1 Veinott
1969). It then satisfies the optimality equations, inside (0, 1) at the discount and at 1 at all that are near enough:
what is worth the same as its own choice is optimal and nothing else is. No step is rounded; nothing stays open but what
would take too long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.long_run import first_best
from remit.theory.mdp import MDP

__all__ = ["Sequences"]

ROUNDS = 200
"""How often policies are improved at most."""
NUMBERS = 2_000_000
"""How many rows are compared at a time, each once for each reward."""
DIGITS = 10_000_000
"""Binary digits that the worths of all sequences that are looked at together may have."""


class Sequences:
    """Decides exactly which rows of a deterministic model are optimal at a discount in (0, 1], 1 for its limit."""

    def __init__(self, rows: MDP, discount: Fraction) -> None:
        """Keep where each row leads."""
        self.discount = discount
        self.after, self.first, self.owners = rows.successors.astype(np.int64), rows.row_ptr[:-1], rows.row_states

    def optimal(self, table: Floats, policy: Integers) -> tuple[Booleans, Booleans]:
        """Return which rows are optimal for rewards f64[S, K], bool[R, K], and for which of these that is known.

        It is found by improving the rows i64[S, K].
        """
        kept = np.ones((len(self.owners), table.shape[1]), np.bool_)
        known = np.zeros(table.shape[1], np.bool_)
        for lanes, found, own in self._settled(table, policy, None):
            kept[:, lanes], known[lanes] = found.kept[:, own], True
        return kept, known

    def gains(self, table: Floats, policy: Integers, state: int) -> list[Fraction | None]:
        """Return the most reward per step there is from a state at discount 1, None where that would take too long."""
        gains: list[Fraction | None] = [None] * table.shape[1]
        for lanes, found, own in self._settled(table, policy, 2):
            of_cycles = found.followed.gains()
            for lane, kind in zip(lanes.tolist(), found.followed.kinds[state, own].tolist(), strict=True):
                gains[lane] = of_cycles[found.followed.ends[kind]]
        return gains

    def _settled(
        self, table: Floats, policy: Integers, depth: int | None
    ) -> Iterator[tuple[Integers, "_Compared", Integers]]:
        """Yield rewards for which no row is ahead of the policy's any more, the comparison, and their places in it.

        So many levels of the series are compared at most, all of them with None.
        """
        size = max(1, NUMBERS // len(self.owners))
        waiting = [np.arange(begin, begin + size) for begin in range(0, table.shape[1], size)]
        waiting[-1] = waiting[-1][waiting[-1] < table.shape[1]]
        while waiting:
            lanes = waiting.pop()
            rows = policy[:, lanes]
            for _ in range(ROUNDS):
                found = self._compared(table[:, lanes], rows, depth)
                if found is None:
                    waiting.extend(np.array_split(lanes, 2) if len(lanes) > 1 else [])
                    break
                moved = (found.policy != rows).any(axis=0)
                yield lanes[~moved], found, np.flatnonzero(~moved)
                lanes, rows = lanes[moved], found.policy[:, moved]
                if not len(lanes):
                    break

    def _compared(self, table: Floats, policy: Integers, depth: int | None) -> "_Compared | None":
        """Return which rows are level with the best while a policy is followed after; None where that takes too long.

        Levels end where all that is level with the policy's row leads to the same sequence, which it is for ever.
        """
        lanes = np.arange(table.shape[1])
        target = self.after[policy]
        followed = _followed(table, target)
        if self.discount < 1 and followed.digits(self.discount) > DIGITS:
            return None
        ahead = followed.kinds[self.after]
        different = ahead != followed.kinds[target, lanes][self.owners]
        kept, stays = np.ones(different.shape, np.bool_), np.ones(policy.shape, np.bool_)
        for number, level in enumerate(followed.levels(self.discount), 1):
            worth = np.where(kept, _ranks(level)[ahead], -1)
            kept = worth == np.maximum.reduceat(worth, self.first)[self.owners]
            stays = kept[policy, lanes]
            if number == depth or not (kept & different & stays[self.owners]).any():
                break
        following = np.where(stays, policy, first_best(kept.astype(np.float64), self.first, self.owners))
        return _Compared(followed=followed, kept=kept, policy=following)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """Sequences of rewards by number: ``kinds`` i64[S, K] is that of each state for each table of rewards.

    ``rewards`` is what each begins with, in units of which there are ``scale`` to 1, ``following`` the number of the
    rest of it. Those that come back to themselves are in ``cycles``, by number, and each comes to the cycle of that
    number in ``ends``; of the others, ``ways``, each comes after the rest of it.
    """

    kinds: Integers
    rewards: list[int]
    scale: int
    following: list[int]
    cycles: list[list[int]]
    ends: list[int]
    ways: list[int]

    def digits(self, discount: Fraction) -> int:
        """Return about how many binary digits it takes to write down what all sequences are worth at a discount."""
        steps = [0] * len(self.following)
        for cycle in self.cycles:
            for kind in cycle:
                steps[kind] = 2 * len(cycle)
        for kind in self.ways:
            steps[kind] = steps[self.following[kind]] + 1
        return sum(steps) * discount.denominator.bit_length()

    def levels(self, discount: Fraction) -> Iterator[Sequence[Fraction | int]]:
        """Yield numbers in the order of what the sequences are worth, which for 1 are coefficients without end.

        First is the order of gains. The others are in units of their own for each gain, so they tell how sequences of
        the same gain compare: biases, and so on.
        """
        if discount < 1:
            yield self._discounted(discount)
            return
        gains = self.gains()
        units = dict.fromkeys(gains, 1)
        for gain, cycle in zip(gains, self.cycles, strict=True):
            units[gain] = lcm(units[gain], len(cycle))
        order = {gain: place for place, gain in enumerate(sorted(units))}
        places = [order[gain] for gain in gains]
        yield [places[end] for end in self.ends]
        wholes = [(gain * self.scale).as_integer_ratio() for gain in gains]
        flow = [wholes[end][1] * reward - wholes[end][0] for reward, end in zip(self.rewards, self.ends, strict=True)]
        while True:
            level = self._centred(flow, [units[gain] for gain in gains])
            yield level
            flow = [-worth for worth in level]

    def gains(self) -> list[Fraction]:
        """Return the mean reward of each cycle."""
        return [Fraction(sum(self.rewards[kind] for kind in cycle), len(cycle) * self.scale) for cycle in self.cycles]

    def _discounted(self, discount: Fraction) -> list[Fraction]:
        """Return v with v = r + g v(following)."""
        level = [Fraction(0)] * len(self.rewards)
        for cycle in self.cycles:
            once = Fraction(0)
            for kind in reversed(cycle):
                once = self.rewards[kind] + discount * once
            worth = once / (1 - discount ** len(cycle))
            for kind in reversed(cycle):
                level[kind] = worth = self.rewards[kind] + discount * worth
        for kind in self.ways:
            level[kind] = self.rewards[kind] + discount * level[self.following[kind]]
        return level

    def _centred(self, flow: Sequence[int], units: Sequence[int]) -> list[int]:
        """Return y with y = f + y(following) and mean 0 in each cycle, as f has, so many times as large for each."""
        level = [0] * len(flow)
        for cycle, unit in zip(self.cycles, units, strict=True):
            worth = 0
            for kind in reversed(cycle):
                level[kind] = worth = worth + unit * flow[kind]
            mean = sum(level[kind] for kind in cycle) // len(cycle)
            for kind in cycle:
                level[kind] -= mean
        for kind in self.ways:
            level[kind] = units[self.ends[kind]] * flow[kind] + level[self.following[kind]]
        return level


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What ``followed`` shows: the rows ``kept`` bool[R, K] as best, and the ``policy`` i64[S, K] that takes them."""

    followed: _Followed
    kept: Booleans
    policy: Integers


def _followed(table: Floats, target: Integers) -> _Followed:
    """Return the sequences of rewards f64[S, K] that are collected where each state leads to ``target`` i64[S, K].

    Sequences that begin alike for 1, 2, 4, ... steps get a number, until twice as many steps tell no more apart.
    """
    states, lanes = table.shape
    places = (np.arange(states)[:, None] * lanes + np.arange(lanes)).ravel()
    after = jump = (target * lanes + np.arange(lanes)).ravel()
    values, kinds = np.unique(table.ravel(), return_inverse=True)
    count, grown = 0, len(values)
    while grown > count:
        count = grown
        _, kinds = np.unique(kinds * count + kinds[jump], return_inverse=True)
        grown, jump = int(kinds.max()) + 1, jump[jump]
    shown = np.empty(grown, np.int64)
    shown[kinds] = places
    following = kinds[after[shown]].tolist()
    cycles, ends, ways = _cycles(following)
    ratios = {value: value.as_integer_ratio() for value in values.tolist()}
    scale = lcm(*(denominator for _, denominator in ratios.values()))
    wholes = {value: numerator * (scale // denominator) for value, (numerator, denominator) in ratios.items()}
    return _Followed(
        kinds=kinds.reshape(states, lanes),
        rewards=[wholes[reward] for reward in table.ravel()[shown].tolist()],
        scale=scale,
        following=following,
        cycles=cycles,
        ends=ends,
        ways=ways,
    )


def _cycles(following: Sequence[int]) -> tuple[list[list[int]], list[int], list[int]]:
    """Return the cycles of what leads to one thing each, the cycle each comes to, and what is in none.

    Of the latter each comes after what it leads to.
    """
    cycles: list[list[int]] = []
    ways: list[int] = []
    ends = [-1] * len(following)
    met = [-1] * len(following)
    for start in range(len(following)):
        path, here = [], start
        while met[here] < 0:
            met[here] = start
            path.append(here)
            here = following[here]
        way = path
        if ends[here] < 0:
            way = path[: path.index(here)]
            ends[here] = len(cycles)
            cycles.append(path[len(way) :])
        for kind in path:
            ends[kind] = ends[here]
        ways.extend(reversed(way))
    return cycles, ends, ways


def _ranks(level: Sequence[Fraction | int]) -> Integers:
    """Return the place of each number among all, i64[N]: equal ones have the same."""
    places = {worth: place for place, worth in enumerate(sorted(set(level)))}
    return np.array([places[worth] for worth in level], np.int64)
