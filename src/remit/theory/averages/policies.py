"""One policy followed for ever, improved until nothing is better: gains, biases, and what of it is proved.

Near discount 1 the value of a policy is its gain (reward per step in the long run) over 1 - g, plus its bias. A choice
beats another when it leads to a larger gain or, gains being equal, to a larger bias (Howard 1960; Veinott 1966;
Puterman 1994, sections 9.2 and 10.3). If every other choice of every state is beaten, the policy is the only one that
is Blackwell optimal. Biases decide only where gains are equal for a reason: the same recurrent class, or the same
state all ways lead through; that two sums came out alike is no reason.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, identity
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.end_components import row_matrix
from remit.theory.mdp import MDP

__all__ = ["Course", "Policies", "Settled"]

SWEEPS, ROUNDS = 60, 200
"""Sweeps that find the first policies, and how often a policy is improved at most."""
STRICT = 1e-9
"""By how much of the largest lead a row must lead to be taken where errors are not known."""
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What following a policy leads to: ``gain`` and ``bias`` f64[S], the bias counted from one state of each class.

    ``classes`` i64[S] names the recurrent class of a state by one of its states (-1: transient). ``gate`` i64[S] is a
    state all ways from there lead through, the name of a class where only that can be reached: states with the same
    gate have the same gain. ``gain_error`` and ``bias_error`` are how far differences of two expected gains, and of two
    expected biases, can be from the truth.
    """

    gain: Floats
    bias: Floats
    classes: Integers
    gate: Integers
    gain_error: float
    bias_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A policy, ``chosen`` bool[R], the rows that are ``beaten`` for sure, bool[R], and its ``course``."""

    chosen: Booleans
    beaten: Booleans
    course: Course

    @property
    def open(self) -> Booleans:
        """Return the rows that may be as good as the policy's, bool[R]."""
        result: Booleans = ~(self.chosen | self.beaten)
        return result


class Policies:
    """Improves policies of one model, for one reward at a time."""

    def __init__(self, mdp: MDP) -> None:
        """Write the rows as a matrix."""
        states = mdp.states_count
        self.rows = row_matrix(mdp, np.arange(mdp.rows_count), np.arange(states), states)
        self.rows.eliminate_zeros()
        self.first, self.owners = mdp.row_ptr[:-1], mdp.row_states
        self.longest = float(np.diff(self.rows.indptr).max())

    def leading_to(self, rows: Booleans) -> Booleans:
        """Return the states from which one that owns any of some rows can be reached by any policy, bool[S]."""
        found = np.zeros(len(self.first), np.bool_)
        found[self.owners[rows]] = True
        while True:
            ahead = np.logical_or.reduceat(found[self.rows.indices], self.rows.indptr[:-1])
            wider = found | np.logical_or.reduceat(ahead, self.first)
            if np.array_equal(wider, found):
                return found
            found = wider

    def settled(self, rewards: Floats) -> Settled:
        """Return a policy for rewards f64[S] that nothing beats, or the last of 200."""
        policy = self._first(rewards)
        settled, following = self._compared(policy, rewards)
        for _ in range(ROUNDS):
            if np.array_equal(following, policy):
                break
            policy = following
            settled, following = self._compared(policy, rewards)
        return settled

    def _compared(self, policy: Integers, rewards: Floats) -> tuple[Settled, Integers]:
        """Return what a policy i64[S] beats, and the policy that takes what beats it."""
        course = self._followed(policy, rewards)
        equal = self._lead_alike(course.gate)
        richer = np.where(equal, 0.0, self.rows @ course.gain - course.gain[self.owners])
        ahead = self.rows @ course.bias
        nearer = np.where(equal, ahead - ahead[policy][self.owners], -np.inf)
        by_gain = self._improved(policy, richer, course.gain_error)
        by_bias = self._improved(policy, nearer, course.bias_error)
        chosen = np.zeros(len(self.owners), np.bool_)
        chosen[policy] = True
        beaten = (richer < -course.gain_error) | (equal & (nearer < -course.bias_error))
        settled = Settled(chosen=chosen, beaten=beaten & ~chosen, course=course)
        return settled, np.where(by_gain != policy, by_gain, by_bias)

    def _first(self, rewards: Floats) -> Integers:
        """Return the rows that are best with some sixty steps to go, i64[S]."""
        values = rewards
        for _ in range(SWEEPS):
            values = rewards + np.maximum.reduceat(self.rows @ values, self.first)
        return self._leading(self.rows @ values)

    def _leading(self, worth: Floats) -> Integers:
        """Return the first row of each state that has the largest worth, i64[S]."""
        best = np.maximum.reduceat(worth, self.first)
        numbers = np.where(worth == best[self.owners], np.arange(len(worth)), len(worth))
        result: Integers = np.minimum.reduceat(numbers, self.first)
        return result

    def _improved(self, policy: Integers, lead: Floats, error: float) -> Integers:
        """Return the policy with the row of the largest lead wherever that is no mere rounding, i64[S]."""
        leading = self._leading(lead)
        least = error if np.isfinite(error) else STRICT * float(np.abs(lead[np.isfinite(lead)]).max(initial=0.0))
        result: Integers = np.where(lead[leading] > least, leading, policy)
        return result

    def _lead_alike(self, gate: Integers) -> Booleans:
        """Return the rows all of whose successors have the gate of their state, bool[R]."""
        lengths = np.diff(self.rows.indptr)
        same = gate[self.rows.indices] == np.repeat(gate[self.owners], lengths)
        result: Booleans = np.logical_and.reduceat(same, self.rows.indptr[:-1])
        return result

    def _followed(self, policy: Integers, rewards: Floats) -> Course:
        """Return what a policy i64[S] leads to; what rounding leaves without an answer has infinite errors.

        All is counted until a class is in the state it is named after; how long that takes bounds the errors.
        """
        steps = self.rows[policy]
        classes, anchors = _recurrent(steps)
        gate = _gates(steps, classes)
        ends = classes[gate] >= 0
        anchored = np.zeros(len(policy), np.bool_)
        anchored[anchors] = True
        until = csr_matrix(
            (np.where(anchored[steps.indices], 0.0, steps.data), steps.indices, steps.indptr), steps.shape
        )
        try:
            solver = splu(csc_matrix(identity(len(policy), format="csc") - until))
        except RuntimeError:  # singular: what leaves is lost beside what stays
            nothing = np.zeros(len(policy))
            return Course(
                gain=nothing, bias=nothing, classes=classes, gate=gate, gain_error=np.inf, bias_error=np.inf
            )  # fmt: skip
        lengths, sums = solver.solve(np.ones(len(policy))), solver.solve(rewards)
        kept = np.zeros(len(policy))
        kept[anchors] = sums[anchors] / lengths[anchors]
        gain = solver.solve(steps @ kept)
        gain[ends] = kept[gate[ends]]
        bias = solver.solve(rewards - gain)
        bias[anchors] = 0.0
        size = float(np.abs(rewards).max() + 2.0 * np.abs(bias).max() + np.abs(gain).max())
        rounding = (self.longest + 6.0) * EPSILON * size
        off = float(np.abs(rewards + steps @ bias - gain - bias).max()) + rounding
        drift = 0.0 if ends.all() else float(np.abs(steps @ gain - gain).max()) + rounding
        most = 2.0 * _proved(lengths, until)
        gain_error = off + most * drift if most * drift else off
        bias_error = most * (off + gain_error)
        return Course(
            gain=gain,
            bias=bias,
            classes=classes,
            gate=gate,
            gain_error=2.0 * gain_error + rounding,
            bias_error=2.0 * bias_error + rounding,
        )


def _recurrent(steps: csr_matrix) -> tuple[Integers, Integers]:
    """Return the recurrent class of each state by the state that is named after, i64[S] (-1: transient), and those.

    It is one that is visited often: from anywhere in the class it does not take long until it is met.
    """
    count, found = connected_components(steps, directed=True, connection="strong")
    labels = np.asarray(found, np.int64)
    starts = np.repeat(np.arange(len(labels)), np.diff(steps.indptr))
    closed = np.ones(count, np.bool_)
    closed[labels[starts[labels[starts] != labels[steps.indices]]]] = False
    visits, back = np.full(len(labels), 1.0 / len(labels)), csr_matrix(steps.T)
    for _ in range(SWEEPS):
        visits = 0.5 * (visits + back @ visits)
    order = np.lexsort((-visits, labels))
    named = order[np.flatnonzero(np.diff(labels[order], prepend=-1))]
    return np.where(closed[labels], named[labels], -1), np.sort(named[closed])


def _gates(steps: csr_matrix, classes: Integers) -> Integers:
    """Return for each state one that all its ways lead through, i64[S]: that of a class where only that can be reached.

    States that lead on to one other gate only have that gate, and so on until none does; a state from which several
    classes can be reached, and which does not, is its own.
    """
    first = steps.indptr[:-1]
    count = len(classes)
    low = np.where(classes >= 0, classes, count)
    high = classes.copy()
    while True:
        lower = np.minimum(low, np.minimum.reduceat(low[steps.indices], first))
        higher = np.maximum(high, np.maximum.reduceat(high[steps.indices], first))
        if np.array_equal(lower, low) and np.array_equal(higher, high):
            break
        low, high = lower, higher
    gate = np.where(low == high, low, np.arange(count))
    lengths = np.diff(steps.indptr)
    while True:
        after, own = gate[steps.indices], np.repeat(gate, lengths)
        least = np.minimum.reduceat(np.where(after == own, count, after), first)
        most = np.maximum.reduceat(np.where(after == own, -1, after), first)
        onward = (least == most) & (gate == np.arange(count)) & (classes < 0)
        if not onward.any():
            return gate
        gate = np.where(onward, most, gate)
        while not np.array_equal(gate[gate], gate):
            gate = gate[gate]


def _proved(lengths: Floats, until: csr_matrix) -> float:
    """Return the largest expected number of steps, half of which is proved on the rows; infinite where it is not."""
    longest = float(lengths.max())
    ahead = lengths - until @ lengths
    proved = np.isfinite(lengths).all() and bool((lengths >= 0.0).all()) and bool((ahead >= 0.5 + 1e-9 * longest).all())
    return longest if proved else np.inf
