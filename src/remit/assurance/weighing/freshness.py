"""How long evidence stays fresh, and what makes it speak of something else: both axes of age, none of health."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from remit.assurance.case import Case, Claim, Evidence
from remit.assurance.kinds import KINDS
from remit.assurance.record import Record
from remit.assurance.weighing.assessment import Freshness

__all__ = ["end_of", "expiry", "freshness_at", "invalidations"]

LATEST = datetime.max.replace(tzinfo=UTC)


def expiry(evidence: Evidence, claim: Claim | None = None) -> datetime:
    """The last moment at which evidence is fresh, for a claim that may allow it less; an unknown kind never is."""
    kind = KINDS.get(evidence.kind)
    allowed = timedelta(0) if kind is None else kind.ttl
    if claim is not None and claim.ttl is not None:
        allowed = min(allowed, claim.ttl)
    try:
        return evidence.produced_at + allowed
    except OverflowError:
        return LATEST


def freshness_at(until: datetime | None, as_of: datetime) -> Freshness:
    """Fresh up to a moment, stale after it, never where there is none."""
    if until is None:
        return Freshness.NEVER
    return Freshness.FRESH if as_of <= until else Freshness.STALE


def end_of(day: date) -> datetime:
    """The last moment of a day, in UTC: what holds until a date holds all of it."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def invalidations(evidence: Evidence, record: Record, case: Case) -> tuple[tuple[str, str], ...]:
    """Why a record says nothing of what is to be released.

    Of every part its kind depends on it has to say the same; evidence nothing ties to the case speaks of nothing. Each
    is the name of a rule (``wrong-subject``, ``subject-unsaid``) and a message.
    """
    kind = KINDS.get(evidence.kind)
    if kind is None:
        return ()
    if not any(part in case.subject for part in kind.binds):
        parts = " and no ".join(kind.binds[:2])
        message = f"nothing ties `{evidence.id}` to what is released: the subject of the case states no {parts}"
        return (("subject-unsaid", message),)
    found = []
    for part in kind.binds:
        wanted = case.subject.get(part)
        said = record.subject.get(part)
        if wanted is None or said == wanted:
            continue
        if not said:
            found.append(("subject-unsaid", f"`{evidence.id}` does not say of which {part} it speaks"))
        else:
            message = f"`{evidence.id}` speaks of another {part}: `{_short(said)}`, not `{_short(wanted)}`"
            found.append(("wrong-subject", message))
    return tuple(found)


def _short(value: str) -> str:
    """A digest or a name short enough to compare by eye."""
    return value[:19] + "…" if value.startswith("sha256:") else value[:60]
