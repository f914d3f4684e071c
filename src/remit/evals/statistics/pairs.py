"""Two variants of one scenario drawn from one seed: did the one factor between them matter?

The pair is the unit: (template, seed) under variant X and under variant Y, each with a yes or no. Only pairs that
differ speak. Pairs of one template are not independent, so beside McNemar's test stands one that swaps whole templates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from remit.evals.statistics.intervals import Interval, student_quantile

__all__ = ["Paired", "Pairs", "compare", "difference", "mcnemar", "swap_test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Counts of pairs: both, in the first only, in the second only, neither."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return self.both + self.first + self.second + self.neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """A comparison: the difference of the rates (second less first) with its interval, and two p-values.

    ``mcnemar`` takes pairs as independent; ``swapped`` takes templates as such. ``p`` is the larger of the two: what
    Holm's procedure is given.
    """

    pairs: Pairs
    clusters: int
    difference: float
    low: float
    high: float
    mcnemar: float
    swapped: float

    @property
    def p(self) -> float:
        """The larger p-value."""
        return max(self.mcnemar, self.swapped)


def mcnemar(first: int, second: int) -> float:
    """The exact two-sided p-value of McNemar's test: twice the smaller binomial tail of ``first + second`` fair coins.

    Raises ``ValueError`` for negative counts. Source: McNemar 1947; Fagerland, Lydersen and Laake 2013.
    """
    if first < 0 or second < 0:
        raise ValueError(f"counts of pairs are not negative, found `{first}` and `{second}`")
    total = first + second
    tail = sum(math.comb(total, count) for count in range(min(first, second) + 1))
    return float(min(1.0, 2 * tail / 2**total))


def swap_test(sums: Sequence[int]) -> float:
    """The exact two-sided p-value when the two variants of every template may be swapped.

    ``sums`` holds, for each template, the episodes in which only the second did it less those in which only the first
    did. Under the null each sum is as likely with the other sign; the distribution of the total over all sign vectors
    is worked out by convolution (Fisher, The Design of Experiments, 1935, section 21; Gail et al. 1996 for clusters).
    """
    steps = [abs(value) for value in sums if value]
    reach = {0: 1}
    for step in steps:
        grown: dict[int, int] = {}
        for at, ways in reach.items():
            for end in (at - step, at + step):
                grown[end] = grown.get(end, 0) + ways
        reach = grown
    seen = abs(sum(sums))
    far = sum(ways for at, ways in reach.items() if abs(at) >= seen)
    return float(far / 2 ** len(steps))


def difference(
    pairs: Pairs, worth: float | None = None, freedom: float | None = None, confidence: float = 0.95
) -> Interval:
    """The interval of the difference of two paired rates, second less first (Bonett and Price 2012).

    One pair is added to each kind that differs, so no count gives an interval of width nought. ``worth`` is the number
    of independent pairs these are worth, ``freedom`` the degrees of freedom of Student's quantile (clusters less one).
    """
    total = pairs.total
    if not total or (worth is not None and worth <= 0.0):
        return Interval(low=-1.0, high=1.0)
    number = total if worth is None else worth
    scale = number / total
    first = (pairs.first * scale + 1.0) / (number + 2.0)
    second = (pairs.second * scale + 1.0) / (number + 2.0)
    middle = second - first
    error = math.sqrt(max(0.0, first + second - middle * middle) / (number + 2.0))
    quantile = student_quantile(1e9 if freedom is None else freedom, (1.0 + confidence) / 2.0)
    return Interval(low=max(-1.0, middle - quantile * error), high=min(1.0, middle + quantile * error))


def compare(pairs: Iterable[tuple[str, bool, bool]], confidence: float = 0.95) -> Paired:
    """Compare two variants from pairs of one seed: (template, happened in the first, happened in the second)."""
    by_template: dict[str, list[tuple[bool, bool]]] = {}
    for template, first, second in pairs:
        by_template.setdefault(template, []).append((first, second))
    counts = _count(by_template)
    sums = [sum(second - first for first, second in rows) for rows in by_template.values()]
    clusters = len(by_template)
    ends = (
        difference(counts, _worth(by_template), clusters - 1.0, confidence)
        if clusters > 1
        else Interval(low=-1.0, high=1.0)
    )
    return Paired(
        pairs=counts,
        clusters=clusters,
        difference=(counts.second - counts.first) / counts.total if counts.total else 0.0,
        low=ends.low,
        high=ends.high,
        mcnemar=mcnemar(counts.first, counts.second),
        swapped=swap_test(sums),
    )


def _count(by_template: Mapping[str, Sequence[tuple[bool, bool]]]) -> Pairs:
    """The four counts over all templates."""
    rows = [row for rows in by_template.values() for row in rows]
    return Pairs(
        both=rows.count((True, True)),
        first=rows.count((True, False)),
        second=rows.count((False, True)),
        neither=rows.count((False, False)),
    )


def _worth(by_template: Mapping[str, Sequence[tuple[bool, bool]]]) -> float:
    """The number of independent pairs: as for a rate, with the analysis of variance of the differences -1, 0 and 1."""
    rows = [[second - first for first, second in values] for values in by_template.values()]
    total, count = sum(map(len, rows)), len(rows)
    whole, squares = sum(map(sum, rows)), sum(value * value for values in rows for value in values)
    if total <= count:
        return float(total)
    parts = sum(sum(values) ** 2 / len(values) for values in rows)
    between = (parts - whole * whole / total) / (count - 1)
    within = (squares - parts) / (total - count)
    size = (total - sum(len(values) ** 2 for values in rows) / total) / (count - 1)
    spread = between + (size - 1.0) * within
    alike = min(1.0, max(0.0, (between - within) / spread)) if spread > 0.0 else 0.0
    return total / (1.0 + (sum(len(values) ** 2 for values in rows) / total - 1.0) * alike)
