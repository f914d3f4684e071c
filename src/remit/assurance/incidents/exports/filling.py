"""What a record answers to the questions forms have in common; what it does not know is ``unknown``."""

from __future__ import annotations

from collections.abc import Iterable

from remit.assurance.incidents.deriving import Derivation
from remit.assurance.incidents.gravity import MEANINGS
from remit.assurance.incidents.incident import Incident
from remit.drive import title_of
from remit.incentives.legible import visible

__all__ = ["UNKNOWN", "account", "causes", "consequences", "entities", "said", "severity", "sources", "what_happened"]

UNKNOWN = "unknown"


def said(text: str) -> str:
    """A text with marks that move a cursor spelled out; ``unknown`` where there is none."""
    return visible(text).strip() or UNKNOWN


def what_happened(incident: Incident) -> str:
    """The summary, else the title."""
    return said(incident.summary or incident.title)


def account(incident: Incident) -> list[str]:
    """What records show, then what is claimed and by whom."""
    shown = [f"{one.id} (observed): {one.text}" for one in incident.observed.values()]
    told = [f"{one.id} (claimed by {one.by}, grade {one.grade}): {one.text}" for one in incident.claimed.values()]
    return [said(line) for line in (*shown, *told)] or [UNKNOWN]


def causes(incident: Incident) -> list[str]:
    """The causes with their weights, heaviest first."""
    return [f"{one.cause} (weight {one.weight:g})" for one in incident.causes] or [UNKNOWN]


def consequences(incident: Incident) -> list[str]:
    """What came of it: each with yes, no or unknown."""
    return [f"{name}: {known}" for name, known in incident.consequences.items()]


def entities(incident: Incident) -> str:
    """The system, its version and its model."""
    system = incident.system
    name = " ".join(part for part in (system.name, system.version) if part)
    return said(f"{name} ({system.model})" if name and system.model else name or system.model)


def severity(derived: Derivation) -> str:
    """The severity with what it means."""
    return f"{derived.severity}: {MEANINGS[derived.severity]}"


def sources(incident: Incident) -> list[str]:
    """The sources, each with its address and whether somebody read it."""
    lines = (
        f"{one.id}: {one.title}" + (f", {one.url}" if one.url else "") + f" ({one.kind}, {one.status})"
        for one in incident.sources.values()
    )
    return [said(line) for line in lines]


def behaviours(incident: Incident) -> Iterable[tuple[str, str]]:
    """The behaviours, primary first, with their titles."""
    return tuple((one, title_of(one)) for one in dict.fromkeys((incident.primary, *incident.secondary)))
