"""Sub-agents: a charter derived from a charter, on record, never wider, and held and stopped with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.guard.desk import DOCUMENT, Desk, charter_of, mail, refund

from remit.errors import BudgetExhaustedError, DeniedError, Interrupted
from remit.guard.call import Call
from remit.guard.delegation import delegate, widenings

NOTE, REFUND, MAIL, REMOVE = DOCUMENT["grants"]
CHILD = {"agent": "junior", "grants": [NOTE, REFUND, MAIL]}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


def narrower(grant: Mapping[str, Any], **args: Any) -> dict[str, Any]:
    """A grant with other conditions."""
    return {**grant, "args": {**grant["args"], **args}}


@pytest.mark.parametrize(
    "document",
    [
        {"agent": "junior", "grants": []},
        {"agent": "junior", "grants": [NOTE]},
        {"agent": {"name": "junior"}, "grants": [narrower(REFUND, amount={"max": "10 EUR"})]},
        {"agent": "junior", "grants": [NOTE], "budget": {"money": "5 EUR/run"}},
        {"agent": "junior", "grants": [{**NOTE, "ask": "lead"}], "limits": [{"tool": "refunds.issue"}]},
        {"agent": "junior", "purpose": {"text": "only the notes"}},
    ],
)
@pytest.mark.requirement("GUARD-09")
def test_a_sub_agent_may_have_the_same_or_less(document: dict[str, Any]) -> None:
    derived = delegate(charter_of(), document)
    assert derived.agent.name == "junior"
    assert widenings(charter_of(), derived) == ()
    assert len(derived.grants) == len(document.get("grants", []))


@pytest.mark.parametrize(
    "document",
    [
        {"agent": "junior", "grants": [{"tool": "bash.run"}]},
        {"agent": "junior", "grants": [{"tool": "*"}]},
        {"agent": "junior", "grants": [{"tool": "note.add"}]},
        {"agent": "junior", "grants": [narrower(REFUND, amount={"max": "81 EUR"})]},
        {"agent": "junior", "grants": [{**REFUND, "budget": "calls"}]},
        {"agent": "junior", "grants": [{**MAIL, "ask": "lead"}]},
        {"agent": "junior", "grants": [{name: value for name, value in MAIL.items() if name != "ask"}]},
        {"agent": "junior", "grants": [{**REMOVE, "effects": []}]},
        {"agent": "junior", "budget": {"money": "1000 EUR/run"}},
        {"agent": "junior", "budget": {"money": "unlimited"}},
        {"agent": "junior", "budget": {"money": "100 EUR/day"}},
        {"agent": "junior", "credentials": {"key": {"from": "env:KEY", "opens": "cloud"}}},
        {"agent": "junior", "credentials": ["key"]},
        {"agent": "junior", "oversight": {"stop": {"by": []}}},
        {"agent": "junior", "overseers": {}},
        {"agent": "junior", "context": {}},
        {"agent": "clerk"},
        {},
        {"agent": {"name": "junior", "reviewed": "everything"}},
        {"agent": "junior", "grants": "all"},
        {"agent": 7},
    ],
)
@pytest.mark.requirement("GUARD-09")
def test_a_sub_agent_never_gets_more(document: dict[str, Any]) -> None:
    with pytest.raises(DeniedError) as refused:
        delegate(charter_of(), document)
    assert refused.value.code == "guard.denied.delegation"


@pytest.mark.requirement("GUARD-09")
def test_a_sub_agent_does_not_get_out_of_the_cage_of_its_origin() -> None:
    caged = charter_of(runtime={"network": {"hosts": ["example.org"]}, "filesystem": {"write": ["./work"]}})
    inside = {"agent": "junior", "runtime": {"network": {"hosts": "none"}}}
    assert delegate(caged, inside).runtime.hosts == ()
    for outside in ({"network": {"hosts": "any"}}, {"filesystem": {"write": ["/"]}}):
        with pytest.raises(DeniedError):
            delegate(caged, {"agent": "junior", "runtime": outside})


@pytest.mark.requirement("GUARD-10")
def test_a_sub_agent_calls_in_its_own_name_under_its_own_charter_and_is_on_record(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            child = await guard.delegate({**CHILD, "grants": [narrower(REFUND, amount={"max": "10 EUR"})]})
            async with child:
                await child.perform(refund(10), desk.do)
                with pytest.raises(DeniedError):
                    await child.perform(refund(11), desk.do)
                with pytest.raises(DeniedError):
                    await child.perform(refund(5, principal="clerk"), desk.do)
                with pytest.raises(DeniedError):
                    await child.perform(Call(tool="note.add", args={"text": "x"}), desk.do)
            with pytest.raises(DeniedError):
                await guard.perform(refund(5, principal="junior"), desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1
    delegated, intent = desk.ledger.of("delegated")[0], desk.ledger.of("intent")[0]
    assert (delegated["to"], delegated["parent"]) == ("junior", desk.charter.digest)
    assert intent["charter"] == delegated["charter"]
    assert intent["call"]["principal"] == "junior"  # type: ignore[index]


@pytest.mark.requirement("GUARD-10")
def test_agent_and_sub_agents_share_one_budget(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            child = await guard.delegate({**CHILD, "budget": {"money": "60 EUR/run"}})
            other = await child.delegate({"agent": "trainee", "grants": [REFUND]})
            await child.perform(refund(40), desk.do)
            with pytest.raises(BudgetExhaustedError):
                await child.perform(refund(21), desk.do)
            with pytest.raises(BudgetExhaustedError):
                await other.perform(refund(21), desk.do)
            await guard.perform(refund(50), desk.do)
            await guard.settled()
            assert guard.standing().budgets["money"].left == 10
            with pytest.raises(BudgetExhaustedError):
                await other.perform(refund(11), desk.do)

    anyio.run(main)
    assert len(desk.ran) == 2


@pytest.mark.requirement("GUARD-10")
def test_a_sub_agent_is_held_and_stopped_with_its_origin(desk: Desk) -> None:
    begun = anyio.Event()

    async def slow(_args: Mapping[str, object]) -> None:
        begun.set()
        await anyio.sleep(60)

    async def main() -> None:
        async with desk.guard() as guard, anyio.create_task_group() as group:
            child = await guard.delegate(CHILD)
            await guard.hold("wait")
            with pytest.raises(DeniedError, match="held"):
                await child.perform(refund(1), desk.do)
            with pytest.raises(DeniedError):
                await guard.delegate({**CHILD, "agent": "another"})
            await guard.resume()
            interrupted = anyio.Event()

            async def make() -> None:
                with pytest.raises(Interrupted):
                    await child.perform(refund(2), slow)
                interrupted.set()

            group.start_soon(make)
            with anyio.fail_after(60):
                await begun.wait()
            labels = await guard.stop("enough")
            assert [*labels.values()] == ["unknown"]
            with anyio.fail_after(30):
                await interrupted.wait()
            with pytest.raises(DeniedError, match="stopped"):
                await child.perform(refund(3), desk.do)

    anyio.run(main)
    assert desk.ran == []


def test_what_was_narrowed_for_an_agent_is_narrowed_for_its_sub_agents(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            child = await guard.delegate(CHILD)
            await guard.hold()
            await guard.resume(charter=charter_of(grants=[NOTE]))
            with pytest.raises(DeniedError):
                await child.perform(refund(1), desk.do)
            await child.perform(Call(tool="note.add", args={"text": "x"}), desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1


def test_a_sub_agent_is_asked_about_by_the_same_people(desk: Desk) -> None:
    overseer = desk.overseer("ops")

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            child = await guard.delegate(CHILD)
            await child.perform(mail(), desk.do)

    anyio.run(main)
    assert [(request.principal, request.tool) for request in overseer.seen] == [("junior", "mail.send")]


def test_a_delegation_that_cannot_be_recorded_is_none(desk: Desk) -> None:
    desk.ledger.broken = frozenset({"delegated"})
    with desk.guard() as guard, pytest.raises(DeniedError) as refused:
        guard.delegate_here(CHILD)
    assert refused.value.code == "guard.denied.unrecorded"
