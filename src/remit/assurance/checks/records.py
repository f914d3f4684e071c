"""Evidence and the record behind it: what keeps it from counting, and what it is made to look like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime

from remit.assurance.case import Case, Evidence
from remit.assurance.rules import case_fault
from remit.assurance.weighing.assessment import Observed
from remit.assurance.weighing.freshness import expiry
from remit.assurance.weighing.weighing import Weighed
from remit.finding import Finding

__all__ = ["misread", "overstated"]

_ROUNDING = 2e-6


def misread(case: Case, observed: Mapping[str, Observed], as_of: datetime, weighed: Weighed) -> Iterator[Finding]:
    """What is wrong with the evidence of a case."""
    used = {source for argument in case.arguments.values() for source in argument.sources}
    used.update(doubt.answer for doubt in case.defeaters.values())
    used.update(link.closed_by for link in case.incidents.values())
    for item in case.evidence.values():
        for rule, message in weighed.objections.get(item.id, ()):
            yield case_fault(rule, item.where, message)
        if expiry(item) < as_of and not weighed.objections.get(item.id, ()):
            since = expiry(item).date().isoformat()
            message = f"`{item.id}` is of {item.produced_at.date().isoformat()}, stale since {since}"
            yield case_fault("stale", item.where, message)
        if item.bound95 is not None and overstated(item):
            message = f"`{item.id}` says at least {item.bound95:g}, which {item.k} of {item.n} do not give"
            yield case_fault("overstated-bound", item.where, message)
        if not item.supports and item.id not in used:
            yield case_fault("unused-evidence", item.where, f"`{item.id}` speaks for nothing")
    yield from _twice(case, observed)


def overstated(item: Evidence) -> bool:
    """Whether a stated bound is higher than the exact one-sided 95 % lower bound of its counts.

    The bound of k of n is the share at which k or more are seen with probability 0.05 (Clopper and Pearson 1934), so a
    higher one is told by a higher probability; no search is needed. Without counts there is nothing to tell it by.
    """
    bound = item.bound95
    if bound is None or item.n is None or item.k is None:
        return bound is not None
    share = bound - _ROUNDING
    if share <= 0.0:
        return False
    if item.k <= item.n * share or item.k > item.n:
        return True
    return _tail(item.k, item.n, share) > 0.05


def _tail(passed: int, total: int, share: float) -> float:
    """The probability of ``passed`` or more of ``total`` where ``passed`` lies above the mean: terms only fall."""
    ways = math.lgamma(total + 1) - math.lgamma(passed + 1) - math.lgamma(total - passed + 1)
    term = math.exp(ways + passed * math.log(share) + (total - passed) * math.log1p(-share))
    odds = share / (1.0 - share)
    found = term
    for count in range(passed, min(total, passed + 1_000_000)):
        term *= (total - count) / (count + 1) * odds
        found += term
        if term < found * 1e-15:
            break
    return found


def _twice(case: Case, observed: Mapping[str, Observed]) -> Iterator[Finding]:
    """One record under two groups: it would count as two witnesses."""
    groups: dict[str, tuple[str, str]] = {}
    for item in case.evidence.values():
        seen = observed.get(item.id)
        digest = (seen.sha256 if seen is not None else None) or item.sha256
        group = item.independence_group or item.id
        first = groups.setdefault(digest, (group, item.id))
        if first[0] != group:
            yield case_fault(
                "one-file-two-groups", item.where,
                f"`{item.id}` and `{first[1]}` are one record, but stand for the groups `{group}` and `{first[0]}`",
            )  # fmt: skip
