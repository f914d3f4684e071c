"""Exact intervals for a share of drills, with the standard library alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Share", "clopper_pearson", "lower_bound"]

_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``passed`` of ``total``, with the ends of its two-sided 95 % interval; nothing seen gives [0, 1]."""

    passed: int
    total: int
    low: float
    high: float

    def __str__(self) -> str:
        """Return ``7 of 8 [47 %, 100 %]``."""
        if not self.total:
            return "none seen"
        return f"{self.passed} of {self.total} [{_down(self.low)} %, {_up(self.high)} %]"


def clopper_pearson(passed: int, total: int, confidence: float = 0.95) -> Share:
    """A share with its two-sided exact interval (Clopper and Pearson 1934).

    Raises ``ValueError`` unless 0 <= passed <= total and 0 < confidence < 1.
    """
    _check(passed, total, confidence)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if passed == 0 else _root(lambda share: _at_least(passed, total, share) - tail)
    high = 1.0 if passed == total else _root(lambda share: tail - _at_most(passed, total, share))
    return Share(passed=passed, total=total, low=low, high=high)


def lower_bound(passed: int, total: int, confidence: float = 0.95) -> float:
    """The one-sided lower bound of a share: with ``confidence`` the true share is no smaller. 0 when nothing was seen.

    Raises ``ValueError`` as ``clopper_pearson``.
    """
    _check(passed, total, confidence)
    return 0.0 if passed == 0 else _root(lambda share: _at_least(passed, total, share) - (1.0 - confidence))


def _check(passed: int, total: int, confidence: float) -> None:
    """Refuse counts that are none."""
    if not 0 <= passed <= total:
        raise ValueError(f"a share needs 0 <= passed <= total, found `{passed}` of `{total}`")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence lies strictly between 0 and 1, found `{confidence}`")


def _at_least(passed: int, total: int, share: float) -> float:
    """The probability of ``passed`` or more out of ``total`` at a true share."""
    return math.fsum(_mass(count, total, share) for count in range(passed, total + 1))


def _at_most(passed: int, total: int, share: float) -> float:
    """The probability of ``passed`` or fewer out of ``total`` at a true share."""
    return math.fsum(_mass(count, total, share) for count in range(passed + 1))


def _mass(count: int, total: int, share: float) -> float:
    """The binomial probability of exactly ``count``, through logarithms so that large totals do not overflow."""
    if share <= 0.0 or share >= 1.0:
        return float(count == (total if share >= 1.0 else 0))
    ways = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
    return math.exp(ways + count * math.log(share) + (total - count) * math.log1p(-share))


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of a share crosses zero, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if rising(middle) < 0.0 else (low, middle)
    return (low + high) / 2.0


def _down(share: float) -> str:
    """A share in percent, never rounded up."""
    return f"{math.floor(share * 1000.0) / 10.0:g}"


def _up(share: float) -> str:
    """A share in percent, never rounded down."""
    return f"{math.ceil(share * 1000.0 - 1e-9) / 10.0:g}"
