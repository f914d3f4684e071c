"""What a stated fact counts for: disputed ones, and those that rest on the agent's own word, count as unknown."""

from __future__ import annotations

from collections.abc import Iterable

from remit.assurance.incidents.incident import Incident, Pointed
from remit.assurance.resistance import Known

__all__ = ["disputed", "known_of", "only_the_agent"]


def known_of(incident: Incident, name: str) -> Known:
    """What counts of a fact (``signal``), or of something gained (``gained.power``)."""
    stated = stated_of(incident, name)
    about = "gained" if name.startswith("gained.") else name
    if disputed(incident, about) or only_the_agent(incident, stated.shows):
        return Known.UNKNOWN
    return stated.known


def stated_of(incident: Incident, name: str) -> Pointed:
    """What the record states of a fact or of something gained; unknown where it says nothing."""
    if name.startswith("gained."):
        return incident.gained.get(name.removeprefix("gained."), Pointed())
    return incident.facts.get(name, Pointed())


def disputed(incident: Incident, about: str) -> bool:
    """Whether accounts differ on something and no record settled it."""
    return any(point.about == about and not point.settled_by.strip() for point in incident.disagreement)


def only_the_agent(incident: Incident, shows: Iterable[str]) -> bool:
    """Whether pointers lead to the agent's own account and to nothing else."""
    pointers = tuple(shows)
    own = {claim.id for claim in incident.claimed.values() if claim.by == "agent"}
    return bool(pointers) and own.issuperset(pointers)
