"""Who may answer a question, and what is asked at all."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.guard.asking import Desk, bound, order

from remit.errors import RefusedError
from remit.guard.approval import Approvals
from remit.guard.approvals.request import LARGEST, exact
from remit.ledger.signing import PublicKey


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two overseers and nothing asked."""
    return Desk(folder=tmp_path)


def code_of(act: Callable[[], object]) -> str:
    """The code an act is refused with; fails where it is not."""
    with pytest.raises(RefusedError) as refused:
        act()
    return refused.value.code


@pytest.mark.requirement("APPROVAL-05")
@pytest.mark.parametrize(
    ("agent", "principal", "overseer"), [("buyer", "", "buyer"), ("bot", "buyer", "buyer"), ("bot", "child", "child")]
)
def test_self_approval_a_question_an_agent_could_answer_itself_is_not_asked(
    desk: Desk, agent: str, principal: str, overseer: str
) -> None:
    call = replace(order(), principal=principal)
    act = lambda: desk.ask(call, overseers=(overseer, "lead"), agent=agent)  # noqa: E731
    assert code_of(act) == "guard.approval-refused.self"


@pytest.mark.requirement("APPROVAL-05")
def test_self_approval_an_agent_that_is_enrolled_still_answers_nothing_of_its_own(desk: Desk, tmp_path: Path) -> None:
    request = desk.ask(replace(order(), principal="child"))
    desk.approvals.overseers.enrol("child")
    assert code_of(lambda: desk.say(request, "child")) == "guard.approval-refused.self"
    with closing(sqlite3.connect(tmp_path / "approvals.db")) as file, file:
        file.execute("UPDATE requests SET overseers = ?", ('["child"]',))
    assert code_of(lambda: desk.say(request, "child")) == "guard.approval-refused.self"


@pytest.mark.requirement("APPROVAL-05")
def test_self_approval_a_spawned_agent_answers_for_nobody_else_either(desk: Desk) -> None:
    desk.approvals.overseers.enrol("child")
    desk.ask(replace(order(), principal="child"))  # it is known to be an agent from now on
    request = desk.ask(overseers=("child",))
    assert code_of(lambda: desk.say(request, "child")) == "guard.approval-refused.self"
    assert desk.approvals.state(request.id) == "waiting"


@pytest.mark.requirement("APPROVAL-05")
def test_self_approval_the_key_decides_and_not_the_name(desk: Desk) -> None:
    request = desk.ask(overseers=("lead",))
    key = desk.approvals.overseers.signer("buyer")
    act = lambda: desk.approvals.answer(request.id, "lead", agree=True, key=key, digest=request.digest)  # noqa: E731
    assert code_of(act) == "guard.approval-refused.key"
    assert code_of(lambda: desk.say(request, "buyer")) == "guard.approval-refused.not-asked"
    assert desk.approvals.state(request.id) == "waiting"


def test_somebody_without_a_key_is_nobody(desk: Desk) -> None:
    request = desk.ask(overseers=("stranger",))
    assert code_of(lambda: desk.say(request, "stranger")) == "guard.approval-refused.key"


@pytest.mark.requirement("APPROVAL-06")
def test_every_named_overseer_must_agree(desk: Desk) -> None:
    request = desk.ask(overseers=("buyer", "lead"))
    assert desk.say(request) == "waiting"
    waiting = lambda: desk.approvals.redeem(request.id, bound(order(), overseers=("buyer", "lead")))  # noqa: E731
    assert code_of(waiting) == "guard.approval-refused.waiting"
    assert desk.say(request, "lead") == "agreed"
    approved = desk.approvals.redeem(request.id, bound(order(), overseers=("lead", "buyer")))
    assert {answer.by for answer in approved.answers} == {"buyer", "lead"}


@pytest.mark.requirement("APPROVAL-06")
def test_one_no_refuses_and_a_rejected_call_is_never_executed(desk: Desk) -> None:
    request = desk.ask(overseers=("buyer", "lead"))
    desk.say(request)
    assert desk.say(request, "lead", agree=False) == "refused"
    digest = bound(order(), overseers=("buyer", "lead"))
    assert code_of(lambda: desk.approvals.redeem(request.id, digest)) == "guard.approval-refused"
    assert code_of(lambda: desk.say(request, "lead")) == "guard.approval-refused"
    assert desk.approvals.judgement(request.id).why == "`lead` said no"


@pytest.mark.requirement("APPROVAL-06")
def test_nobody_answers_twice_and_one_key_answers_for_one(desk: Desk) -> None:
    request = desk.ask(overseers=("buyer", "lead"))
    desk.say(request)
    assert code_of(lambda: desk.say(request)) == "guard.approval-refused.answered"
    twin = desk.approvals.overseers.folder
    (twin / "lead.key").write_text((twin / "buyer.key").read_text())
    (twin / "lead.pub").write_text((twin / "buyer.pub").read_text())
    assert code_of(lambda: desk.say(request, "lead")) == "guard.approval-refused.one-key"


@pytest.mark.requirement("APPROVAL-05")
def test_the_signature_in_the_ledgers_entry_can_be_verified_with_the_public_key_alone(desk: Desk) -> None:
    from base64 import b64decode

    request = desk.ask()
    desk.say(request)
    facts: Any = desk.approvals.redeem(request.id, bound(order())).facts()
    (answer,) = facts["answers"]
    public = PublicKey.parse((desk.approvals.overseers.folder / "buyer.pub").read_text())
    assert public.verifies(answer["statement"].encode(), b64decode(answer["signature"]))
    assert request.digest in answer["statement"]
    assert facts["by"] == ["buyer"]
    assert not public.verifies(answer["statement"].replace("true", "false").encode(), b64decode(answer["signature"]))


def test_keys_and_questions_are_closed_to_everybody_else(desk: Desk, tmp_path: Path) -> None:
    desk.ask()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize(("ending", "mode"), [("key", 0o644), ("pub", 0o666)])
def test_a_key_that_others_could_read_or_change_is_no_key(desk: Desk, ending: str, mode: int) -> None:
    request = desk.ask()
    (desk.approvals.overseers.folder / f"buyer.{ending}").chmod(mode)
    assert code_of(lambda: desk.say(request)) == "guard.approval-refused.key"


def test_a_key_that_was_replaced_takes_back_what_it_agreed_to(desk: Desk) -> None:
    request = desk.ask()
    desk.say(request)
    for ending in ("key", "pub"):
        (desk.approvals.overseers.folder / f"buyer.{ending}").unlink()
    assert desk.approvals.state(request.id) == "waiting"
    desk.approvals.overseers.enrol("buyer")
    assert code_of(lambda: desk.approvals.redeem(request.id, bound(order()))) == "guard.approval-refused.waiting"


@pytest.mark.parametrize("name", ["../buyer", "a/b", "", ".", "x" * 200, "a\0b", "b\nc"])
def test_a_name_that_leads_somewhere_else_is_no_name(desk: Desk, name: str) -> None:
    assert code_of(lambda: desk.approvals.overseers.enrol(name)) == "guard.approval-refused.key"


# --- asking -----------------------------------------------------------------------------------------------------------


def test_what_nobody_can_read_is_not_asked() -> None:
    assert code_of(lambda: exact(order(text="x" * LARGEST))) == "guard.approval-refused.too-long"
    assert code_of(lambda: exact(order(value=float("nan")))) == "guard.approval-refused.unspeakable"
    assert code_of(lambda: exact(order(value=object()))) == "guard.approval-refused.unspeakable"
    assert code_of(lambda: exact(order(value="\ud800"))) == "guard.approval-refused.unspeakable"


def test_questions_that_are_long_over_are_forgotten(desk: Desk) -> None:
    old = desk.ask()
    desk.say(old)
    desk.clock.go(days=91)
    desk.ask(order(amount=1))
    assert code_of(lambda: desk.approvals.state(old.id)) == "guard.approval-refused.unknown"
    assert [one.answers for one in desk.approvals.fatigue()] == [0]


def test_a_question_to_nobody_is_refused(desk: Desk) -> None:
    assert code_of(lambda: desk.ask(overseers=())) == "guard.approval-refused.nobody"


def test_a_question_nobody_asked_has_no_state(desk: Desk) -> None:
    assert code_of(lambda: desk.approvals.state("0000")) == "guard.approval-refused.unknown"
    assert code_of(lambda: desk.approvals.redeem("0000", "sha256:")) == "guard.approval-refused.unknown"
    assert code_of(lambda: desk.approvals.find("")) == "guard.approval-refused.unknown"


def test_a_file_that_cannot_be_used_approves_nothing(tmp_path: Path) -> None:
    (tmp_path / "approvals.db").write_bytes(b"nothing that could be a database" * 100)
    assert code_of(lambda: Desk(folder=tmp_path)) == "guard.approval-refused.unavailable"


@pytest.mark.requirement("APPROVAL-01")
def test_a_question_outlives_the_process_that_asked_and_is_answered_in_another(desk: Desk) -> None:
    request = desk.ask()
    context = multiprocessing.get_context("spawn")
    other = context.Process(target=_answer_elsewhere, args=(str(desk.folder), request.id))
    other.start()
    other.join(60)
    assert other.exitcode == 0
    assert desk.opened().state(request.id) == "agreed"
    assert desk.opened().redeem(request.id, bound(order())).answers[0].by == "buyer"


def _answer_elsewhere(folder: str, request_id: str) -> None:
    """Answer in another process, which was told the id and nothing else."""
    from tests.guard.money import Told

    clock = Told()
    approvals = Approvals.open(Path(folder) / "approvals.db", clock=clock, monotonic=clock.ticks)
    request = approvals.find(request_id[:5])
    key = approvals.overseers.signer("buyer")
    approvals.answer(request.id, "buyer", agree=True, key=key, digest=request.digest)
    os._exit(0)


def test_waiting_ends_when_somebody_answers(desk: Desk) -> None:
    request = desk.ask()

    came: list[str] = []

    async def answered() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, lambda: desk.say(request))
            came.append(await desk.approvals.wait(request.id, timeout=30))

    anyio.run(answered)
    assert came == ["agreed"]


def test_waiting_ends_when_the_time_is_over(desk: Desk) -> None:
    request = desk.ask()
    assert anyio.run(desk.approvals.wait, request.id, 0.05) == "waiting"
    desk.clock.go(minutes=10)
    assert anyio.run(desk.approvals.wait, request.id) == "expired"
