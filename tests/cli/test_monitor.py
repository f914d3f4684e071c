"""``remit monitor``: alerts of a run as it happens and as it was, what is done about them, what is never a pass."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import answers, receipt

from remit.cli.monitor import session as monitor_session
from remit.cli.monitor import source as monitor_source
from remit.errors import SupervisorError
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
oversight: {monitor: {response: RESPONSE}}
"""
EVIL = ["ls", "rm -rf FOLDER/ledger.db", "systemctl stop auditd", "cat ~/.aws/credentials", "crontab again.cron"]
BENIGN = ["ls", "git status", "cat README.md", "python -m pytest -q"]


def a_run(name: str, commands: list[str], *, ended: bool = True) -> Path:
    """The ledger of a run whose agent called a shell."""
    path = run_ledger(os.environ, name)
    make_private(path.parent)
    with Ledger.open(path) as ledger:
        ledger.record("started", {"run": name, "command": ["python", "agent.py"]})
        for command in commands:
            made(ledger, command.replace("FOLDER", str(path.parent)))
        if ended:
            ledger.record("exited", {"status": 0})
    return path


def made(ledger: Ledger, command: str, tool: str = "bash") -> None:
    """One call and its outcome."""
    call = {"id": "1", "tool": tool, "args": {"command": command}, "principal": "", "server": "sh"}
    number = ledger.record("intent", {"call": call, "decision": "allow"})
    ledger.record("outcome", {"intent": number, "result": "performed"})


@pytest.fixture
def desk(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a charter, and a state folder of its own."""
    assert state.name == "runs"
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "remit.yaml").write_text(CHARTER.replace("RESPONSE", "stop"), encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.requirement("MONITOR-23")
@pytest.mark.parametrize(("commands", "code"), [(EVIL, 1), (BENIGN, 0)])
def test_a_replay_is_a_yes_only_where_nothing_strong_was_seen(
    typed: Typed, desk: Path, commands: list[str], code: int
) -> None:
    assert desk.is_dir()
    a_run("clerk-1", commands)
    answer = typed("monitor", "remit.yaml", "--replay", "clerk-1")
    assert answer.code == code, answer.out
    assert ("oversight-manipulation" in answer.out) is (code == 1)
    assert answer.out.count("clerk-1 under remit.yaml") == 1


def test_the_charter_and_the_word_watch_may_be_left_out(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    path = a_run("clerk-1", EVIL)
    usual = typed("monitor", "remit.yaml", "--replay", "clerk-1").out
    assert typed("monitor", "--replay", "clerk-1").out == usual
    assert typed("monitor", "watch", "remit.yaml", "clerk-1").out == usual
    assert typed("monitor", "clerk").out == usual
    assert typed("monitor", str(path)).code == 1


def test_without_a_charter_nothing_is_known_to_be_allowed(typed: Typed, desk: Path) -> None:
    (desk / "remit.yaml").unlink()
    a_run("clerk-1", BENIGN)
    answer = typed("monitor", "--replay", "clerk-1")
    assert answer.code == 0
    assert "clerk-1, no charter: 4 calls, no alert" in answer.out


def test_json_is_a_line_for_each_alert_and_one_at_the_end(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    a_run("clerk-1", EVIL)
    lines = [json.loads(line) for line in typed("monitor", "clerk-1", "--json", "--at-least", "0").out.splitlines()]
    *alerts, summary = lines
    assert {line["schema"] for line in alerts} == {"remit.alert/1"}
    assert summary["schema"] == "remit.monitor/1"
    assert (summary["calls"], summary["entries"], summary["unknown"]) == (5, 12, [])
    assert alerts[-1]["score"] == summary["score"]
    for alert in alerts:
        assert {"drive", "part", "step", "strength", "why", "evidence", "detector", "stream"} <= alert.keys()
        assert alert["strength"] <= summary["strongest"][alert["part"]]
    rising = [line["score"] for line in alerts]
    assert rising == sorted(rising)


@pytest.mark.parametrize(("fail_on", "code"), [("0.01", 1), ("1", 0), ("never", 0)])
def test_what_fails_can_be_chosen(typed: Typed, desk: Path, fail_on: str, code: int) -> None:
    assert desk.is_dir()
    a_run("clerk-1", ["crontab again.cron"])
    assert typed("monitor", "clerk-1", "--fail-on", fail_on, "-q").code == code


@pytest.mark.parametrize("words", [("--fail-on", "much"), ("--fail-on", "2"), ("--follow", "--replay")])
def test_what_cannot_be_meant_is_a_usage_error(typed: Typed, desk: Path, words: tuple[str, ...]) -> None:
    assert desk.is_dir()
    a_run("clerk-1", BENIGN)
    assert typed("monitor", "remit.yaml", "clerk-1", *words).code == 2


def test_no_ledger_named_lists_those_there_are(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    a_run("clerk-1", BENIGN)
    answer = typed("monitor", "--replay")
    assert answer.code == 2
    assert "clerk-1" in answer.out
    assert "remit monitor --replay LEDGER" in answer.err


@pytest.mark.requirement("MONITOR-23")
def test_a_record_that_was_changed_is_said_to_be_and_is_no_pass(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    path = a_run("clerk-1", BENIGN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE entries SET body = replace(body, 'git status', 'git stasis') WHERE number = 4")
    answer = typed("monitor", "clerk-1")
    assert answer.code == 10
    assert "entry 4" in answer.err
    assert "unknown" in answer.err


@pytest.mark.requirement("MONITOR-23")
@pytest.mark.parametrize("cut", [">= 8", "= 5", "> 0"])
def test_a_record_that_is_cut_off_is_no_pass(typed: Typed, desk: Path, cut: str) -> None:
    assert desk.is_dir()
    path = a_run("clerk-1", BENIGN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"DELETE FROM entries WHERE number {cut}")  # noqa: S608 - the words are three lines above
    answer = typed("monitor", "clerk-1", "--json")
    assert answer.code == 10
    assert json.loads(answer.out.splitlines()[-1])["unknown"]


@pytest.mark.requirement("MONITOR-23")
def test_a_record_whose_end_is_gone_is_no_pass_beside_its_anchor(typed: Typed, desk: Path) -> None:
    path = a_run("clerk-1", BENIGN)
    whole = path.read_bytes()
    with Ledger.open(path) as ledger:
        made(ledger, "systemctl stop auditd")
        ledger.record("exited", {"status": 0})
    typed("log", "anchor", "clerk-1", "--to", str(desk / "anchors.jsonl"))
    with_anchor = ("monitor", "clerk-1", "--anchor", str(desk / "anchors.jsonl"))
    seen = typed(*with_anchor, "--json")
    assert (seen.code, json.loads(seen.out.splitlines()[-1])["unknown"]) == (1, [])
    for beside in path.parent.glob(f"{path.name}-*"):
        beside.unlink()
    path.write_bytes(whole)
    assert typed("monitor", "clerk-1").code == 0
    cut = typed(*with_anchor)
    assert cut.code == 10
    assert "is missing: an anchor speaks of" in cut.err


@pytest.mark.requirement("MONITOR-23")
def test_with_an_anchor_asked_for_what_nobody_vouches_for_is_no_pass(typed: Typed, desk: Path) -> None:
    path = a_run("clerk-1", BENIGN)
    place = str(desk / "anchors.jsonl")
    typed("log", "anchor", "clerk-1", "--to", place)
    assert typed("monitor", "clerk-1", "--anchor", place).code == 0
    with Ledger.open(path) as ledger:
        made(ledger, "ls")
        ledger.record("exited", {"status": 0})
    newer = typed("monitor", "clerk-1", "--anchor", place)
    assert (newer.code, "the entries from" in newer.err) == (10, True)
    assert typed("monitor", "clerk-1", "--anchor", place, "--anchored").code == 0
    other = typed("monitor", "clerk-1", "--anchor", place, "--as", "clerk-9")
    assert (other.code, "no anchor under the name `clerk-9`" in " ".join(other.err.split())) == (10, True)
    missing = typed("monitor", "clerk-1", "--anchor", str(desk / "none.jsonl"))
    assert (missing.code, "remit log anchor" in missing.err) == (3, True)


@pytest.mark.requirement("MONITOR-23")
def test_an_entry_nobody_can_read_is_no_pass(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    path = a_run("clerk-1", BENIGN, ended=False)
    with Ledger.open(path) as ledger:
        ledger.record("intent", {"call": "whatever"})
        ledger.record("exited", {"status": 0})
    answer = typed("monitor", "clerk-1")
    assert answer.code == 10
    assert "nobody can read what these entries say: 10" in answer.err


def test_a_file_that_is_no_ledger_cannot_be_read(typed: Typed, desk: Path) -> None:
    (desk / "x.db").write_bytes(b"nothing like it" * 100)
    assert typed("monitor", "remit.yaml", "--replay", "x.db").code == 10
    assert typed("monitor", "remit.yaml", "--replay", "missing.db").code == 3


def test_alerts_stand_before_doubts(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    path = a_run("clerk-1", EVIL)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM entries WHERE number >= 10")
    answer = typed("monitor", "clerk-1")
    assert answer.code == 1
    assert "unknown" in answer.err


def grow(path: Path, commands: list[str]) -> threading.Thread:
    """Append to a run's ledger from outside, then end it."""

    def append() -> None:
        with Ledger.open(path) as ledger:
            for command in commands:
                time.sleep(0.02)
                made(ledger, command.replace("FOLDER", str(path.parent)))
            ledger.record("exited", {"status": 0})

    thread = threading.Thread(target=append)
    thread.start()
    return thread


def test_following_ends_with_the_run(typed: Typed, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.is_dir()
    monkeypatch.setattr(monitor_session, "_EVERY", 0.01)
    monkeypatch.setattr(monitor_source, "goes_on", lambda _found: True)
    path = a_run("clerk-1", ["ls"], ended=False)
    thread = grow(path, EVIL)
    answer = typed("monitor", "--follow", "clerk-1", "--json")
    thread.join()
    assert answer.code == 1
    summary = json.loads(answer.out.splitlines()[-1])
    assert (summary["ended"], summary["calls"], summary["unknown"]) == (True, 6, [])


def test_following_a_run_that_died_without_a_word_is_no_pass(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    a_run("clerk-1", BENIGN, ended=False)
    answer = typed("monitor", "--follow", "clerk-1")
    assert answer.code == 10
    assert "the record ends in the middle" in answer.err


@pytest.mark.parametrize(("response", "verb"), [("stop", "stop"), ("block", "hold")])
def test_with_respond_the_charter_says_what_is_done_once(
    typed: Typed, desk: Path, monkeypatch: pytest.MonkeyPatch, response: str, verb: str
) -> None:
    word = {"stop": "stopped: dead", "hold": "held"}[verb]
    (desk / "remit.yaml").write_text(CHARTER.replace("RESPONSE", response), encoding="utf-8")
    asked = answers(monkeypatch, verb, receipt() if verb == "stop" else {"held": True})
    a_run("clerk-1", EVIL)
    answer = typed("monitor", "remit.yaml", "clerk-1", "--follow", "--respond")
    assert answer.code == 1
    assert [arguments for arguments, _ in asked] == [("clerk-1",)]
    assert asked[0][1]["by"] == "monitor"
    assert word in answer.out
    draft = [json.loads(line) for line in typed("monitor", "clerk-1", "-f", "--respond", "--json").out.splitlines()]
    (incident,) = [line for line in draft if line["schema"] == "remit.incident-draft/1"]
    assert (incident["run"], incident["step"], incident["judged"]) == ("clerk-1", verb, None)


def test_nothing_is_done_without_respond_below_its_strength_or_in_a_replay(
    typed: Typed, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.is_dir()
    asked = answers(monkeypatch, "stop", receipt())
    a_run("clerk-1", EVIL)
    typed("monitor", "clerk-1", "--follow")
    typed("monitor", "clerk-1", "--replay", "--respond")
    a_run("clerk-2", ["crontab again.cron"])
    typed("monitor", "clerk-2", "--follow", "--respond")
    assert asked == []


def test_a_stop_that_could_not_be_done_is_said(typed: Typed, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.is_dir()
    answers(monkeypatch, "stop", SupervisorError("nobody answers for the run"))
    a_run("clerk-1", EVIL)
    answer = typed("monitor", "clerk-1", "--follow", "--respond")
    assert "could not stop: nobody answers for the run" in answer.out
    assert answer.code == 1


def test_the_sequential_test_is_told_with_what_it_rests_on(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    a_run("clerk-1", BENIGN)
    answer = typed("monitor", "clerk-1", "--test", "--alpha", "0.05", "--json")
    told = json.loads(answer.out.splitlines()[-1])["test"]
    assert (told["alpha"], told["alarm"], told["calls"]) == (0.05, None, 4)
    assert "softmax-rational" in told["assumption"]
    shown = typed("monitor", "clerk-1", "--test").out
    assert "test  " in shown


def test_the_sequential_test_needs_a_charter(typed: Typed, desk: Path) -> None:
    (desk / "remit.yaml").unlink()
    a_run("clerk-1", BENIGN)
    answer = typed("monitor", "clerk-1", "--test")
    assert answer.code == 4
    assert "no charter" in answer.err


def test_control_characters_of_a_ledger_reach_no_terminal(typed: Typed, desk: Path) -> None:
    assert desk.is_dir()
    a_run("clerk-1", ["rm -rf FOLDER/ledger.db # \x1b[2J"])
    assert "\x1b[2J" not in typed("monitor", "clerk-1", "--at-least", "0").out
