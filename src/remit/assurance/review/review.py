"""The review after release: what happened since the last one, put together from records and from nothing else.

It judges no release. It says HOLD where the review is late, where nobody set a date for it, or where an indicator fails
or cannot be told; everything else it lists, with the record each line stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from remit.assurance.case import Case, Defeater, DefeaterStatus, IncidentLink
from remit.assurance.counting import Counted
from remit.assurance.frameworks.frameworks import FrameworkVersion, read_frameworks
from remit.assurance.record import Record
from remit.assurance.release.verdict import Reason
from remit.assurance.review.indicators import IndicatorState, indicator_reasons, stand_indicators
from remit.assurance.weighing.assessment import Assessment, Observed

__all__ = ["REVIEWER", "Aged", "Dated", "Doubt", "Ending", "ReviewPack", "Undercutting", "last_review", "pack"]

USUAL = timedelta(days=90)
"""How far ahead the next review is taken to be where the case names no later date."""
REVIEWER = "remit case review"
"""The tool that writes the record of a review; other records of that kind are what somebody found about one claim."""
_DRILLS = frozenset({"interruption_drill"})
_MOST_DRILLS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A record and where it was found: a file, or a file as some commit had it."""

    source: str
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A doubt nobody has answered; ``since`` is when it was first written down, ``None`` where nobody can tell."""

    defeater: Defeater
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undercutting:
    """An incident and the claims it undercuts; ``is_new``: it happened since the last review, or nobody knows when."""

    link: IncidentLink
    at: datetime | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Something that holds no longer by the next review: evidence that goes stale, a residual somebody took on."""

    id: str
    what: str
    at: datetime | date


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """A version of a framework the case is mapped to, and why it may not be the current one; empty where it is."""

    version: FrameworkVersion
    doubt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPack:
    """Everything a review looks at, as of a moment; ``reasons`` are why it is on HOLD, empty where it is not.

    ``since`` is the last review (``None``: there was none, so everything is listed); ``next_by`` the day until which
    things are looked ahead.
    """

    case: Case
    as_of: datetime
    since: datetime | None
    next_by: date
    indicators: tuple[IndicatorState, ...]
    counted: Counted
    drills: tuple[Dated, ...]
    incidents: tuple[Undercutting, ...]
    doubts: tuple[Doubt, ...]
    endings: tuple[Ending, ...]
    frameworks: tuple[Aged, ...]
    reasons: tuple[Reason, ...]


def pack(
    assessment: Assessment,
    observed: Mapping[str, Observed],
    counted: Counted,
    *,
    since: datetime | None = None,
    history: Iterable[Dated] = (),
    first_seen: Mapping[str, datetime] | None = None,
) -> ReviewPack:
    """Put the pack of a case together.

    ``history`` are earlier records (of drills, from the history of the repository); ``first_seen`` says when an id
    was first written into the case.
    """
    case, as_of = assessment.case, assessment.as_of
    begun = since if since is not None else last_review(assessment, observed)
    later = case.review_by is not None and case.review_by > as_of.date()
    next_by = case.review_by if later and case.review_by is not None else as_of.date() + USUAL
    states = stand_indicators(case, counted)
    return ReviewPack(
        case=case,
        as_of=as_of,
        since=begun,
        next_by=next_by,
        indicators=states,
        counted=counted,
        drills=_drills(case, observed, history, as_of),
        incidents=_incidents(case, observed, begun),
        doubts=_doubts(case, first_seen or {}, as_of.date()),
        endings=_endings(assessment, next_by),
        frameworks=_frameworks(case, as_of.date()),
        reasons=(*_late(case, as_of.date()), *_untold(case, states, counted)),
    )


def last_review(assessment: Assessment, observed: Mapping[str, Observed]) -> datetime | None:
    """When the case was last reviewed: the latest record of ``remit case review`` that counts, whatever it says."""
    found = [
        item.produced_at
        for item in assessment.case.evidence.values()
        if item.tool == REVIEWER
        and item.kind == "review"
        and assessment.nodes[item.id].counts
        and _record(observed, item.id) is not None
        and item.produced_at <= assessment.as_of
    ]
    return max(found, default=None)


def _record(observed: Mapping[str, Observed], name: str) -> Record | None:
    """The record behind an id, ``None`` where it could not be read."""
    seen = observed.get(name)
    return seen.record if seen is not None else None


def _late(case: Case, today: date) -> tuple[Reason, ...]:
    """Whether the review is late; a case without a date is never known to be in time."""
    if case.review_by is None:
        return (Reason(claim="case", why="no date is set for a review: `case.review_by`"),)
    if case.review_by < today:
        days = (today - case.review_by).days
        return (Reason(claim="case", why=f"a review was due on {case.review_by.isoformat()}, {days} days ago"),)
    return ()


def _untold(case: Case, states: tuple[IndicatorState, ...], counted: Counted) -> tuple[Reason, ...]:
    """What the running system says against it, and what nobody can tell about it."""
    if not case.indicators:
        return (Reason(claim="case", why="the case names no indicator: nobody would notice that a control fails"),)
    problems = tuple(Reason(claim="case", why=problem) for problem in counted.problems)
    return (*problems, *indicator_reasons(case, states))


def _drills(
    case: Case, observed: Mapping[str, Observed], history: Iterable[Dated], as_of: datetime
) -> tuple[Dated, ...]:
    """Every drill on record, oldest first, each once."""
    current = (
        Dated(source=item.file, record=record)
        for item in case.evidence.values()
        if (record := _record(observed, item.id)) is not None
    )
    found: dict[tuple[object, ...], Dated] = {}
    for dated in (*current, *history):
        record = dated.record
        if record.kind in _DRILLS and record.produced_at <= as_of:
            found.setdefault((record.produced_at, record.run, record.n, record.k, record.result), dated)
    ordered = sorted(found.values(), key=lambda dated: (dated.record.produced_at, dated.source))
    return tuple(ordered[-_MOST_DRILLS:])


def _incidents(case: Case, observed: Mapping[str, Observed], since: datetime | None) -> tuple[Undercutting, ...]:
    """Every incident of the case, and whether it is new."""
    found = []
    for link in case.incidents.values():
        seen = observed.get(link.id)
        at = seen.moment if seen is not None else None
        found.append(Undercutting(link=link, at=at, is_new=since is None or at is None or at >= since))
    return tuple(found)


def _doubts(case: Case, first_seen: Mapping[str, datetime], today: date) -> tuple[Doubt, ...]:
    """Open doubts, and those somebody took on for a time that is over; the oldest first, of unknown age before all."""
    waiting = [
        Doubt(defeater=doubt, since=first_seen.get(doubt.id))
        for doubt in case.defeaters.values()
        if doubt.status is DefeaterStatus.OPEN
        or (doubt.status is DefeaterStatus.ACCEPTED_RESIDUAL and (doubt.expires is None or doubt.expires < today))
    ]
    known = sorted((doubt for doubt in waiting if doubt.since), key=lambda doubt: str(doubt.since))
    return (*(doubt for doubt in waiting if doubt.since is None), *known)


def _endings(assessment: Assessment, until: date) -> tuple[Ending, ...]:
    """What ends before the next review: fresh evidence that goes stale, residuals whose date passes."""
    case, today = assessment.case, assessment.as_of.date()
    found = [
        Ending(id=item.id, what=f"evidence for {', '.join(item.supports) or 'nothing'} goes stale", at=expires)
        for item in case.evidence.values()
        if (expires := assessment.nodes[item.id].expires) is not None
        and assessment.as_of <= expires
        and expires.date() <= until
    ]
    found += [
        Ending(id=doubt.id, what=f"what {doubt.accepted_by or 'nobody'} took on ends", at=doubt.expires)
        for doubt in case.defeaters.values()
        if doubt.status is DefeaterStatus.ACCEPTED_RESIDUAL
        and doubt.expires is not None
        and today <= doubt.expires <= until
    ]
    return tuple(sorted(found, key=lambda ending: (ending.at.isoformat(), ending.id)))


def _frameworks(case: Case, today: date) -> tuple[Aged, ...]:
    """The versions of the frameworks the case is mapped to, and how long ago somebody saw them to be current."""
    named = {mapping.to.rpartition(":")[0] for mapping in case.mappings}
    found = []
    for version in read_frameworks().versions:
        if version.framework not in named:
            continue
        ago = today - version.last_seen
        doubt = f"superseded by {version.superseded_by}" if version.superseded_by else ""
        if not doubt and ago > version.review:
            doubt = f"last seen to be current {ago.days} days ago"
        found.append(Aged(version=version, doubt=doubt))
    return tuple(found)
