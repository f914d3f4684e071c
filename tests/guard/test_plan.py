"""Plans as documents: what can be read, what a step stands for, what its overseers see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.guard.desk import Desk, charter_of, refund

from remit.charter.reader import parse_charter
from remit.errors import ApprovalRefusedError, DeniedError
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.plan import LONGEST, read_plan
from remit.guard.preview import Preview, preview
from remit.guard.rules.rulebook import Rulebook
from remit.guard.standing import Remaining, Standing

NOTE = {"tool": "note.add", "args": {"text": "begin"}}
REFUND = {"tool": "refunds.issue", "args": {"order": "A-1", "amount": {"max": "30 EUR"}}}
REMOVE = {"tool": "files.remove", "args": {"name": "old"}}
STANDING = Standing(budgets={"money": Remaining(left=100, used=0), "calls": Remaining(left=50, used=0)})


def plan(*steps: Any, **more: Any) -> dict[str, Any]:
    """A plan's document."""
    return {"purpose": "refund the order", "steps": list(steps), **more}


def previewed(*steps: Any, **more: Any) -> Preview:
    """What overseers see of a plan."""
    charter = charter_of()
    book = Rulebook.of(charter)
    return preview(read_plan(plan(*steps, **more), charter), book, lambda call: decide(book, call, STANDING))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"purpose": "x", "steps": []},
        {"purpose": " ", "steps": [NOTE]},
        plan("note.add"),
        plan({"tool": "*"}),
        plan({"tool": "note.add", "arguments": {}}),
        plan({**NOTE, "times": 0}),
        plan({**NOTE, "times": True}),
        plan({**NOTE, "times": LONGEST + 1}),
        plan(*[{**NOTE, "times": 100}] * 3),
        plan({"tool": "note.add", "args": {"text": {"is": "x"}}}),
        plan({"tool": "note.add", "args": {"text": {}}}),
        plan({"tool": "note.add", "args": {"text": {"max": "many"}}}),
        plan({"tool": "note.add", "args": {"text": float("inf")}}),
        plan(NOTE, budget={"money": "20 USD"}),
        plan(NOTE, budget={"money": "20 EUR/day"}),
        plan(NOTE, budget={"money": "unlimited"}),
        plan(NOTE, budget={"tokens": 5}),
        plan(NOTE, approved_by="ops"),
    ],
)
def test_what_is_no_plan_is_denied(document: dict[str, Any]) -> None:
    with pytest.raises(DeniedError) as refused:
        read_plan(document, charter_of())
    assert refused.value.code == "guard.denied.plan"


def test_a_value_is_a_value_and_a_condition_is_a_condition() -> None:
    read = read_plan(
        plan({"tool": "t", "args": {"a": [1, 2], "b": {"exactly": {"c": 1}}, "d": {"max": 5}}}), charter_of()
    )
    (step,) = read.steps
    assert (step.exact, list(step.patterns), step.literal) == ({"a": [1, 2], "b": {"c": 1}}, ["d"], False)
    assert step.fits(Call(tool="t", args={"a": [1, 2], "b": {"c": 1}, "d": 5})) == ""
    for other in ({"a": [2, 1], "b": {"c": 1}, "d": 5}, {"a": [1, 2], "b": {"c": 1}, "d": 6}, {"a": [1, 2], "d": 5}):
        assert step.fits(Call(tool="t", args=other))


def test_hashes_differ_by_place_plan_and_meaning() -> None:
    charter = charter_of()
    one = read_plan(plan(NOTE, NOTE), charter)
    other = read_plan({**plan(NOTE, NOTE), "purpose": "another"}, charter)
    hashes = [part.hash_of(step, digest) for part in (one, other) for step in part.steps for digest in ("", "sha256:x")]
    assert len(set(hashes)) == 8


@pytest.mark.requirement("PLAN-01")
def test_overseers_see_effects_what_is_irreversible_and_what_expands() -> None:
    seen = previewed(NOTE, REFUND, REMOVE)
    assert seen.refused == ()
    assert seen.document()["irreversible"] == [3]
    assert seen.effects == ("money.spend", "data.destroy")
    assert seen.overseers == ("ops", "lead")
    assert [bool(step.digest) for step in seen.steps] == [True, False, True]


def test_a_step_that_gets_the_agent_more_is_marked_as_expanding() -> None:
    text = """
remit: 1
agent: {name: clerk}
purpose: {text: x}
overseers: {ops: {channels: [cli]}}
grants:
  - {tool: vm.start, effects: [compute.acquire], ask: ops}
  - {tool: note}
"""
    charter = parse_charter(text)
    book = Rulebook.of(charter)
    read = read_plan(plan({"tool": "note"}, {"tool": "vm.start"}), charter)
    seen = preview(read, book, lambda call: decide(book, call, Standing()))
    assert seen.document()["expands"] == [2]


@pytest.mark.parametrize(
    "step",
    [
        {"tool": "bash.run"},
        {"tool": "refunds.issue", "args": {"order": "A", "amount": {"max": "81 EUR"}}},
        {"tool": "refunds.issue", "args": {"order": "A", "amount": {"max": "30 USD"}}},
        {"tool": "refunds.issue", "args": {"amount": {"max": "30 EUR"}, "to": "me"}},
        {"tool": "mail.send", "args": {"to": {"domain": "*.example.org"}, "text": "x"}},
        {"tool": "refunds.issue", "args": {"amount": 200, "order": "A"}},
    ],
)
@pytest.mark.requirement("PLAN-02")
def test_a_plan_never_widens_the_charter(step: dict[str, Any]) -> None:
    seen = previewed(NOTE, step)
    assert seen.refused
    assert seen.refused[0].what.startswith("step 2")


@pytest.mark.requirement("PLAN-03")
def test_an_approved_plan_is_followed_without_asking_again_and_what_is_outside_asks(desk: Desk) -> None:
    overseer = desk.overseer("ops", "lead", agree=lambda request: request.tool == "remit.plan")

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            seen = await guard.plan(plan(NOTE, REFUND, REMOVE))
            assert seen.overseers == ("ops", "lead")
            with pytest.raises(ApprovalRefusedError):
                await guard.perform(refund(20), desk.do)  # allowed by the charter, not the plan's next step
            await guard.perform(Call(tool="note.add", args={"text": "begin"}), desk.do)
            await guard.perform(refund(20), desk.do)
            with pytest.raises(ApprovalRefusedError):
                await guard.perform(refund(20), desk.do)
            await guard.perform(Call(tool="files.remove", args={"name": "old"}), desk.do)
            assert guard.report().plan == "done"

    anyio.run(main)
    assert [request.tool for request in overseer.seen] == ["remit.plan", "refunds.issue", "refunds.issue"]
    assert len(desk.ran) == 3
    assert len(desk.ledger.of("deviated")) == 2
    assert all(intent["step"] for intent in desk.ledger.of("intent"))


@pytest.mark.requirement("PLAN-03")
def test_a_plan_that_is_refused_is_not_followed(desk: Desk) -> None:
    overseer = desk.overseer("ops", "lead", agree=lambda _request: False)

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            with pytest.raises(ApprovalRefusedError):
                await guard.plan(plan(REMOVE))
            assert guard.report().plan == ""
            with pytest.raises(ApprovalRefusedError):
                await guard.perform(Call(tool="files.remove", args={"name": "old"}), desk.do)

    anyio.run(main)
    assert desk.ran == []


def test_a_plan_cannot_be_left_for_another_without_those_who_agreed_to_it(desk: Desk) -> None:
    answers = iter([True, False])
    overseer = desk.overseer("ops", agree=lambda _request: next(answers))

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.plan(plan({"tool": "mail.send", "args": {"to": "a@example.org", "text": "x"}}, NOTE))
            with pytest.raises(ApprovalRefusedError):
                await guard.plan(plan(NOTE))

    anyio.run(main)


def test_a_step_that_failed_breaks_the_plan(desk: Desk) -> None:
    overseer = desk.overseer("ops", agree=lambda request: request.tool == "remit.plan")

    def broken(_args: object) -> None:
        raise OSError("no")

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.plan(plan(NOTE, NOTE))
            with pytest.raises(OSError, match="no"):
                await guard.perform(Call(tool="note.add", args={"text": "begin"}), broken)
            with pytest.raises(ApprovalRefusedError):
                await guard.perform(Call(tool="note.add", args={"text": "begin"}), desk.do)
            assert guard.report().plan.startswith("broken")

    anyio.run(main)
    assert desk.ran == []


def test_a_plan_spends_no_more_than_it_says(desk: Desk) -> None:
    overseer = desk.overseer("ops", agree=lambda request: request.tool == "remit.plan")
    step = {"tool": "refunds.issue", "args": {"order": "A-1", "amount": {"max": "30 EUR"}}, "times": 3}

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.plan(plan(step, budget={"money": "50 EUR"}))
            await guard.perform(refund(30), desk.do)
            with pytest.raises(ApprovalRefusedError):
                await guard.perform(refund(21), desk.do)
            await guard.perform(refund(20), desk.do)

    anyio.run(main)
    assert [args["amount"] for args in desk.ran] == [30, 20]


def test_a_plan_that_cannot_be_recorded_is_denied(desk: Desk) -> None:
    desk.ledger.broken = frozenset({"planned"})

    async def main() -> None:
        async with desk.guard() as guard:
            with pytest.raises(DeniedError) as refused:
                await guard.plan(plan(NOTE))
            assert refused.value.code == "guard.denied.unrecorded"
            assert guard.report().plan == ""

    anyio.run(main)


def test_a_question_is_answered_and_allows_nothing(desk: Desk) -> None:
    answers = iter([True, True, False])
    overseer = desk.overseer("ops", "lead", agree=lambda _request: next(answers))

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            assert await guard.ask("may I send the mail?")
            assert await guard.ask("really?")
            assert not await guard.ask("and the next one?")
            with pytest.raises(DeniedError):
                await guard.ask("  ")

    anyio.run(main)
    assert desk.ran == []
    assert desk.ledger.of("intent") == []
