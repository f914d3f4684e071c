"""Read an incident record: bytes to text to plain values to the incident, with the place of everything wrong."""

from __future__ import annotations

from pathlib import Path

from remit.assurance.incidents.agreement import disagreements
from remit.assurance.incidents.building import build_incident
from remit.assurance.incidents.explaining import explain
from remit.assurance.incidents.incident import Incident
from remit.assurance.incidents.rules import incident_error, incident_fault
from remit.assurance.incidents.schema import validate
from remit.assurance.ordinary import read_text
from remit.charter.reader import read_document
from remit.errors import CharterError, IncidentError
from remit.finding import Finding, Severity, Where

__all__ = ["check_incident", "parse_incident", "read_incident"]

LARGEST = 1024 * 1024  # bytes of a record
_MOST = 200  # faults of form that are told at once


def read_incident(path: str | Path) -> Incident:
    """Read and check an incident record; raises ``IncidentError`` with everything found in ``findings``."""
    return parse_incident(read_text(Path(path), most=LARGEST, refused=_refused), path=str(path))


def parse_incident(text: str, *, path: str = "incident.yaml") -> Incident:
    """Read a record from text; ``path`` is the file name shown in places. Raises as ``read_incident``.

    Only errors are raised; ``check_incident`` also returns what is merely doubtful.
    """
    incident = _formed(text, path)
    findings = disagreements(incident)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise incident_error(findings)
    return incident


def check_incident(text: str, *, path: str = "incident.yaml") -> tuple[Incident | None, tuple[Finding, ...]]:
    """The incident of a text, ``None`` where it cannot be used, and everything wrong or doubtful by place."""
    try:
        incident = _formed(text, path)
    except IncidentError as error:
        return None, tuple(finding for finding in error.findings if isinstance(finding, Finding))
    findings = disagreements(incident)
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    return (None if broken else incident), findings


def _formed(text: str, path: str) -> Incident:
    """The incident of a text whose form is right."""
    try:
        document, places = read_document(text, path=path)
    except CharterError as error:
        raise incident_error(_own(finding) for finding in error.findings if isinstance(finding, Finding)) from None
    checked, details = validate(document)
    if checked is None:
        raise incident_error({explain(detail, places) for detail in details[:_MOST]})
    return build_incident(checked, path=path, places=places)


def _own(finding: Finding) -> Finding:
    """A finding about YAML, told of a record instead of a charter."""
    message = finding.message.replace("the charter", "the record").replace("in a charter", "in a record")
    hint = finding.hint if "charter" not in finding.hint else ""
    return incident_fault("too-large" if "larger than" in message else "not-yaml", finding.where, message, hint)


def _refused(name: str, where: Where, message: str) -> IncidentError:
    """Why a file is no record."""
    return incident_error([incident_fault("not-yaml" if name == "not-text" else name, where, message)])
