"""Ties between actions: decided in rational arithmetic for small models, and coefficient by coefficient at discount 0.

A reward drawn as a float is a rational number, so which policies are optimal for it can be decided for sure; it only
takes long. Near discount 1 the value of a policy is a series in the interest rate (1-g)/g, and the first coefficient in
which two series differ decides (Blackwell 1962; Veinott 1969; Puterman 1994, theorems 8.2.3 and 10.3.6). At discount 0
the first reward after an action decides, then the best that can follow, and so on: two series that agree in twice as
many coefficients as there are states agree for ever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.rational import Lottery, RationalMDP

__all__ = ["Decider", "narrowed_at_zero"]

STATES, DECISIONS = 24, 400
"""Largest model, and most different rewards, that are decided in rational arithmetic."""
LEVELS = 200
"""Most coefficients that are compared at discount 0."""


class Decider:
    """Decides which choices are optimal for a reward, exactly, for models of at most 24 states; remembers answers."""

    def __init__(self, mdp: RationalMDP, discount: Fraction) -> None:
        """Keep the model; the discount is above 0, and 1 for its limit (Blackwell)."""
        self.mdp, self.discount = mdp, discount
        self.known: dict[bytes, tuple[list[list[bool]], list[Fraction]]] = {}

    def optimal(self, rewards: Floats) -> list[list[bool]] | None:
        """Return for each choice of each state whether it is optimal for rewards f64[S]; None where that is too much.

        Policy iteration in fractions: it ends at a policy no choice improves on, and what equals it is optimal too.
        """
        found = self._answer(rewards)
        return None if found is None else found[0]

    def worth(self, rewards: Floats) -> list[Fraction] | None:
        """Return what each state is worth under an optimal policy, its gain at discount 1; None where too much."""
        found = self._answer(rewards)
        return None if found is None else found[1]

    def _answer(self, rewards: Floats) -> tuple[list[list[bool]], list[Fraction]] | None:
        """Return both, from memory where they were asked before."""
        key = rewards.tobytes()
        if key not in self.known:
            if len(self.mdp.states) > STATES or len(self.known) >= DECISIONS or not self.mdp.sums_exactly:
                return None
            self.known[key] = self._decided([Fraction(float(reward)) for reward in rewards])
        return self.known[key]

    def _decided(self, rewards: list[Fraction]) -> tuple[list[list[bool]], list[Fraction]]:
        """Return what is optimal for rewards in fractions, and what it is worth."""
        policy = [0] * len(rewards)
        while True:
            following, optimal, worth = self._compared(policy, rewards)
            if following == policy:
                return optimal, worth
            policy = following

    def _compared(
        self, policy: list[int], rewards: list[Fraction]
    ) -> tuple[list[int], list[list[bool]], list[Fraction]]:
        """Return the policy that takes what beats this one, what as yet equals it, and what it is worth.

        What is behind at one level is out; levels end where one is ahead, or where nothing but the policy is left.
        """
        kept = [[True] * len(options) for options in self.mdp.choices]
        worth: list[Fraction] = []
        for level in self._levels(policy, rewards):
            worth = worth or level
            ahead = [
                [
                    _expected(choice.lottery, level) if stays else None
                    for choice, stays in zip(options, row, strict=True)
                ]
                for options, row in zip(self.mdp.choices, kept, strict=True)
            ]
            best = [max(value for value in line if value is not None) for line in ahead]
            following = [
                at if line[at] == top else line.index(top) for line, at, top in zip(ahead, policy, best, strict=True)
            ]
            kept = [[value == top for value in line] for line, top in zip(ahead, best, strict=True)]
            if following != policy or all(sum(row) == 1 for row in kept):
                return following, kept, worth
        return policy, kept, worth

    def _levels(self, policy: list[int], rewards: list[Fraction]) -> Iterator[list[Fraction]]:
        """Yield what a policy is worth in each state: v with (I - g P) v = r, or the levels of its series at 1."""
        rows = [self.mdp.choices[state][at].lottery for state, at in enumerate(policy)]
        if self.discount == 1:
            yield from _series(rows, rewards)
        else:
            yield _times(
                _inverse([{target: self.discount * chance for target, chance in row} for row in rows]), rewards
            )


def _expected(lottery: Lottery, values: Sequence[Fraction]) -> Fraction:
    """Return the mean of what a choice leads to."""
    return sum((chance * values[target] for target, chance in lottery), Fraction(0))


def _series(rows: Sequence[Lottery], rewards: Sequence[Fraction]) -> Iterator[list[Fraction]]:
    """Yield the coefficients y_-1 (gain), y_0 (bias), ... y_S of a policy's value, each for all states.

    (I - P) y_0 = r - y_-1 and (I - P) y_n = -y_(n-1), each with mean 0 in every recurrent class. A solution that is 0
    at one state of each class is what is collected until that state is met.
    """
    anchors = _anchors(rows)
    inverse = _inverse([{target: chance for target, chance in row if target not in anchors} for row in rows])
    lengths = [sum(line, Fraction(0)) for line in inverse]
    reach = {a: _times(inverse, [dict(row).get(a, Fraction(0)) for row in rows]) for a in anchors}

    def spread(means: dict[int, Fraction]) -> list[Fraction]:
        return [sum((reach[a][state] * mean for a, mean in means.items()), Fraction(0)) for state in range(len(rows))]

    sums = _times(inverse, rewards)
    level = spread({a: sums[a] / lengths[a] for a in anchors})
    yield level
    flow = [reward - gain for reward, gain in zip(rewards, level, strict=True)]
    for _ in range(len(rows) + 1):
        found = _times(inverse, flow)
        means = {a: _dot(inverse[a], found) / lengths[a] for a in anchors}
        level = [value - mean for value, mean in zip(found, spread(means), strict=True)]
        yield level
        flow = [-value for value in level]


def _anchors(rows: Sequence[Lottery]) -> list[int]:
    """Return the first state of each recurrent class of a policy."""
    pairs = [(state, target) for state, row in enumerate(rows) for target, _ in row]
    starts, ends = (np.array(side) for side in zip(*pairs, strict=True))
    graph = csr_matrix((np.ones(len(pairs)), (starts, ends)), shape=(len(rows), len(rows)))
    _, labels = connected_components(graph, directed=True, connection="strong")
    leaving = set(labels[starts[labels[starts] != labels[ends]]].tolist())
    first = {int(label): state for state, label in reversed(list(enumerate(labels.tolist())))}
    return sorted(state for label, state in first.items() if label not in leaving)


def _times(matrix: Sequence[Sequence[Fraction]], vector: Iterable[Fraction]) -> list[Fraction]:
    """Return a matrix times a vector."""
    column = list(vector)
    return [_dot(line, column) for line in matrix]


def _dot(line: Sequence[Fraction], column: Sequence[Fraction]) -> Fraction:
    """Return the sum of the products of two vectors."""
    return sum((a * b for a, b in zip(line, column, strict=True) if a and b), Fraction(0))


def _inverse(rows: Sequence[Mapping[int, Fraction]]) -> list[list[Fraction]]:
    """Return the inverse of I - Q, by elimination, for rows Q of a chain that stops for sure or is discounted."""
    size = len(rows)
    table = []
    for state, row in enumerate(rows):
        line = [Fraction(int(state == column)) for column in range(size)] * 2
        for target, chance in row.items():
            line[target] -= chance
        table.append(line)
    for pivot in range(size):
        head = table[pivot]
        scale = 1 / head[pivot]  # never zero: no pivoting is needed for such a matrix
        table[pivot] = head = [entry * scale if entry else entry for entry in head]
        for other, line in enumerate(table):
            if other != pivot and line[pivot]:
                factor = line[pivot]
                table[other] = [a - factor * b if b else a for a, b in zip(line, head, strict=True)]
    return [line[size:] for line in table]


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
