"""``remit runs``: every run with how it stands, the living first, read from its folder and its supervisor."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import answers

from remit.cli.runs.run_names import known_runs
from remit.errors import SupervisorError
from remit.supervisor import client
from remit.supervisor.registry import RunFolder, write_whole

Typed = Callable[..., Any]
ENDED = {"phase": "ended", "how": "exited", "status": 0, "verdict": "dead"}


def made(state: Path, run: str, age: float, **facts: object) -> RunFolder:
    """A run's folder with what it says of itself, made in the order of these calls."""
    folder = RunFolder(run=run, path=state / run)
    folder.path.mkdir(parents=True)
    command = ["python", "agent.py", "two words"]
    if facts:
        write_whole(folder.state_file, {"run": run, "command": command, "began": time.time() - age, **facts})
    before = max((other.stat().st_ctime for other in state.iterdir() if other != folder.path), default=0.0)
    while folder.path.stat().st_ctime <= before:  # the runs stand in the order of these times
        os.utime(folder.path)
    return folder


def alive(monkeypatch: pytest.MonkeyPatch, *folders: RunFolder) -> None:
    """Let these runs live."""
    monkeypatch.setattr(client, "living", lambda: iter(folders))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (ENDED, "exited 0"),
        ({**ENDED, "status": 143}, "exited 143"),
        ({**ENDED, "how": "stopped", "status": 137}, "stopped"),
        ({**ENDED, "verdict": "unknown"}, "exited 0, end not proved"),
        ({**ENDED, "how": "stopped", "verdict": "survivors"}, "SURVIVORS"),
        ({"phase": "running"}, "lost its supervisor"),
        ({}, "not started"),
    ],
)
def test_a_run_that_ended_says_how(typed: Typed, state: Path, facts: dict[str, object], words: str) -> None:
    made(state, "clerk-1", 180_000, **facts)
    line = typed("runs").out.splitlines()[1]
    assert f"{line}  ".startswith(f"clerk-1  {words}  ")
    assert not facts or line.endswith("2 d ago  python agent.py 'two words'")


def test_the_living_come_first_and_their_supervisor_is_asked(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = made(state, "old", 7200, phase="running")
    made(state, "new", 5, **ENDED)
    alive(monkeypatch, lives)
    monkeypatch.setattr(client, "status", lambda run: {**lives.read_state(), "phase": "held", "run": run})
    lines = typed("runs").out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["old", "held"], ["new", "exited"]]


def test_a_supervisor_that_goes_while_it_is_asked_is_lost(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive(monkeypatch, made(state, "clerk-1", 5, phase="running"))

    def gone(_run: str) -> object:
        raise SupervisorError("the supervisor hung up")

    monkeypatch.setattr(client, "status", gone)
    assert "lost its supervisor" in typed("runs").out


def test_only_the_latest_are_listed_unless_all_are_asked_for(typed: Typed, state: Path) -> None:
    for number in range(13):
        made(state, f"clerk-{number:02}", 100 - number, **ENDED)
    out = typed("runs").out
    assert "clerk-12" in out
    assert "clerk-02" not in out
    assert "... and 3 more that ended: remit runs --all" in out
    assert "clerk-02" in typed("runs", "--all").out


def test_runs_as_data(typed: Typed, state: Path) -> None:
    made(state, "clerk-1", 5, **ENDED)
    document = json.loads(typed("runs", "--json").out)
    assert (document["schema"], document["version"]) == ("remit.runs/1", 1)
    [run] = document["runs"]
    assert (run["run"], run["how"], run["status"], run["verdict"]) == ("clerk-1", "exited", 0, "dead")
    assert run["command"] == ["python", "agent.py", "two words"]
    assert run["folder"] == str(state / "clerk-1")


@pytest.mark.usefixtures("state")
def test_before_the_first_run_it_says_how_to_start_one(typed: Typed) -> None:
    assert typed("runs").out == "no runs yet: start one with `remit run -- COMMAND`\n"


@pytest.mark.parametrize(
    ("typed_name", "meant"), [("clerk", "clerk-2"), ("clerk-2", "clerk-2"), ("clerk-1", "clerk-1"), ("mail", "mail")]
)
def test_a_beginning_is_enough_where_one_run_that_lives_starts_with_it(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch, typed_name: str, meant: str
) -> None:
    made(state, "clerk-1", 50, **ENDED)
    lives = [made(state, name, 5, phase="running") for name in ("clerk-2", "desk-1", "desk-2")]
    alive(monkeypatch, *lives)
    asked = answers(monkeypatch, "beat", None)
    assert typed("beat", typed_name).code == 0
    assert asked == [((meant,), {"key": None})]
    doubtful = typed("beat", "desk")
    assert doubtful.code == 2
    assert "which one: desk-1, desk-2" in doubtful.err
    assert len(asked) == 1


def test_names_are_completed_the_living_first(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lives = made(state, "clerk-1", 50, phase="running")
    made(state, "clerk-2", 5, **ENDED)
    made(state, "desk-1", 1, **ENDED)
    alive(monkeypatch, lives)
    assert os.environ["XDG_STATE_HOME"] == str(state.parents[1])
    assert known_runs("cl") == ["clerk-1", "clerk-2"]
    assert known_runs("") == ["clerk-1", "desk-1", "clerk-2"]
    assert known_runs("x") == []


def test_servers_of_a_run_and_runs_of_a_drill_are_left_out_unless_all_are_asked_for(typed: Typed, state: Path) -> None:
    made(state, "clerk-1", 9, **ENDED, role="agent", part_of="")
    made(state, "git-1", 8, **ENDED, role="server", part_of="clerk-1")
    made(state, "lone-1", 7, **ENDED, role="server", part_of="")
    made(state, "drill-1", 6, **ENDED, role="drill")
    assert [line.split()[0] for line in typed("runs").out.splitlines()[1:]] == ["clerk-1"]
    every = json.loads(typed("runs", "--all", "--json").out)["runs"]
    assert [(run["run"], run["role"]) for run in every] == [
        ("drill-1", "drill"),
        ("lone-1", "server"),
        ("git-1", "server"),
        ("clerk-1", "agent"),
    ]


def test_the_server_of_a_proxy_is_listed_while_it_lives_by_the_command_that_was_typed(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = ["/bin/sh", "/somewhere/remit/proxy/start.sh", "/home/me", "mcp-server-git", "--repository", "."]
    lives = made(state, "git-1", 5, phase="running", role="server", part_of="", command=wrapped)
    alive(monkeypatch, lives)
    answers(monkeypatch, "status", lives.read_state())
    [line] = typed("runs").out.splitlines()[1:]
    assert line.startswith("git-1")
    assert line.endswith("mcp-server-git --repository .")


def test_a_beginning_that_only_ended_runs_have_means_the_last_of_them(typed: Typed, state: Path) -> None:
    for name in ("clerk-1", "clerk-2"):
        made(state, name, 5, **ENDED)
    answer = typed("hold", "clerk")
    assert answer.code == 4
    assert "`clerk-2` has ended" in answer.err


def test_a_server_is_meant_by_a_beginning_only_where_no_other_run_is(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [made(state, "git-1", 5, phase="running", part_of="git-2"), made(state, "git-2", 5, phase="running")]
    monkeypatch.setattr(client, "living", lambda: iter(folders))
    asked = answers(monkeypatch, "beat", None)
    assert typed("beat", "git").code == 0
    folders.pop()
    assert typed("beat", "git").code == 0
    assert [call[0] for call in asked] == [("git-2",), ("git-1",)]
