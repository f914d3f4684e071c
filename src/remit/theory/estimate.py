"""A number with its uncertainty: the only form in which a measured quantity leaves this pillar."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, TypeAlias

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Floats

Method: TypeAlias = Literal["exact", "bound", "interval"]

SLACK = 1e-12
"""How far rounding may push a value past its own ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and the interval that holds it.

    ``method`` says what the interval means: ``exact`` (rounding only), ``bound`` (proved to hold the true value) or
    ``interval`` (a confidence interval over ``samples`` draws made with ``seed``). Raises ``ModelError`` unless
    ``low <= value <= high`` up to rounding and all three are numbers.
    """

    value: float
    low: float
    high: float
    method: Method
    samples: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold its own value; a NaN is never inside."""
        slack = SLACK * max(1.0, abs(self.value))
        if not (self.low <= self.value + slack and self.value <= self.high + slack):
            message = f"an estimate needs low <= value <= high, found `{self.low}`, `{self.value}`, `{self.high}`"
            raise ModelError(message)

    def as_json(self) -> dict[str, float | int | str | None]:
        """Return the fields as a JSON object; ``samples`` and ``seed`` are null where nothing was drawn."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "method": self.method,
            "samples": self.samples,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        """Return the value, with its interval where that has a width."""
        if self.low == self.high:
            return f"{self.value:.4g}"
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"

    def _repr_html_(self) -> str:
        """Return one line of HTML for a notebook."""
        drawn = "" if self.samples is None else f", {self.samples} samples"
        return f"<b>{self.value:.4g}</b> <small>[{self.low:.4g}, {self.high:.4g}] {self.method}{drawn}</small>"


def exact(value: float) -> Estimate:
    """Return a value known up to rounding as an estimate of width zero."""
    return Estimate(value=value, low=value, high=value, method="exact")


def bounded(value: float, error: float) -> Estimate:
    """Return ``value`` with a proved bound: the truth lies within ``error`` (>= 0) of it."""
    return Estimate(value=value, low=value - error, high=value + error, method="bound")


def normal_quantile(confidence: float) -> float:
    """Return the two-sided standard normal quantile of ``confidence`` in (0, 1), 1.96 for 0.95."""
    if not 0.0 < confidence < 1.0:
        message = f"a confidence lies strictly between 0 and 1, found `{confidence}`"
        raise ModelError(message, hint="0.95 is usual")
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)


def student_quantile(samples: int, confidence: float) -> float:
    """Return the two-sided quantile of Student's distribution for the mean of ``samples`` >= 2 draws, 12.7 for two.

    A deviation that is itself estimated from few draws is often too small; for many it is the normal quantile.
    """
    from scipy.special import stdtrit  # takes its time to load

    if samples < 2 or not 0.0 < confidence < 1.0:
        message = f"two samples and a confidence between 0 and 1 are needed, found `{samples}` and `{confidence}`"
        raise ModelError(message)
    return float(stdtrit(samples - 1, 0.5 + confidence / 2.0))


def wilson(successes: float, trials: float, confidence: float = 0.95, seed: int | None = None) -> Estimate:
    """Return a share with its Wilson score interval (Wilson 1927, eq. 10).

    Averages of trials that depend on each other count as fewer or more, so counts need not be whole. No trials say
    nothing: the interval is then [0, 1]. Raises ``ModelError`` unless 0 <= successes <= trials.
    """
    if not 0 <= successes <= trials:
        message = f"a share needs 0 <= successes <= trials, found `{successes}` of `{trials}`"
        raise ModelError(message)
    if trials == 0:
        return Estimate(value=0.0, low=0.0, high=1.0, method="interval", samples=0, seed=seed)
    z = normal_quantile(confidence)
    share = successes / trials
    scale = 1.0 + z * z / trials
    centre = (share + z * z / (2.0 * trials)) / scale
    half = z * math.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)) / scale
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    low, high = min(low, share), max(high, share)
    return Estimate(value=share, low=low, high=high, method="interval", samples=int(trials), seed=seed)


def mean_interval(samples_array: Floats, confidence: float = 0.95, seed: int | None = None) -> Estimate:
    """Return the mean of independent samples, shape [n], with Student's interval (mean +- t s / sqrt n).

    Raises ``ModelError`` for fewer than two samples or a sample that is not finite: no width could be given then.
    """
    count = int(samples_array.size)
    if count < 2 or not bool(np.isfinite(samples_array).all()):
        message = f"a mean needs at least two finite samples, found `{count}`"
        raise ModelError(message)
    mean = float(samples_array.mean())
    half = student_quantile(count, confidence) * float(samples_array.std(ddof=1)) / math.sqrt(count)
    return Estimate(value=mean, low=mean - half, high=mean + half, method="interval", samples=count, seed=seed)
