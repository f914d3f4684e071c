"""One policy followed for ever, improved until nothing is better: gains, biases, and what of it is proved.

Near discount 1 the value of a policy is its gain (reward per step in the long run) over 1 - g, plus its bias. A choice
beats another when it leads to a larger gain or, gains being equal, to a larger bias (Howard 1960; Veinott 1966;
Puterman 1994, sections 9.2 and 10.3). If every other choice of every state is beaten, the policy is the only one that
is Blackwell optimal. Biases decide only where gains are equal for a reason: the same recurrent class, or the same
state all ways lead through; that two sums came out alike is no reason.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, identity
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.end_components import row_matrix
from remit.theory.mdp import MDP

__all__ = ["Course", "Policies", "Settled"]

SWEEPS, ROUNDS = 60, 200
"""Sweeps that find the first policies, and how often a policy is improved at most."""
STRICT = 1e-9
"""By how much of the largest lead a row must lead to be taken where errors are not known."""
REMEMBERED = 20_000
"""States of policies whose chains are remembered, all together."""
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
        self.first_rows, self.owners = mdp.row_ptr[:-1], mdp.row_states
        self.longest = float(np.diff(self.rows.indptr).max())
        self._chain = lru_cache(max(1, REMEMBERED // states))(self._chain_of)

    def leading_to(self, rows: Booleans) -> Booleans:
        """Return the states from which one that owns any of some rows can be reached by any policy, bool[S]."""
        found = np.zeros(len(self.first_rows), np.bool_)
        found[self.owners[rows]] = True
        while True:
            ahead = np.logical_or.reduceat(found[self.rows.indices], self.rows.indptr[:-1])
            wider = found | np.logical_or.reduceat(ahead, self.first_rows)
            if np.array_equal(wider, found):
                return found
            found = wider

    def first(self, rewards: Floats) -> Integers:
        """Return the rows that are best with some sixty steps to go, i64[S, K], for rewards f64[S, K]."""
        values = rewards
        for _ in range(SWEEPS):
            values = rewards + np.maximum.reduceat(self.rows @ values, self.first_rows)
        return self._leading(self.rows @ values)

    def settled(self, rewards: Floats, policy: Integers) -> Settled:
        """Return a policy for rewards f64[S] that nothing beats, improved from i64[S], or what 200 rounds came to."""
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

    def _leading(self, worth: Floats) -> Integers:
        """Return the first row of each state that has the largest worth, i64[S, ...], from f64[R, ...]."""
        best = np.maximum.reduceat(worth, self.first_rows)
        rows = np.arange(len(worth)).reshape(-1, *[1] * (worth.ndim - 1))
        numbers = np.where(worth == best[self.owners], rows, len(worth))
        result: Integers = np.minimum.reduceat(numbers, self.first_rows)
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
        """Return what a policy i64[S] leads to; what rounding leaves without an answer has infinite errors."""
        chain = self._chain(policy.tobytes())
        steps, anchors, gate, solver = chain.steps, chain.anchors, chain.gate, chain.solver
        if solver is None:
            nothing = np.zeros(len(policy))
            return Course(
                gain=nothing, bias=nothing, classes=chain.classes, gate=gate, gain_error=np.inf, bias_error=np.inf
            )  # fmt: skip
        ends = chain.classes[gate] >= 0
        kept = np.zeros(len(policy))
        kept[anchors] = solver.solve(rewards)[anchors] / chain.lengths[anchors]
        gain = kept[gate] if ends.all() else np.where(ends, kept[gate], solver.solve(steps @ kept))
        bias = solver.solve(rewards - gain)
        bias[anchors] = 0.0
        size = float(np.abs(rewards).max() + 2.0 * np.abs(bias).max() + np.abs(gain).max())
        rounding = (self.longest + 6.0) * EPSILON * size
        off = float(np.abs(rewards + steps @ bias - gain - bias).max()) + rounding
        drift = 0.0 if ends.all() else float(np.abs(steps @ gain - gain).max()) + rounding
        gain_error = off + 2.0 * chain.longest * drift if drift else off
        bias_error = 2.0 * chain.longest * (off + gain_error)
        return Course(
            gain=gain,
            bias=bias,
            classes=chain.classes,
            gate=gate,
            gain_error=2.0 * gain_error + rounding,
            bias_error=2.0 * bias_error + rounding,
        )

    def _chain_of(self, policy: bytes) -> "_Chain":
        """Return the chain of a policy; of small models many are remembered."""
        steps = self.rows[np.frombuffer(policy, np.int64)]
        count = len(self.first_rows)
        classes, anchors = _recurrent(steps)
        anchored = np.zeros(count, np.bool_)
        anchored[anchors] = True
        going = np.where(anchored[steps.indices], 0.0, steps.data)
        until = csr_matrix((going, steps.indices, steps.indptr), steps.shape)
        try:
            solver = splu(csc_matrix(identity(count, format="csc") - until))
        except RuntimeError:  # singular: what leaves is lost beside what stays
            solver = None
        lengths = np.full(count, np.inf) if solver is None else solver.solve(np.ones(count))
        return _Chain(
            steps=steps,
            classes=classes,
            anchors=anchors,
            gate=_gates(steps, classes),
            solver=solver,
            lengths=lengths,
            longest=_proved(lengths, until),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """What a policy does whatever is rewarded: its ``steps`` f64[S, S], its classes and gates as in ``Course``.

    ``anchors`` are the states that recurrent classes are named after. All is counted until one of them is met:
    ``solver`` solves I - P for that (None where rounding leaves no answer), ``lengths`` f64[S] are the expected steps,
    and ``longest`` bounds half of them for sure.
    """

    steps: csr_matrix
    classes: Integers
    anchors: Integers
    gate: Integers
    solver: SuperLU | None
    lengths: Floats
    longest: float


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
