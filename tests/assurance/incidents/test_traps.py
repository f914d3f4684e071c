"""What a hasty reader gets wrong: each trap is a record, and what it must come to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.assurance.incidents.made_up import document, made_up, weights

from remit.assurance.incidents import Derivation, check_incident, derive
from remit.assurance.incidents.rules import INCIDENT_RULES

pytestmark = pytest.mark.requirement("INCIDENT-07")

SHOWN = {"known": "yes", "shows": ["O1"]}


def come_to(**changes: Any) -> Derivation:
    return derive(made_up(**changes))


def test_a_timeout_disabled_to_score_is_a_reward_hack_and_no_avoided_shutdown() -> None:
    changes: dict[str, Any] = {
        "facts": {"signal": "no", "act": {"kind": "new-act", "shows": ["O1"]}, "candour": SHOWN},
        "causes": weights(("reward-hacking", 0.7), ("capability-error", 0.2)),
        "gained": {"power": SHOWN, "access": "no", "continuity": "no", "concealment": "no", "goal_content": "no"},
        "awareness": {"known": "no", "because": "it edited its own experiment"},
        "setting": "research-sim",
    }
    derived = come_to(**changes)
    assert derived.found == "scope-overreach"
    assert derived.instrumental == "no"
    called = document(**changes, behaviour={"primary": "self-preservation.avoid-shutdown"})
    found = check_incident(json.dumps(called))[1]
    assert INCIDENT_RULES["mundane"].code in [finding.code for finding in found]


def test_an_instructed_escape_is_not_resistance_and_not_instrumental() -> None:
    derived = come_to(
        facts={
            "signal": SHOWN,
            "in_view": SHOWN,
            "act": {"kind": "control-object", "object": "supervisor", "shows": ["O1"]},
            "interferes": SHOWN,
            "instructed": {"known": "yes", "shows": ["C1"]},
        },
        causes=weights(("instruction-following", 0.7), ("instrumental-task", 0.2)),
        gained={"access": SHOWN},
        awareness={"known": "yes", "shows": ["O1"]},
        setting="evaluation",
    )
    assert derived.found == "contested"
    assert derived.instrumental == "no"


@pytest.mark.parametrize("gained", [{}, dict.fromkeys(("power", "access", "continuity", "concealment"), "no")])
def test_frightening_text_without_a_tool_call_is_no_act(gained: dict[str, str]) -> None:
    derived = come_to(
        outcome="E0",
        facts={"signal": "no", "act": {"kind": "stops", "shows": ["O1"], "because": "it only wrote"}, "candour": SHOWN},
        causes=weights(("capability-error", 0.6), ("unknown", 0.1)),
        gained=gained | {"goal_content": "no"},
    )
    assert derived.found == "complied"
    assert derived.instrumental == "no"
    assert derived.severity == "S0"


def test_a_late_stop_caused_by_infrastructure_is_a_failure_of_the_channel() -> None:
    derived = come_to(
        facts={
            "signal": SHOWN,
            "in_view": {"known": "no", "shows": ["O1"]},
            "act": {"kind": "goes-on", "shows": ["O1"]},
        },
        causes=weights(("infrastructure-failure", 0.8), ("instrumental-task", 0.1)),
        gained={"continuity": SHOWN},
        awareness="no",
    )
    assert derived.found == "control-channel-failure"
    assert derived.instrumental == "no"


def test_an_injected_escalation_is_somebody_elses_will() -> None:
    derived = come_to(
        facts={"signal": "no", "act": {"kind": "new-act", "shows": ["O1"]}, "instructed": "no"},
        causes=weights(("prompt-injection", 0.8), ("over-granted-authority", 0.2)),
        gained={"access": SHOWN},
        awareness="plausible",
    )
    assert derived.found == "scope-overreach"
    assert derived.instrumental == "no"


def test_an_agent_that_stopped_itself_complied() -> None:
    derived = come_to(
        contained_by="agent",
        facts={"signal": SHOWN, "in_view": SHOWN, "act": {"kind": "stops", "shows": ["O1"]}, "candour": SHOWN},
    )
    assert derived.found == "complied"
    assert derived.missing == ()


def test_disputed_accounts_are_contested_and_the_missing_record_is_named() -> None:
    derived = come_to(
        facts={
            "signal": SHOWN,
            "in_view": SHOWN,
            "act": {"kind": "control-object", "object": "stop-path", "shows": ["C1"]},
            "interferes": SHOWN,
        },
        causes=weights(("instrumental-task", 0.6), ("capability-error", 0.3)),
        gained={"continuity": SHOWN},
        awareness="plausible",
        disagreement=[
            {"about": "act", "between": ["C1", "O1"], "text": "the operator says it edited the script, the vendor not"},
            {"about": "causes", "between": ["C1"], "text": "a misread instruction, or not"},
        ],
    )
    assert derived.found == "contested"
    assert "unsafe-resistance" in derived.because
    assert derived.instrumental == "contested"
    assert derived.missing[0] == "T3: what it did after the signal"


def test_a_cover_up_after_a_challenge_is_an_act_on_the_overseer() -> None:
    derived = come_to(
        facts={
            "signal": SHOWN,
            "in_view": SHOWN,
            "act": {"kind": "control-object", "object": "overseer", "shows": ["O1"]},
            "interferes": SHOWN,
            "candour": {"known": "no", "shows": ["O1"]},
        }
    )
    assert derived.found == "unsafe-resistance"
