"""The ways to be rid of an error in the document: what is wrong with an item is mended by doing something about it."""

from __future__ import annotations

from remit.assurance.release.deeds import Deed, Kind
from remit.assurance.release.needs import Needs, Way
from remit.finding import Finding

__all__ = ["ways_to_mend"]

_FILES = {
    "REMIT-A052": Kind.CHARTER,
    "REMIT-A053": Kind.CHARTER,
    "REMIT-A054": Kind.CHARTER,
    "REMIT-A055": Kind.ENVELOPE,
}
_CYCLE, _TWICE, _INCIDENT = "REMIT-A041", "REMIT-A073", "REMIT-A090"
_OF_THE_ENTRY = frozenset({"REMIT-A034", "REMIT-A035", "REMIT-A037"})  # nothing done about the item itself helps


def ways_to_mend(finding: Finding, needs: Needs) -> list[Way]:
    """The ways to be rid of an error, each enough by itself."""
    if finding.code in _FILES:
        return [_one(_FILES[finding.code])]
    fault = f"{finding.code} at {finding.where}: {finding.message}"
    mend = frozenset({Deed(kind=Kind.MEND, item=str(finding.where), note=fault)})
    if finding.code == _CYCLE:
        return [mend, *_loops(finding, needs)]
    if finding.code in _OF_THE_ENTRY:
        return [mend]
    return _about_evidence(finding, needs, mend) or _about_doubts(finding, needs) or [mend]


def _about_evidence(finding: Finding, needs: Needs, mend: Way) -> list[Way]:
    """An error about evidence goes with a new record; that one record stands for two groups, also with a new group."""
    held = needs.assessment.case.evidence
    item = next((item for item in held.values() if item.where == finding.where), None)
    if item is None:
        return []
    if finding.code != _TWICE:
        return [_one(Kind.RENEW, item.id)]
    return [mend, *(_one(Kind.RENEW, other.id) for other in held.values() if other.sha256 == item.sha256)]


def _about_doubts(finding: Finding, needs: Needs) -> list[Way]:
    """An error about a doubt or an incident goes when that is settled, by an old answer too: its age is no error."""
    case = needs.assessment.case
    places = {name: item.where for name, item in case.defeaters.items()}
    places.update({name: item.where for name, item in case.incidents.items()})
    for name, where in places.items():
        if where == finding.where:
            return [_one(Kind.FIND, name)] if finding.code == _INCIDENT else needs.settle(name, fresh=False)
    return []


def _loops(finding: Finding, needs: Needs) -> list[Way]:
    """The doubts and incidents of which another settlement opens a cycle."""
    case = needs.assessment.case
    parts = (case.claims, case.arguments, case.evidence, case.defeaters, case.incidents)
    places = {name: item.where for items in parts for name, item in items.items()}
    loop = next((loop for loop in needs.graph.cycles if places[loop[0]] == finding.where), ())
    settled = [_one(Kind.SETTLE, name) for name in loop if name in case.defeaters]
    return settled + [_one(Kind.CLOSE, name) for name in loop if name in case.incidents]


def _one(kind: Kind, item: str = "") -> Way:
    """One deed as a way."""
    return frozenset({Deed(kind=kind, item=item)})
