"""What a case has to say to each row of a framework: a view with denominators, never a verdict.

A row is as good as the worst claim that is mapped to it, and a claim speaks to a row only through evidence that counts
and is of a kind that bears on the row. Take the evidence away and the view changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from remit.assurance.case import Mapped, Relation
from remit.assurance.frameworks.frameworks import (
    FrameworkData,
    FrameworkRow,
    FrameworkVersion,
    kinds_for,
    read_frameworks,
)
from remit.assurance.rules import case_fault
from remit.assurance.weighing.assessment import Assessment, Freshness, Health
from remit.finding import Finding

__all__ = ["DATA_REVIEW", "Coverage", "FrameworkView", "RowState", "RowView", "coverage"]

DATA_REVIEW = timedelta(days=180)
"""How old the shipped rows may be before the view says so."""


class RowState(StrEnum):
    """What the case has to say to a row, best first; the last two are outside of every denominator."""

    SUPPORTED = "supported and fresh"
    PARTIAL = "partial support"
    STALE = "stale"
    INFORMED = "informed only"
    WANTING = "mapped, unsupported"
    UNMAPPED = "unmapped"
    OUTSIDE = "no evidence of ours bears on it"
    NOTE = "a remark"


_BEST_FIRST = tuple(RowState)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row with what the case has to say to it, the claims that are mapped to it, and why it is no better."""

    row: FrameworkRow
    state: RowState
    claims: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkView:
    """One version of a framework: its rows, how many of them are what, and how old the version is in days."""

    version: FrameworkVersion
    age_days: int
    rows: tuple[RowView, ...]
    counts: Mapping[RowState, int]

    @property
    def relevant(self) -> int:
        """The denominator: rows that some evidence of ours could bear on."""
        return len(self.rows) - self.counts[RowState.OUTSIDE] - self.counts[RowState.NOTE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All frameworks as of a moment, and what is wrong with the mappings or too old to go by."""

    as_of: datetime
    data_age_days: int
    frameworks: tuple[FrameworkView, ...]
    findings: tuple[Finding, ...]


def coverage(
    assessment: Assessment,
    *,
    data: FrameworkData | None = None,
    as_of: datetime | None = None,
    framework: str | None = None,
) -> Coverage:
    """What an assessed case has to say to every row of every framework, or of the one that is named.

    ``as_of`` is the moment of the assessment unless given. Raises ``KeyError`` for a framework nobody knows.
    """
    data = data or read_frameworks()
    moment = as_of or assessment.as_of
    versions = [version for version in data.versions if framework in (None, version.framework)]
    if not versions:
        raise KeyError(framework)
    mapped = _by_row(assessment.case.mappings)
    views = tuple(_view(version, data, assessment, mapped, moment) for version in versions)
    findings = [*_unknown_rows(assessment, data), *_aged(views, assessment), *_data_aged(data, assessment, moment)]
    return Coverage(
        as_of=moment,
        data_age_days=(moment.date() - data.as_of).days,
        frameworks=views,
        findings=tuple(sorted(findings)),
    )


def _by_row(mappings: Iterable[Mapped]) -> Mapping[str, tuple[Mapped, ...]]:
    """Mappings by the row they name."""
    found: dict[str, tuple[Mapped, ...]] = {}
    for mapping in mappings:
        found[mapping.to] = (*found.get(mapping.to, ()), mapping)
    return found


def _view(
    version: FrameworkVersion,
    data: FrameworkData,
    assessment: Assessment,
    mapped: Mapping[str, tuple[Mapped, ...]],
    moment: datetime,
) -> FrameworkView:
    """One framework."""
    chosen = [row for row in data.rows if (row.framework, row.version) == (version.framework, version.version)]
    views = tuple(_row_view(row, assessment, mapped.get(row.name, ())) for row in chosen)
    counts = Counter(view.state for view in views)
    return FrameworkView(
        version=version,
        age_days=(moment.date() - version.dated).days,
        rows=views,
        counts=MappingProxyType({state: counts[state] for state in RowState}),
    )


def _row_view(row: FrameworkRow, assessment: Assessment, mapped: tuple[Mapped, ...]) -> RowView:
    """One row: the worst of what its claims have to say; claims that only inform speak when no other does."""
    if row.note:
        return RowView(row=row, state=RowState.NOTE)
    claims = tuple(dict.fromkeys(mapping.claim for mapping in mapped))
    if not kinds_for(row):
        return RowView(
            row=row, state=RowState.OUTSIDE, claims=claims, because="nothing here makes evidence of this kind"
        )
    if not mapped:
        return RowView(row=row, state=RowState.UNMAPPED, because="no claim is mapped to it")
    speaking = [mapping for mapping in mapped if mapping.relation is not Relation.INFORMS]
    states = [_state(row, mapping, assessment) for mapping in speaking or mapped]
    state, because = max(states, key=lambda pair: _BEST_FIRST.index(pair[0]))
    return RowView(row=row, state=state, claims=claims, because=because)


def _state(row: FrameworkRow, mapping: Mapped, assessment: Assessment) -> tuple[RowState, str]:
    """What one claim has to say to a row, and why it is no more."""
    name = mapping.claim
    node = assessment.nodes.get(name)
    if node is None or name not in assessment.case.claims:
        return RowState.WANTING, f"there is no claim `{name}`"
    if node.health.rank > Health.PARTIAL.rank:
        return RowState.WANTING, f"`{name}` is {node.health.value}"
    if not _kinds_below(name, assessment) & kinds_for(row):
        return RowState.WANTING, f"nothing `{name}` rests on is of a kind that bears on it"
    if mapping.relation is Relation.INFORMS:
        return RowState.INFORMED, f"`{name}` informs it and is not put forward for more"
    if node.freshness is not Freshness.FRESH:
        return RowState.STALE, f"what `{name}` rests on is {node.freshness.value}"
    if node.health is Health.PARTIAL:
        return RowState.PARTIAL, f"`{name}` is partial"
    if mapping.relation is Relation.PARTIALLY_SUPPORTS:
        return RowState.PARTIAL, f"`{name}` is put forward for a part of it"
    return RowState.SUPPORTED, ""


def _kinds_below(claim: str, assessment: Assessment) -> frozenset[str]:
    """The kinds of evidence that counts, anywhere below a claim."""
    seen: set[str] = set()
    waiting = [claim]
    while waiting:
        name = waiting.pop()
        node = assessment.nodes.get(name)
        if name in seen or node is None:
            continue
        seen.add(name)
        waiting.extend(node.below)
    evidence = assessment.case.evidence
    return frozenset(evidence[name].kind for name in seen & evidence.keys() if assessment.nodes[name].counts)


def _unknown_rows(assessment: Assessment, data: FrameworkData) -> Iterator[Finding]:
    """Mappings to rows nobody knows."""
    known = {row.name for row in data.rows}
    for mapping in assessment.case.mappings:
        if mapping.to not in known:
            message = f"`{mapping.claim}` is mapped to `{mapping.to}`, and there is no such row"
            yield case_fault("unknown-row", mapping.where, message)


def _aged(views: tuple[FrameworkView, ...], assessment: Assessment) -> Iterator[Finding]:
    """Versions something took the place of, and versions nobody has confirmed for too long."""
    places = {mapping.to.partition(":")[0]: mapping.where for mapping in reversed(assessment.case.mappings)}
    for view in views:
        version = view.version
        name = f"`{version.framework}` {version.version}"
        where = places.get(version.framework, assessment.case.where)
        unseen = view.age_days - (version.last_seen - version.dated).days
        if version.superseded_by and _matters(view, views):
            yield case_fault("framework-superseded", where, f"{name} was superseded by {version.superseded_by}")
        elif not version.superseded_by and unseen > version.review.days:
            message = f"{name} was last seen to be current {unseen} days ago, and is due every {version.review.days}"
            yield case_fault("framework-unconfirmed", where, message)


def _matters(view: FrameworkView, views: Iterable[FrameworkView]) -> bool:
    """Whether it matters that a version was superseded: a claim is mapped to it, or there is no newer one to map to."""
    others = [one for one in views if one.version.framework == view.version.framework and one is not view]
    newer = any(not one.version.superseded_by for one in others)
    return not newer or any(row.claims for row in view.rows)


def _data_aged(data: FrameworkData, assessment: Assessment, moment: datetime) -> Iterator[Finding]:
    """The shipped rows themselves are too old to go by."""
    age = (moment.date() - data.as_of).days
    if age > DATA_REVIEW.days:
        message = f"the rows of the frameworks are {age} days old, and are due every {DATA_REVIEW.days}"
        yield case_fault("framework-rows-old", assessment.case.where, message)
