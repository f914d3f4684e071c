"""A yes is good for one call, once, for a while - and for nothing else, whoever tries."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guard.asking import CHARTER, Desk, bound, order
from tests.guard.money import NOON

from remit.errors import ApprovalExpiredError, ApprovalRefusedError, RefusedError
from remit.guard.approval import Approvals, Request
from remit.guard.approvals.request import exact
from remit.guard.call import Call


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two overseers and nothing asked."""
    return Desk(folder=tmp_path)


def code_of(act: Callable[[], object]) -> str:
    """The code an act is refused with; fails where it is not."""
    with pytest.raises(RefusedError) as refused:
        act()
    return refused.value.code


@pytest.mark.requirement("APPROVAL-01")
def test_a_call_that_was_agreed_to_may_run_once(desk: Desk) -> None:
    call = order()
    request = desk.ask(call)
    assert desk.approvals.state(request.id) == "waiting"
    assert desk.say(request) == "agreed"
    approved = desk.approvals.redeem(request.id, bound(call))
    assert [answer.by for answer in approved.answers] == ["buyer"]
    assert desk.approvals.state(request.id) == "redeemed"


# --- replay -----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("APPROVAL-02")
def test_replay_an_approval_is_redeemed_once_in_every_process(desk: Desk) -> None:
    call = order()
    request = desk.ask(call)
    desk.say(request)
    gate = threading.Barrier(6)

    def redeem(approvals: Approvals) -> str:
        gate.wait(60)
        try:
            approvals.redeem(request.id, bound(call))
        except ApprovalRefusedError as error:
            return error.code
        return "ran"

    with ThreadPoolExecutor(6) as pool:
        came = sorted(pool.map(redeem, [desk.opened() for _ in range(6)]))
    assert came == ["guard.approval-refused.used"] * 5 + ["ran"]


@pytest.mark.requirement("APPROVAL-02")
def test_sticky_approval_a_yes_to_one_call_covers_no_other_and_not_the_same_again(desk: Desk) -> None:
    request = desk.ask(order())
    desk.say(request)
    desk.approvals.redeem(request.id, bound(order()))
    assert code_of(lambda: desk.approvals.redeem(request.id, bound(order()))) == "guard.approval-refused.used"
    same_again = desk.ask(order())
    assert desk.approvals.state(same_again.id) == "waiting"  # nobody is remembered to have said yes always
    assert code_of(lambda: desk.approvals.redeem(same_again.id, bound(order()))) == "guard.approval-refused.waiting"


@pytest.mark.requirement("APPROVAL-02")
def test_replay_a_signed_answer_is_good_for_one_question(desk: Desk, tmp_path: Path) -> None:
    first, second = desk.ask(order()), desk.ask(order())
    assert first.digest == second.digest  # the very same call, asked twice
    desk.say(first)
    answer = desk.approvals.judgement(first.id).answers[0]
    moved = replace(answer, request=second.id)
    assert code_of(lambda: desk.approvals.accept(moved.document())) == "guard.approval-refused.key"
    assert code_of(lambda: desk.approvals.accept(answer.document())) == "guard.approval-refused.answered"
    with closing(sqlite3.connect(tmp_path / "approvals.db")) as file, file:  # even somebody who writes to the file
        file.execute(
            'INSERT INTO answers SELECT ?, "by", agree, at, looked, took, key, digest, signature, heard FROM answers',
            (second.id,),
        )
    assert desk.approvals.state(second.id) == "waiting"


# --- time of check, time of use ---------------------------------------------------------------------------------------


@pytest.mark.requirement("APPROVAL-03")
@pytest.mark.parametrize(
    "swapped",
    [
        order(amount=81),
        order(amount="80"),
        order(amount=80.5),
        order(payee="Papier GmbH "),
        order(payee="Раpier GmbH"),
        order(extra=None),
        replace(order(), tool="pay.order2"),
        replace(order(), server="other-shop"),
        replace(order(), schema="sha256:" + "5d" * 32),
        replace(order(), principal="child"),
        replace(order(), args={}),
    ],
)
def test_argument_swap_what_runs_is_what_was_shown_or_nothing_runs(desk: Desk, swapped: Call) -> None:
    request = desk.ask(order())
    desk.say(request)
    with pytest.raises(ApprovalRefusedError, match="what would run is not what was shown") as refused:
        desk.approvals.redeem(request.id, bound(swapped))
    assert refused.value.code == "guard.approval-refused.void"
    assert code_of(lambda: desk.approvals.redeem(request.id, bound(order()))) == "guard.approval-refused.void"


@pytest.mark.requirement("APPROVAL-03")
@pytest.mark.parametrize(
    "digest",
    [
        bound(order(), charter="sha256:" + "c5" * 32),
        bound(order(), run="another"),
        bound(order(), overseers=("buyer", "lead")),
        "",
        "sha256:",
        bound(order())[:-1],
        bound(order()).upper(),
    ],
)
def test_toctou_another_charter_run_or_set_of_overseers_voids_the_approval(desk: Desk, digest: str) -> None:
    request = desk.ask(order())
    desk.say(request)
    assert code_of(lambda: desk.approvals.redeem(request.id, digest)) == "guard.approval-refused.void"
    assert desk.approvals.state(request.id) == "void"


@pytest.mark.requirement("APPROVAL-03")
def test_resume_edit_arguments_that_were_edited_while_waiting_are_asked_about_again(desk: Desk) -> None:
    request = desk.ask(order())
    desk.say(request)
    edited = order(amount=8000)  # a run that comes back from a checkpoint with other arguments
    assert code_of(lambda: desk.approvals.redeem(request.id, bound(edited))) == "guard.approval-refused.void"
    anew = desk.ask(edited)
    assert desk.approvals.state(anew.id) == "waiting"


@pytest.mark.requirement("APPROVAL-03")
@given(where=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_one_changed_byte_gives_another_digest(where: int, flip: int) -> None:
    shown = exact(order())
    request = Request.of(
        order(), charter=CHARTER, run="run", agent="bot", overseers=["buyer"], now=NOON, life=timedelta(minutes=5)
    )
    changed = bytearray(shown)
    changed[where % len(shown)] ^= flip
    assert replace(request, shown=bytes(changed)).digest != request.digest == bound(order())


@pytest.mark.requirement("APPROVAL-03")
def test_an_answer_to_other_bytes_than_were_asked_about_is_not_taken(desk: Desk) -> None:
    request = desk.ask(order())
    key = desk.approvals.overseers.signer("buyer")
    other = bound(order(amount=1))
    act = lambda: desk.approvals.answer(request.id, "buyer", agree=True, key=key, digest=other)  # noqa: E731
    assert code_of(act) == "guard.approval-refused.changed"


@pytest.mark.requirement("APPROVAL-03")
def test_bytes_that_were_changed_in_the_file_are_not_what_was_agreed_to(desk: Desk, tmp_path: Path) -> None:
    request = desk.ask(order())
    desk.say(request)
    with closing(sqlite3.connect(tmp_path / "approvals.db")) as file, file:
        file.execute("UPDATE requests SET shown = ?", (exact(order(amount=8000)),))
    assert code_of(lambda: desk.approvals.redeem(request.id, bound(order(amount=8000)))).startswith(
        "guard.approval-refused"
    )


# --- expiry -----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("APPROVAL-04")
def test_expiry_silence_is_no(desk: Desk) -> None:
    request = desk.ask()
    desk.clock.go(minutes=5)
    assert desk.approvals.state(request.id) == "expired"
    with pytest.raises(ApprovalExpiredError):
        desk.say(request)
    with pytest.raises(ApprovalExpiredError):
        desk.approvals.redeem(request.id, bound(order()))
    assert desk.approvals.pending() == ()


@pytest.mark.requirement("APPROVAL-04")
def test_expiry_a_yes_that_nobody_used_in_time_is_over_too(desk: Desk) -> None:
    request = desk.ask()
    desk.say(request)
    desk.clock.go(minutes=5)
    with pytest.raises(ApprovalExpiredError):
        desk.approvals.redeem(request.id, bound(order()))


@pytest.mark.requirement("APPROVAL-04")
def test_expiry_a_clock_that_is_set_back_brings_nothing_back(desk: Desk) -> None:
    request = desk.ask()
    desk.say(request)
    desk.clock.go(minutes=6)
    assert desk.approvals.state(request.id) == "expired"
    desk.ask()  # somebody acts at that time, so the file knows it
    desk.clock.set_back(hours=5)
    later = desk.opened()
    assert later.state(request.id) == "expired"
    with pytest.raises(ApprovalExpiredError):
        later.redeem(request.id, bound(order()))


@pytest.mark.requirement("APPROVAL-04")
def test_after_a_stop_what_was_asked_before_is_void(desk: Desk) -> None:
    before, other = desk.ask(), desk.ask(run="another")
    desk.say(before)
    assert desk.approvals.void(desk.clock.now(), run="run") == 1
    desk.clock.go(seconds=1)
    after = desk.ask()
    assert code_of(lambda: desk.approvals.redeem(before.id, bound(order()))) == "guard.approval-refused.void"
    states = [desk.approvals.state(request.id) for request in (before, other, after)]
    assert states == ["void", "waiting", "waiting"]


@pytest.mark.requirement("APPROVAL-04")
def test_a_stop_after_the_clock_was_set_back_voids_what_was_asked_all_the_same(desk: Desk) -> None:
    desk.clock.go(hours=1)
    request = desk.ask()
    desk.say(request)
    desk.clock.set_back(hours=3)
    assert desk.approvals.void(desk.clock.now(), run="run") == 1
    assert code_of(lambda: desk.approvals.redeem(request.id, bound(order()))) == "guard.approval-refused.void"


def test_a_question_whose_call_will_not_run_is_withdrawn(desk: Desk) -> None:
    request = desk.ask()
    desk.approvals.withdraw(request.id, "the agent gave up")
    assert code_of(lambda: desk.say(request)) == "guard.approval-refused.void"
    assert desk.approvals.judgement(request.id).why == "the agent gave up"
