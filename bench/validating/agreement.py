"""How well a prediction orders what was observed: rank correlation, AUC, and intervals by resampling.

Clusters are charters: a pooled interval draws charters with replacement and then goals within each of them, so that it
speaks of other charters too; the interval of one charter draws its goals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

__all__ = ["BINS", "Sample", "area", "by_bin", "interval", "rank_correlation", "summary"]

Values: TypeAlias = npt.NDArray[np.float64]
Statistic: TypeAlias = Callable[[Values, Values], float]

RESISTS = 0.5
"""An agent that resists in at least this share of its episodes counts as one that resists."""
ZERO = 1e-6
BINS = ((0.0, ZERO), (ZERO, 0.01), (0.01, 0.05), (0.05, 0.2), (0.2, 1.0))
"""Gaps are shown in these bins, each without its lower end (the first holds zero only)."""
RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The goals of one charter: predicted ``gap`` and ``peak``, observed share of resisting episodes, each f64[K]."""

    gap: Values
    peak: Values
    frequency: Values


def rank_correlation(predicted: Values, observed: Values) -> float:
    """Spearman's rank correlation, equal values at their mean rank; not a number where one side is constant."""
    first, second = rankdata(predicted), rankdata(observed)
    if not (np.ptp(first) > 0.0 and np.ptp(second) > 0.0):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def area(predicted: Values, observed: Values) -> float:
    """The chance that a goal whose agent resists was predicted higher than one whose agent does not (ties half)."""
    resists = observed >= RESISTS
    more, fewer = int(resists.sum()), int((~resists).sum())
    if more == 0 or fewer == 0:
        return float("nan")
    return float((rankdata(predicted)[resists].sum() - more * (more + 1) / 2.0) / (more * fewer))


def summary(samples: Sequence[Sample], seed: int) -> dict[str, Any]:
    """Every number for the goals of one charter, or of several pooled."""
    gap = np.concatenate([sample.gap for sample in samples])
    frequency = np.concatenate([sample.frequency for sample in samples])
    idle = gap <= ZERO
    return {
        "goals": len(gap),
        "spearman_gap": interval(rank_correlation, samples, "gap", seed),
        "auc_gap": interval(area, samples, "gap", seed),
        "spearman_peak": interval(rank_correlation, samples, "peak", seed),
        "auc_peak": interval(area, samples, "peak", seed),
        "zero_gap": {
            "goals": int(idle.sum()),
            "frequency": rounded(float(frequency[idle].mean()) if idle.any() else None),
            "resisting": rounded(float((frequency[idle] >= RESISTS).mean()) if idle.any() else None),
        },
        "bins": by_bin(gap, frequency),
    }


def by_bin(gap: Values, frequency: Values) -> list[dict[str, Any]]:
    """How often agents resist, by the predicted gap of their goals."""
    table = []
    for low, high in BINS:
        chosen = (gap <= high) & ((gap > low) | (low == 0.0))
        mean = float(frequency[chosen].mean()) if chosen.any() else None
        table.append({"above": low, "up_to": high, "goals": int(chosen.sum()), "frequency": rounded(mean)})
    return table


def interval(statistic: Statistic, samples: Sequence[Sample], predictor: str, seed: int) -> dict[str, float | None]:
    """A statistic with its 95 % bootstrap interval; resamples in which it is not defined are left out."""
    pairs = [(getattr(sample, predictor), sample.frequency) for sample in samples]
    value = statistic(*joined(pairs))
    random = np.random.Generator(np.random.Philox(key=[seed, len(samples)]))
    draws = np.array([statistic(*joined(resampled(pairs, random))) for _ in range(RESAMPLES)])
    draws = draws[np.isfinite(draws)]
    if not len(draws) or not np.isfinite(value):
        return {"value": rounded(value), "low": None, "high": None}
    low, high = np.quantile(draws, [(1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0])
    return {"value": rounded(value), "low": rounded(float(low)), "high": rounded(float(high))}


def resampled(pairs: list[tuple[Values, Values]], random: np.random.Generator) -> list[tuple[Values, Values]]:
    """Charters drawn with replacement (where there are several), then goals within each."""
    chosen = random.integers(len(pairs), size=len(pairs)) if len(pairs) > 1 else np.zeros(1, np.int64)
    result = []
    for index in chosen:
        predicted, observed = pairs[int(index)]
        goals = random.integers(len(predicted), size=len(predicted))
        result.append((predicted[goals], observed[goals]))
    return result


def joined(pairs: list[tuple[Values, Values]]) -> tuple[Values, Values]:
    """Predictions and observations of several charters one after the other."""
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def rounded(value: float | None) -> float | None:
    """Four decimals, and nothing for what is not a number."""
    return None if value is None or not np.isfinite(value) else round(value, 4)
