"""``agent.reviewed``: what a charter says a person reviews first is not done unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.guard.desk import Desk, charter_of, mail, refund

from remit.charter.comparison import compare_authority
from remit.errors import ApprovalRefusedError, DeniedError
from remit.guard.approvals.request import Request
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Ask, Decision, Deny
from remit.guard.standing import Remaining, Standing

STANDING = Standing(budgets={"money": Remaining(left=100, used=0), "calls": Remaining(left=50, used=0)})
NOTE = Call(tool="note.add", args={"text": "begin"})
PLAN = {"purpose": "note it", "steps": [{"tool": "note.add", "args": {"text": "begin"}}]}


def decided(call: Call, reviewed: str, **changes: Any) -> Decision:
    """What is decided about a call under the desk's charter with another review."""
    charter = charter_of(agent={"name": "clerk", "reviewed": reviewed}, **changes)
    return decide(charter, call, STANDING)


@pytest.mark.parametrize("reviewed", ["per-call", "per-plan"])
def test_a_call_nobody_else_is_asked_about_is_for_every_overseer(reviewed: str) -> None:
    decision = decided(NOTE, reviewed)
    assert isinstance(decision, Ask)
    assert decision.overseers == ("ops", "lead")
    assert any(reason.rule == "agent.reviewed" for reason in decision.because)


@pytest.mark.parametrize("reviewed", ["per-run", "sampled", "never"])
def test_a_review_afterwards_asks_nobody_before(reviewed: str) -> None:
    assert not isinstance(decided(NOTE, reviewed), Ask | Deny)


def test_those_a_grant_asks_and_those_who_approve_the_tool_are_enough() -> None:
    asked = decided(mail(), "per-call")
    assert isinstance(asked, Ask)
    assert asked.overseers == ("ops",)
    people = {"ops": {"channels": ["cli"]}, "lead": {"channels": ["cli"], "approves": ["note"]}}
    approved = decided(NOTE, "per-call", overseers=people)
    assert isinstance(approved, Ask)
    assert approved.overseers == ("lead",)


def test_a_review_by_nobody_denies_every_call() -> None:
    alone = {"overseers": {}, "oversight": {}, "grants": [{"tool": "note.add"}]}
    decision = decided(NOTE, "per-call", **alone)
    assert isinstance(decision, Deny)
    assert decision.because[0].what == "a person reviews every call, and the charter names no overseer"


def test_a_review_allows_nothing_that_was_not_granted() -> None:
    assert isinstance(decided(Call(tool="bash.run", args={}), "per-call"), Deny)


def test_nothing_runs_that_a_reviewer_refused(tmp_path: Path) -> None:
    desk = Desk(folder=tmp_path, charter=charter_of(agent={"name": "clerk", "reviewed": "per-call"}))
    overseer = desk.overseer("ops", "lead", agree=lambda request: request.tool == "note.add")

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.perform(NOTE, desk.do)
            with pytest.raises(ApprovalRefusedError):
                await guard.perform(refund(20), desk.do)

    anyio.run(main)
    assert [dict(args) for args in desk.ran] == [{"text": "begin"}]


@pytest.mark.parametrize(("reviewed", "put"), [("per-plan", ["remit.plan"]), ("per-call", ["remit.plan", "note.add"])])
def test_a_yes_to_a_plan_stands_for_its_steps_unless_every_call_is_reviewed(
    tmp_path: Path, reviewed: str, put: list[str]
) -> None:
    desk = Desk(folder=tmp_path, charter=charter_of(agent={"name": "clerk", "reviewed": reviewed}))
    seen: list[str] = []

    def agree(request: Request) -> bool:
        if request.overseers[0] == "ops":
            seen.append(request.tool)
        return True

    overseer = desk.overseer("ops", "lead", agree=agree)

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            assert (await guard.plan(PLAN)).overseers == ("ops", "lead")
            await guard.perform(NOTE, desk.do)

    anyio.run(main)
    assert [request.tool for request in overseer.seen] == put
    assert len(desk.ran) == 1


def test_a_plan_is_refused_where_its_reviewer_does_not_exist(tmp_path: Path) -> None:
    grants: list[dict[str, Any]] = [{"tool": "note.add", "args": {"text": {"length": 100}}}]
    charter = charter_of(
        agent={"name": "clerk", "reviewed": "per-plan"}, overseers={}, oversight={}, grants=grants, budget={}
    )
    desk = Desk(folder=tmp_path, charter=charter)
    with desk.guard() as guard, pytest.raises(DeniedError, match="names no overseer"):
        guard.plan_here(PLAN)


def test_that_fewer_people_review_is_a_wider_charter() -> None:
    agent = {"name": "clerk", "reviewed": "per-call"}
    grants = [{"tool": "note.add"}]
    before, after = (charter_of(agent=agent, grants=[{**grant}]) for grant in (grants[0], {**grants[0], "ask": "ops"}))
    changes = compare_authority(before, after)
    assert any("`lead` no longer has to agree" in change.what for change in changes if change.kind == "widened")
