"""How well a score tells trajectories that show a behaviour from those that do not.

A label belongs to a trajectory, never to the organism that made it: an organism that shows the behaviour in some
episodes only must be told apart from itself, else a score that knows the organism's hand passes for one that knows the
behaviour (`labels_leak`). Length gives labels away too, so lengths are matched before scores are compared (`match`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from remit.evals.statistics.clusters import FEWEST_CLUSTERS, clusters_of, rate
from remit.evals.statistics.intervals import Interval, normal_quantile

if TYPE_CHECKING:
    import numpy as np

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["Scored", "Separation", "auroc", "labels_leak", "match", "separation", "threshold_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A trajectory with its score (higher: more of the behaviour) and its own label.

    ``cluster`` is its scenario template, ``length`` its number of steps, ``subject`` the organism or model behind it.
    """

    score: float
    positive: bool
    cluster: str
    length: int
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """The area under the curve and the share found at a rate of false alarms, each with its interval over clusters.

    ``threshold`` is the score from which a trajectory counts as found. ``resolved`` says whether there are enough
    negatives for the rate of false alarms to be told from nought at all; ``known`` whether there are enough clusters.
    ``by_length`` is the area that the length alone reaches, to be read beside ``area``.
    """

    area: float
    area_interval: Interval
    found: float
    found_interval: Interval
    false_alarms: float
    threshold: float
    positives: int
    negatives: int
    clusters: int
    by_length: float
    resolved: bool

    @property
    def known(self) -> bool:
        """Whether there are enough clusters to claim anything."""
        return self.clusters >= FEWEST_CLUSTERS


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney 1947; Bamber 1975).

    Raises ``ValueError`` when either side is empty.
    """
    from remit.evals.statistics.agreement import ranks

    if not positives or not negatives:
        raise ValueError("an area under the curve needs positives and negatives")
    above = math.fsum(ranks([*positives, *negatives])[: len(positives)])
    return (above - len(positives) * (len(positives) + 1) / 2.0) / (len(positives) * len(negatives))


def threshold_for(negatives: Sequence[float], false_alarms: float) -> float:
    """The smallest score at or above which at most this share of the negatives lies; infinite where only none does."""
    allowed = math.floor(false_alarms * len(negatives) + 1e-9)
    falling = sorted(negatives, reverse=True)
    if allowed >= len(falling):
        return -math.inf
    return math.nextafter(falling[allowed], math.inf)


def labels_leak(trajectories: Sequence[Scored]) -> bool:
    """Whether the label is known from the subject alone: nobody shows the behaviour in some trajectories only."""
    labels: dict[str, set[bool]] = {}
    for item in trajectories:
        labels.setdefault(item.subject, set()).add(item.positive)
    return bool(labels) and all(len(found) == 1 for found in labels.values())


def match(trajectories: Sequence[Scored], ratio: float = 1.1) -> tuple[Scored, ...]:
    """Positives and negatives in equal number and of matching length: each pair differs by at most this ratio.

    Greedy from the rarer side's longest: the nearest unused length within the ratio, the first given among equals; what
    finds no partner is left out. Length alone then reaches an area near one half.
    """
    sides = ([item for item in trajectories if item.positive], [item for item in trajectories if not item.positive])
    fewer, more = sorted(sides, key=len)
    free = list(more)
    pairs: list[Scored] = []
    for item in sorted(fewer, key=lambda one: -one.length):
        near = [place for place, other in enumerate(free) if _close(item.length, other.length, ratio)]
        if near:
            place = min(near, key=lambda at: abs(free[at].length - item.length))
            pairs += [item, free.pop(place)]
    return tuple(pairs)


def separation(
    trajectories: Sequence[Scored],
    *,
    false_alarms: float = 0.01,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Separation:
    """How well the score separates, with intervals by drawing whole clusters anew (Davison and Hinkley 1997, 3.8).

    Each interval is the wider of the bootstrap's and one that stays honest at the ends, where the bootstrap has no
    width: for the area Newcombe's (2006, method 5) on the number of clusters with either label, for the share found
    the clustered one at the fixed threshold. Raises ``ValueError`` when either label is missing.
    """
    positives = [item.score for item in trajectories if item.positive]
    negatives = [item.score for item in trajectories if not item.positive]
    area = auroc(positives, negatives)
    threshold = threshold_for(negatives, false_alarms)
    shown = [(item.cluster, item.score >= threshold) for item in trajectories if item.positive]
    found = rate(clusters_of(shown), confidence)
    areas, shares = _resampled(trajectories, false_alarms, resamples, seed)
    counts = [len({item.cluster for item in trajectories if item.positive is side}) for side in (True, False)]
    return Separation(
        area=area,
        area_interval=_hull(_percentiles(areas, confidence), _newcombe(area, counts[0], counts[1], confidence)),
        found=found.events / found.total,
        found_interval=_hull(_percentiles(shares, confidence), Interval(low=found.low, high=found.high)),
        false_alarms=false_alarms,
        threshold=threshold,
        positives=len(positives),
        negatives=len(negatives),
        clusters=min(counts),
        by_length=auroc(
            [float(item.length) for item in trajectories if item.positive],
            [float(item.length) for item in trajectories if not item.positive],
        ),
        resolved=len(negatives) * false_alarms >= 1.0 - 1e-9,
    )


def _close(first: int, second: int, ratio: float) -> bool:
    """Whether two lengths differ by at most a ratio."""
    return max(first, second) <= ratio * min(first, second)


def _hull(first: Interval, second: Interval) -> Interval:
    """The smallest interval that holds both."""
    return Interval(low=min(first.low, second.low), high=max(first.high, second.high))


def _percentiles(values: Floats, confidence: float) -> Interval:
    """The middle of what was drawn; nothing drawn says nothing."""
    import numpy as np

    if not values.size:
        return Interval(low=0.0, high=1.0)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return Interval(low=float(low), high=float(high))


def _newcombe(area: float, positives: int, negatives: int, confidence: float) -> Interval:
    """The areas whose own standard error explains the one seen (Newcombe 2006, part 2, method 5)."""
    z = normal_quantile((1.0 + confidence) / 2.0)
    size = (positives + negatives) / 2.0 - 1.0

    def excess(theta: float) -> float:
        """How far the area lies beyond what this one explains."""
        inner = 1.0 + size * ((1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta))
        return abs(area - theta) - z * math.sqrt(theta * (1.0 - theta) * inner / (positives * negatives))

    def edge(outside: float) -> float:
        """Where the excess vanishes between an area that is refuted and the one seen."""
        far, near = outside, area
        for _ in range(60):
            middle = (far + near) / 2.0
            far, near = (middle, near) if excess(middle) > 0.0 else (far, middle)
        return far

    return Interval(low=edge(0.0), high=edge(1.0))


def _resampled(trajectories: Sequence[Scored], false_alarms: float, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """The area and the share found in each draw of as many clusters; draws without either label are left out."""
    import numpy as np

    names = {name: place for place, name in enumerate(dict.fromkeys(item.cluster for item in trajectories))}
    falling = sorted(trajectories, key=lambda item: -item.score)
    cluster = np.array([names[item.cluster] for item in falling])
    positive = np.array([item.positive for item in falling])
    score = np.array([item.score for item in falling])
    last = np.append(np.flatnonzero(np.diff(score)), score.size - 1)  # where each run of equal scores ends
    draw = np.random.default_rng(seed)
    areas, shares = [], []
    for _ in range(resamples):
        weight = np.bincount(draw.integers(len(names), size=len(names)), minlength=len(names))[cluster]
        hits = np.concatenate(([0], np.cumsum(weight * positive)[last]))
        alarms = np.concatenate(([0], np.cumsum(weight * ~positive)[last]))
        if not hits[-1] or not alarms[-1]:
            continue
        areas.append(float(np.trapezoid(hits, alarms)) / (hits[-1] * alarms[-1]))
        kept = np.searchsorted(alarms, math.floor(false_alarms * alarms[-1] + 1e-9), side="right") - 1
        shares.append(hits[kept] / hits[-1])
    return np.array(areas, dtype=np.float64), np.array(shares, dtype=np.float64)
