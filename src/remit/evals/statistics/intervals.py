"""Intervals for a share: exact ones on a number of episodes that need not be whole, and Wilson's for plots."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Interval", "exact", "exact_lower", "exact_upper", "normal_quantile", "student_quantile", "wilson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Two ends, ``low`` <= ``high``."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """Whether a value lies between the ends, ends included."""
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        """The distance of the ends."""
        return self.high - self.low


def exact(events: float, total: float, confidence: float = 0.95) -> Interval:
    """The two-sided exact interval of a share (Clopper and Pearson 1934), for counts that may be fractions.

    Fractions arise as effective counts; for whole numbers this is ``remit.interval.clopper_pearson``. Nothing seen
    gives [0, 1]. Raises ``ValueError`` unless 0 <= events <= total and 0 < confidence < 1.
    """
    _check(events, total, confidence)
    tail = (1.0 - confidence) / 2.0
    return Interval(low=exact_lower(events, total, 1.0 - tail), high=exact_upper(events, total, 1.0 - tail))


def exact_lower(events: float, total: float, confidence: float = 0.95) -> float:
    """The one-sided lower bound: the quantile ``1 - confidence`` of Beta(events, total - events + 1); 0 without events.

    Raises ``ValueError`` as ``exact``.
    """
    _check(events, total, confidence)
    if events <= 0.0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(events, total - events + 1.0, 1.0 - confidence))


def exact_upper(events: float, total: float, confidence: float = 0.95) -> float:
    """The one-sided upper bound: the quantile ``confidence`` of Beta(events + 1, total - events); 1 if all are events.

    Raises ``ValueError`` as ``exact``.
    """
    _check(events, total, confidence)
    if events >= total:
        return 1.0
    from scipy.special import betaincinv

    return float(betaincinv(events + 1.0, total - events, confidence))


def wilson(events: int, total: int, confidence: float = 0.95) -> Interval:
    """The score interval (Wilson 1927), for plots: it takes episodes as independent, which those of a template are not.

    With 7 templates and an intraclass correlation of .3 a nominal 95 % covers about half the time
    (`bench/interval_coverage.py` measures it). Nothing seen gives [0, 1]. Raises ``ValueError`` as ``exact``.
    """
    _check(events, total, confidence)
    if not total:
        return Interval(low=0.0, high=1.0)
    z = normal_quantile((1.0 + confidence) / 2.0)
    share, spread = events / total, z * z / total
    centre = (share + spread / 2.0) / (1.0 + spread)
    half = z / (1.0 + spread) * math.sqrt(share * (1.0 - share) / total + spread / (4.0 * total))
    low = 0.0 if events == 0 else max(0.0, centre - half)
    return Interval(low=low, high=1.0 if events == total else min(1.0, centre + half))


def normal_quantile(probability: float) -> float:
    """The quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def student_quantile(freedom: float, probability: float) -> float:
    """The quantile of Student's t distribution with ``freedom`` degrees of freedom (> 0)."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))


def _check(events: float, total: float, confidence: float) -> None:
    """Refuse counts that are none."""
    if not 0 <= events <= total:
        raise ValueError(f"a share needs 0 <= events <= total, found `{events}` of `{total}`")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence lies strictly between 0 and 1, found `{confidence}`")
