"""POWER and optimality probability by sampling, for models that are too large for rational arithmetic.

Rewards are drawn, each is solved to a certified error, and every number comes with an interval. At discount 0 the next
reward alone counts; at discount 1 the best average reward does, which is proved for each reward between bounds.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remit.errors import ModelError, NotConvergedError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.averages import LongRunAverages, best_cycles, bounds_at_one, is_deterministic
from remit.theory.estimate import Estimate, student_quantile
from remit.theory.mdp import MDP
from remit.theory.orbits.symmetries import Pool, Symmetry
from remit.theory.progress import Progress, Telling, unheard
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Discrete, Reward, Uniform, at_quantiles
from remit.theory.sampling.moments import Moments
from remit.theory.sampling.schemes import COME_IN, RANDOMISATIONS, Scheme, points, shares
from remit.theory.solvers.batches import Batch, compile_batch, sample_power
from remit.theory.solvers.reference import row_expectations
from remit.theory.solvers.values import Solver
from remit.theory.together import Goals, Together, draw, span

LARGE = 1_000
"""States from which one uniform distribution for all is sampled in batches of single precision."""
BATCH, NUMBERS = 512, 20_000_000
"""How many rewards are drawn and solved at a time, and how many numbers that may be: memory does not grow with them."""
TOLERANCE = 1e-9
"""Error of the values that are solved, relative to the range of rewards, at discounts that are not very near 1."""
AVERAGED, LOOSE = 1e-6, 0.05
"""Error that best averages of stochastic models are proved to, relative to the range of rewards, where the work
suffices; and the error from which on they are not sampled at all."""
UNASKED, FEWEST, TRANSITIONS = 10_000, 200, 2_000_000
"""Samples where nobody says how many; and at discount 1 in stochastic models as many as make so many transitions
in all, but not too few."""
REWARDS = "rewards"
"""What progress is counted in."""
FIRST, MOST = 1_000, 4_000_000
"""Samples before the first look at the width of an interval, each further look doubling them; and when to give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sampled: POWER of the states ``at`` i64[n] of a model at a discount, over rewards of a distribution.

    ``averages`` finds the best average rewards of a stochastic model at discount 1. With a ``pool``, ``at`` are its
    members, and each sample counts as its mean over an orbit.
    """

    mdp: MDP
    at: Integers
    discount: float
    rewards: Goals
    seed: int
    confidence: float
    averages: LongRunAverages | None = None
    pool: Pool | None = None
    report: Progress = unheard

    @property
    def asked(self) -> Integers:
        """Return the states POWER is wanted of, i64[n]; with a pool, the first of each orbit."""
        return self.at if self.pool is None else self.pool.members[self.pool.begins[self.pool.lines]]

    @property
    def width(self) -> int:
        """Return of how many states POWER is wanted."""
        return len(self.at if self.pool is None else self.pool.lines)

    @property
    def span(self) -> tuple[float, float]:
        """Return the lowest and the highest reward there can be, between which POWER lies."""
        return span(self.rewards)


def sampled_power(
    mdp: RationalMDP,
    states: Sequence[int],
    discount: float,
    rewards: Goals,
    *,
    samples: int | None = None,
    half_width: float | None = None,
    seed: int,
    confidence: float = 0.95,
    scheme: Scheme = "plain",
    symmetry: Symmetry | None = None,
    told: Callable[[str], None] | None = None,
    report: Progress = unheard,
) -> list[Estimate]:
    """Return POWER of some states, each with an interval of a confidence (of its own, not of all at once).

    With ``samples`` the interval is Student's; where all of them came out alike though rewards vary, it says how rarely
    others may. A ``scheme`` other than ``plain`` spreads them evenly and takes Student's interval over its
    randomisations. Large models with one uniform distribution are solved in batches of single precision, whose proved
    error widens the interval. With ``half_width`` samples are doubled until every interval is that narrow; it may be
    looked at after each doubling, because the error is shared out among the looks, and for bounded rewards it holds
    without a normal approximation (empirical Bernstein, Audibert et al. 2009). All states see the same rewards. With a
    ``symmetry`` of the model and these rewards each sample is averaged over the states that can stand for a wanted one:
    no bias, and fewer samples for the same width. At discount 1 the best average rewards of a stochastic model are
    proved between bounds, whose distance widens the interval (``told`` hears of it where it is not negligible;
    ``report``, how many rewards are done); where it is large, uniform rewards get proved bounds and no sample. Raises
    ``ModelError`` for fewer than two samples and a discount outside [0, 1], ``NotConvergedError`` where the half-width
    is out of reach or averages cannot be proved.
    """
    if not 0.0 <= discount <= 1.0 or (samples is not None and samples < 2):
        message = f"power by sampling needs a discount in [0, 1] and two samples, found `{discount}` and `{samples}`"
        raise ModelError(message)
    arrays = mdp.as_arrays()
    averages = LongRunAverages(arrays) if discount == 1.0 and not is_deterministic(arrays) else None
    pool = symmetry.pool(states) if symmetry is not None else None
    question = Question(
        mdp=arrays,
        at=np.array(list(states), np.int64) if pool is None else pool.members,
        discount=discount,
        rewards=rewards,
        seed=seed,
        confidence=confidence,
        averages=averages,
        pool=pool,
        report=report,
    )
    found = _narrow_enough(question, samples, half_width, scheme)
    if told is not None and samples not in {None, found[0].samples}:
        told(f"`{scheme}` draws `{found[0].samples}` samples, not `{samples}`: they come {COME_IN[scheme]}")
    return found if averages is None else _certified(question, found, averages.widest, told)


def _certified(
    question: Question, found: list[Estimate], widest: float, told: Callable[[str], None] | None
) -> list[Estimate]:
    """Return what was found if best average rewards are proved well enough, else bounds; raise where there are none."""
    low, high = question.span
    share = widest / (high - low if math.isfinite(high - low) else 1.0)
    if share > LOOSE:
        message = f"not certified: best average rewards are proved to within `{widest:.2g}` only"
        alike = _alike(question.rewards)
        if alike is None:
            raise NotConvergedError(message, hint="ask for a discount below 1")
        if told is not None:
            told(f"{message}; showing proved bounds of POWER instead")
        return bounds_at_one(question.mdp, question.asked.tolist(), alike)
    if told is not None and share > AVERAGED:
        told(f"best average rewards are proved to within `{widest:.2g}` only; the intervals contain that")
    return found


def _narrow_enough(question: Question, samples: int | None, half_width: float | None, scheme: Scheme) -> list[Estimate]:
    """Return POWER from as many samples as were asked for, or as a half-width takes."""
    if half_width is not None:
        return _until_narrow(question, half_width)
    count = UNASKED if samples is None else samples
    if samples is None and question.averages is not None:
        count = max(FEWEST, min(count, TRANSITIONS // question.mdp.transitions_count))
    if scheme != "plain":
        return _by_scheme(question, scheme, count)
    if question.mdp.states_count >= LARGE and 0.0 < question.discount < 1.0 and _alike(question.rewards):
        return _in_batches(question, count)
    moments = Moments(question.width)
    for gains in _gains(question, _drawn(question, count)):
        moments.add(gains)
        question.report(REWARDS, moments.count, count)
    return _estimates(question, moments, _student_half(question, moments, 1.0 - question.confidence))


def _alike(goals: Goals) -> Sequence[Reward] | None:
    """Return the rewards of states where all have the same uniform one, each by itself."""
    if isinstance(goals, Together) or not isinstance(goals[0], Uniform):
        return None
    return goals if all(reward == goals[0] for reward in goals) else None


def _in_batches(question: Question, samples: int) -> list[Estimate]:
    """Return POWER over one uniform reward for every state, a block of rewards at a time."""
    low, high = question.span
    batch = compile_batch(question.mdp, question.discount)
    if question.pool is not None and samples >= 2 * RANDOMISATIONS:
        return _in_batches_and_orbits(question, batch, question.pool, samples)
    telling = Telling(report=question.report, stage=REWARDS, total=samples)
    found = sample_power(batch, samples=samples, seed=question.seed, engine=telling)
    width, bound = high - low, found.bound or 0.0
    half = width * (student_quantile(samples, question.confidence) * found.errors + bound)
    at = question.asked
    pairs = zip((low + width * found.means)[at].tolist(), half[at].tolist(), strict=True)
    return [_between(question, mean, one, samples) for mean, one in pairs]


def _in_batches_and_orbits(question: Question, batch: Batch, pool: Pool, samples: int) -> list[Estimate]:
    """Return the same averaged over orbits: sixteen independent samples, whose means tell how much they vary."""
    low, high = question.span
    seeds = np.random.SeedSequence([question.seed, RANDOMISATIONS]).generate_state(RANDOMISATIONS, np.uint32)
    means, bound, done = [], 0.0, 0
    for seed, each in zip(seeds.tolist(), shares(samples), strict=True):
        found = sample_power(batch, samples=each, seed=int(seed))
        done += each
        means.append(pool.averaged(found.means[pool.members][:, None])[:, 0])
        bound = max(bound, found.bound or 0.0)
        question.report(REWARDS, done, samples)
    table = low + (high - low) * np.array(means)
    return _from_randomisations(question, table, samples, (high - low) * bound)


def _by_scheme(question: Question, scheme: Scheme, samples: int) -> list[Estimate]:
    """Return POWER with samples spread evenly: the mean of independent randomisations, and how much they vary."""
    if isinstance(question.rewards, Together):
        raise ModelError("goals drawn as wholes are not spread evenly", hint="leave the scheme out")
    given = tuple(question.rewards)
    means, taken = [], 0
    least, most = np.full(question.width, math.inf), np.full(question.width, -math.inf)
    for levels in points(scheme, question.mdp.states_count, samples, question.seed):
        tables = (at_quantiles(given, part) for part in _parts(levels))
        total, count = np.zeros(question.width), 0
        for gains in _gains(question, tables):
            total, count = total + gains.sum(axis=1), count + gains.shape[1]
            least, most = np.minimum(least, gains.min(axis=1)), np.maximum(most, gains.max(axis=1))
            question.report(REWARDS, taken + count, samples)
        means.append(total / count)
        taken += count
    error = _solver_error(question)
    return _from_randomisations(question, np.array(means), taken, error, alike=most - least <= error)


def _from_randomisations(
    question: Question, table: Floats, samples: int, error: float, *, alike: Booleans | None = None
) -> list[Estimate]:
    """Return the means of randomisations f64[16, n] with Student's intervals, widened by an error.

    ``alike`` says where no sample of any of them differed: sixteen independent means that agree then leave room for
    others. Means that agree where samples differ do not: so it is where mirrored samples cancel.
    """
    half = student_quantile(RANDOMISATIONS, question.confidence) * table.std(axis=0, ddof=1) / math.sqrt(RANDOMISATIONS)
    if alike is not None:
        half = _with_unmet(question, half, alike, RANDOMISATIONS, 1.0 - question.confidence)
    half = half + error
    pairs = zip(table.mean(axis=0).tolist(), half.tolist(), strict=True)
    return [_between(question, mean, one, samples) for mean, one in pairs]


def _parts(levels: Floats) -> Iterator[Floats]:
    """Yield a block of samples in parts of at most ``BATCH``."""
    yield from (levels[:, begin : begin + BATCH] for begin in range(0, levels.shape[1], BATCH))


def _until_narrow(question: Question, half_width: float) -> list[Estimate]:
    """Double the samples until every interval is narrow enough."""
    if not half_width > 0.0:
        raise ModelError(f"a half-width is positive, found `{half_width}`", hint="write 0.001")
    low, high = question.span
    moments, look = Moments(question.width), 0
    for gains in _gains(question, _drawn(question, MOST)):
        moments.add(gains)
        question.report(f"{REWARDS}, as many as it takes", moments.count, 0)
        if moments.count < FIRST << look:
            continue
        error = (1.0 - question.confidence) / ((look + 1) * (look + 2))
        look += 1
        finite = math.isfinite(high - low)
        half = _bernstein_half(moments, error, high - low) if finite else _student_half(question, moments, error)
        if float(half.max()) + _solver_error(question) <= half_width:
            return _estimates(question, moments, half)
    message = f"`{MOST}` samples do not reach a half-width of `{half_width:g}`"
    raise NotConvergedError(message, hint="ask for a wider interval, or use --exact")


def _student_half(question: Question, moments: Moments, error: float) -> Floats:
    """Return t s / sqrt n, and more where no sample differed from another by more than the solver's error."""
    deviation = moments.deviation()
    half: Floats = student_quantile(moments.count, 1.0 - error) * deviation / math.sqrt(moments.count)
    return _with_unmet(question, half, deviation <= _solver_error(question), moments.count, error)


def _with_unmet(question: Question, half: Floats, alike: Booleans, count: int, error: float) -> Floats:
    """Return half-widths with room for rewards that are too rare to have been met, where all that was drawn is alike.

    ``count`` independent equal means leave room for others with a chance of 1 - error^(1/count), each off by at most
    the range of rewards.
    """
    low, high = question.span
    if alike.any() and math.isfinite(high - low):
        unmet = (high - low) * (1.0 - error ** (1.0 / count))
        half = np.where(alike & _may_vary(question), unmet, half)
    return half


def _may_vary(question: Question) -> Booleans:
    """Return for which of the states asked about a reward that is not fixed can be collected later on, bool[n]."""
    mdp, goals = question.mdp, question.rewards
    if isinstance(goals, Together):
        return np.ones(question.width, np.bool_)
    drawn = np.array([not isinstance(one, Discrete) or len(one.values) > 1 for one in goals], np.bool_)
    ahead = np.zeros(mdp.states_count, np.bool_)
    while True:
        rows = np.logical_or.reduceat((ahead | drawn)[mdp.successors], mdp.successor_ptr[:-1])
        found = np.logical_or.reduceat(rows, mdp.row_ptr[:-1])
        if np.array_equal(found, ahead):
            return ahead[question.asked]
        ahead = found


def _bernstein_half(moments: Moments, error: float, span: float) -> Floats:
    """Return the half-width of the empirical Bernstein interval (Audibert et al. 2009, theorem 1)."""
    logarithm = math.log(3.0 / error)
    variance = moments.squares / moments.count
    half: Floats = np.sqrt(2.0 * variance * logarithm / moments.count) + 3.0 * span * logarithm / moments.count
    return half


def _estimates(question: Question, moments: Moments, half: Floats) -> list[Estimate]:
    """Return means with intervals, widened by the solver's error and cut to where POWER can lie."""
    error = _solver_error(question)
    pairs = zip(moments.mean.tolist(), half.tolist(), strict=True)
    return [_between(question, mean, width + error, moments.count) for mean, width in pairs]


def _between(question: Question, mean: float, half: float, samples: int) -> Estimate:
    """Return a mean with its interval, cut to where POWER can lie."""
    low, high = question.span
    value = min(max(mean, low), high)
    ends = max(low, mean - half), min(high, mean + half)
    return Estimate(
        value=value,
        low=min(value, ends[0]),
        high=max(value, ends[1]),
        method="interval",
        samples=samples,
        seed=question.seed,
    )


def _solver_error(question: Question) -> float:
    """Return how far the values that were solved may be off, after division by the discount."""
    if question.averages is not None:
        return question.averages.widest
    low, high = question.span
    return _tolerance(question.discount) * (high - low if math.isfinite(high - low) else 1.0)


def _drawn(question: Question, samples: int) -> Iterator[Floats]:
    """Yield rewards drawn by chance, f64[S, k], in batches."""
    random = np.random.Generator(np.random.Philox(key=[question.seed, 0]))
    size = max(1, min(BATCH, NUMBERS // question.mdp.states_count))
    counts = (min(size, samples - begin) for begin in range(0, samples, size))
    yield from (draw(question.rewards, question.mdp.states_count, count, random) for count in counts)


def _gains(question: Question, tables: Iterator[Floats]) -> Iterator[Floats]:
    """Yield what each reward of ``tables`` f64[S, k] adds to POWER, f64[n, k], averaged over orbits with a pool."""
    pool = question.pool
    yield from _own_gains(question, tables) if pool is None else map(pool.averaged, _own_gains(question, tables))


def _own_gains(question: Question, tables: Iterator[Floats]) -> Iterator[Floats]:
    """Yield what each reward adds to POWER of the states ``at``."""
    mdp, at, discount = question.mdp, question.at, question.discount
    solver = _solver(mdp, discount) if 0.0 < discount < 1.0 else None
    for table in tables:
        if solver is not None:
            values = solver.state_values(table, None, at, _tolerance(discount) * discount * _range(table))
            yield (values - (1.0 - discount) * table[at]) / discount
        elif discount == 0.0:
            yield np.maximum.reduceat(row_expectations(mdp, table), mdp.row_ptr[:-1])[at]
        elif question.averages is not None:
            lanes, error = question.averages.lanes, AVERAGED * _range(table)
            for part in (table[:, begin : begin + lanes] for begin in range(0, table.shape[1], lanes)):
                yield question.averages.best(part, error)[0][at]
        else:
            yield best_cycles(mdp, table)[at]


def _solver(mdp: MDP, discount: float) -> Solver:
    """Return the solver with a reward of its own for every state."""
    return Solver(mdp, reward_class=np.arange(mdp.states_count, dtype=np.int64), discount=discount)


def _tolerance(discount: float) -> float:
    """Return the error that values are solved to, relative to the range of rewards: what rounding leaves room for."""
    return max(TOLERANCE, 1e-14 / (1.0 - discount)) if discount < 1.0 else TOLERANCE


def _range(table: Floats) -> float:
    """Return the range of drawn rewards, at least the least positive normal number."""
    return max(float(table.max() - table.min()), 1e-300)
