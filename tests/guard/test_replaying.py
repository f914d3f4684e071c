"""A ledger decided again under another charter: nothing guessed, nothing counted twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.guard.desk import DOCUMENT, Desk, charter_of, mail, refund

from remit.errors import RefusedError
from remit.guard.call import Call
from remit.guard.replaying import Replay, replay
from remit.guard.rules.signature import Signature
from remit.guard.testing import Kept, MemoryRecorder

NOTE, REFUND, MAIL, REMOVE = DOCUMENT["grants"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


def week(desk: Desk, **options: Any) -> MemoryRecorder:
    """A ledger with a note, two refunds, one denied, one mail that was agreed to and one that was not."""
    answers = iter([True, False])
    overseer = desk.overseer("ops", agree=lambda _request: next(answers))
    calls = [
        Call(tool="note.add", args={"text": "x"}),
        refund(20),
        refund(70),
        refund(90),
        mail(),
        mail(text="another"),
    ]
    with desk.guard(approvals=overseer.approvals, overseers=[overseer], **options) as guard:
        for call in calls:
            try:
                guard.perform_here(call, desk.do)
            except RefusedError:
                continue
    return desk.ledger


def changes(played: Replay) -> list[tuple[str, str]]:
    """Each tool with what would change, in order."""
    return [(call.tool, call.change) for call in played.calls if call.change]


@pytest.mark.requirement("GUARD-12")
def test_under_the_same_charter_nothing_changes(desk: Desk) -> None:
    played = replay(week(desk).kept, desk.charter)
    assert [call.before for call in played.calls] == ["allow", "allow", "allow", "deny", "ask", "ask"]
    assert (changes(played), played.skipped) == ([], 0)


@pytest.mark.requirement("GUARD-12")
def test_a_call_that_was_asked_about_and_refused_keeps_its_free_arguments(desk: Desk) -> None:
    desk.charter = charter_of(grants=[{"tool": "files.note", "ask": "ops", "effects": ["data.write"]}])
    overseer = desk.overseer("ops", agree=lambda _request: False)
    with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
        guard.know("files.note", Signature(names=("text",)))
        with pytest.raises(RefusedError):
            guard.perform_here(Call(tool="files.note", args={"text": "x"}), desk.do)
    played = replay(desk.ledger.kept, desk.charter)
    assert [(call.before, call.after) for call in played.calls] == [("ask", "ask")]


@pytest.mark.requirement("GUARD-12")
def test_what_calls_brought_about_holds_for_those_after_them_and_not_for_another_guard(desk: Desk) -> None:
    looks = {"tool": "files.read", "effects": ["info.a"]}
    writes = {"tool": "files.write", "needs": ["info.a"], "effects": ["data.write"]}
    desk.charter = charter_of(grants=[looks, writes])
    for tools in (("files.read", "files.write"), ("files.write",)):
        with desk.guard() as guard:
            for tool in tools:
                try:
                    guard.perform_here(Call(tool=tool, args={}), desk.do)
                except RefusedError:
                    continue
    played = replay(desk.ledger.kept, desk.charter)
    assert [(call.before, call.after) for call in played.calls] == [
        ("allow", "allow"),
        ("allow", "allow"),
        ("deny", "deny"),
    ]
    blind = charter_of(grants=[{**looks, "effects": ["info.b"]}, writes])
    assert changes(replay(desk.ledger.kept, blind)) == [("files.write", "newly denied")]


@pytest.mark.requirement("GUARD-12")
def test_a_question_of_the_agents_own_is_no_call_a_charter_decided() -> None:
    asked = {"call": {"id": "1", "tool": "remit.ask", "args": {"question": "shall I?"}}, "because": ["the agent asks"]}
    played = replay([Kept(number=1, kind="asked", facts=asked)], charter_of())
    assert (played.calls, played.skipped) == ((), 1)


@pytest.mark.requirement("GUARD-12")
def test_a_pinned_tool_and_a_relative_path_change_nothing_under_the_same_charter(desk: Desk) -> None:
    pin = "sha256:" + "a" * 64
    pinned = {"tool": "files.read", "args": {"path": {"under": "./work"}}, "effects": ["info.a"], "pinned": pin}
    asked = {**pinned, "tool": "files.write", "ask": "ops", "effects": ["data.write"]}
    desk.charter = charter_of(grants=[pinned, asked])
    overseer = desk.overseer("ops")
    with desk.guard(approvals=overseer.approvals, overseers=[overseer], cwd=str(desk.folder)) as guard:
        for tool in ("files.read", "files.write"):
            guard.know(tool, Signature(names=("path",)))
            guard.perform_here(Call(tool=tool, args={"path": "work/a"}, schema=pin), desk.do)
    played = replay(desk.ledger.kept, desk.charter)
    assert [call.before for call in played.calls] == ["allow", "ask"]
    assert changes(played) == []
    for entry in desk.ledger.kept:  # as a ledger is that did not keep the definition
        call = entry.facts.get("call")
        if isinstance(call, dict):
            call.pop("schema", None)
    [read, written] = replay(desk.ledger.kept, desk.charter).calls
    assert (read.after, written.after) == ("unknown", "unknown")
    assert read.because == ("the ledger does not say which definition the tool had then",)


@pytest.mark.requirement("GUARD-12")
def test_what_another_charter_would_deny_allow_or_ask_is_told_with_its_entry(desk: Desk) -> None:
    ledger = week(desk)
    stricter = charter_of(
        grants=[{**NOTE, "ask": "lead"}, {**REFUND, "args": {**REFUND["args"], "amount": {"max": "50 EUR"}}}]
    )
    assert changes(replay(ledger.kept, stricter)) == [
        ("note.add", "newly asked"),
        ("refunds.issue", "newly denied"),
        ("mail.send", "newly denied"),
        ("mail.send", "newly denied"),
    ]
    wider = charter_of(
        grants=[NOTE, {**REFUND, "args": {"order": {"length": 20}, "amount": {"max": "500 EUR"}}}, {**MAIL, "ask": []}],
        budget={"money": "1000 EUR/run", "calls": "50/run"},
    )
    played = replay(ledger.kept, wider)
    assert changes(played) == [
        ("refunds.issue", "newly allowed"),
        ("mail.send", "newly allowed"),
        ("mail.send", "newly allowed"),
    ]
    numbers = [entry.number for entry in ledger.kept if entry.kind == "denied"]
    assert [call.number for call in played.changed("newly allowed")][:1] == numbers[:1]


def test_a_smaller_budget_denies_what_it_would_have_denied_then(desk: Desk) -> None:
    poorer = charter_of(budget={"money": "80 EUR/run", "calls": "50/run"})
    played = replay(week(desk).kept, poorer)
    assert changes(played) == [("refunds.issue", "newly denied")]
    assert "money" in played.changed()[0].because[0]


def test_a_window_counts_what_was_spent_in_it(desk: Desk) -> None:
    ledger = week(desk)
    daily = charter_of(budget={"money": "80 EUR/day", "calls": "50/run"})
    apart = [
        Kept(
            number=entry.number, kind=entry.kind, facts=entry.facts, at=f"2026-01-{entry.number + 1:02d}T00:00:00+00:00"
        )
        for entry in ledger.kept
    ]
    assert changes(replay(ledger.kept, daily)) == [("refunds.issue", "newly denied")]
    assert changes(replay(apart, daily)) == []


@pytest.mark.requirement("GUARD-12")
def test_what_was_redacted_is_unknown_and_never_a_pass(desk: Desk) -> None:
    ledger = week(desk)
    for entry in ledger.kept:
        call = entry.facts.get("call")
        if isinstance(call, dict) and call["tool"] == "mail.send":
            call["args"]["to"] = "[redacted address sha256:00]"
    wider = charter_of(grants=[NOTE, REFUND, {**MAIL, "ask": [], "args": {**MAIL["args"], "to": {"length": 99}}}])
    assert changes(replay(ledger.kept, wider)) == [("mail.send", "unknown"), ("mail.send", "unknown")]


def test_who_was_known_then_is_not_guessed(desk: Desk) -> None:
    ledger = week(desk)
    friends = charter_of(grants=[NOTE, REFUND, {**MAIL, "args": {**MAIL["args"], "to": {"known": True}}}])
    assert [change for _, change in changes(replay(ledger.kept, friends))] == ["unknown", "unknown"]
    assert changes(replay(ledger.kept, friends, known=frozenset({"ada@example.org"}))) == []


def test_calls_no_charter_decided_are_skipped(desk: Desk) -> None:
    with desk.guard() as guard:
        guard.perform_here(refund(20), desk.do)
        guard.stop_here("over")
        with pytest.raises(RefusedError):
            guard.perform_here(refund(20), desk.do)
    desk.ledger.record("intent", {"call": {"tool": "http.get", "host": "example.org"}})
    played = replay(desk.ledger.kept, charter_of(grants=[]))
    assert (len(played.calls), played.skipped) == (1, 2)
    assert changes(played) == [("refunds.issue", "newly denied")]


def test_arguments_a_tool_was_known_to_take_are_known_again(desk: Desk) -> None:
    charter = charter_of(grants=[{"tool": "note.add", "args": {"text": {"length": 100}}}])
    with desk.guard(charter=charter) as guard:
        guard.know("note.add", Signature(names=("text", "tag")))
        guard.perform_here(Call(tool="note.add", args={"text": "x", "tag": "y"}), desk.do)
        with pytest.raises(RefusedError):
            guard.perform_here(Call(tool="note.add", args={"text": "x", "bcc": "y"}), desk.do)
    assert changes(replay(desk.ledger.kept, charter)) == []


@pytest.mark.requirement("GUARD-13")
def test_shadow_mode_decides_records_and_keeps_nothing_from_happening(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard(shadow=True) as guard:
            for call in (refund(20), refund(500), mail(), Call(tool="bash.run", args={"command": "ls"})):
                await guard.perform(call, desk.do)
            assert guard.report().advisory

    anyio.run(main)
    assert len(desk.ran) == 4
    assert [entry["decision"] for entry in desk.ledger.of("shadowed")] == ["deny", "ask", "deny"]
    assert [entry["decision"] for entry in desk.ledger.of("intent")] == ["allow", "deny", "ask", "deny"]
    assert [call.change for call in replay(desk.ledger.kept, desk.charter).calls] == ["", "", "", ""]


@pytest.mark.requirement("GUARD-13")
def test_in_shadow_mode_a_stop_is_a_stop_and_nothing_happens_unrecorded(desk: Desk) -> None:
    with desk.guard(shadow=True) as guard:
        desk.ledger.broken = True
        with pytest.raises(RefusedError):
            guard.perform_here(refund(20), desk.do)
        desk.ledger.broken = False
        guard.stop_here("enough")
        with pytest.raises(RefusedError):
            guard.perform_here(refund(20), desk.do)
    assert desk.ran == []
