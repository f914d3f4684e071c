"""Looking while episodes come in: evidence that stays valid however often one looks, and whenever one stops.

An *e-process* for a hypothesis is a fortune won by betting against it at fair odds: if the hypothesis holds, it ever
reaches ``1 / alpha`` with probability at most alpha (Ville 1939). Rates not refuted form a confidence sequence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from remit.evals.statistics.intervals import Interval

__all__ = ["Running", "betting_interval", "decide"]

_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Episodes so far, taken as independent: how many, and in how many it happened."""

    events: int = 0
    total: int = 0

    def after(self, *, happened: bool) -> Running:
        """The count with one more episode."""
        return Running(events=self.events + happened, total=self.total + 1)

    def log_evidence(self, rate: float) -> float:
        """The logarithm of the e-value against this very rate: the fortune of a bettor with a Beta(1/2, 1/2) prior.

        ``B(k + 1/2, n - k + 1/2) / B(1/2, 1/2) / (p^k (1 - p)^(n - k))`` (Robbins 1970; Howard, Ramdas, McAuliffe
        and Sekhon 2021). Infinite where the rate forbids what was seen.
        """
        misses = self.total - self.events
        if (rate <= 0.0 and self.events) or (rate >= 1.0 and misses):
            return math.inf
        won = _log_beta(self.events + 0.5, misses + 0.5) - _log_beta(0.5, 0.5)
        paid = self.events * math.log(rate) if self.events else 0.0
        return won - paid - (misses * math.log1p(-rate) if misses else 0.0)

    def interval(self, alpha: float = 0.05) -> Interval:
        """The rates not refuted so far: with probability at least ``1 - alpha`` the true one is never outside."""
        share = self.events / self.total if self.total else 0.5
        limit = -math.log(alpha)
        low = 0.0 if self.log_evidence(0.0) < limit else self._edge(0.0, share, limit)
        high = 1.0 if self.log_evidence(1.0) < limit else self._edge(1.0, share, limit)
        return Interval(low=low, high=high)

    def _edge(self, refuted: float, kept: float, limit: float) -> float:
        """Where the evidence crosses the limit between a refuted and a kept rate, on the refuted side."""
        for _ in range(_HALVINGS):
            middle = (refuted + kept) / 2.0
            refuted, kept = (middle, kept) if self.log_evidence(middle) >= limit else (refuted, middle)
        return refuted


def decide(running: Running, claim: float, alpha: float = 0.05) -> Literal["below", "above", "go on"]:
    """Whether the rate is shown to be below the claim, shown to be above it, or neither yet; look as often as you like.

    The probability of ever saying ``below`` of a rate above, or ``above`` of one below, is at most ``alpha``.
    """
    ends = running.interval(alpha)
    if ends.high < claim:
        return "below"
    return "above" if ends.low > claim else "go on"


def betting_interval(values: Sequence[float], alpha: float = 0.05, steps: int = 1000) -> Interval:
    """The confidence sequence of the mean of values in [0, 1], at its last value: the means no bettor got rich against.

    For values that are no yes or no, such as the rate of a template or of a round over all templates. Two bettors with
    half the capital each bet on more and on less, with the predictable stakes of Waudby-Smith and Ramdas 2024
    (Theorem 3), cut to 1/2 of what would risk ruin; a mean is refuted once their joint fortune
    reached ``1 / alpha``, and stays so. Means are tried on a grid of ``steps``, the ends rounded outward.

    Raises ``ValueError`` for a value outside [0, 1].
    """
    import numpy as np

    data = np.asarray(values, dtype=float)
    if data.size and (data.min() < 0.0 or data.max() > 1.0):
        raise ValueError("values to bet on lie between 0 and 1")
    means = np.linspace(0.0, 1.0, steps + 1)
    count = np.arange(1, data.size + 1)
    centre = (0.5 + np.cumsum(data)) / (count + 1)
    spread = (0.25 + np.cumsum((data - centre) ** 2)) / (count + 1)
    before = np.concatenate(([0.25], spread[:-1]))[: data.size]
    stakes = np.sqrt(2.0 * math.log(2.0 / alpha) / (before * count * np.log(count + 1.0)))
    more = np.zeros_like(means)
    less = np.zeros_like(means)
    refuted = np.zeros(means.size, dtype=bool)
    with np.errstate(divide="ignore"):
        most, least = 0.5 / means, 0.5 / (1.0 - means)
    for value, stake in zip(data, stakes, strict=True):
        more += np.log1p(np.minimum(stake, most) * (value - means))
        less += np.log1p(-np.minimum(stake, least) * (value - means))
        refuted |= np.maximum(more, less) - math.log(2.0) >= -math.log(alpha)
    kept = np.flatnonzero(~refuted)
    if not kept.size:
        return Interval(low=0.0, high=1.0)
    low, high = max(0, int(kept[0]) - 1), min(steps, int(kept[-1]) + 1)
    return Interval(low=float(means[low]), high=float(means[high]))


def _log_beta(first: float, second: float) -> float:
    """The logarithm of the beta function."""
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)
