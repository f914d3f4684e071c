"""``remit log export`` and ``setup``: a ledger for other tools, and the SQL for that of a fleet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_ledgers import small_ledger

from remit.cli.log.export import _cell
from remit.ledger import telemetry
from remit.ledger.store import Ledger
from remit.ledger.telemetry import Exported

Typed = Callable[..., Any]


@pytest.fixture
def mailer(state: Path) -> Path:
    """The ledger of a run."""
    assert state.name == "runs"
    return small_ledger("mailer-3f2a9c")


@pytest.mark.requirement("LOG-05")
def test_every_entry_is_a_line_with_its_digest(
    typed: Typed, mailer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    lines = [json.loads(line) for line in typed("log", "export", "mailer").out.splitlines()]
    with Ledger.open(mailer) as ledger:
        assert lines == [{**entry.document(), "leaf": entry.leaf.hex()} for entry in ledger.entries()]
    place = tmp_path / "mailer.jsonl"
    answer = typed("log", "export", "mailer", "--output", str(place))
    assert answer.out == f"wrote 12 entries of mailer-3f2a9c to {place}\n"
    assert [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()] == lines


def test_a_table_has_a_row_for_each_entry(typed: Typed, mailer: Path, tmp_path: Path) -> None:
    assert mailer.is_file()
    rows = list(csv.DictReader(io.StringIO(typed("log", "export", "mailer", "--format", "csv").out)))
    assert len(rows) == 12
    assert (rows[2]["tool"], rows[2]["decision"], rows[2]["because"]) == (
        "mail.send",
        "ask",
        "remit.yaml:4: it leaves the house",
    )
    assert json.loads(rows[2]["facts"])["call"]["args"]["text"] == "Dear all,\nsee \x1b[31mred"
    assert (rows[5]["intent"], rows[5]["result"]) == ("3", "performed")
    answer = typed("log", "export", "mailer", "--format", "csv", "--output", str(tmp_path / "x.csv"), "--json")
    assert json.loads(answer.out)["entries"] == 12


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_starts_a_formula(text: str) -> None:
    assert _cell(text) == f"'{text}"
    assert _cell(f"x{text}") == f"x{text}"


def test_a_file_that_cannot_be_written_is_said(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    answer = typed("log", "export", "mailer", "--output", "/nowhere/x")
    assert answer.code == 4
    assert "cannot be written" in answer.err


@pytest.mark.requirement("LOG-05")
@pytest.mark.parametrize(("dropped", "code"), [(0, 0), (3, 10)])
def test_what_a_collector_did_not_take_is_no_yes(
    typed: Typed, mailer: Path, monkeypatch: pytest.MonkeyPatch, dropped: int, code: int
) -> None:
    assert mailer.is_file()
    asked: list[tuple[int, dict[str, Any]]] = []

    def export_spans(entries: Any, **settings: Any) -> Exported:
        asked.append((sum(1 for _ in entries), settings))
        return Exported(
            sent=2, dropped=dropped, others=5, reasons={"the collector answered 503": dropped} if dropped else {}
        )

    monkeypatch.setattr(telemetry, "export_spans", export_spans)
    answer = typed("log", "export", "mailer", "--otlp", "http://collector.example", "--arguments")
    assert answer.code == code
    assert answer.out == "sent  2 calls of mailer-3f2a9c as spans; 5 other entries stay in the ledger\n"
    assert ("3 were not taken: the collector answered 503" in answer.err) == bool(dropped)
    [(count, settings)] = asked
    assert count == 12
    assert (settings["url"], settings["ledger"], settings["arguments"]) == (
        "http://collector.example",
        "mailer-3f2a9c",
        True,
    )
    document = json.loads(typed("log", "export", "mailer", "--otlp", "http://collector.example", "--json").out)
    assert (document["sent"], document["dropped"]) == (2, dropped)


def test_a_collector_without_an_address_is_refused(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    answer = typed("log", "export", "mailer", "--otlp", "localhost:4318")
    assert answer.code == 4
    assert "is no address of a collector" in answer.err


@pytest.mark.requirement("LEDGER-43")
def test_the_sql_of_a_fleet_gives_a_writer_what_it_needs_and_no_more(typed: Typed) -> None:
    out = typed("log", "setup", "billing", "--writer", 'odd"role', "--reader", "auditor").out
    assert out.startswith("begin;\n")
    assert out.endswith("commit;\n")
    assert 'grant select, insert on "billing".entries, "billing".salts, "billing".checkpoints to "odd""role";' in out
    assert 'grant select on "billing".entries, "billing".checkpoints to "auditor";' in out
    assert not any(word in out for word in ("grant all", "grant update", "grant delete", "grant truncate"))
    refused = typed("log", "setup", 'x"; drop')
    assert (refused.code, refused.out) == (3, "")


@pytest.mark.parametrize("verb", ["show", "verify", "prove", "export", "anchor", "setup"])
def test_each_verb_teaches_by_examples(typed: Typed, verb: str) -> None:
    out = typed("log", verb, "--help").out
    assert "Examples:" in out
    assert "Exit code: 0" in out
