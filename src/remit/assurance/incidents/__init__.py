"""Incidents: what happened, by whose account, and what follows from it."""

from __future__ import annotations

from remit.assurance.incidents.deriving import Derivation, derive
from remit.assurance.incidents.incident import Incident
from remit.assurance.incidents.reading import check_incident, parse_incident, read_incident

__all__ = ["Derivation", "Incident", "check_incident", "derive", "parse_incident", "read_incident"]
