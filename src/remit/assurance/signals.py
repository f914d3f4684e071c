"""Numbers of a running system, counted from its ledgers: do the controls help, or do they make new failures?

Every number has the count it stands on, an interval, and the entries that show it. What no entry speaks of has no
value: it is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from remit.interval import clopper_pearson

__all__ = ["METRICS", "Metric", "Signal", "quantile_signal", "share_signal"]

_EXACT = 5_000  # trials up to which the exact interval is computed; Wilson's differs by less than a thousandth beyond
_NORMAL = 1.959964  # the 97.5 % quantile of the normal distribution
_TAIL = 0.025
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Something that is counted: a share of trials, or a quantile of spans; ``worse`` is where trouble lies."""

    name: str
    title: str
    unit: Literal["share", "s", "ms"]
    worse: Literal["high", "low"] = "high"
    quantile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a metric came to.

    ``value`` is ``None`` where nothing was seen (``n`` is 0), infinite where what was waited for never came. ``low``
    and ``high`` are the ends of a two-sided 95 % interval, ``None`` where so few trials do not bound it. ``k`` counts
    what a share is of. ``sources`` are the first entries that show it, as ``LEDGER#NUMBER``.
    """

    metric: Metric
    n: int
    k: int | None = None
    value: float | None
    low: float | None = None
    high: float | None = None
    sources: tuple[str, ...] = ()


def _shares() -> tuple[Metric, ...]:
    """Everything that is a share."""
    titles = {
        "blocked_but_benign": "denied calls that were let through unchanged later, or that somebody found benign",
        "escalation_share": "calls that waited for a person",
        "refusal_share": "questions that were answered with no",
        "unanswered_share": "questions nobody answered in time",
        "override_share": "calls that went round a control: bypassed, or let through in shadow mode",
        "budget_exhaustion_share": "calls denied because a budget was used up",
        "unsettled_share": "calls nobody knows the outcome of",
        "stop_failure_share": "stops that left a survivor or could not be proved",
        "alert_share": "calls that made the monitor raise an alert",
        "near_miss_share": "calls that made the monitor raise an alert and were not let through",
    }
    kept = [Metric(name=name, title=title, unit="share") for name, title in titles.items()]
    well = {
        "run_success_guarded": "runs behind a guard that ended by themselves with status 0",
        "run_success_unguarded": "runs without a guard, or with one in shadow mode, that ended so",
    }
    return (*kept, *(Metric(name=name, title=title, unit="share", worse="low") for name, title in well.items()))


def _spans() -> tuple[Metric, ...]:
    """Everything that is a quantile."""
    spans: tuple[tuple[str, str, Literal["s", "ms"]], ...] = (
        ("stop_ms", "from the request of a stop to the proof of it", "ms"),
        ("hold_ms", "from the request of a hold to the last frozen process", "ms"),
        ("approval_s", "from a question to its end, whatever that was", "s"),
        ("overhead_ms", "what deciding and recording a call cost it", "ms"),
    )
    return tuple(
        Metric(name=f"p{percent}_{name}", title=f"{title}, {percent} % of them", unit=unit, quantile=percent / 100)
        for name, title, unit in spans
        for percent in (50, 99)
    )


METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in (*_shares(), *_spans())})
"""Every metric an indicator can name."""


def share_signal(metric: Metric, hits: int, trials: int, sources: tuple[str, ...] = ()) -> Signal:
    """A share with its interval: Clopper and Pearson's, Wilson's where there are thousands of trials."""
    if not trials:
        return Signal(metric=metric, n=0, k=0, value=None)
    if trials <= _EXACT:
        share = clopper_pearson(hits, trials)
        low, high = share.low, share.high
    else:
        low, high = _wilson(hits, trials)
    shown = sources[:_SHOWN]
    return Signal(metric=metric, n=trials, k=hits, value=hits / trials, low=low, high=high, sources=shown)


def quantile_signal(metric: Metric, spans: list[tuple[float, str]]) -> Signal:
    """A quantile with the interval its order statistics give (no shape assumed); its sources are the worst entries.

    The value is the smallest span that at least the wanted share does not exceed.
    """
    if not spans or metric.quantile is None:
        return Signal(metric=metric, n=0, value=None)
    ordered = sorted(spans)
    count = len(ordered)
    rank = max(1, math.ceil(metric.quantile * count - 1e-9))
    lower, upper = _ranks(count, metric.quantile)
    return Signal(
        metric=metric,
        n=count,
        value=ordered[rank - 1][0],
        low=ordered[lower - 1][0] if lower >= 1 else None,
        high=ordered[upper - 1][0] if upper <= count else None,
        sources=tuple(source for _, source in reversed(ordered[-_SHOWN:])),
    )


def _wilson(hits: int, trials: int) -> tuple[float, float]:
    """Wilson's score interval (1927)."""
    share, squared = hits / trials, _NORMAL**2
    middle = (share + squared / (2 * trials)) / (1 + squared / trials)
    half = _NORMAL / (1 + squared / trials) * math.sqrt(share * (1 - share) / trials + squared / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _ranks(count: int, quantile: float) -> tuple[int, int]:
    """The ranks (from 1) a quantile lies between; 0 or ``count + 1`` where so few do not bound it on that side.

    With B binomial (``count``, ``quantile``), rank r is below the quantile with P(B >= r) and above it with P(B < r)
    (David and Nagaraja, Order Statistics, section 7.1).
    """
    below = 0.0  # P(B <= successes - 1)
    lower, upper = 0, count + 1
    for successes in range(count + 1):
        if below <= _TAIL:
            lower = successes
        if below >= 1.0 - _TAIL:
            upper = successes
            break
        below += _mass(successes, count, quantile)
    return min(lower, count), upper


def _mass(successes: int, count: int, chance: float) -> float:
    """The binomial probability of exactly so many."""
    ways = math.lgamma(count + 1) - math.lgamma(successes + 1) - math.lgamma(count - successes + 1)
    return math.exp(ways + successes * math.log(chance) + (count - successes) * math.log1p(-chance))
