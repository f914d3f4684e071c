from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest
from tests.drills.records import calls, entry, record

from remit.drills.entry import Entry, calls_of, entry_from, read_entries
from remit.drills.plan import Plan
from remit.ledger.store import Ledger


def test_intents_outcomes_and_refusals_add_up_to_calls() -> None:
    read, refused, failed, waiting = calls("0.1 GET /a", "0.2 POST /b denied", "0.3 POST /c failed", "0.4 POST /d open")
    assert (read.name, read.happened, read.status) == ("GET /a", True, 200)
    assert (refused.allowed, refused.happened) == (False, False)
    assert (failed.allowed, failed.happened, failed.status) == (True, False, 500)
    assert (waiting.ended, waiting.happened) == (None, False)
    assert [call.order for call in (read, refused, failed, waiting)] == [1, 2, 3, 4]
    assert [call.count for call in (refused, failed, waiting)] == [1, 2, 3]


def test_a_change_of_a_file_is_a_call_nobody_was_asked_about() -> None:
    [change] = calls("0.5 write notes.txt")
    assert (change.tool, change.name, change.happened) == ("file.write", "write notes.txt", True)
    assert change.entries[0] < 0


def test_a_request_the_charter_refuses_never_happened() -> None:
    call = {"tool": "http.get", "method": "GET", "host": "evil", "port": 80, "path": "/", "refused": "not granted"}
    entries = [entry(1, 0.0, "intent", call=call), entry(2, 0.1, "outcome", intent=1, status=403)]
    assert not calls_of(entries)[0].allowed


def test_a_key_holds_nothing_that_differs_between_two_runs() -> None:
    first, again = calls("0.1 GET /a"), calls("7.1 GET /a")
    assert first[0].key == again[0].key == "http.get shop /a"


def test_the_ledger_of_a_run_is_read_as_it_was_told(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        told = ledger.entry("held", {"by": "owner"}, monotonic=2.5)
        [only] = read_entries(tmp_path / "ledger.db")
    assert astuple(only) == (1, 2.5, "held", {"by": "owner"})
    assert entry_from(told) == only


@pytest.mark.parametrize("value", [{}, {"number": "1", "monotonic": 1.0, "kind": "x"}, {"number": 1, "kind": "x"}])
def test_a_line_that_is_no_entry_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no entry"):
        entry_from(value)


def test_an_outcome_without_its_intent_is_no_call() -> None:
    assert calls_of([*record(), entry(9, 0.1, "outcome", intent=8, status=200)]) == ()


def guarded(number: int, at: float, kind: str, **facts: object) -> Entry:
    """An entry the guard before a server wrote."""
    return entry(number, at, kind, guard="g1", **facts)


def test_calls_of_a_servers_tool_are_calls_and_what_the_guard_says_of_them_is_their_end() -> None:
    call = {"id": "a1", "tool": "post", "args": {}, "principal": "", "server": "board"}
    record = [
        guarded(1, 0.1, "intent", call=call),
        guarded(2, 0.2, "outcome", intent=1, result="performed", label="ran"),
        guarded(3, 0.3, "intent", call={**call, "id": "a2"}),
        guarded(4, 0.4, "outcome", intent=3, result="failed", label="ran"),
        guarded(5, 0.5, "intent", call={**call, "id": "a3"}),
        guarded(6, 0.6, "outcome", intent=5, result="interrupted", label="not run"),
        guarded(7, 0.7, "intent", call={**call, "id": "a4"}),
        guarded(8, 0.8, "outcome", intent=7, result="interrupted", label="unknown"),
        guarded(9, 0.9, "denied", call={**call, "id": "a5"}, code="guard.denied"),
        guarded(10, 1.0, "denied", tool="remit.delegate", code="guard.denied"),
    ]
    found = calls_of(record)
    assert [(item.id, item.allowed, item.happened) for item in found] == [
        ("a1", True, True),
        ("a2", True, False),
        ("a3", False, False),
        ("a4", True, True),  # nobody knows: it counts as done
        ("a5", False, False),
    ]
    assert {(item.name, item.server, item.key) for item in found} == {("CALL post", "board", "post board post")}
    assert Plan().irreversible(found[0]), "unless drill.yaml says otherwise"
    assert [item.count for item in found] == [1, 2, 3, 4, 5]


def test_what_a_guard_says_of_itself_proves_nothing_of_the_run(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        for kind in ("held", "resumed", "stopped"):
            ledger.record(kind, {"guard": "g1"})
            ledger.record(kind, {"by": "owner"})
    kinds = [entry.kind for entry in read_entries(tmp_path / "ledger.db")]
    assert kinds == ["guard-held", "held", "guard-resumed", "resumed", "guard-stopped", "stopped"]
    assert [entry.number for entry in read_entries(tmp_path / "ledger.db", 5)] == [5, 6]
