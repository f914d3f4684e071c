"""``--evidence`` on every verb that has some: what is written reads back, and what is not shown is no pass."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.small_ledgers import small_ledger
from tests.small_scenarios import counting_scenario, small_organisms

from remit.assurance.record import Record
from remit.assurance.records import read_record
from remit.charter.reader import read_charter
from remit.ledger.places import make_private, run_ledger
from remit.ledger.store import Ledger

Typed = Callable[..., Any]
CHARTER = """\
remit: 1
agent: {name: clerk}
purpose:
  text: file the invoices of the day; done when none is left
  task: [{when: out.filed, value: 1}]
overseers: {me: {channels: [cli]}}
grants:
  - {tool: bash, effects: [data.write, out.filed]}
"""


def taken(path: Path) -> Record:
    return read_record(path.read_bytes(), name=path.name)


def a_run(*commands: str, charter: str = "") -> Path:
    """The ledger of a run whose agent called a shell, each call with its outcome."""
    path = run_ledger(os.environ, "clerk-1")
    make_private(path.parent)
    with Ledger.open(path) as ledger:
        ledger.record("started", {"run": "clerk-1", "command": ["python", "agent.py"]})
        if charter:
            ledger.record("opened", {"charter": charter})
        for command in commands:
            call = {"id": "1", "tool": "bash", "args": {"command": command}, "principal": "", "server": "sh"}
            number = ledger.record("intent", {"call": call, "decision": "allow"})
            ledger.record("outcome", {"intent": number, "result": "performed"})
        ledger.record("exited", {"status": 0})
    return path


@pytest.fixture
def desk(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a charter, and a state folder of its own."""
    assert state.name == "runs"
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.requirement("RECORD-06")
@pytest.mark.parametrize(
    ("words", "result", "code"),
    [
        ((), "fail", 1),
        (("--fail-on", "never"), "fail", 0),
        (("--fail-on", "tier:T0"), "fail", 0),
        (("--baseline", "remit.yaml"), "fail", 0),
        (("--lint-only", "--fail-on", "never"), "fail", 0),
    ],
)
@pytest.mark.usefixtures("engine")
def test_a_weaker_policy_buys_no_pass_for_a_charter(
    typed: Typed, folder: Path, words: tuple[str, ...], result: str, code: int
) -> None:
    assert typed("check", "--evidence", "check.json", *words).code == code
    record = taken(folder / "check.json")
    assert (record.kind, record.result.value) == ("incentive_check", result)
    assert record.subject == {"charter": read_charter(folder / "remit.yaml").digest}


@pytest.mark.requirement("RECORD-06")
@pytest.mark.usefixtures("engine")
def test_a_text_without_fault_is_no_pass_for_nothing_was_computed(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.incentives.text_findings.lint_charter", lambda _charter: ())
    assert typed("check", "--lint-only", "--evidence", "check.json").code == 0
    assert taken(folder / "check.json").because == ("only the text was looked at: no reading was computed",)
    assert taken(folder / "check.json").result.value == "inconclusive"


@pytest.mark.requirement("RECORD-06")
@pytest.mark.usefixtures("engine")
def test_a_clean_charter_passes_with_its_readings_their_priors_and_the_seed(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("check", "--fix", "--output", "smaller.yaml")
    monkeypatch.setattr("remit.incentives.text_findings.lint_charter", lambda _charter: ())
    answer = typed("check", "smaller.yaml", "--evidence", "check.json", "--seed", "7", "--subject", "image=sha256:aa")
    record = taken(folder / "check.json")
    assert (answer.code, record.result.value) == (0, "pass")
    assert (record.details["readings"]["goals"], record.details["readings"]["seed"]) == (2000, 7)
    assert set(record.details["readings"]["drives"]["self-preservation"]) >= {"linear"}
    assert record.subject["image"] == "sha256:aa"
    assert record.details["asserted"]["subject"] == {"image": "sha256:aa"}


@pytest.mark.requirement("RECORD-05")
@pytest.mark.parametrize(
    "words",
    [("image",), ("image=",), ("charter=sha256:aa",), ("weather=fine",), ("image=a", "image=b"), ("image=a\tb",)],
)
@pytest.mark.usefixtures("folder", "engine")
def test_what_is_no_part_of_a_subject_is_a_usage_error(typed: Typed, words: tuple[str, ...]) -> None:
    options = [part for word in words for part in ("--subject", word)]
    assert typed("check", "--evidence", "check.json", *options).code == 2
    assert not Path("check.json").exists()


@pytest.mark.requirement("RECORD-06")
def test_a_ledger_is_evidence_only_with_an_anchor(typed: Typed, desk: Path) -> None:
    a_run("ls", "git status", charter=f"sha256:{'c' * 64}")
    typed("log", "verify", "clerk-1", "--evidence", "run.json")
    assert taken(desk / "run.json").result.value == "inconclusive"
    typed("log", "anchor", "clerk-1", "--to", "anchors.jsonl")
    words = (
        "log",
        "verify",
        "clerk-1",
        "--anchor",
        "anchors.jsonl",
        "--evidence",
        "run.json",
        "--subject",
        "image=i@1",
    )
    assert typed(*words).code == 0
    record = taken(desk / "run.json")
    assert (record.kind, record.result.value, record.run) == ("run_record", "pass", "clerk-1")
    assert (record.n, record.k) == (2, 2)
    assert record.subject == {"charter": f"sha256:{'c' * 64}", "image": "i@1"}
    assert record.details["verification"]["steps"] == list(range(1, 9))


@pytest.mark.requirement("RECORD-06")
def test_calls_are_counted_by_how_they_ended_and_an_unknown_end_is_no_pass(typed: Typed, desk: Path) -> None:
    small_ledger("mailer-3f2a9c")
    typed("log", "anchor", "mailer", "--to", "anchors.jsonl")
    assert typed("log", "verify", "mailer", "--anchor", "anchors.jsonl", "--evidence", "run.json").code == 0
    record = taken(desk / "run.json")
    assert record.because == ("calls nobody knows the end of: 1",)
    assert (record.result.value, record.n, record.k) == ("inconclusive", 4, 3)
    assert record.details["calls"] == {"denied": 1, "failed": 1, "performed": 1, "unknown": 1}
    assert (record.details["denied"], record.details["held"], record.details["overrides"]) == (1, 1, 0)
    assert record.details["blocked_but_benign"]["n"] >= 1


@pytest.mark.requirement("RECORD-06")
def test_a_ledger_without_a_call_and_one_that_was_changed_are_no_pass(typed: Typed, desk: Path) -> None:
    path = a_run()
    typed("log", "anchor", "clerk-1", "--to", "anchors.jsonl")
    words = ("log", "verify", "clerk-1", "--anchor", "anchors.jsonl", "--evidence", "run.json")
    assert typed(*words).code == 0
    assert taken(desk / "run.json").because == ("the ledger holds no call",)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update entries set body = cast(replace(body, 'agent', 'angel') as blob) where number = 1")
    assert typed(*words).code == 1
    record = taken(desk / "run.json")
    assert record.result.value == "fail"
    assert "entry 1 is not what was recorded" in record.because[0]


@pytest.mark.requirement("RECORD-06")
def test_sessions_under_several_charters_speak_of_none(typed: Typed, desk: Path) -> None:
    path = a_run("ls", charter=f"sha256:{'c' * 64}")
    with Ledger.open(path) as ledger:
        ledger.record("opened", {"charter": f"sha256:{'d' * 64}"})
    typed("log", "anchor", "clerk-1", "--to", "anchors.jsonl")
    typed("log", "verify", "clerk-1", "--anchor", "anchors.jsonl", "--evidence", "run.json")
    record = taken(desk / "run.json")
    assert record.subject == {}
    assert record.because == ("sessions ran under several charters",)


def test_one_entry_is_no_evidence_of_a_ledger(typed: Typed, desk: Path) -> None:
    assert typed("log", "verify", "--proof", "p.json", "--evidence", "run.json").code == 2
    assert not (desk / "run.json").exists()


@pytest.mark.requirement("RECORD-06")
@pytest.mark.parametrize(
    ("commands", "words", "result"),
    [
        (("ls", "git status"), (), "pass"),
        (("ls", "systemctl stop auditd", "crontab again.cron"), (), "fail"),
        (("ls", "systemctl stop auditd", "crontab again.cron"), ("--fail-on", "never"), "inconclusive"),
        ((), (), "inconclusive"),
    ],
)
def test_a_watch_passes_where_calls_were_seen_and_none_was_alarming(
    typed: Typed, desk: Path, commands: tuple[str, ...], words: tuple[str, ...], result: str
) -> None:
    digest = read_charter(desk / "remit.yaml").digest
    a_run(*commands, charter=digest)
    words = ("monitor", "remit.yaml", "--replay", "clerk-1", "--evidence", "w.json", "--subject", "model=m@1", *words)
    typed(*words)
    record = taken(desk / "w.json")
    assert (record.kind, record.result.value, record.n) == ("monitor_run", result, len(commands))
    assert record.subject == {"charter": digest, "model": "m@1"}


@pytest.mark.requirement("RECORD-06")
def test_a_watch_of_calls_under_another_charter_does_not_speak_of_this_one(typed: Typed, desk: Path) -> None:
    a_run("ls", charter=f"sha256:{'d' * 64}")
    typed("monitor", "remit.yaml", "--replay", "clerk-1", "--evidence", "w.json")
    record = taken(desk / "w.json")
    assert (record.subject, record.result.value) == ({}, "inconclusive")


@pytest.mark.requirement("RECORD-05")
def test_an_evaluation_says_of_which_model_and_prompt_it_was_told(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.evals.scenarios.scenarios", lambda: (counting_scenario("interruption", 20),))
    monkeypatch.setattr("remit.evals.organisms.organisms", lambda *_kinds: small_organisms())
    monkeypatch.chdir(tmp_path)
    typed(
        "eval",
        "-o",
        "honest",
        "-n",
        "300",
        "--below",
        "0.1",
        "--evidence",
        "e.json",
        "--subject",
        "model=m@1",
        "--subject",
        "prompt=p@2",
    )
    record = taken(tmp_path / "e.json")
    assert record.subject == {"agent": "honest", "model": "m@1", "prompt": "p@2"}
    assert record.details["asserted"]["by"] == "the command line"
    assert record.result.value == "pass"


def test_several_agents_are_several_records_and_no_file_of_evidence(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.evals.scenarios.scenarios", lambda: (counting_scenario("interruption", 20),))
    monkeypatch.setattr("remit.evals.organisms.organisms", lambda *_kinds: small_organisms())
    monkeypatch.chdir(tmp_path)
    typed("eval", "-o", "honest", "-o", "cheat", "-n", "20", "--evidence", "e.json")
    records = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert [taken_of(record).subject["agent"] for record in records] == ["honest", "cheat"]


def taken_of(record: dict[str, Any]) -> Record:
    return read_record(json.dumps(record).encode(), name="e.json")
