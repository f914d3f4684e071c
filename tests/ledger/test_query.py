"""Questions to entries: what belongs to one call, which entries are wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from remit.ledger.entry import Entry
from remit.ledger.query import CallRecord, Wanted, call_records, moment, reasons_of, tool_of


def entry(number: int, kind: str, at: str = "2026-11-20T09:00:00+00:00", **facts: object) -> Entry:
    """An entry."""
    return Entry(number=number, at=at, monotonic=float(number), kind=kind, facts=facts, leaf=bytes([number]) * 32)


def intent(number: int, tool: str, call: str = "") -> Entry:
    """An intent to call a tool."""
    return entry(number, "intent", call={"tool": tool, "id": call or f"call-{number}"})


STORY = [
    entry(1, "opened", charter="sha256:c"),
    intent(2, "mail.send", "abcd"),
    entry(3, "asked", intent=2),
    intent(4, "mail.read", "abff"),
    entry(5, "approved", intent=2),
    entry(6, "outcome", intent=2, result="performed"),
    entry(7, "denied", call={"tool": "shell.run", "id": "zz"}),
    entry(8, "outcome", intent=4, result="failed", at="2026-11-20T10:00:00+00:00"),
    intent(9, "mail.send", "later"),
]


def test_intents_and_outcomes_are_put_together_in_the_order_calls_ended() -> None:
    found = [
        (one.first.number, one.last.number if one.last else None, one.result)
        if isinstance(one, CallRecord)
        else one.number
        for one in call_records(STORY)
    ]
    assert found == [1, 3, 5, (2, 6, "performed"), (7, 7, "denied"), (4, 8, "failed"), (9, None, "unknown")]


def test_an_outcome_of_nothing_and_an_odd_intent_are_entries_like_others() -> None:
    odd = [entry(1, "outcome", intent=7), entry(2, "outcome", intent="x"), entry(3, "reconciled", intent=None)]
    assert list(call_records(odd)) == odd


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (Wanted(kinds=frozenset({"denied", "opened"})), [1, 7]),
        (Wanted(tools=frozenset({"mail.send"})), [2, 3, 5, 6, 9]),
        (Wanted(tools=frozenset({"mail.*"})), [2, 3, 4, 5, 6, 8, 9]),
        (Wanted(tools=frozenset({"mail"})), []),
        (Wanted(call="abcd"), [2, 3, 5, 6]),
        (Wanted(call="ab"), [2, 3, 4, 5, 6, 8]),
        (Wanted(call="2"), [2, 3, 5, 6]),
        (Wanted(call="6"), [6]),
        (Wanted(call="7"), [7]),
        (Wanted(call="99"), []),
        (Wanted(last=2), [8, 9]),
        (Wanted(since=datetime(2026, 11, 20, 9, 30, tzinfo=UTC)), [8]),
        (Wanted(tools=frozenset({"mail.*"}), kinds=frozenset({"outcome"}), last=1), [8]),
    ],
)
def test_what_is_wanted_is_found(wanted: Wanted, numbers: list[int]) -> None:
    assert [one.number for one in wanted.of(STORY)] == numbers


def test_reasons_are_lines_led_by_their_place() -> None:
    because = [{"what": "a limit holds", "where": "remit.yaml:3"}, {"what": "and so"}, "plain", 7, {}]
    assert reasons_of(entry(1, "denied", because=because)) == ("remit.yaml:3: a limit holds", "and so", "plain")
    assert reasons_of(entry(1, "denied", because="one")) == ("one",)
    assert reasons_of(entry(1, "denied")) == ()


def test_what_an_entry_does_not_say_is_not_made_up() -> None:
    assert tool_of(entry(1, "held")) == ""
    assert tool_of(entry(1, "pinned", tool="mail.send")) == "mail.send"
    assert tool_of(entry(1, "intent", call="odd")) == ""
    assert moment(entry(1, "held", at="soon")) is None
    assert moment(entry(1, "held", at="2026-11-20T09:00:00")) is None
