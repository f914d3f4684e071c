"""Entries of a ledger as events: what each kind becomes, what a charter says of it, what nobody can read."""

from __future__ import annotations

from typing import Any

import pytest

from remit.charter.reader import parse_charter
from remit.ledger.entry import KINDS, Entry
from remit.monitor.entries import Reading
from remit.monitor.event import EventKind

CHARTER = parse_charter(
    """\
remit: 1
agent: {name: clerk}
purpose: {text: file the invoices of the day; done when none is left}
overseers: {me: {channels: [cli]}}
runtime: {network: {hosts: [api.example.org]}}
grants:
  - {tool: mail.send, args: {to: {domain: example.org}}, effects: [out.mail]}
  - {tool: mail.send, args: {to: {domain: partner.example}}, effects: [out.partner, not out.mail]}
  - {tool: pay, effects: []}
"""
)


def entry(number: int, kind: str, **facts: Any) -> Entry:
    return Entry(
        number=number, at="2026-11-21T04:00:00+00:00", monotonic=float(number), kind=kind, facts=facts, leaf=b""
    )


def events(*entries: Entry, reading: Reading | None = None) -> list[Any]:
    return list((reading or Reading(stream="r", charter=CHARTER)).events(entries))


def call(tool: str = "mail.send", **args: Any) -> dict[str, Any]:
    return {"id": "1", "tool": tool, "args": args, "principal": "clerk", "server": "mail"}


def test_an_intent_is_a_call_with_its_decision_and_what_the_fitting_grants_say_it_does() -> None:
    (event,) = events(entry(7, "intent", call=call(to="a@example.org"), decision="allow"))
    assert (event.kind, event.step, event.tool, event.decision) == (EventKind.CALL, 7, "mail.send", "allow")
    assert (event.principal, event.server, event.at) == ("clerk", "mail", 1795233600.0)
    assert event.effects == ("out.mail",)


def test_without_a_charter_nobody_says_what_a_call_does() -> None:
    (event,) = events(entry(1, "intent", call=call(to="a"), decision="allow"), reading=Reading(stream="r"))
    assert event.effects is None


@pytest.mark.parametrize("facts", [{"call": call(to="a@evil.example")}, {"call": call("unknown.tool", x=1)}])
def test_a_call_no_grant_fits_is_allowed_nothing(facts: dict[str, Any]) -> None:
    (event,) = events(entry(1, "intent", decision="allow", **facts))
    assert event.effects == ()


def test_what_was_denied_or_refused_is_a_call_that_was_denied() -> None:
    denied, refused, expired = events(
        entry(1, "denied", call=call(to="a"), because=["x"]),
        entry(2, "asked", request="q1", call=call(to="b")),
        entry(3, "refused", request="q1", reason="no"),
        entry(4, "expired", request="q2", call=call(to="c")),
    )
    for event in (denied, refused, expired):
        assert (event.kind, event.decision, event.effects) == (EventKind.CALL, "deny", ())
    assert (refused.step, refused.args) == (3, {"to": "b"})


def test_what_was_asked_and_approved_is_one_call() -> None:
    found = events(
        entry(1, "asked", request="q1", call=call(to="a@example.org")),
        entry(2, "approved", request="q1", by="me"),
        entry(3, "intent", call=call(to="a@example.org"), decision="ask"),
        entry(4, "outcome", intent=3, result="performed"),
    )
    assert [(event.kind, event.decision) for event in found] == [(EventKind.CALL, "ask"), (EventKind.RESULT, "")]


def test_results_name_the_call_they_belong_to() -> None:
    done, failed, denied, unknown = events(
        entry(2, "outcome", intent=1, result="performed"),
        entry(4, "outcome", intent=3, result="failed", error="no"),
        entry(6, "denied", intent=5, reason="held"),
        entry(8, "reconciled", intent=7, result="unknown"),
    )
    assert [event.result for event in (done, failed, denied, unknown)] == ["performed", "failed", "denied", "unknown"]
    assert [event.of for event in (done, failed, denied, unknown)] == [1, 3, 5, 7]


@pytest.mark.parametrize(
    ("kind", "facts", "text"),
    [
        ("held", {}, "held"),
        ("resumed", {}, "resumed"),
        ("stopping", {"reason": "late"}, "stopping"),
        ("revoked", {"host": "x"}, "revoked"),
        ("instructed", {"instruction": 1, "instruct": "correct", "text": "do not"}, "correct"),
        ("instructed", {"instruction": 1, "instruct": "stop"}, "stop"),
    ],
)
def test_acts_of_oversight_are_signals(kind: str, facts: dict[str, Any], text: str) -> None:
    (event,) = events(entry(1, kind, **facts))
    assert (event.kind, event.text) == (EventKind.SIGNAL, text)


def test_a_request_that_left_the_cage_is_a_call_with_its_address() -> None:
    facts = {"tool": "http.post", "method": "POST", "host": "api.example.org", "port": 8080, "path": "/v1"}
    (event,) = events(entry(1, "intent", call=facts, gated=False))
    assert event.args == {"method": "POST", "url": "http://api.example.org:8080/v1"}
    assert event.effects == ("network.reach",)
    (refused,) = events(entry(1, "intent", call={**facts, "refused": "not listed"}, gated=False))
    assert (refused.decision, refused.effects) == ("deny", ())


@pytest.mark.requirement("MONITOR-23")
@pytest.mark.parametrize(
    "broken",
    [
        entry(1, "intent", call={"args": {}}, decision="allow"),
        entry(1, "intent", call="mail.send"),
        entry(1, "intent", call={"tool": "pay", "args": "[redacted]"}),
        entry(1, "outcome", unwritable="too long"),
    ],
)
def test_an_entry_nobody_can_read_is_counted(broken: Entry) -> None:
    reading = Reading(stream="r", charter=CHARTER)
    events(broken, reading=reading)
    assert reading.unread == [1]


def test_calls_decided_under_another_charter_are_told() -> None:
    reading = Reading(stream="r", charter=CHARTER)
    events(entry(1, "opened", charter=CHARTER.digest), reading=reading)
    assert not reading.strangers
    events(entry(2, "intent", call=call("pay"), decision="allow", charter="sha256:other"), reading=reading)
    assert reading.strangers == {"sha256:other"}


def test_every_kind_of_entry_can_be_read() -> None:
    for kind, needed in KINDS.items():
        facts = dict.fromkeys(needed, "x") | ({"call": call("pay", amount=1)} if "call" in needed else {})
        reading = Reading(stream="r", charter=CHARTER)
        events(entry(1, kind, **facts), reading=reading)
        assert reading.unread == []
        assert reading.last == 1
