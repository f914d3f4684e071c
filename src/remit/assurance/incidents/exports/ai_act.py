"""The two reports of the EU AI Act: of high-risk systems (Article 73) and of general-purpose models (Code of Practice).

The definition of a serious incident and the days were read; the wording of the fields is recalled from the Commission's
draft template (26 September 2025) and from Measure 9.2 of the Code, and has to be checked before a report is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from remit.assurance.incidents.deadlines import ARTICLE_73, GPAI, Deadline, Rule, deadlines, first_due, serious
from remit.assurance.incidents.deriving import Derivation
from remit.assurance.incidents.exports import filling
from remit.assurance.incidents.incident import Incident
from remit.assurance.resistance import Known

__all__ = ["article_73_report", "gpai_report"]


def article_73_report(incident: Incident, derived: Derivation) -> Mapping[str, Any]:
    """A serious incident of a high-risk system."""
    fields = {
        "provider": filling.said(incident.system.developer),
        "deployer": filling.said(incident.system.operator),
        "member_state": filling.said(incident.system.place),
        "system": filling.entities(incident),
        "intended_purpose": filling.said(incident.system.purpose),
        "occurred": filling.said(incident.times.occurred or incident.date),
        "description": filling.what_happened(incident),
        "accounts": filling.account(incident),
        "consequences": filling.consequences(incident),
        "causal_link": filling.causes(incident),
        "contained": filling.said(incident.times.contained),
        "contained_by": incident.contained_by,
        "corrective_actions": [filling.said(line) for line in incident.remedies] or [filling.UNKNOWN],
        "severity": filling.severity(derived),
    }
    form = "EU AI Act, Regulation (EU) 2024/1689, Article 73: report of a serious incident"
    return _report(incident, ARTICLE_73, "remit.incident-art73/1", form, fields)


def gpai_report(incident: Incident, derived: Derivation) -> Mapping[str, Any]:
    """A serious incident of a general-purpose model with systemic risk: the ten points of Measure 9.2."""
    fields = {
        "start_and_end": f"{filling.said(incident.times.occurred or incident.date)} to"
        f" {filling.said(incident.times.contained)}",
        "resulting_harm": filling.consequences(incident),
        "chain_of_events": filling.account(incident),
        "model": filling.entities(incident),
        "material_showing_involvement": filling.sources(incident),
        "response": [filling.said(line) for line in incident.remedies] or [filling.UNKNOWN],
        "recommended_to_authorities": filling.UNKNOWN,
        "root_cause": filling.causes(incident),
        "patterns_in_monitoring": filling.UNKNOWN,
        "near_misses": filling.said(incident.title) if incident.outcome in ("E0", "E1") else filling.UNKNOWN,
        "severity": filling.severity(derived),
    }
    form = "Code of Practice for general-purpose AI, Safety and Security, Commitment 9: serious incident report"
    return _report(incident, GPAI, "remit.incident-gpai/1", form, fields)


def _report(
    incident: Incident, rules: Iterable[Rule], schema: str, form: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """A report with its clock."""
    wanted = tuple(rules)
    aware, submitted = incident.times.aware, incident.times.submitted
    found = deadlines(wanted, incident.consequences, aware=aware, submitted=submitted)
    return {
        "schema": schema,
        "version": 1,
        "form": form,
        "wording": "recalled",
        "incident": incident.id,
        "sent": False,
        "serious": str(serious(wanted, incident.consequences)),
        "aware": filling.said(aware),
        "submitted": filling.said(submitted),
        "due": _day(first_due(found, Known.YES)),
        "due_if_unknown_applies": _day(first_due(found, Known.UNKNOWN)),
        "deadlines": [_deadline(one) for one in found],
        "fields": dict(fields),
    }


def _deadline(one: Deadline) -> dict[str, Any]:
    """One rule with its day."""
    return {
        "consequence": one.rule.consequence,
        "basis": one.rule.basis,
        "days": one.rule.days,
        "applies": str(one.applies),
        "due": _day(one.due) if one.applies is not Known.NO else "does not apply",
        "late": str(one.late),
    }


def _day(day: date | None) -> str:
    """A day, or unknown."""
    return filling.UNKNOWN if day is None else day.isoformat()
