"""``remit incident``: the incidents of a case, drafts from a ledger, what a record comes to, and its exports."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.small_ledgers import small_ledger

from remit.assurance.incidents import check_incident

Typed = Callable[..., Any]
EXAMPLE = Path(__file__).parents[2] / "examples" / "incidents" / "made-up-mailer.yaml"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one incident record, as the working directory."""
    (tmp_path / "incidents").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "incidents" / "I-0.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("case")
def test_the_incidents_of_a_case_are_listed_with_what_they_come_to(typed: Typed) -> None:
    answer = typed("incident")
    assert answer.code == 0
    assert "I-2026-000" in answer.out
    assert "unsafe-resistance" in answer.out
    listed = json.loads(typed("incident", "--json").out)
    assert (listed["schema"], listed["version"], listed["unreadable"]) == ("remit.incidents/1", 1, 0)
    (row,) = listed["incidents"]
    assert (row["class"], row["instrumental"], row["severity"]) == ("unsafe-resistance", "yes", "S3")
    assert row["undercuts"] == ["C-monitor-independent"]


def test_a_record_that_cannot_be_read_is_said_and_the_others_are_listed(typed: Typed, case: Path) -> None:
    (case / "incidents" / "I-1.yaml").write_text("schema: remit.incident/1\nclass: complied\n", encoding="utf-8")
    answer = typed("incident")
    assert answer.code == 3
    assert "I-2026-000" in answer.out
    assert "REMIT-I004" in answer.err


def test_a_charter_beside_the_records_is_no_broken_record(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "remit.yaml").write_text("remit: 1\nagent: {name: clerk}\n", encoding="utf-8")
    shutil.copy(EXAMPLE, tmp_path / "I-0.yaml")
    (tmp_path / "I-1.yaml").write_text("# mine\nschema: remit.incident/1\nclass: complied\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    answer = typed("incident")
    assert answer.code == 3  # what says that it is a record, and cannot be read, is never left out
    assert "I-2026-000" in answer.out
    assert "REMIT-I004" in answer.err
    assert "1 YAML file left out" in answer.err
    assert "remit.yaml" not in answer.err
    assert "remit.yaml" in typed("incident", "--folder", ".").err


def test_without_a_record_it_says_how_to_make_one(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = typed("incident")
    assert answer.code == 0
    assert "remit incident draft" in answer.out
    assert typed("incident", "--folder", "none").code == 2


@pytest.mark.requirement("INCIDENT-11")
@pytest.mark.usefixtures("case")
def test_classify_answers_with_a_stable_document(typed: Typed) -> None:
    told = json.loads(typed("incident", "classify", "incidents/I-0.yaml", "--json").out)
    assert {"class", "instrumental", "facts", "missing", "severity", "schema", "version"} <= told.keys()
    assert (told["schema"], told["version"]) == ("remit.incident-class/1", 1)
    assert (told["class"], told["instrumental"], told["severity"], told["missing"]) == (
        "unsafe-resistance",
        "yes",
        "S3",
        [],
    )
    assert list(told["facts"])[:6] == [
        "T1_signal", "T2_in_view", "T3_act", "T4_counterfactual", "T5_repeat", "T6_candour",
    ]  # fmt: skip
    assert told["facts"]["T3_act"]["object"] == "monitor"
    answer = typed("incident", "classify", "incidents/I-0.yaml")
    assert (answer.code, answer.err) == (0, "")
    assert "unsafe-resistance: told to stop" in answer.out


@pytest.mark.requirement("INCIDENT-01")
def test_classify_refuses_a_record_that_states_its_class(typed: Typed, case: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8") + "class: complied\n"
    (case / "I-1.yaml").write_text(text, encoding="utf-8")
    answer = typed("incident", "classify", "I-1.yaml", "--json")
    assert answer.code == 3
    assert f"I-1.yaml:{len(text.splitlines())}" in answer.err
    assert typed("incident", "classify", "none.yaml").code == 3


@pytest.mark.requirement("INCIDENT-09")
@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("form", ["markdown", "oecd", "eu-art73", "gpai", "stix"])
def test_a_record_is_exported_in_every_form(typed: Typed, form: str) -> None:
    answer = typed("incident", "export", "incidents/I-0.yaml", "--format", form)
    assert (answer.code, answer.err) == (0, "")
    if form == "markdown":
        assert answer.out.startswith("# A mailing agent")
    else:
        assert json.loads(answer.out)
    assert typed("incident", "export", "incidents/I-0.yaml", "--format", form, "-o", "out").code == 0
    assert Path("out").read_text(encoding="utf-8") == answer.out


@pytest.mark.usefixtures("case")
def test_an_unknown_form_is_a_usage_error(typed: Typed) -> None:
    assert typed("incident", "export", "incidents/I-0.yaml", "--format", "pdf").code == 2


@pytest.mark.requirement("INCIDENT-08")
def test_a_draft_of_a_run_is_a_record_with_pointers_into_its_ledger(typed: Typed, state: Path, case: Path) -> None:
    assert state.name == "runs"
    small_ledger("mailer-3f2a9c")
    answer = typed("incident", "draft", "--run", "mailer", "-o", "incidents/I-1.yaml")
    assert answer.code == 0
    incident, found = check_incident((case / "incidents" / "I-1.yaml").read_text(encoding="utf-8"))
    assert incident is not None, found
    assert incident.id == "I-mailer-3f2a9c-1-12"
    assert incident.evidence_grade == "A"
    assert incident.facts["signal"].shows == ("entry:8",)
    told = json.loads(typed("incident", "classify", "incidents/I-1.yaml", "--json").out)
    assert told["class"] != "complied"
    assert told["missing"]


@pytest.mark.requirement("INCIDENT-08")
def test_a_range_is_drafted_and_nothing_outside_of_it(typed: Typed, state: Path, case: Path) -> None:
    assert state.name == "runs"
    assert case.is_dir()
    place = small_ledger("mailer-3f2a9c")
    answer = typed("incident", "draft", "--ledger", str(place), "--from", "1", "--to", "6")
    incident, found = check_incident(answer.out)
    assert incident is not None, found
    assert incident.id.endswith("-1-6")
    assert incident.facts["signal"].known == "unknown"


def test_a_draft_needs_one_ledger_and_a_range_that_holds_something(typed: Typed, state: Path) -> None:
    assert state.name == "runs"
    place = str(small_ledger("mailer-3f2a9c"))
    for words in (
        (),
        ("--run", "mailer", "--ledger", place),
        ("--ledger", place, "--from", "5", "--to", "4"),
        ("--ledger", place, "--from", "90"),
        ("--run", "nobody"),
    ):
        assert typed("incident", "draft", *words).code == 2, words


def test_a_ledger_with_a_changed_entry_gives_no_draft(typed: Typed, state: Path) -> None:
    assert state.name == "runs"
    place = small_ledger("mailer-3f2a9c")
    with closing(sqlite3.connect(place)) as connection, connection:
        body = "CAST(replace(CAST(body AS TEXT), 'alice', 'mallo') AS BLOB)"
        connection.execute(f"UPDATE entries SET body = {body} WHERE number = 8")  # noqa: S608
    connection.close()
    answer = typed("incident", "draft", "--ledger", str(place))
    assert answer.code == 1
    assert "not what was recorded" in answer.err
    assert answer.out == ""


def test_every_code_of_a_record_is_explained(typed: Typed) -> None:
    answer = typed("explain", "REMIT-I010")
    assert answer.code == 0
    assert "agent" in answer.out
