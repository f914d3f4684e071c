"""POWER and optimality probability by sampling, for models that are too large for rational arithmetic.

Rewards are drawn, each is solved to a certified error, and every number comes with an interval. At discount 0 the next
reward alone counts; at discount 1 the best average reward does, which is computed for deterministic models, and bounded
otherwise.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError, NotConvergedError, StateBudgetError
from remit.theory.arrays import Floats, Integers
from remit.theory.averages import bounds_at_one, cycle_gains, is_deterministic
from remit.theory.estimate import Estimate, normal_quantile, wilson
from remit.theory.exact import recurrent_distributions
from remit.theory.mdp import MDP
from remit.theory.rational import RationalMDP
from remit.theory.reference import row_expectations
from remit.theory.rewards import Reward, sampled, span_of
from remit.theory.values import TIE, Solver

BATCH = 512
"""How many rewards are drawn and solved at a time, so that memory does not grow with their number."""
TOLERANCE = 1e-9
"""Error of the values that are solved, relative to the range of rewards, at discounts that are not very near 1."""
FIRST, MOST = 1_000, 4_000_000
"""Samples before the first look at the width of an interval, each further look doubling them; and when to give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sampled: POWER of the states ``at`` i64[n] of a model at a discount, over rewards of a distribution.

    At discount 1, ``limits`` holds every recurrent state distribution of each state, f64[D, S], if they were followed.
    """

    mdp: MDP
    at: Integers
    discount: float
    rewards: tuple[Reward, ...]
    seed: int
    confidence: float
    limits: list[Floats] | None

    @property
    def span(self) -> tuple[float, float]:
        """Return the lowest and the highest reward there can be, between which POWER lies."""
        spans = [span_of(reward) for reward in self.rewards]
        return min(low for low, _ in spans), max(high for _, high in spans)


def sampled_power(
    mdp: RationalMDP,
    states: Sequence[int],
    discount: float,
    rewards: Sequence[Reward],
    *,
    samples: int | None = None,
    half_width: float | None = None,
    seed: int,
    confidence: float = 0.95,
) -> list[Estimate]:
    """Return POWER of some states, each with an interval of a confidence (of its own, not of all at once).

    With ``samples`` the interval is the normal one. With ``half_width`` samples are doubled until every interval is
    that narrow; it may be looked at after each doubling, because the error is shared out among the looks, and for
    bounded rewards it holds without a normal approximation (empirical Bernstein, Audibert et al. 2009). All states see
    the same rewards. At discount 1 a model that is neither deterministic nor small gets a proved bound instead. Raises
    ``ModelError`` for fewer than two samples, a discount outside [0, 1], and where the half-width is out of reach.
    """
    if not 0.0 <= discount <= 1.0 or (samples is not None and samples < 2):
        message = f"power by sampling needs a discount in [0, 1] and two samples, found `{discount}` and `{samples}`"
        raise ModelError(message)
    arrays = mdp.as_arrays()
    limits: list[Floats] | None = None
    if discount == 1.0 and not is_deterministic(arrays):
        try:
            limits = [_limit_table(mdp, state) for state in states]
        except StateBudgetError:
            return bounds_at_one(arrays, states, rewards)
    question = Question(
        mdp=arrays,
        at=np.array(list(states), np.int64),
        discount=discount,
        rewards=tuple(rewards),
        seed=seed,
        confidence=confidence,
        limits=limits,
    )
    if half_width is not None:
        return _until_narrow(question, half_width)
    count = 10_000 if samples is None else samples
    moments = _Moments(len(question.at))
    for gains in _gains(question, count):
        moments.add(gains)
    return _estimates(question, moments, _normal_half(moments, 1.0 - confidence))


def sampled_probability(
    mdp: RationalMDP,
    states: Sequence[int],
    discount: float,
    rewards: Sequence[Reward],
    *,
    samples: int,
    seed: int,
    confidence: float = 0.95,
) -> list[dict[str, Estimate]]:
    """Return for each state the share of rewards for which each action is optimal, with Wilson intervals.

    Actions within 1e-8 of the best, relative to the range of the values, count as optimal. Raises ``ModelError`` at
    discounts 0 and 1: there ties are decided by what comes later, which floating point cannot tell.
    """
    if not 0.0 < discount < 1.0:
        message = f"which action is optimal cannot be sampled at discount `{discount:g}`, where it is a limit"
        raise ModelError(message, hint="use --exact, or a discount between 0 and 1")
    arrays = mdp.as_arrays()
    solver = _solver(arrays, discount)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    counts = np.zeros(arrays.rows_count, np.int64)
    for count in _batches(samples):
        table = sampled(tuple(rewards), count, random)
        values = solver.state_values(table, None, None, _tolerance(discount) * _range(table))
        ahead = row_expectations(arrays, values)
        best = np.maximum.reduceat(ahead, arrays.row_ptr[:-1])[arrays.row_states]
        counts += (ahead >= best - TIE * _range(table)).sum(axis=1)
    return [
        {
            arrays.action_name(int(arrays.row_actions[row])): wilson(int(counts[row]), samples, confidence, seed)
            for row in range(int(arrays.row_ptr[state]), int(arrays.row_ptr[state + 1]))
        }
        for state in states
    ]


class _Moments:
    """Running mean and sum of squared deviations of each state (Chan et al. 1983)."""

    def __init__(self, size: int) -> None:
        self.count = 0
        self.mean = np.zeros(size)
        self.squares = np.zeros(size)

    def add(self, gains: Floats) -> None:
        """Add samples f64[n, k]."""
        more = gains.shape[1]
        mean = gains.mean(axis=1)
        apart = mean - self.mean
        total = self.count + more
        self.squares += ((gains - mean[:, None]) ** 2).sum(axis=1) + apart**2 * self.count * more / total
        self.mean += apart * more / total
        self.count = total

    def deviation(self) -> Floats:
        """Return the standard deviation of one sample, f64[n]."""
        result: Floats = np.sqrt(self.squares / (self.count - 1))
        return result


def _until_narrow(question: Question, half_width: float) -> list[Estimate]:
    """Double the samples until every interval is narrow enough."""
    if not half_width > 0.0:
        raise ModelError(f"a half-width is positive, found `{half_width}`")
    low, high = question.span
    moments, look = _Moments(len(question.at)), 0
    for gains in _gains(question, MOST):
        moments.add(gains)
        if moments.count < FIRST << look:
            continue
        error = (1.0 - question.confidence) / ((look + 1) * (look + 2))
        look += 1
        finite = math.isfinite(high - low)
        half = _bernstein_half(moments, error, high - low) if finite else _normal_half(moments, error)
        if float(half.max()) + _solver_error(question) <= half_width:
            return _estimates(question, moments, half)
    message = f"`{MOST}` samples do not reach a half-width of `{half_width:g}`"
    raise NotConvergedError(message, hint="ask for a wider interval, or use --exact")


def _normal_half(moments: _Moments, error: float) -> Floats:
    """Return z s / sqrt n."""
    return normal_quantile(1.0 - error) * moments.deviation() / math.sqrt(moments.count)


def _bernstein_half(moments: _Moments, error: float, span: float) -> Floats:
    """Return the half-width of the empirical Bernstein interval (Audibert et al. 2009, theorem 1)."""
    logarithm = math.log(3.0 / error)
    variance = moments.squares / moments.count
    half: Floats = np.sqrt(2.0 * variance * logarithm / moments.count) + 3.0 * span * logarithm / moments.count
    return half


def _estimates(question: Question, moments: _Moments, half: Floats) -> list[Estimate]:
    """Return means with intervals, widened by the solver's error and cut to where POWER can lie."""
    low, high = question.span
    error = _solver_error(question)
    result = []
    for mean, width in zip(moments.mean.tolist(), half.tolist(), strict=True):
        value = min(max(mean, low), high)
        ends = max(low, mean - width - error), min(high, mean + width + error)
        result.append(
            Estimate(
                value=value,
                low=min(value, ends[0]),
                high=max(value, ends[1]),
                method="interval",
                samples=moments.count,
                seed=question.seed,
            )
        )
    return result


def _solver_error(question: Question) -> float:
    """Return how far the values that were solved may be off, after division by the discount."""
    low, high = question.span
    return _tolerance(question.discount) * (high - low if math.isfinite(high - low) else 1.0)


def _gains(question: Question, samples: int) -> Iterator[Floats]:
    """Yield what each sampled reward adds to POWER, f64[n, k], in batches."""
    mdp, at, discount = question.mdp, question.at, question.discount
    random = np.random.Generator(np.random.Philox(key=[question.seed, 0]))
    solver = _solver(mdp, discount) if 0.0 < discount < 1.0 else None
    for count in _batches(samples):
        table = sampled(question.rewards, count, random)
        if solver is not None:
            values = solver.state_values(table, None, at, _tolerance(discount) * discount * _range(table))
            yield (values - (1.0 - discount) * table[at]) / discount
        elif discount == 0.0:
            yield np.maximum.reduceat(row_expectations(mdp, table), mdp.row_ptr[:-1])[at]
        elif question.limits is not None:
            yield np.stack([(limit @ table).max(axis=0) for limit in question.limits])
        else:
            yield cycle_gains(mdp, table)[at]


def _limit_table(mdp: RationalMDP, state: int) -> Floats:
    """Return every recurrent state distribution of a state, f64[D, S]."""
    lines = recurrent_distributions(mdp, state)
    table = np.zeros((len(lines), len(mdp.states)))
    for number, line in enumerate(lines):
        table[number, list(line)] = [float(share) for share in line.values()]
    return table


def _batches(samples: int) -> Iterator[int]:
    """Yield the sizes of batches that make up some samples."""
    yield from (min(BATCH, samples - begin) for begin in range(0, samples, BATCH))


def _solver(mdp: MDP, discount: float) -> Solver:
    """Return the solver with a reward of its own for every state."""
    return Solver(mdp, reward_class=np.arange(mdp.states_count, dtype=np.int64), discount=discount)


def _tolerance(discount: float) -> float:
    """Return the error that values are solved to, relative to the range of rewards: what rounding leaves room for."""
    return max(TOLERANCE, 1e-14 / (1.0 - discount)) if discount < 1.0 else TOLERANCE


def _range(table: Floats) -> float:
    """Return the range of drawn rewards, at least the least positive normal number."""
    return max(float(table.max() - table.min()), 1e-300)
