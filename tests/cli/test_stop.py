"""``remit stop``: the receipt on the terminal and as data, and an exit code that is a yes only for a proved end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import LEFT, SURVIVED, answers, receipt

from remit.errors import SupervisorError
from remit.supervisor import client
from remit.supervisor.registry import RunFolder
from remit.supervisor.report import Rung, Verdict

Typed = Callable[..., Any]


@pytest.mark.parametrize(
    ("report", "code", "word"),
    [
        (receipt(), 0, "dead"),
        (SURVIVED, 4, "SURVIVORS"),
        (receipt(Verdict.UNKNOWN), 10, "NOT PROVED"),
    ],
)
def test_only_a_proved_end_is_a_yes(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, report: object, code: int, word: str
) -> None:
    answers(monkeypatch, "stop", report)
    answer = typed("stop", "clerk-1")
    assert (answer.code, answer.out.split("  ")[0]) == (code, word)
    assert "clerk-1" in answer.out


def test_a_receipt_tells_who_survived_what_is_proved_and_what_was_left(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivors = SURVIVED.survivors
    answers(monkeypatch, "stop", receipt(Verdict.SURVIVORS, survivors=survivors, residue=LEFT))
    assert typed("stop", "clerk-1").out.splitlines() == [
        "SURVIVORS  clerk-1  by kill in 2.1 ms: asked for by an overseer",
        "alive      4711  python evil.py",
        "seen       PID namespace 7: its init is gone",
        "left       cron: /etc/cron.d/again, new, of agent",
        "new        listening-socket: tcp 127.0.0.1:9 and 1 more",
        "unseen     scheduled-call: calls, nobody to ask",
    ]


def test_a_run_that_had_ended_says_so_and_who_ended_it(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "stop", receipt(rung=Rung.ALREADY, reason="the wall-clock budget is used up", by="budget"))
    out = typed("stop", "clerk-1").out
    assert out.startswith("dead   clerk-1  had ended before: the wall-clock budget is used up (budget)\n")


def test_text_of_the_agent_cannot_move_the_cursor(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = receipt(proof=("\x1b[2Jgone",), reason="\x1b[31mred")
    answers(monkeypatch, "stop", evil)
    out = typed("stop", "clerk-1").out
    assert "\x1b" not in out
    assert "\\x1b[2Jgone" in out


def test_times_and_reason_reach_the_supervisor(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, "stop", receipt())
    assert typed("stop", "clerk", "--grace", "1500ms", "--within", "3", "--reason", "spends too much").code == 0
    assert asked == [(("clerk",), {"grace": 1.5, "within": 3.0, "reason": "spends too much"})]


@pytest.mark.parametrize("text", ["soon", "-1", "5 years", ""])
def test_a_time_nobody_can_read_is_a_usage_error(typed: Typed, text: str) -> None:
    answer = typed("stop", "clerk", "--grace", text)
    assert answer.code == 2
    assert "is not a time" in answer.err


def test_the_receipt_as_data_is_the_receipt(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    report = receipt(Verdict.UNKNOWN, residue=LEFT)
    answers(monkeypatch, "stop", report)
    answer = typed("stop", "clerk-1", "--json")
    document = json.loads(answer.out)
    assert answer.code == 10
    assert (document["schema"], document["version"], document["dead"]) == ("remit.stop/1", 1, False)
    assert type(report).of(document) == report


@pytest.mark.usefixtures("state")
@pytest.mark.requirement("RUN-02")
def test_without_a_run_nothing_is_stopped_and_the_runs_are_listed(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, "stop", receipt())
    answer = typed("stop")
    assert answer.code == 2
    assert "no runs yet" in answer.out
    assert "nothing was done: remit stop RUN" in answer.err
    assert asked == []


@pytest.mark.usefixtures("state")
def test_a_run_nobody_knows_is_a_usage_error(typed: Typed) -> None:
    answer = typed("stop", "nobody")
    assert answer.code == 2
    assert "there is no run `nobody`" in answer.err


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two runs that live."""
    folders = [RunFolder(run=name, path=tmp_path / name) for name in ("clerk-1", "clerk-2")]
    monkeypatch.setattr(client, "living", lambda: iter(folders))


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("second", "code"), [(receipt(), 0), (receipt(Verdict.UNKNOWN), 10), (SURVIVED, 4), (SupervisorError("gone"), 10)]
)
def test_of_all_runs_the_worst_receipt_decides(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, second: object, code: int
) -> None:
    def stop(name: str, **_options: object) -> object:
        if name == "clerk-1":
            return receipt()
        if isinstance(second, Exception):
            raise second
        return second

    answers(monkeypatch, "stop", stop)
    answer = typed("stop", "--all", "--json")
    document = json.loads(answer.out)
    assert answer.code == code
    assert (document["schema"], document["dead"], len(document["reports"])) == ("remit.stop-all/1", code == 0, 2)


@pytest.mark.usefixtures("two")
def test_all_runs_are_stopped_at_the_same_time(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2, timeout=120)

    def stop(_name: str, **_options: object) -> object:
        together.wait()  # never passed by one alone
        return receipt()

    answers(monkeypatch, "stop", stop)
    assert typed("stop", "--all").code == 0


@pytest.mark.usefixtures("state")
def test_with_nothing_alive_there_is_nothing_to_stop(typed: Typed) -> None:
    answer = typed("stop", "--all")
    assert (answer.code, answer.out) == (0, "nothing to stop: no run of this account lives\n")


def test_a_run_and_all_of_them_is_a_contradiction(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, "stop", receipt())
    assert typed("stop", "clerk-1", "--all").code == 2
    assert asked == []


def test_an_interruption_cuts_the_grace_short(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    graces: list[float] = []

    def stop(_name: str, *, grace: float, **_options: object) -> object:
        graces.append(grace)
        if grace:
            raise KeyboardInterrupt
        return receipt()

    answers(monkeypatch, "stop", stop)
    assert typed("stop", "clerk-1", "--grace", "60").code == 0
    assert graces == [60.0, 0.0]


@pytest.mark.requirement("STOP-05")
@pytest.mark.usefixtures("state")
def test_a_stop_loads_neither_charters_nor_what_reads_them() -> None:
    code = (
        "import contextlib, sys\n"
        "from remit.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(['stop', 'nobody'])\n"
        "with contextlib.suppress(SystemExit): main(['stop', '--all', '--json'])\n"
        "heavy = ('ruamel', 'cel', 'mcp', 'numpy', 'asyncio', 'remit.charter', 'remit.incentives.report')\n"
        "print([name for name in heavy if name in sys.modules], 'remit.supervisor.client' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout.splitlines()[-1] == "[] True"
