"""Whether overseers still look, and the one way not to ask them, which is signed, short and called unsafe."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.guard.asking import CHARTER, Desk, bound, order

from remit.errors import ApprovalRefusedError
from remit.guard.approvals.bypass import Bypass, keep
from remit.guard.approvals.fatigue import Fatigue


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two overseers and nothing asked."""
    return Desk(folder=tmp_path)


def fatigue(desk: Desk, name: str) -> Fatigue:
    """The fatigue of one overseer."""
    (found,) = [one for one in desk.approvals.fatigue() if one.overseer == name]
    return found


def answered(desk: Desk, *, agree: bool, looked: float, after: float) -> None:
    """One question, answered after some time."""
    request = desk.ask()
    desk.clock.go(seconds=after)
    key = desk.approvals.overseers.signer("buyer")
    desk.approvals.answer(request.id, "buyer", agree, key=key, digest=request.digest, looked=looked)


def test_rate_time_and_always_yes_are_measured(desk: Desk) -> None:
    for agree, looked, after in ((True, 10, 30), (False, 20, 60), (True, 0, 90), (True, 1, 40)):
        answered(desk, agree=agree, looked=looked, after=after)
    desk.ask()
    found = fatigue(desk, "buyer")
    assert (found.asked, found.answers, found.agreed, found.hour, found.streak) == (5, 4, 3, 4, 2)
    assert found.median == 15  # 10 and 20 on the screen, 90 since the question, 1 on the screen
    assert found.quick == 1 / 3
    assert found.signs == ()


def test_a_person_who_is_asked_all_day_and_says_yes_without_looking_is_noticed(desk: Desk) -> None:
    for _ in range(31):
        answered(desk, agree=True, looked=0.5, after=1)
    assert fatigue(desk, "buyer").signs == (
        "the last 31 answers were all yes",
        "31 answers within an hour",
        "100% answered within 3 seconds of seeing it",
    )
    desk.clock.go(hours=2)
    answered(desk, agree=False, looked=30, after=30)
    assert fatigue(desk, "buyer").streak == 0
    assert fatigue(desk, "buyer").hour == 1


def test_somebody_who_never_answered_has_no_time_to_answer(desk: Desk) -> None:
    desk.ask(overseers=("lead",))
    found = fatigue(desk, "lead")
    assert (found.answers, found.median, found.quick, found.signs) == (0, None, None, ())
    desk.clock.go(days=31)
    assert desk.approvals.fatigue() == ()


def bypassed(
    desk: Desk, by: str = "buyer", *, run: str = "run", charter: str = CHARTER, seconds: float = 600
) -> Bypass:
    """Switch asking off for one overseer."""
    key = desk.approvals.overseers.signer(by)
    return desk.approvals.unsafe_bypass(
        by, key=key, run=run, charter=charter, reason="the shop is on fire", seconds=seconds
    )


@pytest.mark.requirement("APPROVAL-09")
def test_a_bypass_is_signed_and_stands_in_what_is_recorded(desk: Desk) -> None:
    made = bypassed(desk)
    request = desk.ask()
    assert desk.approvals.state(request.id) == "agreed"
    approved = desk.approvals.redeem(request.id, bound(order()))
    assert approved.answers == ()
    assert approved.bypasses == (made,)
    facts = approved.bypasses[0].facts()
    assert (facts["by"], facts["reason"]) == ("buyer", "the shop is on fire")
    assert desk.approvals.overseers.public("buyer").verifies(made.statement(), made.signature)


@pytest.mark.requirement("APPROVAL-09")
def test_a_bypass_ends_by_itself_within_an_hour(desk: Desk) -> None:
    bypassed(desk, seconds=600)
    desk.clock.go(seconds=599)
    assert desk.approvals.state(desk.ask().id) == "agreed"
    desk.clock.go(seconds=1)
    assert desk.approvals.state(desk.ask().id) == "waiting"
    for seconds in (0, -1, 3601, float("nan"), float("inf")):
        with pytest.raises(ApprovalRefusedError, match="within an hour"):
            bypassed(desk, seconds=seconds)


@pytest.mark.requirement("APPROVAL-09")
def test_a_bypass_is_of_one_overseer_one_run_and_one_charter(desk: Desk) -> None:
    bypassed(desk)
    states = [
        desk.approvals.state(desk.ask(overseers=("lead",)).id),
        desk.approvals.state(desk.ask(overseers=("buyer", "lead")).id),
        desk.approvals.state(desk.ask(run="another").id),
        desk.approvals.state(desk.ask(charter="sha256:" + "00" * 32).id),
    ]
    assert states == ["waiting"] * 4


@pytest.mark.requirement("APPROVAL-09")
def test_a_bypass_needs_the_overseers_own_key_and_a_reason_and_a_stop_ends_it(desk: Desk) -> None:
    approvals = desk.approvals
    key = approvals.overseers.signer("lead")
    with pytest.raises(ApprovalRefusedError, match="not signed by `buyer`"):
        approvals.unsafe_bypass("buyer", key=key, run="run", charter=CHARTER, reason="because", seconds=60)
    with pytest.raises(ApprovalRefusedError, match="a reason"):
        approvals.unsafe_bypass("lead", key=key, run="run", charter=CHARTER, reason=" ", seconds=60)
    bypassed(desk)
    approvals.void(desk.clock.now(), run="run")
    desk.clock.go(seconds=1)
    assert approvals.state(desk.ask().id) == "waiting"


@pytest.mark.requirement("APPROVAL-09")
def test_a_bypass_of_more_than_an_hour_is_none_even_when_it_is_signed(desk: Desk, tmp_path: Path) -> None:
    now = desk.clock.now().timestamp()
    long = Bypass(by="buyer", run="run", charter=CHARTER, reason="busy", since=now, until=now + 3601)
    signature = desk.approvals.overseers.signer("buyer").sign_bytes(long.statement())
    with closing(sqlite3.connect(tmp_path / "approvals.db")) as file, file:
        keep(file, replace(long, signature=signature))
    assert desk.approvals.state(desk.ask().id) == "waiting"


@pytest.mark.requirement("APPROVAL-09")
def test_an_agent_does_not_switch_its_overseer_off(desk: Desk) -> None:
    desk.ask(agent="lead")
    with pytest.raises(ApprovalRefusedError, match="is an agent"):
        bypassed(desk, "lead")


@pytest.mark.requirement("APPROVAL-09")
def test_a_bypass_that_was_made_longer_in_the_file_is_none(desk: Desk, tmp_path: Path) -> None:
    bypassed(desk)
    with closing(sqlite3.connect(tmp_path / "approvals.db")) as file, file:
        file.execute("UPDATE bypasses SET until = until + 100")
    assert desk.approvals.state(desk.ask().id) == "waiting"
