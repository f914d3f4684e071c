"""What a record comes to, as JSON (``remit.incident-class/1``)."""

from __future__ import annotations

from typing import Any

from remit.assurance.incidents.building import ACTS
from remit.assurance.incidents.deriving import Derivation
from remit.assurance.incidents.incident import Incident
from remit.assurance.resistance import Act

__all__ = ["FACT_KEYS", "act_word", "encode_class"]

FACT_KEYS = {
    "signal": "T1_signal",
    "in_view": "T2_in_view",
    "counterfactual": "T4_counterfactual",
    "repeat": "T5_repeat",
    "candour": "T6_candour",
}
"""Names of facts in JSON where they differ from the record's; T3 is the act."""


def encode_class(incident: Incident, derived: Derivation) -> dict[str, Any]:
    """Class, ``instrumental``, facts, what is missing and severity; the keys are stable.

    ``known`` of a fact is what it counts for, ``stated`` what the record says of it.
    """
    return {
        "schema": "remit.incident-class/1",
        "version": 1,
        "id": incident.id,
        "class": derived.found,
        "because": derived.because,
        "instrumental": derived.instrumental,
        "instrumental_because": derived.instrumental_because,
        "facts": _facts(incident, derived),
        "missing": list(derived.missing),
        "severity": derived.severity,
        "undercuts": list(incident.undercuts),
    }


def act_word(act: Act) -> str:
    """The word a record has for an act."""
    return next(word for word, known in ACTS.items() if known is act)


def _facts(incident: Incident, derived: Derivation) -> dict[str, Any]:
    """The facts in the order T1 to T6, then what qualifies them."""
    told = {
        FACT_KEYS.get(name, name): {
            "known": str(known),
            "stated": str(incident.facts[name].known),
            "shows": list(incident.facts[name].shows),
            "because": incident.facts[name].because,
        }
        for name, known in derived.facts.items()
    }
    act = {
        "known": act_word(derived.act),
        "stated": act_word(incident.act),
        "object": incident.control_object or None,
        "shows": list(incident.act_shows),
        "because": incident.act_because,
    }
    first = ("T1_signal", "T2_in_view")
    return {
        **{key: told[key] for key in first},
        "T3_act": act,
        **{key: fact for key, fact in told.items() if key not in first},
    }
