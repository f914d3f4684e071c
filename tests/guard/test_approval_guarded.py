"""From a guard that waits to a person at another terminal and back, through real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from tests.guard.desk import MAIL, Desk, charter_of, mail, until
from tests.guard.test_approval_webhook import SECRET, receiver

from remit.errors import ApprovalRefusedError
from remit.guard.approval import Approvals
from remit.guard.approvals.webhook import Webhook, is_signed
from remit.guard.guard import Guard


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose questions are kept where the command line finds them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Desk(folder=tmp_path / "remit")


def remit(*words: str) -> subprocess.CompletedProcess[str]:
    """Type a command at another terminal."""
    return subprocess.run(
        [sys.executable, "-m", "remit.cli", *words],
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def answered(guard: Guard, desk: Desk, *words: str) -> Any:
    """Make a call that waits, and answer it at the other terminal once it does; what came of the call."""
    approvals = desk.approvals()
    came: list[Any] = []

    async def call() -> None:
        try:
            came.append(await guard.perform(mail(), desk.do))
        except ApprovalRefusedError as error:
            came.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await until(approvals.pending)
        (request,) = approvals.pending()
        digest = request.digest if "--refuse" not in words else ""
        typed = ["approve", request.id, *words, *(["--digest", digest] if digest else [])]
        done = await to_thread.run_sync(remit, *typed)
        assert done.returncode in (0, 1), done.stderr
    return came[0]


@pytest.mark.requirement("APPROVAL-01", "APPROVAL-05")
def test_a_call_waits_for_a_person_at_another_terminal_and_the_ledger_keeps_who_it_was(desk: Desk) -> None:
    assert remit("approve", "--enrol", "ops").returncode == 0

    async def main() -> Any:
        async with desk.guard(approvals=desk.approvals()) as guard:
            return await answered(guard, desk)

    receipt = anyio.run(main)
    assert receipt.value == "done"
    assert desk.ran == [MAIL]
    (approved,) = desk.ledger.of("approved")
    assert approved["by"] == ["ops"]
    answers: Any = approved["answers"]
    assert json.loads(answers[0]["statement"])["digest"] == approved["digest"]


@pytest.mark.requirement("APPROVAL-06")
def test_a_rejected_call_is_not_executed(desk: Desk) -> None:
    desk.approvals("ops")

    async def main() -> Any:
        async with desk.guard(approvals=desk.approvals()) as guard:
            return await answered(guard, desk, "--refuse")

    refusal = anyio.run(main)
    assert isinstance(refusal, ApprovalRefusedError)
    assert desk.ran == []
    assert desk.ledger.of("intent") == []


@pytest.mark.requirement("APPROVAL-09")
def test_what_rests_on_a_bypass_is_in_the_ledger_with_who_and_why(desk: Desk) -> None:
    approvals = desk.approvals("ops")
    key = desk.keys["ops"]
    approvals.unsafe_bypass(
        "ops", key=key, run="desk", charter=desk.charter.digest, reason="the shop is on fire", seconds=60
    )

    async def main() -> None:
        async with desk.guard(approvals=approvals) as guard:
            await guard.perform(mail(), desk.do)

    anyio.run(main)
    assert desk.ran == [MAIL]
    (bypassed,) = desk.ledger.of("bypassed")
    assert (bypassed["by"], bypassed["reason"]) == ("ops", "the shop is on fire")
    kinds = desk.ledger.kinds()
    assert kinds.index("bypassed") < kinds.index("intent")


@pytest.mark.requirement("APPROVAL-08")
def test_an_overseer_with_a_webhook_hears_of_the_question_and_answers_with_their_own_key(desk: Desk) -> None:
    people = {"ops": {"channels": ["webhook"]}, "lead": {"channels": ["cli"]}}
    desk.charter = charter_of(overseers=people)
    approvals: Approvals = desk.approvals("ops")

    async def main() -> None:
        async with desk.guard(approvals=approvals) as guard, anyio.create_task_group() as group:
            group.start_soon(guard.perform, mail(), desk.do)
            await until(lambda: seen)
            said: Mapping[str, Any] = json.loads(seen[0][2])
            approvals.answer(said["request"], "ops", agree=True, key=desk.keys["ops"], digest=said["digest"])

    with receiver() as (url, seen):
        Webhook(url=url, secret=SECRET).write(approvals.overseers.folder / "ops.webhook")
        anyio.run(main)
    assert desk.ran == [MAIL]
    moment = int(seen[0][1].split(",")[0].removeprefix("t="))
    assert is_signed(SECRET, seen[0][2], seen[0][1], moment)
