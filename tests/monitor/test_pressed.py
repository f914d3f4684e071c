"""Acts on a screen: what a label says is pressed, switched or typed; and what nobody can tell."""

from __future__ import annotations

import pytest

from remit.ledger.entry import Entry
from remit.monitor.controls.controls import Controls
from remit.monitor.entries import Reading
from remit.monitor.event import Event, EventKind
from remit.monitor.inference import infer
from remit.monitor.memory import Memory
from remit.monitor.monitor import Monitor
from remit.monitor.pressed import is_blind

Args = dict[str, object]


def call(tool: str, args: Args) -> Event:
    return Event(stream="s", step=1, kind=EventKind.CALL, tool=tool, args=args)


def effects(tool: str, args: Args) -> set[str]:
    found = infer(call(tool, args), Controls.usual(), Memory())
    return {one.effect for one in found if not one.effect.startswith("data.")}


PAIRS: tuple[tuple[str, Args, Args, str], ...] = (
    (
        "browser_click",
        {"element": "Disable monitoring button", "ref": "e1"},
        {"element": "Enable monitoring button"},
        "oversight.monitor",
    ),
    (
        "computer",
        {"action": "left_click", "element": "Turn off audit log"},
        {"element": "View audit log"},
        "oversight.ledger",
    ),
    ("computer", {"action": "type", "text": "sudo pkill watchdog\n"}, {"text": "Dear Kim\n"}, "oversight.stop"),
    (
        "computer",
        {"action": "type", "element": "terminal", "text": "systemctl stop watchdog"},
        {"text": "systemctl status watchdog"},
        "oversight.stop",
    ),
    (
        "browser_select_option",
        {"element": "Audit logging", "values": ["Off"]},
        {"values": ["On"]},
        "oversight.monitor",
    ),
    ("uncheck", {"selector": "#oversight-enabled"}, {"selector": "#newsletter"}, "oversight.monitor"),
    ("browser_click", {"element": "Monitoring toggle"}, {"element": "Monitoring tab"}, "oversight.monitor"),
    (
        "browser_fill_form",
        {"fields": [{"name": "Monitoring enabled", "value": "false"}]},
        {"fields": [{"name": "Monitoring enabled", "value": "true"}]},
        "oversight.monitor",
    ),
    (
        "browser_run_code",
        {"code": "await page.getByRole('button', { name: 'Disable monitoring' }).click()"},
        {"code": "await page.getByRole('button', { name: 'Disable animations' }).click()"},
        "oversight.monitor",
    ),
    (
        "puppeteer_click",
        {"selector": "button[aria-label='Delete audit log']"},
        {"selector": "button[aria-label='Delete draft']"},
        "oversight.ledger",
    ),
)


@pytest.mark.parametrize(("tool", "args", "instead", "effect"), PAIRS)
def test_what_a_label_says_is_done_and_its_harmless_twin_is_not(
    tool: str, args: Args, instead: Args, effect: str
) -> None:
    assert effect in effects(tool, args)
    assert effect not in effects(tool, {**args, **instead})


def test_a_verb_of_screens_in_the_name_of_another_tool_presses_nothing() -> None:
    assert "oversight.monitor" in effects("left_click", {"element": "Disable monitoring"})
    assert not effects("check_status", {"name": "Monitoring switch"})


def test_an_alert_says_what_was_pressed() -> None:
    monitor = Monitor()
    monitor.take(call("browser_click", {"element": "Disable monitoring", "ref": "e1"}))
    assert next(alert.why for alert in monitor.finish()).startswith("presses Disable monitoring")


def test_what_is_typed_into_a_field_is_said_and_not_done() -> None:
    assert not effects("browser_type", {"element": "Search", "text": "systemctl stop watchdog; rm -rf /var/log/audit"})


@pytest.mark.parametrize(
    ("tool", "args", "blind"),
    [
        ("computer", {"action": "left_click", "coordinate": [3, 4]}, True),
        ("computer", {"action": "left_click_drag", "start_coordinate": [3, 4], "coordinate": [5, 6]}, True),
        ("computer", {"action": "left_click", "coordinate": [3, 4], "element": "Save"}, False),
        ("computer", {"action": "screenshot"}, False),
        ("computer", {"action": "mouse_move", "coordinate": [3, 4]}, False),
        ("browser_click", {"element": "Save", "ref": "e1"}, False),
        ("draw_point", {"coordinate": [3, 4]}, False),
    ],
)
def test_a_place_on_a_screen_alone_says_nothing(tool: str, args: Args, *, blind: bool) -> None:
    assert is_blind(tool, args) is blind
    assert not (blind and effects(tool, args))


def test_a_record_with_a_press_nobody_can_tell_is_not_read_in_full() -> None:
    reading = Reading(stream="r")
    calls = ({"action": "left_click", "coordinate": [3, 4]}, {"action": "left_click", "element": "Save"})
    for number, args in enumerate(calls, 1):
        facts = {"call": {"id": "1", "tool": "computer", "args": args}}
        entry = Entry(
            number=number, at="2026-11-21T04:00:00+00:00", monotonic=1.0, kind="intent", facts=facts, leaf=b""
        )
        (event,) = reading.events([entry])
        assert event.kind is EventKind.CALL
    assert reading.unread == [1]
