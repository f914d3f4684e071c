"""Rates of episodes that come in clusters: episodes of one scenario template resemble each other.

A cluster is a template. The *intraclass correlation* is the share of variance that lies between templates; ``m``
episodes of each of ``K`` templates with correlation ``r`` are worth ``K m / (1 + (m - 1) r)`` independent ones (Kish,
Survey Sampling, 1965, section 8.2). The interval is Clopper and Pearson's on that number, reduced once more for its
being an estimate from K clusters (Korn and Graubard, Survey Methodology 24, 1998). Its coverage is measured by
`bench/interval_coverage.py`; `docs/explain/statistics.md` shows the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remit.evals.statistics.intervals import Interval, exact, exact_upper, student_quantile

__all__ = [
    "ASSUMED_CORRELATION",
    "FEWEST_CLUSTERS",
    "Cluster",
    "Correlation",
    "Rate",
    "clusters_of",
    "correlation",
    "design_effect",
    "estimate_correlation",
    "rate",
    "upper_bound",
]

FEWEST_CLUSTERS = 10
"""A rate from fewer templates than this is never a headline: its interval cannot be trusted."""
ASSUMED_CORRELATION = 0.3
"""The intraclass correlation taken where too few templates show an event, or too few show none, to estimate one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The episodes of one template: how many there are, and in how many it happened."""

    name: str
    events: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """An intraclass correlation as it is used: ``estimated`` from the data (``None`` where they cannot say), and taken.

    ``telling`` is the number of clusters that tell something: those with an event, or those without one in some
    episode, whichever are fewer. Below ``FEWEST_CLUSTERS`` the value taken leans towards the assumed one, upward only.
    """

    taken: float
    estimated: float | None
    telling: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often something happened, with its interval.

    ``low`` and ``high`` bound the rate over templates like these with ``confidence``; ``bound`` is the one-sided upper
    bound. ``effective`` is the number of independent episodes these are worth. ``known`` is false where there are too
    few clusters: the numbers stand, and nothing may be claimed from them.
    """

    events: int
    total: int
    clusters: int
    low: float
    high: float
    bound: float
    effective: float
    correlation: Correlation
    confidence: float

    @property
    def known(self) -> bool:
        """Whether there are enough clusters to claim anything."""
        return self.clusters >= FEWEST_CLUSTERS

    @property
    def share(self) -> float | None:
        """The point between the ends; ``None`` when nothing was seen."""
        return self.events / self.total if self.total else None


def clusters_of(episodes: Iterable[tuple[str, bool]]) -> tuple[Cluster, ...]:
    """Episodes (template, whether it happened) by template, in the order of first sight."""
    counts: dict[str, list[int]] = {}
    for name, happened in episodes:
        count = counts.setdefault(name, [0, 0])
        count[0] += happened
        count[1] += 1
    return tuple(Cluster(name=name, events=events, total=total) for name, (events, total) in counts.items())


def estimate_correlation(clusters: Sequence[Cluster]) -> float | None:
    """The intraclass correlation by analysis of variance, cut to [0, 1] (Ridout, Demetrio and Firth 1999).

    ``None`` where it cannot be told: fewer than two clusters, one episode in each, or all episodes alike.
    """
    total = sum(item.total for item in clusters)
    count = len(clusters)
    events = sum(item.events for item in clusters)
    if count < 2 or total <= count or events in {0, total}:
        return None
    squares = sum(item.events * item.events / item.total for item in clusters)
    between = (squares - events * events / total) / (count - 1)
    within = (events - squares) / (total - count)
    size = (total - sum(item.total * item.total for item in clusters) / total) / (count - 1)
    whole = between + (size - 1.0) * within
    return min(1.0, max(0.0, (between - within) / whole)) if whole > 0.0 else None


def correlation(clusters: Sequence[Cluster], assumed: float = ASSUMED_CORRELATION) -> Correlation:
    """The intraclass correlation to work with.

    Rare events make the estimate too small: with few clusters that tell, the upper bound would fail up to 15 % of the
    time where 2.5 % was promised. So with ``w = min(1, telling / 10)`` it is ``w e + (1 - w) max(e, assumed)``.
    """
    estimated = estimate_correlation(clusters)
    with_events = sum(item.events > 0 for item in clusters)
    without = sum(item.events < item.total for item in clusters)
    telling = min(with_events, without)
    if estimated is None:
        return Correlation(taken=assumed, estimated=None, telling=telling)
    weight = min(1.0, telling / FEWEST_CLUSTERS)
    taken = weight * estimated + (1.0 - weight) * max(estimated, assumed)
    return Correlation(taken=taken, estimated=estimated, telling=telling)


def design_effect(sizes: Sequence[int], taken: float) -> float:
    """By how much clustering inflates the variance: ``1 + (sum m^2 / sum m - 1) r`` (Donner et al. 1981)."""
    total = sum(sizes)
    if not total:
        return 1.0
    return 1.0 + (sum(size * size for size in sizes) / total - 1.0) * taken


def rate(clusters: Sequence[Cluster], confidence: float = 0.95, assumed: float = ASSUMED_CORRELATION) -> Rate:
    """How often it happened over templates like these, with an interval that knows of the clusters.

    Raises ``ValueError`` for counts that are none or a confidence outside (0, 1).
    """
    seen = [item for item in clusters if item.total]
    events, total = sum(item.events for item in seen), sum(item.total for item in seen)
    used = correlation(seen, assumed)
    effective = total / design_effect([item.total for item in seen], used.taken)
    ends = _interval(events, total, effective, len(seen), confidence)
    return Rate(
        events=events,
        total=total,
        clusters=len(seen),
        low=ends.low,
        high=ends.high,
        bound=upper_bound(events, total, effective, len(seen), confidence),
        effective=effective,
        correlation=used,
        confidence=confidence,
    )


def upper_bound(events: int, total: int, effective: float, clusters: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound of a rate seen in ``clusters`` clusters that are worth ``effective`` episodes."""
    worth = _worth(total, effective, clusters, confidence)
    return exact_upper(_part(events, total, worth), worth, confidence) if worth else 1.0


def _interval(events: int, total: int, effective: float, clusters: int, confidence: float) -> Interval:
    """The two-sided interval; one cluster, or none, says nothing."""
    worth = _worth(total, effective, clusters, (1.0 + confidence) / 2.0)
    return exact(_part(events, total, worth), worth, confidence)


def _part(events: int, total: int, worth: float) -> float:
    """The same share of fewer episodes, whole at both ends."""
    return worth * events / total if 0 < events < total else worth * (events > 0)


def _worth(total: int, effective: float, clusters: int, quantile: float) -> float:
    """The effective number, reduced for having been estimated: ``(t_{n-1} / t_{K-1})^2`` (Korn and Graubard 1998)."""
    if clusters < 2 or total < 2:
        return 0.0
    if quantile <= 0.5:
        return effective
    ratio = student_quantile(total - 1, quantile) / student_quantile(clusters - 1, quantile)
    return effective * ratio * ratio
