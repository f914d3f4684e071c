"""``remit hold``, ``resume`` and ``beat``: what is asked, what is said, and that a no is no yes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import answers

from remit.errors import SupervisorError

Typed = Callable[..., Any]
UNAUTHORISED = SupervisorError("the request carries no valid key of an overseer", code="supervisor.unauthorised")


@pytest.mark.requirement("STOP-02")
def test_a_hold_says_how_long_it_took_and_what_to_do_next(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, "hold", {"ok": True, "held": True, "took": 0.0004, "reason": ""})
    answer = typed("hold", "clerk-1", "--reason", "wrong recipients")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "held  clerk-1  in 0.4 ms: every process stands still, no call leaves",
        "      go on: remit resume clerk-1   end it: remit stop clerk-1",
    ]
    assert asked == [(("clerk-1",), {"reason": "wrong recipients"})]


@pytest.mark.requirement("STOP-02")
def test_a_hold_the_kernel_did_not_bring_about_is_no_yes(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "hold", {"ok": True, "held": False, "took": 2.0, "reason": "no cgroup can be frozen here"})
    answer = typed("hold", "clerk-1")
    assert (answer.code, answer.out) == (4, "")
    assert "is not held: no cgroup can be frozen here" in answer.err
    document = json.loads(typed("hold", "clerk-1", "--json").out)
    assert document == {
        "schema": "remit.hold/1", "version": 1, "run": "clerk-1", "held": False, "took": 2.0,
        "reason": "no cgroup can be frozen here",
    }  # fmt: skip


def test_a_hold_that_a_process_may_have_left_is_no_yes(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    why = "without a PID namespace a process can leave the cgroup, or start another outside it"
    answers(monkeypatch, "hold", {"ok": True, "held": True, "took": 0.0004, "reason": why})
    answer = typed("hold", "clerk-1")
    assert answer.code == 10
    assert answer.out.splitlines()[0] == "held  clerk-1  in 0.4 ms: what was found stands still"
    assert f"but {why}" in " ".join(answer.out.split())
    assert "every process" not in answer.out
    assert json.loads(typed("hold", "clerk-1", "--json").out)["reason"] == why


@pytest.mark.parametrize(("resumed", "code"), [(True, 0), (False, 4)])
def test_a_run_that_does_not_go_on_is_no_yes(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, *, resumed: bool, code: int
) -> None:
    asked = answers(monkeypatch, "resume", {"ok": True, "resumed": resumed})
    assert typed("resume", "clerk-1").code == code
    assert asked == [(("clerk-1",), {"key": None})]
    assert json.loads(typed("resume", "clerk-1", "--json").out)["resumed"] is resumed


@pytest.mark.requirement("STOP-02")
@pytest.mark.parametrize("verb", ["resume", "beat"])
def test_the_key_of_another_overseer_comes_from_a_file(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str
) -> None:
    asked = answers(monkeypatch, verb, {"ok": True, "resumed": True})
    (tmp_path / "key").write_text("abc\n", encoding="ascii")
    assert typed(verb, "clerk-1", "--key-file", str(tmp_path / "key")).code == 0
    assert asked == [(("clerk-1",), {"key": "abc"})]
    missing = typed(verb, "clerk-1", "--key-file", str(tmp_path / "none"))
    assert missing.code == 4
    assert "cannot be read: no such file" in " ".join(missing.err.split())


@pytest.mark.parametrize("verb", ["resume", "beat"])
def test_without_a_valid_key_the_answer_is_no(typed: Typed, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    answers(monkeypatch, verb, UNAUTHORISED)
    answer = typed(verb, "clerk-1")
    assert answer.code == 4
    assert "no valid key" in answer.err


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("verb", ["hold", "resume", "beat", "correct"])
def test_a_verb_without_a_run_lists_the_runs_and_does_nothing(typed: Typed, verb: str) -> None:
    answer = typed(verb)
    assert answer.code == 2
    assert "no runs yet" in answer.out
    assert f"nothing was done: remit {verb}" in answer.err


def test_a_beat_that_was_heard_says_so(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "beat", None)
    assert typed("beat", "clerk-1").out == "heard  clerk-1 may go on\n"
    assert json.loads(typed("beat", "clerk-1", "--json").out)["heard"] is True
