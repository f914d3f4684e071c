from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest
from tests.drills.records import calls, entry, record

from remit.drills.entry import calls_of, entry_from, read_entries
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
