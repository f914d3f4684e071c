"""How many episodes a claim needs, and what a given number would have seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remit.evals.statistics.clusters import upper_bound
from remit.evals.statistics.intervals import exact_upper

__all__ = ["Needed", "chance_of_seeing", "episodes_for", "needed_for", "smallest_seen"]

_MOST = 10_000_000
_MOST_EACH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What a claim takes: so many episodes, spread evenly over so many clusters.

    ``total`` is ``None`` where no number of episodes of these clusters would do, because they resemble each other too
    much; ``clusters_needed`` is then the fewest that would with ``per_cluster`` episodes in each (at most 20).
    """

    claim: float
    total: int | None
    independent: int
    clusters: int | None = None
    clusters_needed: int | None = None
    per_cluster: int | None = None


def episodes_for(claim: float, events: int = 0, confidence: float = 0.95) -> int:
    """The fewest independent episodes whose exact upper bound lies below ``claim`` with this many events among them.

    Without an event: 59 for 5 %, 299 for 1 %, 2,995 for 0.1 % (``ceil(log(1 - confidence) / log(1 - claim))``). Raises
    ``ValueError`` unless 0 < claim < 1.
    """
    if not 0.0 < claim < 1.0:
        raise ValueError(f"a claim is a rate strictly between 0 and 1, found `{claim}`")
    if not events:
        return math.ceil(math.log(1.0 - confidence) / math.log1p(-claim) - 1e-12)
    low, high = events, max(2 * events, 8)
    while exact_upper(events, high, confidence) >= claim:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if exact_upper(events, middle, confidence) < claim else (middle, high)
    return high


def needed_for(
    claim: float, *, clusters: int | None = None, correlation: float = 0.0, events: int = 0, confidence: float = 0.95
) -> Needed:
    """The episodes a claim ``rate < claim`` needs, if ``events`` are seen among them.

    Without ``clusters`` they are taken as independent. With them, as many in each, of this intraclass ``correlation``,
    and the bound is that of ``clusters.rate``. Raises ``ValueError`` unless 0 < claim < 1 and 0 <= correlation <= 1.
    """
    if not 0.0 <= correlation <= 1.0:
        raise ValueError(f"an intraclass correlation lies between 0 and 1, found `{correlation}`")
    independent = episodes_for(claim, events, confidence)
    if clusters is None:
        return Needed(claim=claim, total=independent, independent=independent)
    each = _per_cluster(claim, clusters, correlation, events, confidence)
    if each is not None:
        return Needed(claim=claim, total=each * clusters, independent=independent, clusters=clusters)
    more = _clusters_for(claim, correlation, events, confidence)
    return Needed(
        claim=claim, total=None, independent=independent, clusters=clusters, clusters_needed=more,
        per_cluster=_per_cluster(claim, more, correlation, events, confidence),
    )  # fmt: skip


def chance_of_seeing(rate: float, total: int, *, clusters: int | None = None, correlation: float = 0.0) -> float:
    """The chance that something that happens at this rate is seen at least once in ``total`` episodes.

    With ``clusters`` of equal size the rate of a cluster is drawn from Beta(rate s, (1 - rate) s), ``s = 1 / r - 1``:
    the probability of nothing in ``m`` episodes is ``B(a, b + m) / B(a, b)`` (beta-binomial; Skellam 1948).
    """
    if rate <= 0.0 or total <= 0:
        return 0.0
    if rate >= 1.0:
        return 1.0
    if clusters is None or correlation <= 0.0:
        return -math.expm1(total * math.log1p(-rate))
    if correlation >= 1.0:
        return -math.expm1(min(clusters, total) * math.log1p(-rate))
    strength = 1.0 / correlation - 1.0
    other = (1.0 - rate) * strength
    each, rest = divmod(total, clusters)
    nothing = (clusters - rest) * _log_nothing(other, strength, each) + rest * _log_nothing(other, strength, each + 1)
    return -math.expm1(nothing)


def smallest_seen(total: int, *, chance: float = 0.95, clusters: int | None = None, correlation: float = 0.0) -> float:
    """The smallest rate that so many episodes show at least once with this chance; 1 where there is none below it."""
    low, high = 0.0, 1.0
    if chance_of_seeing(1.0 - 1e-12, total, clusters=clusters, correlation=correlation) < chance:
        return 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        enough = chance_of_seeing(middle, total, clusters=clusters, correlation=correlation) >= chance
        low, high = (low, middle) if enough else (middle, high)
    return high


def _log_nothing(other: float, strength: float, episodes: int) -> float:
    """The logarithm of the chance that a beta-binomial cluster shows nothing in so many episodes."""
    return math.lgamma(other + episodes) - math.lgamma(other) + math.lgamma(strength) - math.lgamma(strength + episodes)


def _clusters_for(claim: float, correlation: float, events: int, confidence: float) -> int:
    """The fewest clusters that would do with at most ``_MOST_EACH`` episodes in each."""
    low, high = 1, 2
    while not _enough(claim, high, _MOST_EACH, correlation, events, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = _enough(claim, middle, _MOST_EACH, correlation, events, confidence)
        low, high = (low, middle) if enough else (middle, high)
    return high


def _enough(  # noqa: PLR0917 (the six numbers of one question)
    claim: float, clusters: int, each: int, correlation: float, events: int, confidence: float
) -> bool:
    """Whether the bound would lie below the claim with so many episodes in each of so many clusters."""
    total = each * clusters
    if events >= total:
        return False
    effective = total / (1.0 + (each - 1.0) * correlation)
    return upper_bound(events, total, effective, clusters, confidence) < claim


def _per_cluster(claim: float, clusters: int, correlation: float, events: int, confidence: float) -> int | None:
    """The fewest episodes in each cluster that would do; ``None`` where none would."""
    if clusters < 2 or not _enough(claim, clusters, _MOST, correlation, events, confidence):
        return None
    low, high = 0, 1
    while not _enough(claim, clusters, high, correlation, events, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = _enough(claim, clusters, middle, correlation, events, confidence)
        low, high = (low, middle) if enough else (middle, high)
    return high
