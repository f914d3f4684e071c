"""A guarded call from its proposal to its outcome: what runs, what is on record before it, what is said afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from tests.guard.desk import Desk, mail, refund

from remit.errors import (
    BudgetExhaustedError,
    DeniedError,
    RefusedError,
)
from remit.guard.call import Call
from remit.guard.decision import Allow, Ask, Deny
from remit.guard.receipt import Receipt


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


@pytest.mark.requirement("GUARD-01")
def test_the_intent_is_on_record_before_the_callable_runs_and_the_outcome_after(desk: Desk) -> None:
    seen: list[list[str]] = []

    def do(args: Mapping[str, object]) -> str:
        seen.append(desk.ledger.kinds())
        return desk.do(args)

    async def main() -> Receipt[str]:
        async with desk.guard() as guard:
            return await guard.perform(refund(20), do)

    receipt = anyio.run(main)
    assert (receipt.value, desk.ran) == ("done", [{"amount": 20, "order": "A-1"}])
    assert seen == [["opened", "intent"]]
    assert desk.ledger.kinds() == ["opened", "intent", "outcome", "closed"]
    intent, outcome = desk.ledger.of("intent")[0], desk.ledger.of("outcome")[0]
    assert intent["digest"] == receipt.digest
    assert intent["spends"] == {"money": 20.0, "calls": 1.0}
    assert isinstance(intent["overhead"], float)  # `remit case review` counts what deciding costs
    assert (outcome["intent"], outcome["result"], outcome["label"]) == (receipt.intent, "performed", "ran")


@pytest.mark.requirement("GUARD-02")
def test_a_rejected_call_is_never_executed_and_says_why_and_what_would_be_allowed(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            await guard.perform(refund(81), desk.do)

    with pytest.raises(DeniedError) as refused:
        anyio.run(main)
    assert desk.ran == []
    assert "80 EUR" in refused.value.allowed
    assert refused.value.because
    assert desk.ledger.kinds() == ["opened", "denied", "closed"]


@pytest.mark.requirement("GUARD-03")
def test_an_unwritable_ledger_denies_every_call_and_gives_the_money_back(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            desk.ledger.broken = True
            for _ in range(3):
                with pytest.raises(DeniedError) as refused:
                    await guard.perform(refund(60), desk.do)
                assert refused.value.code == "guard.denied.unrecorded"
            desk.ledger.broken = False
            assert guard.standing().budgets["money"].left == 100
            await guard.perform(refund(60), desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1
    assert desk.ledger.of("closed")[0]["unrecorded"] == 3


def test_a_callable_that_raises_failed_and_its_error_reaches_the_caller(desk: Desk) -> None:
    def broken(_args: Mapping[str, object]) -> None:
        raise LookupError("no such order")

    async def main() -> None:
        async with desk.guard() as guard:
            with pytest.raises(LookupError, match="no such order"):
                await guard.perform(refund(20), broken)
            assert guard.standing().budgets["money"].used == 20  # it may have had its effect

    anyio.run(main)
    outcome = desk.ledger.of("outcome")[0]
    assert (outcome["result"], outcome["reason"]) == ("failed", "LookupError: no such order")


def test_a_budget_is_reserved_before_and_settled_at_what_was_spent(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            await guard.perform(refund(60), lambda _args: 25.0, actual=lambda value: {"money": value, "calls": 1})
            await guard.settled()
            assert guard.standing().budgets["money"].left == 75
            await guard.perform(refund(70), desk.do)
            with pytest.raises(BudgetExhaustedError):
                await guard.perform(refund(6), desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1


def test_calls_side_by_side_never_spend_more_than_there_is(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard, anyio.create_task_group() as group:

            async def one() -> None:
                with contextlib.suppress(BudgetExhaustedError):
                    await guard.perform(refund(10), desk.do)

            for _ in range(30):
                group.start_soon(one)

    anyio.run(main)
    assert len(desk.ran) == 10
    assert len(desk.ledger.of("denied")) == 20


def test_a_call_is_made_once_whoever_proposes_it_again(desk: Desk) -> None:
    call = refund(5)

    async def main() -> None:
        async with desk.guard() as guard:
            await guard.perform(call, desk.do)
            with pytest.raises(RefusedError):
                await guard.perform(call, desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1


def test_a_call_in_the_name_of_somebody_else_is_denied(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            await guard.perform(refund(5, principal="root"), desk.do)

    with pytest.raises(DeniedError) as refused:
        anyio.run(main)
    assert refused.value.code == "guard.denied.principal"
    assert desk.ran == []


@pytest.mark.parametrize("value", [object(), float("nan"), 2**60, b"bytes", {1: 2}])
def test_an_argument_without_an_exact_spelling_is_denied(desk: Desk, value: object) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            await guard.perform(Call(tool="note.add", args={"text": value}), desk.do)

    with pytest.raises(DeniedError):
        anyio.run(main)
    assert desk.ran == []


def test_proposing_decides_and_leaves_nothing_behind(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            assert isinstance(await guard.propose(refund(5)), Allow)
            assert isinstance(await guard.propose(mail()), Ask)
            assert isinstance(await guard.propose(refund(500)), Deny)
            assert await guard.stop("over") == {}

    anyio.run(main)
    assert desk.ledger.kinds() == ["opened", "stopped", "closed"]


def test_plain_code_is_guarded_without_an_event_loop(desk: Desk) -> None:
    overseer = desk.overseer("ops")
    with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
        assert guard.perform_here(refund(20), desk.do).value == "done"
        assert guard.perform_here(mail(), desk.do).value == "done"
        with pytest.raises(DeniedError):
            guard.perform_here(refund(81), desk.do)
        guard.stop_here("enough")
        with pytest.raises(DeniedError):
            guard.perform_here(refund(1), desk.do)
    assert len(desk.ran) == 2
