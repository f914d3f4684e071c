"""``remit run``: what is asked of the supervisor, what is said about it, and whose exit code it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import CHARTER, LEFT, NO_HOLD, SURVIVED, Stage, answers, play, receipt

from remit.cli.runs.attending import GRACE
from remit.errors import NotEnforcedError
from remit.supervisor import running
from remit.supervisor.report import Verdict

Typed = Callable[..., Any]
BROKERED = 'credentials: {card: {from: "broker:card", ttl: 1h}}\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a charter of four parts, as the working directory."""
    (tmp_path / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stage(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A run that ends at once, with everything enforced."""
    return play(monkeypatch, desk)


def test_the_command_goes_to_the_supervisor_as_it_was_typed(typed: Typed, stage: Stage, desk: Path) -> None:
    assert typed("run", "--", "agent", "--json", "--quiet", "--", "x y").code == 0
    assert stage.asked["command"] == ("agent", "--json", "--quiet", "--", "x y")
    confinement = stage.asked["confinement"]
    assert (confinement.folder, confinement.write) == (str(desk), (str(desk / "work"),))
    assert stage.asked["require"] == "full"
    assert stage.asked["interactive"] is True
    assert stage.asked["name"] == "clerk"
    assert stage.asked["subject"]["digest"].startswith("sha256:")


def test_options_reach_the_supervisor(typed: Typed, stage: Stage, desk: Path) -> None:
    (desk / "elsewhere").mkdir()
    words = ("--require", "best-effort", "--backend", "plain", "--deadman", "2m", "--folder", "elsewhere", "--detach")
    assert typed("run", "remit.yaml", *words, "--", "agent").code == 0
    assert (stage.asked["require"], stage.asked["backend"], stage.asked["interactive"]) == (
        "best-effort",
        "plain",
        False,
    )
    assert stage.asked["confinement"].deadman == 120
    assert stage.asked["confinement"].folder == str(desk / "elsewhere")


@pytest.mark.parametrize("status", [0, 7, 143])
def test_the_exit_code_is_the_agents(typed: Typed, stage: Stage, status: int) -> None:
    stage.run.statuses = [status]
    assert typed("run", "--", "agent").code == status


def test_an_end_nobody_knows_is_no_yes(typed: Typed, stage: Stage) -> None:
    stage.run.statuses = [None]
    assert typed("run", "--", "agent").code == 4


def test_survivors_beat_the_agents_exit_code(typed: Typed, stage: Stage) -> None:
    stage.run.ended = SURVIVED
    answer = typed("run", "--", "agent")
    assert answer.code == 4
    assert "SURVIVORS" in answer.err


@pytest.mark.requirement("CAGE-01")
def test_what_is_enforced_in_full_is_one_line(typed: Typed, stage: Stage) -> None:
    answer = typed("run", "--", "agent")
    assert answer.out == ""
    assert answer.err.splitlines() == [
        "run   clerk-1  remit.yaml, played: all 11 pieces asked for are enforced",
        "stop  remit stop clerk-1",
    ]
    assert stage.run.stops == []


@pytest.mark.requirement("CAGE-01")
def test_what_is_less_than_full_is_said_with_its_reason(
    typed: Typed, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, desk, NO_HOLD)
    (desk / "remit.yaml").write_text(CHARTER + BROKERED, encoding="utf-8")
    lines = typed("run", "--require", "best-effort", "--", "agent").err.splitlines()
    assert lines == [
        "run      clerk-1  remit.yaml, played: 10 of 11 pieces asked for are enforced",
        "none     hold: no cgroup can be made here",
        "without  `card`: no broker is attached to a run yet, so the agent has no such secret",
        "stop     remit stop clerk-1",
    ]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (receipt(by="agent"), False),
        (receipt(by="agent", residue=LEFT[1:]), False),
        (receipt(by="agent", residue=LEFT), True),
        (receipt(Verdict.UNKNOWN, by="agent"), True),
        (receipt(by="budget", reason="the wall-clock budget is used up"), True),
    ],
)
def test_the_end_is_told_where_there_is_something_to_know(
    typed: Typed, stage: Stage, end: object, *, told: bool
) -> None:
    stage.run.ended = end  # type: ignore[assignment]
    assert ("PID namespace 7" in typed("run", "--", "agent").err) is told
    stage.run.statuses = [0]
    assert typed("run", "--quiet", "--", "agent").err == ""


def test_detached_it_prints_the_name_and_nothing_else(typed: Typed, stage: Stage) -> None:
    answer = typed("run", "--detach", "--", "agent")
    assert (answer.code, answer.out) == (0, "clerk-1\n")
    assert stage.run.statuses == [0], "nobody waited"


@pytest.mark.parametrize("detach", [(), ("--detach",)])
def test_a_run_as_data(typed: Typed, stage: Stage, detach: tuple[str, ...]) -> None:
    stage.run.ended = receipt(by="agent")
    document = json.loads(typed("run", "--json", *detach, "--", "agent", "x").out)
    assert (document["schema"], document["version"], document["run"]) == ("remit.run/1", 1, "clerk-1")
    assert document["command"] == ["agent", "x"]
    assert document["missing"] == []
    assert {"piece", "degree", "by", "reason"} == set(document["enforced"][0])
    assert document["status"] == (None if detach else 0)
    assert (document["report"] is None) is bool(detach)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run",), "write it behind `--`"),
        (("run", "--"), "write it behind `--`"),
        (("run", "python", "agent.py"), "the agent's command stands behind `--`"),
        (("run", "sh", "-c", "ls"), "the agent's command stands behind `--`"),
        (("run", "--require", "some", "--", "x"), "full, best-effort"),
        (("run", "--backend", "docker", "--", "x"), "bubblewrap, namespaces, plain"),
        (("run", "--folder", "nowhere", "--", "x"), "nowhere"),
        (("run", "--deadman", "never", "--", "x"), "is not a time"),
    ],
)
def test_a_wrong_command_line_says_what_is_right(typed: Typed, stage: Stage, words: tuple[str, ...], says: str) -> None:
    answer = typed(*words)
    assert answer.code == 2
    assert says in " ".join(answer.err.split())
    assert stage.asked == {}


def test_without_a_charter_nothing_runs(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = typed("run", "--", "agent")
    assert answer.code == 3
    assert "remit init" in answer.err


@pytest.mark.usefixtures("desk")
def test_a_refusal_is_told_and_is_no_yes(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> object:
        message = "this host does not enforce what the charter asks for: hold: none (a); stop: none (b)"
        raise NotEnforcedError(message, hint="`remit doctor` says what to install")

    monkeypatch.setattr(running, "supervise", refuse)
    answer = typed("run", "--json", "--", "agent")
    assert answer.code == 4
    assert answer.err.splitlines() == [
        "error: this host does not enforce what the charter asks for:",
        "  hold: none (a)",
        "  stop: none (b)",
        "  hint: `remit doctor` says what to install",
    ]
    assert json.loads(answer.out)["error"]["code"] == "supervisor.not-enforced"


@pytest.mark.parametrize(("statuses", "stops"), [([143], [GRACE]), ([InterruptedError(), 137], [GRACE, 0.0])])
def test_an_interruption_stops_the_run_and_a_second_one_at_once(
    typed: Typed, stage: Stage, statuses: list[Any], stops: list[float]
) -> None:
    stage.run.statuses = [KeyboardInterrupt(), *statuses]
    answer = typed("run", "--", "agent")
    assert answer.code == statuses[-1]
    assert stage.run.stops == stops
    assert "Ctrl-C again" in answer.err


def test_a_stop_that_is_outlived_ends_the_wait(typed: Typed, stage: Stage) -> None:
    stage.run.statuses = [KeyboardInterrupt(), TimeoutError()]
    assert typed("run", "--", "agent").code == 4


def test_the_terminal_holds_the_dead_mans_switch_down(
    typed: Typed, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = answers(monkeypatch, "beat", None)
    monkeypatch.setattr("remit.supervisor.client.key_of", lambda _folder: "key")
    stage.run.statuses = [TimeoutError(), TimeoutError(), 5]
    assert typed("run", "--deadman", "1", "--", "agent").code == 5
    assert [arguments[0] for arguments, _ in beats] == ["clerk-1"] * 3
    assert {options["key"] for _, options in beats} == {"key"}
