"""Ties between actions: decided in rational arithmetic for small models, and coefficient by coefficient at discount 0.

A reward drawn as a float is a rational number, so which policies are optimal for it can be decided for sure; it only
takes long. At discount 0 the first reward after an action decides, then the best that can follow, and so on: two series
that agree in twice as many coefficients as there are states agree for ever.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.rational import RationalMDP

__all__ = ["Decider", "narrowed_at_zero"]

STATES, DECISIONS = 24, 400
"""Largest model, and most different rewards, that are decided in rational arithmetic."""
LEVELS = 200
"""Most coefficients that are compared at discount 0."""


class Decider:
    """Decides which choices are optimal for a reward, exactly, for models of at most 24 states; remembers answers."""

    def __init__(self, mdp: RationalMDP, discount: Fraction) -> None:
        """Keep the model; the discount is strictly between 0 and 1."""
        self.mdp, self.discount = mdp, discount
        self.known: dict[bytes, list[list[bool]]] = {}

    def optimal(self, rewards: Floats) -> list[list[bool]] | None:
        """Return for each choice of each state whether it is optimal for rewards f64[S]; None where that is too much.

        Policy iteration in fractions: it ends at a policy no choice improves on, and what equals it is optimal too.
        """
        key = rewards.tobytes()
        if key not in self.known:
            if len(self.mdp.states) > STATES or len(self.known) >= DECISIONS or not self.mdp.sums_exactly:
                return None
            self.known[key] = self._decided([Fraction(float(reward)) for reward in rewards])
        return self.known[key]

    def _decided(self, rewards: list[Fraction]) -> list[list[bool]]:
        """Return what is optimal for rewards in fractions."""
        policy = [0] * len(rewards)
        while True:
            values = self._values(policy, rewards)
            ahead = [
                [sum((chance * values[t] for t, chance in choice.lottery), Fraction(0)) for choice in options]
                for options in self.mdp.choices
            ]
            best = [max(line) for line in ahead]
            better = [line[at] < top for line, at, top in zip(ahead, policy, best, strict=True)]
            if not any(better):
                return [[worth == top for worth in line] for line, top in zip(ahead, best, strict=True)]
            policy = [
                line.index(top) if moves else at
                for line, at, top, moves in zip(ahead, policy, best, better, strict=True)
            ]

    def _values(self, policy: list[int], rewards: list[Fraction]) -> list[Fraction]:
        """Return what a policy is worth, (I - g P) v = r, by elimination."""
        size = len(rewards)
        rows = []
        for state, at in enumerate(policy):
            row = [Fraction(0)] * size + [rewards[state]]
            row[state] = Fraction(1)
            for target, chance in self.mdp.choices[state][at].lottery:
                row[target] -= self.discount * chance
            rows.append(row)
        for pivot in range(size):
            head = rows[pivot]
            inverse = 1 / head[pivot]  # never zero: the matrix is strictly diagonally dominant
            rows[pivot] = head = [entry * inverse if entry else entry for entry in head]
            for other, row in enumerate(rows):
                if other != pivot and row[pivot]:
                    factor = row[pivot]
                    rows[other] = [a - factor * b if b else a for a, b in zip(row, head, strict=True)]
        return [row[-1] for row in rows]


def narrowed_at_zero(
    ahead: Callable[[Floats], Floats], heads: Integers, owners: Integers, table: Floats, error: float
) -> tuple[Booleans, Booleans]:
    """Return for rewards f64[S, K] whether ties are proved, bool[K], and the choices kept at discount 0, bool[C, K].

    ``error`` is what one sum over a row may be off by: 0 where rows lead to one state, and then equal is equal. Where
    it is not 0, a tie ends the comparison for that reward, because what comes later depends on it.
    """
    states, lanes = table.shape
    levels = min(LEVELS, 2 * states)
    kept = np.ones((len(owners), lanes), np.bool_)
    coefficient, live = table, np.ones(lanes, np.bool_)
    tied: Booleans = np.zeros(lanes, np.bool_)
    for level in range(levels):
        worth = np.where(kept, ahead(coefficient), -np.inf)
        best = np.maximum.reduceat(worth, heads)
        near = kept & (worth >= best[owners] - 2.0 * error * (level + 1))
        kept = np.where(live, near, kept)
        tied = np.asarray(np.add.reduceat(kept.astype(np.int32), heads).max(axis=0) > 1)
        live = np.logical_and(live, tied) if error == 0.0 else np.zeros(lanes, np.bool_)
        if not live.any():
            break
        coefficient = best
    return ~tied | (live & (levels == 2 * states)), kept
