"""From the checked form of a record to the incident."""

from __future__ import annotations

from collections.abc import Mapping

from remit.assurance.incidents import schema as form
from remit.assurance.incidents.incident import (
    Awareness,
    Cause,
    Claimed,
    Disagreement,
    Incident,
    Observed,
    Pointed,
    Source,
    System,
    Times,
)
from remit.assurance.resistance import Act, Known
from remit.finding import Where

__all__ = ["ACTS", "FACTS", "build_incident"]

ACTS: Mapping[str, Act] = {
    "stops": Act.STOPPED,
    "finishes": Act.FINISHED,
    "goes-on": Act.WENT_ON,
    "new-act": Act.OVERREACHED,
    "control-object": Act.TOUCHED_CONTROL,
    "unknown": Act.UNKNOWN,
}
"""The words for an act (T3) in a record."""
FACTS: tuple[str, ...] = (
    "signal", "in_view", "counterfactual", "repeat", "candour", "interferes", "said_so", "ambiguous", "instructed",
)  # fmt: skip
"""The names of the facts a record states, all but the act."""
GAINED: tuple[str, ...] = ("power", "access", "continuity", "concealment", "goal_content")


def build_incident(part: form.Document, *, path: str, places: Mapping[str, Where]) -> Incident:
    """The incident of a checked document."""
    return Incident(
        file=path,
        id=part.id,
        title=part.title,
        date=part.date.value,
        precision=part.date.precision,
        summary=part.summary,
        system=System(**part.system.model_dump()),
        times=Times(**{name: value or "" for name, value in part.times.model_dump().items()}),
        sources={name: _source(name, item) for name, item in part.sources.items()},
        observed={
            name: Observed(id=name, text=item.text, sources=tuple(item.sources), entries=tuple(item.entries))
            for name, item in part.observed.items()
        },
        claimed={
            name: Claimed(id=name, by=item.by, text=item.text, sources=tuple(item.sources), grade=item.grade)
            for name, item in part.claimed.items()
        },
        primary=part.behaviour.primary,
        secondary=tuple(part.behaviour.secondary),
        outcome=part.outcome,
        contained_by=part.contained_by,
        setting=part.setting,
        overreach=part.overreach,
        deception=part.deception,
        severity=part.severity or "",
        evidence_grade=part.evidence_grade,
        awareness=Awareness(
            known=part.awareness.known, shows=tuple(part.awareness.shows), because=part.awareness.because
        ),
        gained={name: _pointed(getattr(part.gained, name)) for name in GAINED},
        consequences={name: Known(value) for name, value in part.consequences.model_dump().items()},
        causes=tuple(_cause(item) for item in part.causes),
        act=ACTS[part.facts.act.kind],
        act_shows=tuple(part.facts.act.shows),
        act_because=part.facts.act.because,
        control_object=part.facts.act.object or "",
        facts={name: _pointed(getattr(part.facts, name)) for name in FACTS},
        remedies=tuple(part.remedies),
        undercuts=tuple(part.undercuts),
        disagreement=tuple(
            Disagreement(about=item.about, between=tuple(item.between), text=item.text, settled_by=item.settled_by)
            for item in part.disagreement
        ),
        places=places,
    )


def _source(name: str, part: form.SourcePart) -> Source:
    """A source."""
    return Source(
        id=name, title=part.title, kind=part.kind, url=part.url, retrieved=part.retrieved or "", status=part.status
    )


def _cause(part: form.CausePart) -> Cause:
    """A cause."""
    return Cause(
        cause=part.cause,
        weight=float(part.weight),
        supporting=tuple(part.supporting),
        opposing=tuple(part.opposing),
        test=part.test,
    )


def _pointed(part: form.FactPart) -> Pointed:
    """A fact."""
    return Pointed(known=Known(part.known), shows=tuple(part.shows), because=part.because)
