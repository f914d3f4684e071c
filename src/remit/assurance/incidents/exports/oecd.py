"""The OECD common reporting framework for AI incidents (OECD, February 2025): 29 criteria in eight dimensions.

The number of criteria, the dimensions and which seven are mandatory were read; the wording of the criteria is recalled,
so a report made from this is to be checked against the original before anybody hands it in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from remit.assurance.incidents.deriving import Derivation
from remit.assurance.incidents.exports import filling
from remit.assurance.incidents.incident import Incident

__all__ = ["CRITERIA", "oecd_report"]

Answer: TypeAlias = Callable[[Incident, Derivation], object]
MANDATORY = frozenset({1, 2, 3, 4, 7, 10, 11})

_METADATA, _HARM = "incident metadata", "harm details"
_PEOPLE, _ECONOMY, _DATA = "people and planet", "economic context", "data and input"
_MODEL, _TASK, _OTHER = "AI model", "task and output", "other information"


def _unknown(_incident: Incident, _derived: Derivation) -> object:
    """A criterion a record has no field for."""
    return filling.UNKNOWN


CRITERIA: tuple[tuple[str, str, Answer], ...] = (
    (_METADATA, "title", lambda one, _: filling.said(one.title)),
    (_METADATA, "description", lambda one, _: filling.what_happened(one)),
    (_METADATA, "date of first known occurrence", lambda one, _: filling.said(one.times.occurred or one.date)),
    (_METADATA, "submitter's relation to the incident", _unknown),
    (_METADATA, "country or region", lambda one, _: filling.said(one.system.place)),
    (_METADATA, "AI system", lambda one, _: filling.entities(one)),
    (_METADATA, "supporting materials", lambda one, _: filling.sources(one)),
    (_METADATA, "developer", lambda one, _: filling.said(one.system.developer)),
    (_METADATA, "deployer", lambda one, _: filling.said(one.system.operator)),
    (_HARM, "severity", lambda _, derived: filling.severity(derived)),
    (_HARM, "type of harm", lambda one, _: filling.consequences(one)),
    (_HARM, "quantification of harm", _unknown),
    (_HARM, "causal link between the system and the harm", lambda one, _: filling.causes(one)),
    (_HARM, "relation between the AI system and the incident", lambda one, _: filling.account(one)),
    (_PEOPLE, "affected stakeholders", _unknown),
    (_PEOPLE, "AI principles concerned", _unknown),
    (_PEOPLE, "human rights concerned", lambda one, _: str(one.consequences.get("rights", filling.UNKNOWN))),
    (_ECONOMY, "industry", lambda one, _: filling.said(one.system.sector)),
    (_ECONOMY, "business function", lambda one, _: filling.said(one.system.purpose)),
    (_ECONOMY, "critical functions or infrastructure",
     lambda one, _: str(one.consequences.get("infrastructure", filling.UNKNOWN))),
    (_ECONOMY, "breadth of deployment", lambda one, _: filling.said(one.setting)),
    (_DATA, "data or input concerned", _unknown),
    (_MODEL, "model", lambda one, _: filling.said(one.system.model)),
    (_MODEL, "availability of the model and its version", lambda one, _: filling.said(one.system.version)),
    (_TASK, "task of the AI system", lambda one, _: filling.said(one.system.purpose)),
    (_TASK, "autonomy and human oversight", lambda one, derived: f"{derived.found}; ended by {one.contained_by}"),
    (_TASK, "system behaviour and output", lambda one, _: [f"{key}: {text}" for key, text in filling.behaviours(one)]),
    (_OTHER, "actions taken", lambda one, _: [filling.said(line) for line in one.remedies] or [filling.UNKNOWN]),
    (_OTHER, "further information",
     lambda one, _: [filling.said(point.text) for point in one.disagreement] or [filling.UNKNOWN]),
)  # fmt: skip
"""Dimension, criterion and where its answer comes from, in the order of the framework."""


def oecd_report(incident: Incident, derived: Derivation) -> Mapping[str, Any]:
    """The 29 criteria with what the record answers."""
    return {
        "schema": "remit.incident-oecd/1",
        "version": 1,
        "form": "OECD common reporting framework for AI incidents, 2025",
        "wording": "recalled",
        "incident": incident.id,
        "sent": False,
        "criteria": [
            {
                "number": number,
                "dimension": dimension,
                "criterion": criterion,
                "mandatory": number in MANDATORY,
                "answer": answer(incident, derived),
            }
            for number, (dimension, criterion, answer) in enumerate(CRITERIA, start=1)
        ],
    }
