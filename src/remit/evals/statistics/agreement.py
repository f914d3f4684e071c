"""Whether two ways of putting things in order agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from remit.evals.statistics.intervals import normal_quantile

__all__ = ["Agreement", "ranks", "spearman"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A rank correlation in [-1, 1] over ``total`` items, with its interval; ``None`` where one side is all equal."""

    value: float | None
    low: float
    high: float
    total: int


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, equal values sharing the mean of theirs."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    given = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            given[place] = (start + end) / 2.0 + 1.0
        start = end + 1
    return given


def spearman(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Agreement:
    """Spearman's rank correlation: the correlation of the ranks, ties sharing theirs (Spearman 1904).

    The interval is Fisher's z with the variance ``(1 + r^2 / 2) / (n - 3)`` (Bonett and Wright 2000); fewer
    than four items, or one side all equal, give [-1, 1]. Raises ``ValueError`` for sides of different length.
    """
    if len(first) != len(second):
        raise ValueError(f"two orders speak of the same items, found `{len(first)}` and `{len(second)}`")
    total = len(first)
    one, two = ranks(first), ranks(second)
    mean = (total + 1) / 2.0
    across = math.fsum((a - mean) * (b - mean) for a, b in zip(one, two, strict=True))
    scale = math.sqrt(math.fsum((a - mean) ** 2 for a in one) * math.fsum((b - mean) ** 2 for b in two))
    if not scale:
        return Agreement(value=None, low=-1.0, high=1.0, total=total)
    value = max(-1.0, min(1.0, across / scale))
    if total < 4:
        return Agreement(value=value, low=-1.0, high=1.0, total=total)
    inner = max(-1.0 + 1e-12, min(1.0 - 1e-12, value))
    half = normal_quantile((1.0 + confidence) / 2.0) * math.sqrt((1.0 + inner * inner / 2.0) / (total - 3))
    at = math.atanh(inner)
    return Agreement(value=value, low=math.tanh(at - half), high=math.tanh(at + half), total=total)
