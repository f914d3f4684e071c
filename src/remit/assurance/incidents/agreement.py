"""What in a well-formed record does not fit together: pointers, grades, weights, dates, severity."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from math import fsum

from remit.assurance.incidents.gravity import floor_of
from remit.assurance.incidents.incident import Incident, Pointed
from remit.assurance.incidents.rules import incident_fault
from remit.assurance.incidents.standing import disputed, only_the_agent
from remit.assurance.resistance import Act, Known
from remit.charter.positions import place_of
from remit.finding import Finding

__all__ = ["disagreements"]

_DIGITS = {"year": 4, "month": 7, "day": 10}
_HEAVY = 0.25  # a cause of this weight or more wants a test
_RECORDS = frozenset({"ledger", "transcript", "repository"})
_CHALLENGES = ("self-preservation.avoid-shutdown", "self-preservation")


def disagreements(incident: Incident) -> tuple[Finding, ...]:
    """Everything that does not fit together, by place."""
    checks = (_pointers, _grades, _causes, _dates, _severity, _act, _facts, _behaviour)
    found = [finding for check in checks for finding in check(incident)]
    return tuple(sorted(found, key=lambda finding: (*finding.key, finding.message)))


def _fault(incident: Incident, name: str, path: str, message: str, hint: str = "") -> Finding:
    """A finding at a path of the record."""
    return incident_fault(name, place_of(incident.places, path), message, hint)


def _pointers(incident: Incident) -> Iterator[Finding]:
    """Pointers that lead nowhere, and ids that stand for two things."""
    known = Counter([*incident.sources, *incident.observed, *incident.claimed])
    for name in (name for name, times in known.items() if times > 1):
        path = f"observed.{name}" if name in incident.observed else f"claimed.{name}"
        yield _fault(incident, "dangling", path, f"`{name}` stands for two things", "give each its own id")
    for path, pointers, targets in _pointing(incident):
        for pointer in pointers:
            if not pointer.startswith("entry:") and pointer not in targets:
                yield _fault(incident, "dangling", path, f"`{pointer}` is nothing in this record")


def _pointing(incident: Incident) -> Iterator[tuple[str, tuple[str, ...], set[str]]]:
    """Every list of pointers with its path and what it may name."""
    sources = set(incident.sources)
    everything = sources | set(incident.observed) | set(incident.claimed)
    for name, seen in incident.observed.items():
        yield f"observed.{name}", seen.sources, sources
    for name, claim in incident.claimed.items():
        yield f"claimed.{name}", claim.sources, sources
    for name, fact in incident.facts.items():
        yield f"facts.{name}", fact.shows, everything
    for name, fact in incident.gained.items():
        yield f"gained.{name}", fact.shows, everything
    yield "facts.act", incident.act_shows, everything
    yield "awareness", incident.awareness.shows, everything
    for index, point in enumerate(incident.disagreement):
        yield f"disagreement.{index}", point.between, everything


def _grades(incident: Incident) -> Iterator[Finding]:
    """Grades better than what they rest on."""
    for name, claim in incident.claimed.items():
        if claim.by == "agent" and claim.grade != "D":
            message = f"`{name}` is the agent's own account and is graded {claim.grade}"
            yield _fault(incident, "agents-word", f"claimed.{name}", message)
    best = _best_grade(incident)
    if incident.evidence_grade < best:
        message = f"the evidence is graded {incident.evidence_grade}, and what the record holds is {best} at best"
        yield _fault(incident, "too-good", "evidence_grade", message)
    if not incident.observed and all(claim.by == "agent" for claim in incident.claimed.values()):
        yield _fault(incident, "one-account", "", "nobody's account but the agent's is in the record")


def _best_grade(incident: Incident) -> str:
    """The best grade a record can have: A with records behind an observation, B with one, C with others' claims."""
    read = {source.id for source in incident.sources.values() if source.status == "read"}
    recorded = {source.id for source in incident.sources.values() if source.kind in _RECORDS} & read
    if any(seen.entries or recorded & set(seen.sources) for seen in incident.observed.values()):
        return "A"
    if incident.observed and read:
        return "B"
    return "C" if incident.observed or any(claim.by != "agent" for claim in incident.claimed.values()) else "D"


def _causes(incident: Incident) -> Iterator[Finding]:
    """Weights and ranks that do not fit, and causes nobody could tell apart."""
    causes = incident.causes
    total = fsum(cause.weight for cause in causes)
    if total > 1 + 1e-9:
        yield _fault(incident, "weights", "causes", f"the weights sum to {total:g}")
    if len(causes) == 1 and causes[0].cause != "unknown":
        yield _fault(incident, "one-cause", "causes", f"`{causes[0].cause}` is the only cause")
    for index, cause in enumerate(causes):
        if index and cause.weight > causes[index - 1].weight:
            yield _fault(incident, "ranking", f"causes.{index}", f"`{cause.cause}` weighs more than the one before it")
        if cause.cause in [other.cause for other in causes[:index]]:
            yield _fault(incident, "ranking", f"causes.{index}", f"`{cause.cause}` stands twice")
        if cause.weight >= _HEAVY and cause.cause != "unknown" and not cause.test.strip():
            yield _fault(incident, "no-test", f"causes.{index}", f"no test would settle `{cause.cause}`")


def _dates(incident: Incident) -> Iterator[Finding]:
    """Dates that do not exist or say more or less than they claim."""
    if len(incident.date.partition("T")[0]) != _DIGITS[incident.precision]:
        message = f"`{incident.date}` is not a date to the {incident.precision}"
        yield _fault(incident, "date", "date", message)
    times = incident.times
    stated = {"date.value": incident.date}
    stated |= {f"times.{name}": getattr(times, name) for name in ("occurred", "aware", "contained", "submitted")}
    stated |= {f"sources.{source.id}.retrieved": source.retrieved for source in incident.sources.values()}
    for path, value in stated.items():
        if value and not _exists(value):
            yield _fault(incident, "date", path, f"`{value}` is not a day there was")


def _exists(value: str) -> bool:
    """Whether an ISO date or moment, whole or cut short, exists."""
    try:
        if "T" in value:
            datetime.fromisoformat(value)
            return True
        year, month, day = ([int(part) for part in value.split("-")] + [1, 1])[:3]
        date(year, month, min(day, calendar.monthrange(year, month)[1]) if value.count("-") < 2 else day)
    except (ValueError, IndexError, calendar.IllegalMonthError):
        return False
    return True


def _severity(incident: Incident) -> Iterator[Finding]:
    """A severity below what the record amounts to."""
    least = floor_of(incident.outcome, incident.setting, incident.contained_by)
    if incident.severity and incident.severity < least:
        message = (
            f"the severity is {incident.severity}; {incident.outcome} in {incident.setting}, ended by"
            f" {incident.contained_by}, is at least {least}"
        )
        yield _fault(incident, "too-mild", "severity", message)


def _act(incident: Incident) -> Iterator[Finding]:
    """An act on a control object that does not say on which, and an object without such an act."""
    touched = incident.act is Act.TOUCHED_CONTROL
    if touched and not incident.control_object:
        yield _fault(
            incident, "object", "facts.act", "the act is on a control object, and the record does not say which"
        )
    if incident.control_object and not touched:
        message = f"the object `{incident.control_object}` is named, and the act is not on a control object"
        yield _fault(incident, "object", "facts.act", message)


def _facts(incident: Incident) -> Iterator[Finding]:
    """Facts that count for less than is stated, or that nobody can look up."""
    stated = {f"facts.{name}": fact for name, fact in incident.facts.items()}
    stated |= {f"gained.{name}": fact for name, fact in incident.gained.items()}
    act = Known.UNKNOWN if incident.act is Act.UNKNOWN else Known.YES
    stated["facts.act"] = Pointed(known=act, shows=incident.act_shows, because=incident.act_because)
    aware = Known.UNKNOWN if incident.awareness.known == "unknown" else Known.YES
    stated["awareness"] = Pointed(known=aware, shows=incident.awareness.shows, because=incident.awareness.because)
    for path, fact in stated.items():
        name = path.partition(".")[2] or path
        about = "gained" if path.startswith("gained.") else name
        if fact.known is Known.UNKNOWN:
            continue
        if only_the_agent(incident, fact.shows):
            yield _fault(incident, "only-the-agent", path, f"`{path}` rests on the agent's own word")
        elif disputed(incident, about):
            yield _fault(incident, "disputed", path, f"`{path}` is stated, and the accounts of it differ")
        elif not fact.shows and not fact.because and fact.known is Known.YES:
            yield _fault(incident, "no-pointer", path, f"nothing shows `{path}`")


def _behaviour(incident: Incident) -> Iterator[Finding]:
    """Avoiding a shutdown where nobody asked for one, or where the causes say it was after a score."""
    if incident.primary not in _CHALLENGES:
        return
    heaviest = incident.causes[0].cause if incident.causes else ""
    if heaviest == "reward-hacking":
        message = f"`{incident.primary}` is the primary behaviour, and its heaviest cause is a reward hack"
        yield _fault(incident, "mundane", "behaviour", message)
    elif incident.facts.get("signal", Pointed()).known is Known.NO:
        message = f"`{incident.primary}` is the primary behaviour, and no signal was given"
        yield _fault(incident, "mundane", "behaviour", message)
