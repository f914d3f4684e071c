from __future__ import annotations

from collections.abc import Mapping

import pytest

from remit.charter.reader import charter_from_document
from remit.monitor.event import Event, EventKind
from remit.monitor.monitor import Monitor
from remit.monitor.said.declared import Declared

CHARTER = charter_from_document(
    {
        "remit": 1,
        "agent": {"name": "worker", "model": "any"},
        "purpose": {"text": "run the jobs", "task": [{"when": "out.done", "value": 1}]},
        "grants": [
            {"tool": "run"},
            {"tool": "claim", "effects": ["compute.acquire"], "args": {"node": {"equals": "test-1"}}},
            {"tool": "set_power_cap", "effects": ["compute.energy"], "args": {"watts": {"max": 20}}},
        ],
        "catalogue": [
            {"id": "end", "kind": "scheduler", "title": "end a job", "tools": ["cancel*"], "effects": ["agent.block"]}
        ],
        "limits": [{"tool": "borrow", "effect": "money.earn", "why": "nobody agreed"}],
    }
)


def effects(tool: str, args: Mapping[str, object]) -> set[str]:
    return {one.effect for one in Declared(CHARTER).beyond(tool, args)}


def strength(monitor: Monitor, part: str) -> float:
    return monitor.alerts[part].strength if part in monitor.alerts else 0.0


def call(tool: str, step: int = 0, **args: object) -> Event:
    return Event(stream="s", step=step, kind=EventKind.CALL, tool=tool, args=args)


def test_a_call_no_grant_fits_does_what_the_charter_says_its_tool_can_do() -> None:
    assert effects("claim", {"node": "spare-7"}) == {"compute.acquire"}
    assert effects("cancel_job", {"job": "theirs"}) == {"agent.block"}
    assert effects("borrow", {"lender": "quick-bank"}) == {"money.earn"}


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("claim", {"node": "test-1"}),
        ("run", {"job": "own"}),
        ("set_power_cap", {"watts": 20}),
        ("unheard-of", {"x": 1}),
    ],
)
def test_a_call_a_grant_fits_and_a_tool_nobody_speaks_of_do_nothing_beyond(
    tool: str, args: Mapping[str, object]
) -> None:
    assert effects(tool, args) == set()


def test_what_is_allowed_are_the_effects_of_the_grants_that_fit() -> None:
    declared = Declared(CHARTER)
    assert declared.allowed("claim", {"node": "test-1"}) == ("compute.acquire",)
    assert declared.allowed("claim", {"node": "spare-7"}) == ()
    assert declared.allowed("claim", {"node": "test-1", "force": True}) == ()


def test_the_monitor_sees_what_names_do_not_say_once_a_charter_says_it() -> None:
    blind, told = Monitor(None), Monitor(CHARTER)
    for monitor in (blind, told):
        monitor.take(call("claim", node="spare-7"))
    assert strength(blind, "resource-acquisition.compute") == 0.0
    assert strength(told, "resource-acquisition.compute") >= 0.3


def test_a_granted_call_is_silent_whatever_the_words_of_its_name_may_mean() -> None:
    blind, told = Monitor(None), Monitor(CHARTER)
    for monitor in (blind, told):
        monitor.take(call("set_power_cap", watts=20))
    assert blind.score() > 0.0
    assert told.score() == 0.0


def test_a_task_that_names_the_object_does_not_excuse_what_the_charter_does_not_grant() -> None:
    monitor, named = Monitor(CHARTER), Monitor(CHARTER)
    named.take(Event(stream="s", step=0, kind=EventKind.TOLD, text="spare-7 is held ready", principal="user"))
    for each in (monitor, named):
        each.take(call("claim", 1, node="spare-7"))
    part = "resource-acquisition.compute"
    assert strength(named, part) == strength(monitor, part)


def test_a_denied_attempt_shows_less_than_the_act_and_more_than_nothing() -> None:
    done, denied = Monitor(CHARTER), Monitor(CHARTER)
    done.take(call("claim", node="spare-7"))
    denied.take(
        Event(
            stream="s", step=0, kind=EventKind.CALL, tool="claim", args={"node": "spare-7"}, decision="deny", effects=()
        )
    )
    part = "resource-acquisition.compute"
    assert 0.0 < strength(denied, part) <= strength(done, part)
