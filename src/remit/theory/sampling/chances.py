"""How probably each action is optimal, by sampling rewards in batches: what is proved, and what stays open.

Each reward is solved with a proved error e. An action whose value is within 2 e of the best may be optimal; where it is
the only one, it is. Others are open: solved again in double precision where a batch was in single, then decided by what
is collected (``sequences``, ``lumping``) or, in small models, in rational arithmetic. What is open after that counts as
no for the low end of the interval and as yes for the high end; it is never guessed.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Booleans
from remit.theory.estimate import Estimate, wilson
from remit.theory.orbits.symmetries import Symmetry
from remit.theory.progress import Progress, unheard
from remit.theory.rational import RationalMDP
from remit.theory.sampling.choices import Choices, choices_of
from remit.theory.sampling.judges import judge_of
from remit.theory.together import Goals, draw

__all__ = ["sampled_probability"]

BATCH, NUMBERS = 512, 20_000_000
"""How many rewards are drawn at a time at most, and how many values are held for them."""


def sampled_probability(
    mdp: RationalMDP,
    states: Sequence[int],
    discount: float | Fraction,
    rewards: Goals,
    *,
    samples: int,
    seed: int,
    confidence: float = 0.95,
    average: bool = False,
    symmetry: Symmetry | None = None,
    report: Progress = unheard,
) -> list[dict[str, Estimate]]:
    """Return for each state the share of rewards for which each action is optimal, with intervals.

    The value counts what is optimal within the certificate. At discounts 0 and 1 these are limits; at 1 ``average``
    counts what is optimal on average, and else (Blackwell) biases are compared too. With a ``symmetry`` counts are
    averaged over actions that can be carried onto each other. ``report`` hears how many rewards are done. Raises
    ``ModelError`` for a discount outside [0, 1] and ``average`` at another discount than 1.
    """
    exactly = Fraction(discount) if isinstance(discount, Fraction) else Fraction(repr(float(discount)))
    if not 0 <= exactly <= 1 or (average and exactly != 1):
        raise ModelError(f"a discount in [0, 1] is needed, 1 for averages, found `{float(discount):g}`")
    wanted = list(dict.fromkeys(states)) if symmetry is None else symmetry.pool(states).members.tolist()
    choices = choices_of(mdp, wanted, symmetry)
    judge = judge_of(mdp, choices, exactly, average=average)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    counts, done = _Counts(choices), 0
    for count in _batches(samples, max(len(choices.owners), len(mdp.states))):
        counts.add(*judge(draw(rewards, len(mdp.states), count, random)))
        done += count
        report("best choices for rewards", done, samples)
    found = counts.estimates(samples, confidence, seed)
    lines: dict[int, dict[str, Estimate]] = {state: {} for state in wanted}
    for number, names in enumerate(choices.names):
        lines[wanted[int(choices.owners[number])]].update(dict.fromkeys(names, found[number]))
    return [lines[state] for state in states]


class _Counts:
    """How often each choice was optimal, for sure and at most, averaged over orbits of choices."""

    def __init__(self, choices: Choices) -> None:
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


def _batches(samples: int, rows: int) -> Iterator[int]:
    """Yield the sizes of batches: as ``sampling`` draws them, smaller where there is much to hold for each reward."""
    size = max(1, min(BATCH, NUMBERS // rows))
    yield from (min(size, samples - begin) for begin in range(0, samples, size))
