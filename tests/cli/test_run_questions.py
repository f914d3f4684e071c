"""A question put during a run is said on the terminal that started it, once, and only to that run's."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.small_runs import PlayedRun

from remit.cli.output import Output
from remit.cli.runs.run_questions import questions_said
from remit.guard.approval import Approvals
from remit.guard.approvals.request import Request
from remit.guard.call import Call
from remit.supervisor.registry import RunFolder


def ask(state: Path, run: str) -> str:
    """Put a question for a run; its id."""
    approvals = Approvals.open(state / "remit" / "approvals.db")
    question = Request.of(
        Call(tool="pay.order", args={}),
        charter="sha256:0",
        run=run,
        agent="clerk",
        overseers=["owner"],
        now=datetime.now(UTC),
        life=timedelta(minutes=5),
    )
    return approvals.ask(question).id


def test_a_question_of_the_run_is_said_once_and_those_of_others_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = PlayedRun(
        folder=RunFolder(run="clerk-1", path=tmp_path), enforced=(), environ={"XDG_STATE_HOME": str(tmp_path)}
    )
    heard, mine = "", ""
    with questions_said(run, Output(colour=False)):  # type: ignore[arg-type]  # a run that is only played
        others = ask(tmp_path, "clerk-2")
        mine = ask(tmp_path, "clerk-1")
        for _ in range(2400):
            heard += capsys.readouterr().err
            if mine in heard:
                break
            time.sleep(0.05)
        time.sleep(0.6)  # time for another look
    heard += capsys.readouterr().err
    assert heard.count(mine) == 1
    assert "`pay.order` waits 5 min for `owner`" in heard
    assert others not in heard
