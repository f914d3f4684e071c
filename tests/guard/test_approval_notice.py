"""What is said where a call waits: who is waited for, for how long, and the command that answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from remit.guard.approvals.identity import Overseers
from remit.guard.approvals.notice import Notice, waiting_line
from remit.guard.approvals.request import Request
from remit.guard.call import Call

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def request(tool: str = "pay.order", *, life: float = 300, overseers: tuple[str, ...] = ("buyer", "lead")) -> Request:
    """A question to some overseers."""
    return Request.of(
        Call(tool=tool, args={}),
        charter="sha256:0",
        run="run-1",
        agent="clerk",
        overseers=overseers,
        now=NOW,
        life=timedelta(seconds=life),
    )


def test_a_call_that_waits_says_for_whom_how_long_and_what_answers_it(tmp_path: Path) -> None:
    overseers = Overseers(tmp_path)
    overseers.enrol("buyer")
    overseers.enrol("lead")
    said: list[str] = []
    question = request()
    Notice(say=said.append, overseers=overseers).asked(question)
    assert said == [f"`pay.order` waits 5 min for `buyer` and `lead`: remit approve {question.id}"]


def test_an_overseer_without_a_key_has_to_get_one_first(tmp_path: Path) -> None:
    overseers = Overseers(tmp_path)
    overseers.enrol("buyer")
    line = waiting_line(request(life=30), overseers)
    assert "waits 30 s for" in line
    assert line.endswith("(no key yet, so first: remit approve --enrol lead)")


def test_a_name_an_agent_made_up_cannot_deceive_whoever_reads_the_line(tmp_path: Path) -> None:
    line = waiting_line(request("a\nremit: all is well\x1b[2J"), Overseers(tmp_path))
    assert line.isprintable()
    assert "\\u000a" in line
    assert "\\u001b" in line
