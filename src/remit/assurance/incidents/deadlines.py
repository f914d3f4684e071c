"""Until when a report has to be in: days counted from when the one who reports became aware.

Days are calendar days; the day of becoming aware does not count (Regulation 1182/71, Article 3). Where awareness is not
known to the day, so is no deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from remit.assurance.resistance import Known

__all__ = ["ARTICLE_73", "GPAI", "Deadline", "Rule", "day_of", "deadlines", "first_due", "serious"]

_DAY = 10  # characters of a date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Within how many days a report is due when something came of an incident; ``basis`` is the provision."""

    consequence: str
    days: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A rule on a record: whether it applies, when the report is due (``None``: not known), whether it came late."""

    rule: Rule
    applies: Known
    due: date | None
    late: Known


ARTICLE_73: tuple[Rule, ...] = (
    Rule(consequence="widespread", days=2, basis="Article 73(3)"),
    Rule(consequence="infrastructure", days=2, basis="Article 73(3) with Article 3(49)(b)"),
    Rule(consequence="death", days=10, basis="Article 73(4)"),
    Rule(consequence="health", days=15, basis="Article 73(2)"),
    Rule(consequence="rights", days=15, basis="Article 73(2)"),
    Rule(consequence="property", days=15, basis="Article 73(2)"),
    Rule(consequence="environment", days=15, basis="Article 73(2)"),
)
"""Regulation (EU) 2024/1689, Article 73, for providers of high-risk systems."""
GPAI: tuple[Rule, ...] = (
    Rule(consequence="infrastructure", days=2, basis="Measure 9.3"),
    Rule(consequence="cybersecurity", days=5, basis="Measure 9.3"),
    Rule(consequence="death", days=10, basis="Measure 9.3"),
    Rule(consequence="health", days=15, basis="Measure 9.3"),
    Rule(consequence="rights", days=15, basis="Measure 9.3"),
    Rule(consequence="property", days=15, basis="Measure 9.3"),
    Rule(consequence="environment", days=15, basis="Measure 9.3"),
)
"""Code of Practice for general-purpose AI, Safety and Security chapter (10 July 2025), first reports."""


def deadlines(
    rules: Iterable[Rule], consequences: Mapping[str, Known], *, aware: str, submitted: str
) -> tuple[Deadline, ...]:
    """Every rule with whether it applies and when its report is due; ``aware`` and ``submitted`` are ISO or empty."""
    return tuple(_deadline(rule, consequences.get(rule.consequence, Known.UNKNOWN), aware, submitted) for rule in rules)


def first_due(found: Iterable[Deadline], applies: Known) -> date | None:
    """The earliest day among the rules that apply, or may apply; ``None`` where there is none or none is known."""
    return min((one.due for one in found if one.applies is applies and one.due is not None), default=None)


def serious(rules: Iterable[Rule], consequences: Mapping[str, Known]) -> Known:
    """Whether anything came of it that has to be reported: yes if one is, no only if none is."""
    found = {consequences.get(rule.consequence, Known.UNKNOWN) for rule in rules}
    return Known.YES if Known.YES in found else Known.UNKNOWN if Known.UNKNOWN in found else Known.NO


def day_of(moment: str) -> date | None:
    """The day of an ISO date or moment; ``None`` where it is not known to the day or does not exist."""
    if len(moment) < _DAY:
        return None
    try:
        return date.fromisoformat(moment[:_DAY])
    except ValueError:
        return None


def _deadline(rule: Rule, applies: Known, aware: str, submitted: str) -> Deadline:
    """One rule on one record."""
    known, handed_in = day_of(aware), day_of(submitted)
    due = _after(known, rule.days) if known is not None and applies is not Known.NO else None
    late = Known.UNKNOWN
    if applies is Known.NO:
        late = Known.NO
    elif due is not None and handed_in is not None:
        late = Known.YES if handed_in > due else Known.NO
    return Deadline(rule=rule, applies=applies, due=due, late=late)


def _after(day: date, days: int) -> date | None:
    """So many days later; ``None`` beyond the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None
