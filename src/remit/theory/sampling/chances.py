"""How probably each action is optimal, by sampling rewards in batches: what is proved, and what stays open.

Each reward is solved with a proved error e. An action whose value is within 2 e of the best may be optimal; where it is
the only one, it is. Others are open: solved again in double precision where a batch was in single, then, in small
models, decided in rational arithmetic. What is open after that is counted as no for the low end of the interval and as
yes for the high end; it is never guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.averages import is_deterministic
from remit.theory.averages.long_run import LongRun, long_run
from remit.theory.estimate import Estimate, wilson
from remit.theory.mdp import MDP
from remit.theory.orbits.symmetries import Symmetry
from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward, sampled
from remit.theory.sampling.ties import Decider, narrowed_at_zero
from remit.theory.solvers.batches import compile_batch, solve
from remit.theory.solvers.values import Solver

__all__ = ["sampled_probability"]

LARGE = 1_000
"""States from which values are solved in batches of single precision first."""
BATCH, NUMBERS = 512, 20_000_000
"""How many rewards are drawn at a time at most, and how many values are held for them."""
TOLERANCE = 1e-9
"""Error that values are solved to in double precision, relative to the range of rewards."""
ROUNDING = 1e-14
"""What adding up a row may be off by, relative to the size of the values."""
AGAIN = 0.25
"""Share of a batch up to which open rewards are solved again in double precision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    """The choices of some states: which state each belongs to, where it leads, and what its actions are called."""

    states: Integers
    heads: Integers
    owners: Integers
    lotteries: MDP
    names: tuple[tuple[str, ...], ...]
    orbits: Integers

    def ahead(self, values: Floats) -> Floats:
        """Return the expected value after each choice, f64[C, K], from f64[S, K]."""
        rows = self.lotteries
        weighted = values[rows.successors] * rows.probabilities[:, None]
        result: Floats = np.add.reduceat(weighted, rows.successor_ptr[:-1], axis=0)
        return result

    def close(self, ahead: Floats, error: Floats | float) -> Booleans:
        """Return which choices are within twice an error of the best of their state, bool[C, K]."""
        best = np.maximum.reduceat(ahead, self.heads)[self.owners]
        result: Booleans = ahead >= best - 2.0 * error
        return result

    def alone(self, close: Booleans) -> Booleans:
        """Return which of some choices are the only ones of their state."""
        counts = np.add.reduceat(close.astype(np.int32), self.heads)[self.owners]
        result: Booleans = close & (counts == 1)
        return result


def sampled_probability(
    mdp: RationalMDP,
    states: Sequence[int],
    discount: float | Fraction,
    rewards: Sequence[Reward],
    *,
    samples: int,
    seed: int,
    confidence: float = 0.95,
    average: bool = False,
    symmetry: Symmetry | None = None,
) -> list[dict[str, Estimate]]:
    """Return for each state the share of rewards for which each action is optimal, with intervals.

    The value counts what is optimal within the certificate. At discounts 0 and 1 these are limits; at 1 the model must
    be deterministic, ``average`` counts what is optimal on average, and else (Blackwell) biases are compared too. With
    a ``symmetry`` counts are averaged over actions that can be carried onto each other. Raises ``ModelError`` for a
    discount outside [0, 1], ``average`` at another discount than 1, and discount 1 where rows lead to several states.
    """
    exactly = Fraction(discount) if isinstance(discount, Fraction) else Fraction(repr(float(discount)))
    arrays = mdp.as_arrays()
    if not 0 <= exactly <= 1 or (average and exactly != 1):
        raise ModelError(f"a discount in [0, 1] is needed, 1 for averages, found `{float(discount):g}`")
    if exactly == 1 and not is_deterministic(arrays):
        message = "which action is optimal at discount 1 is sampled for deterministic models only"
        raise ModelError(message, hint="use --exact, or a discount below 1")
    wanted = list(dict.fromkeys(states)) if symmetry is None else symmetry.pool(states).members.tolist()
    choices = _choices_of(mdp, wanted, symmetry)
    judge = _judge(mdp, arrays, choices, exactly, average=average)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    counts = _Counts(choices)
    for count in _batches(samples, max(len(choices.owners), arrays.states_count)):
        counts.add(*judge(sampled(tuple(rewards), count, random)))
    found = counts.estimates(samples, confidence, seed)
    lines: dict[int, dict[str, Estimate]] = {state: {} for state in wanted}
    for number, names in enumerate(choices.names):
        lines[wanted[int(choices.owners[number])]].update(dict.fromkeys(names, found[number]))
    return [lines[state] for state in states]


class _Counts:
    """How often each choice was optimal, for sure and at most, averaged over orbits of choices."""

    def __init__(self, choices: _Choices) -> None:
        """Sort the choices into their orbits."""
        _, self.line = np.unique(choices.orbits, return_inverse=True)
        self.order = np.argsort(self.line, kind="stable")
        self.sizes = np.bincount(self.line).astype(float)
        self.begins = np.concatenate([[0], np.cumsum(self.sizes.astype(np.int64))[:-1]])
        self.sums = np.zeros((2, 2, len(self.sizes)))

    def add(self, sure: Booleans, most: Booleans) -> None:
        """Add some rewards, bool[C, K] each."""
        for side, table in enumerate((sure, most)):
            shares = np.add.reduceat(table[self.order].astype(float), self.begins) / self.sizes[:, None]
            self.sums[side] += shares.sum(axis=1), (shares**2).sum(axis=1)

    def estimates(self, samples: int, confidence: float, seed: int) -> list[Estimate]:
        """Return one estimate per choice: Wilson's intervals, of as many samples as the averages are worth."""
        ends = [[self._share(side, orbit, samples, confidence) for side in (0, 1)] for orbit in range(len(self.sizes))]
        found = [
            Estimate(value=high.value, low=low.low, high=high.high, method="interval", samples=samples, seed=seed)
            for low, high in ends
        ]
        return [found[orbit] for orbit in self.line.tolist()]

    def _share(self, side: int, orbit: int, samples: int, confidence: float) -> Estimate:
        """Return a mean share with Wilson's interval; an orbit of n makes a sample worth 1 to n, by its variance."""
        total, squares = self.sums[side, :, orbit].tolist()
        mean = min(1.0, total / samples)
        size = float(self.sizes[orbit])
        variance = max(0.0, squares / samples - mean * mean)
        if size == 1.0 or not 0.0 < mean < 1.0:
            worth = 1.0
        else:
            worth = size if variance * size <= mean * (1.0 - mean) else max(1.0, mean * (1.0 - mean) / variance)
        return wilson(mean * samples * worth, samples * worth, confidence)


class _Discounted:
    """Judges rewards at a discount inside (0, 1)."""

    def __init__(self, mdp: RationalMDP, arrays: MDP, choices: _Choices, discount: Fraction) -> None:
        """Compile the model once, and in single precision too where it is large."""
        self.discount = float(discount)
        self.choices = choices
        self.large = arrays.states_count >= LARGE
        self.batch = compile_batch(arrays, self.discount) if self.large else None
        self.solver = Solver(
            arrays, reward_class=np.arange(arrays.states_count, dtype=np.int64), discount=self.discount
        )
        self.decider = Decider(mdp, discount)

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """Return which choices are optimal for sure, and which may be, bool[C, K], for rewards f64[S, K]."""
        if self.batch is None:
            close = self._in_double(table)
        else:
            solved = solve(self.batch, table)
            values = solved.values.astype(np.float64)
            close = self._close(values, solved.bound or 0.0)
            open_lanes = np.flatnonzero((close & ~self.choices.alone(close)).any(axis=0))
            if 0 < len(open_lanes) <= AGAIN * table.shape[1]:
                close[:, open_lanes] = self._in_double(np.ascontiguousarray(table[:, open_lanes]))
        sure = self.choices.alone(close)
        for lane in np.flatnonzero((close & ~sure).any(axis=0)).tolist():
            optimal = self.decider.optimal(table[:, lane])
            if optimal is not None:
                own = np.array([one for state in self.choices.states.tolist() for one in optimal[state]])
                sure[:, lane] = close[:, lane] = own
        return sure, close

    def _in_double(self, table: Floats) -> Booleans:
        """Return what may be optimal by values in double precision, proved by a step of lookahead."""
        tolerance = max(TOLERANCE, 1e-14 / (1.0 - self.discount)) * max(float(table.max() - table.min()), 1e-300)
        values = self.solver.state_values(table, None, None, tolerance)
        return self._close(values, self.solver.residual_bound(values, table))

    def _close(self, values: Floats, bound: float) -> Booleans:
        """Return what may be optimal, given how far values can be off."""
        return self.choices.close(self.choices.ahead(values), bound + ROUNDING * float(np.abs(values).max()))


def _judge(mdp: RationalMDP, arrays: MDP, choices: _Choices, discount: Fraction, *, average: bool) -> "_Judge":
    """Return what judges rewards at a discount."""
    if 0 < discount < 1:
        return _Discounted(mdp, arrays, choices, discount)
    return _AtOne(arrays, choices, average=average) if discount == 1 else _AtZero(mdp, arrays, choices)


class _AtZero:
    """Judges rewards at discount 0: the next reward first, then what can come after it, and so on."""

    def __init__(self, mdp: RationalMDP, arrays: MDP, choices: _Choices) -> None:
        """Take all choices along: what breaks a tie may happen anywhere."""
        self.choices = choices
        self.everything = _choices_of(mdp, range(arrays.states_count), None)
        places = np.cumsum([0, *(len(options) for options in mdp.choices)])
        self.own = np.concatenate([np.arange(places[s], places[s + 1]) for s in choices.states.tolist()])
        exact = is_deterministic(arrays)
        self.rounding = 0.0 if exact else 4.0 * np.finfo(float).eps * float(np.diff(arrays.successor_ptr).max())

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``_Discounted``."""
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


class _AtOne:
    """Judges rewards at discount 1 in a deterministic model: the best cycle first, then the way there."""

    def __init__(self, arrays: MDP, choices: _Choices, *, average: bool) -> None:
        """Remember whether the way there counts."""
        self.arrays, self.choices, self.average = arrays, choices, average

    def __call__(self, table: Floats) -> tuple[Booleans, Booleans]:
        """As ``_Discounted``."""
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


_Judge = _Discounted | _AtZero | _AtOne


def _choices_of(mdp: RationalMDP, states: Sequence[int] | range, symmetry: Symmetry | None) -> _Choices:
    """Return the choices of some states."""
    listed = [(line, state, choice) for line, state in enumerate(states) for choice in mdp.choices[state]]
    owners = np.array([line for line, _, _ in listed], np.int64)
    edges = [(line, 0, [(target, float(chance)) for target, chance in choice.lottery]) for line, _, choice in listed]
    pairs = [pair for _, _, row in edges for pair in row]
    lengths = [len(row) for _, _, row in edges]
    rows = MDP(
        row_ptr=np.searchsorted(owners, np.arange(len(states) + 1)).astype(np.int64),
        successor_ptr=np.cumsum([0, *lengths]).astype(np.int64),
        successors=np.array([target for target, _ in pairs], np.int32),
        probabilities=np.array([chance for _, chance in pairs], np.float64),
        row_actions=np.zeros(len(listed), np.int32),
    )
    orbits = np.arange(len(listed)) if symmetry is None else _orbits_of(mdp, listed, symmetry)
    return _Choices(
        states=np.array(list(states), np.int64),
        heads=rows.row_ptr[:-1],
        owners=owners,
        lotteries=rows,
        names=tuple(choice.actions for _, _, choice in listed),
        orbits=orbits,
    )


def _orbits_of(mdp: RationalMDP, listed: Sequence[tuple[int, int, object]], symmetry: Symmetry) -> Integers:
    """Return the orbit of each listed choice: that of the first row its actions have."""
    first_row: dict[tuple[int, int], int] = {}
    row = 0
    for state, options in enumerate(mdp.choices):
        for choice in options:
            first_row[state, id(choice)] = row
            row += len(choice.actions)
    rows = np.array([first_row[state, id(choice)] for _, state, choice in listed], np.int64)
    result: Integers = symmetry.row_orbits[rows]
    return result


def _batches(samples: int, rows: int) -> Iterator[int]:
    """Yield the sizes of batches: as ``sampling`` draws them, smaller where there is much to hold for each reward."""
    size = max(1, min(BATCH, NUMBERS // rows))
    yield from (min(size, samples - begin) for begin in range(0, samples, size))
