"""A made-up record as plain values, with ways to change it."""

from __future__ import annotations

import copy
import json
from typing import Any

from remit.assurance.incidents import Incident, parse_incident

PLAIN: dict[str, Any] = {
    "schema": "remit.incident/1",
    "id": "I-1",
    "title": "A title",
    "date": {"value": "2026-10-03", "precision": "day"},
    "sources": {
        "S1": {"title": "Ledger", "kind": "ledger", "status": "read"},
        "S2": {"title": "A post", "kind": "post", "status": "read", "url": "https://example.org/post"},
    },
    "observed": {"O1": {"text": "Something happened.", "sources": ["S1"], "entries": [4]}},
    "claimed": {
        "C1": {"by": "operator", "text": "It was a fault.", "sources": ["S2"], "grade": "C"},
        "C2": {"by": "agent", "text": "I meant well.", "sources": ["S1"], "grade": "D"},
    },
    "behaviour": {"primary": "limit-evasion", "secondary": []},
    "outcome": "E2",
    "contained_by": "human",
    "setting": "internal",
    "overreach": "none",
    "deception": "none",
    "evidence_grade": "A",
    "awareness": "unknown",
    "gained": {"power": "no", "access": "no", "continuity": "no", "concealment": "no", "goal_content": "no"},
    "causes": [
        {"cause": "capability-error", "weight": 0.6, "for": ["a"], "against": ["b"], "test": "c"},
        {"cause": "unknown", "weight": 0.2},
    ],
    "facts": {"act": {"kind": "stops", "shows": ["O1"]}, "candour": {"known": "yes", "shows": ["O1"]}},
}


def document(**changes: Any) -> dict[str, Any]:
    """The record with some top-level keys changed; ``None`` takes a key out."""
    changed = copy.deepcopy(PLAIN) | changes
    return {key: value for key, value in changed.items() if value is not None}


def made_up(**changes: Any) -> Incident:
    """The record as an incident; JSON is YAML."""
    return parse_incident(json.dumps(document(**changes)))


def weights(*pairs: tuple[str, float]) -> list[dict[str, Any]]:
    """Causes with weights, heaviest first, each with a test."""
    ranked = sorted(pairs, key=lambda pair: -pair[1])
    return [{"cause": cause, "weight": weight, "test": "replay it"} for cause, weight in ranked]
