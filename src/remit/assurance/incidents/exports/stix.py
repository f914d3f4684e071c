"""The incident as a bundle of STIX 2.1 objects (OASIS Standard, 10 June 2021), for tools that exchange threats.

Structure only: an ``incident`` object is a stub in STIX 2.1, so what remit knows of it stands in a property extension.
Ids are UUIDs of version 5, so the same record always gives the same bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from remit.assurance.incidents.deadlines import day_of
from remit.assurance.incidents.deriving import Derivation
from remit.assurance.incidents.encoding import encode_class
from remit.assurance.incidents.exports import filling
from remit.assurance.incidents.incident import Incident

__all__ = ["stix_bundle"]

_SPACE = UUID("9d1a4e1e-5b0f-5f53-9d1e-6f5c6a1b7c31")
_FIXED = "2026-01-01T00:00:00.000Z"  # when the extension was defined
_EPOCH = "1970-01-01T00:00:00.000Z"  # a day that is not known; the extension says so


def stix_bundle(incident: Incident, derived: Derivation) -> Mapping[str, Any]:
    """The bundle: the incident, the behaviours it shows, the accounts of it as notes, and the extension."""
    author = _object("identity", "remit", {"name": "remit", "identity_class": "system"}, _FIXED)
    extension = _object(
        "extension-definition",
        "incident",
        {
            "created_by_ref": author["id"],
            "name": "remit incident",
            "schema": "remit.incident-class/1",
            "version": "1.0.0",
            "extension_types": ["property-extension"],
        },
        _FIXED,
    )
    when = _moment(incident)
    main = _incident(incident, derived, str(extension["id"]), when)
    seen = [_behaviour(one, title) for one, title in filling.behaviours(incident)]
    shows = [_shows(main, one, incident.id, when) for one in seen]
    notes = [_note(number, line, main, incident.id, when) for number, line in enumerate(filling.account(incident))]
    objects = [author, extension, main, *seen, *shows, *notes]
    return {"type": "bundle", "id": f"bundle--{uuid5(_SPACE, f'bundle {incident.id}')}", "objects": objects}


def _object(kind: str, key: str, more: Mapping[str, Any], when: str) -> dict[str, Any]:
    """An object with the head every STIX object has."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid5(_SPACE, f'{kind} {key}')}",
        "created": when,
        "modified": when,
        **more,
    }


def _incident(incident: Incident, derived: Derivation, extension: str, when: str) -> dict[str, Any]:
    """The incident itself."""
    told = encode_class(incident, derived)
    own = {
        "extension_type": "property-extension",
        "date_known_to_the_day": day_of(incident.times.occurred or incident.date) is not None,
        "outcome": incident.outcome,
        "setting": incident.setting,
        "contained_by": incident.contained_by,
        "evidence_grade": incident.evidence_grade,
        "sent": False,
        **{key: told[key] for key in ("class", "instrumental", "severity", "missing")},
    }
    references = [
        {"source_name": filling.said(one.title), **({"url": one.url} if _is_web(one.url) else {})}
        for one in incident.sources.values()
    ]
    more = {
        "name": filling.said(incident.title),
        "description": filling.what_happened(incident),
        "external_references": references,
        "extensions": {extension: own},
    }
    return _object("incident", incident.id, more, when)


def _behaviour(identifier: str, title: str) -> dict[str, Any]:
    """A behaviour as an attack pattern, the same in every bundle."""
    return _object("attack-pattern", identifier, {"name": identifier, "description": title}, _FIXED)


def _shows(main: Mapping[str, Any], other: Mapping[str, Any], key: str, when: str) -> dict[str, Any]:
    """The relation between the incident and a behaviour."""
    more = {"relationship_type": "related-to", "source_ref": main["id"], "target_ref": other["id"]}
    return _object("relationship", f"{key} {other['id']}", more, when)


def _note(number: int, line: str, main: Mapping[str, Any], key: str, when: str) -> dict[str, Any]:
    """One account as a note."""
    return _object("note", f"{key} {number}", {"content": line, "object_refs": [main["id"]]}, when)


def _moment(incident: Incident) -> str:
    """When it happened, as STIX writes moments; the start of the day."""
    day = day_of(incident.times.occurred or incident.date)
    return _EPOCH if day is None else f"{day.isoformat()}T00:00:00.000Z"


def _is_web(url: str) -> bool:
    """Whether an address is one of the web and nothing else: no script, no file."""
    try:
        return urlsplit(url).scheme in ("http", "https") and url.isprintable() and " " not in url
    except ValueError:
        return False
