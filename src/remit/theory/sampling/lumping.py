"""Rows that are worth the same whatever the discount: they lead alike to states from which a policy goes on alike.

States are of one kind where they have the same reward and the policy's rows lead from them with the same chances to the
same kinds (Kemeny and Snell 1960, on lumping; Givan, Dean and Greig 2003). The policy collects the same from them, in
law, so they are worth the same at every discount, and so is every row that leads with the same chances to the same
kinds. Chances are added up in whole numbers.
"""

from fractions import Fraction
from math import lcm

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.policies import Settled
from remit.theory.rational import RationalMDP

__all__ = ["Lumping"]

ROUNDS = 300
"""How often kinds are told further apart at most."""
NUMBERS = 4_000_000
"""How many chances are looked at in one round."""
WHOLE = 2**62
"""Largest number that chances are multiples of one part of."""


class Lumping:
    """The rows of a model in whole numbers; which of them lead on as a policy's do."""

    def __init__(self, mdp: RationalMDP) -> None:
        """Write the chances of each choice as multiples of one part, filled up with none to the same length."""
        rows = [choice.lottery for options in mdp.choices for choice in options]
        self.owners = np.repeat(np.arange(len(mdp.states)), [len(options) for options in mdp.choices])
        width = max(map(len, rows))
        parts = 1
        for denominator in {chance.denominator for row in rows for _, chance in row}:
            parts = min(lcm(parts, denominator), WHOLE)
        self.possible = parts < WHOLE and mdp.sums_exactly and len(rows) * width <= NUMBERS
        if self.possible:
            filled = [[*row, *[(0, Fraction(0))] * (width - len(row))] for row in rows]
            self.targets = np.array([[target for target, _ in row] for row in filled], np.int64)
            self.chances = np.array([[int(chance * parts) for _, chance in row] for row in filled], np.int64)

    def alike(self, table: Floats, policy: Integers) -> Booleans:
        """Return which rows lead on as the policy's of their state, bool[R, K]: rewards f64[S, K], rows i64[S, K].

        They are worth the same at every discount while the policy is followed after. What is not said to be may be.
        """
        found = np.zeros((len(self.owners), table.shape[1]), np.bool_)
        found[policy, np.arange(table.shape[1])] = True
        if self.possible:
            size = max(1, NUMBERS // self.targets.size)
            for begin in range(0, table.shape[1], size):
                some = slice(begin, begin + size)
                found[:, some] |= self._alike(table[:, some], policy[:, some])
        return found

    def told(self, settled: Settled, rewards: Floats) -> tuple[Booleans, Booleans]:
        """Return which rows are as good as a policy's near discount 1, for rewards f64[S], and which may be.

        Beside its own, those that lead on alike among what it does not beat.
        """
        if not settled.open.any():
            return settled.chosen, settled.open
        same = self.alike(rewards[:, None], np.flatnonzero(settled.chosen)[:, None])[:, 0]
        return settled.chosen | (settled.open & same), settled.open & ~same

    def leading_to(self, rows: Booleans, ways: Booleans) -> Booleans:
        """Return the states from which an owner of some rows bool[R, K] is reached by ways bool[R, K], bool[S, K].

        All of them, where chances are not held.
        """
        first = np.flatnonzero(np.diff(self.owners, prepend=-1))
        found = np.logical_or.reduceat(rows, first)
        if not self.possible:
            return np.ones_like(found)
        while True:
            ahead = ways & (found[self.targets] & (self.chances > 0)[:, :, None]).any(axis=1)
            wider = found | np.logical_or.reduceat(ahead, first)
            if np.array_equal(wider, found):
                return found
            found = wider

    def kinds(self, table: Floats, policy: Integers) -> Integers | None:
        """Return the kind of each state for rewards f64[S, K] and a policy's rows i64[S, K], i64[S, K].

        A kind is the same one whatever the column. None where they cannot be told.
        """
        _, first = np.unique(table.ravel(), return_inverse=True)
        kinds, count = first.reshape(table.shape), 0
        for _ in range(ROUNDS if self.possible else 0):
            grown = int(kinds.max()) + 1
            if grown in (count, kinds.size):
                return kinds
            count = grown
            signs = np.concatenate([kinds[:, :, None], self._ways(kinds, policy)], axis=2)
            _, numbers = np.unique(signs.reshape(kinds.size, -1), axis=0, return_inverse=True)
            kinds = numbers.reshape(kinds.shape)
        return None

    def _alike(self, table: Floats, policy: Integers) -> Booleans:
        """Return which rows lead on alike for as many rewards as are looked at in one round."""
        kinds = self.kinds(table, policy)
        shape = len(self.owners), table.shape[1]
        if kinds is None:
            return np.zeros(shape, np.bool_)
        ways = self._ways(kinds, np.broadcast_to(np.arange(shape[0])[:, None], shape))
        own = ways[policy, np.arange(shape[1])]
        return np.asarray((ways == own[self.owners]).all(axis=2))

    def _ways(self, kinds: Integers, rows: Integers) -> Integers:
        """Return to which kinds rows i64[N, K] lead, in order, and with which chances: i64[N, K, 2 L]."""
        chances = self.chances[rows]
        led = kinds[self.targets[rows], np.arange(kinds.shape[1])[:, None]]
        led = np.where(chances > 0, led, -1)
        led, chances = _in_order(led, chances)
        for place in range(1, led.shape[2]):
            same = led[..., place] == led[..., place - 1]
            chances[..., place] += np.where(same, chances[..., place - 1], 0)
            chances[..., place - 1] = np.where(same, 0, chances[..., place - 1])
            led[..., place - 1] = np.where(same, -1, led[..., place - 1])
        return np.concatenate(_in_order(led, chances), axis=2)


def _in_order(led: Integers, chances: Integers) -> tuple[Integers, Integers]:
    """Return both in the order of the first along the last axis."""
    order = np.argsort(led, axis=2, kind="stable")
    return np.take_along_axis(led, order, axis=2), np.take_along_axis(chances, order, axis=2)
