"""Calls that wait for people: once, for exactly what was shown, and never by silence."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from tests.guard.desk import MAIL, Desk, charter_of, mail, until

from remit.errors import (
    ApprovalExpiredError,
    ApprovalRefusedError,
    DeniedError,
)
from remit.guard.call import Call
from remit.guard.decision import Ask
from remit.guard.receipt import Receipt


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


@pytest.mark.requirement("GUARD-06")
def test_arguments_swapped_after_the_decision_do_not_reach_the_callable(desk: Desk) -> None:
    args = dict(MAIL)

    class Swapping:
        """An overseer whose machine also runs the attack."""

        def __init__(self) -> None:
            self.honest = desk.overseer("ops")

        def asked(self, request: object) -> None:
            """Agree, then swap what the caller still holds."""
            self.honest.asked(request)  # type: ignore[arg-type]
            args["to"] = "mallory@example.com"
            args["text"] = "the secret plans"

    async def main() -> None:
        async with desk.guard(approvals=desk.approvals("ops"), overseers=[Swapping()]) as guard:
            await guard.perform(Call(tool="mail.send", args=args), desk.do)

    with pytest.raises((DeniedError, ApprovalRefusedError)):
        anyio.run(main)
    assert desk.ran == []


@pytest.mark.requirement("GUARD-06")
def test_a_path_that_leads_elsewhere_once_it_was_approved_is_not_opened(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "plan").mkdir()
    (tmp_path / "work" / "other").mkdir()
    link = tmp_path / "work" / "link"
    link.symlink_to(tmp_path / "work" / "plan")
    grant = {"tool": "files.read", "args": {"path": {"under": str(tmp_path / "work")}}, "ask": "ops"}
    honest = desk.overseer("ops")

    class Turning:
        """Agrees, and the link leads elsewhere at once."""

        def asked(self, request: object) -> None:
            """Agree, then turn the link."""
            honest.asked(request)  # type: ignore[arg-type]
            link.unlink()
            link.symlink_to(tmp_path / "work" / "other")

    async def main() -> None:
        charter = charter_of(grants=[grant])
        async with desk.guard(charter=charter, approvals=honest.approvals, overseers=[Turning()]) as guard:
            await guard.perform(Call(tool="files.read", args={"path": str(link / "x")}), desk.do)

    with pytest.raises(DeniedError) as refused:
        anyio.run(main)
    assert refused.value.code == "guard.denied.swapped"
    assert desk.ran == []


def test_an_approved_call_runs_once_and_its_approval_is_signed_into_the_record(desk: Desk) -> None:
    overseer = desk.overseer("ops")

    async def main() -> Receipt[str]:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            return await guard.perform(mail(), desk.do)

    receipt = anyio.run(main)
    assert isinstance(receipt.decision, Ask)
    assert desk.ledger.kinds() == ["opened", "asked", "approved", "intent", "outcome", "closed"]
    approved, intent = desk.ledger.of("approved")[0], desk.ledger.of("intent")[0]
    assert approved["by"] == ["ops"]
    assert intent["approval"] == {"request": approved["request"], "entry": 3, "by": ["ops"]}


@pytest.mark.requirement("GUARD-07")
def test_an_approval_does_not_stick_to_the_next_call(desk: Desk) -> None:
    answers = iter([True, False, False])
    overseer = desk.overseer("ops", agree=lambda _request: next(answers))

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.perform(mail(), desk.do)
            for again in (mail(), mail(text="other")):
                with pytest.raises(ApprovalRefusedError):
                    await guard.perform(again, desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1
    assert len(overseer.seen) == 3


def test_every_named_overseer_has_to_agree(desk: Desk) -> None:
    overseer = desk.overseer("ops", "lead")
    removal = Call(tool="files.remove", args={"name": "old"})

    async def main(keys: tuple[str, ...]) -> None:
        overseer.keys = {name: desk.keys[name] for name in keys}
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer], life=0.3) as guard:
            await guard.perform(Call(tool=removal.tool, args=removal.args), desk.do)

    with pytest.raises(ApprovalExpiredError):
        anyio.run(main, ("ops",))
    assert desk.ran == []
    anyio.run(main, ("ops", "lead"))
    assert len(desk.ran) == 1


def test_silence_is_a_no(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard(approvals=desk.approvals("ops"), life=0.2) as guard:
            await guard.perform(mail(), desk.do)

    with pytest.raises(ApprovalExpiredError):
        anyio.run(main)
    assert desk.ran == []
    assert desk.ledger.kinds() == ["opened", "asked", "expired", "closed"]


def test_a_question_that_cannot_be_recorded_is_not_put(desk: Desk) -> None:
    overseer = desk.overseer("ops")
    desk.ledger.broken = frozenset({"asked"})

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.perform(mail(), desk.do)

    with pytest.raises(ApprovalRefusedError):
        anyio.run(main)
    assert (desk.ran, overseer.seen, overseer.approvals.pending()) == ([], [], ())


def test_an_approval_that_cannot_be_recorded_is_none(desk: Desk) -> None:
    overseer = desk.overseer("ops")
    desk.ledger.broken = frozenset({"approved"})

    async def main() -> None:
        async with desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard:
            await guard.perform(mail(), desk.do)

    with pytest.raises(ApprovalRefusedError):
        anyio.run(main)
    assert desk.ran == []


@pytest.mark.requirement("GUARD-05")
def test_a_yes_that_was_asked_for_under_another_charter_is_void_after_a_resume(desk: Desk) -> None:
    overseer = desk.overseer("ops", agree=lambda _request: None)
    narrower = charter_of(grants=[{**grant, "ask": ["ops"]} for grant in charter_of().document["grants"][2:3]])  # type: ignore[index]

    async def main() -> None:
        async with (
            desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard,
            anyio.create_task_group() as group,
        ):

            async def make() -> None:
                with pytest.raises(ApprovalRefusedError):
                    await guard.perform(mail(), desk.do)

            group.start_soon(make)
            await until(lambda: overseer.seen)
            await guard.hold()
            await guard.resume(charter=narrower)
            (request,) = overseer.seen
            overseer.approvals.answer(request.id, "ops", agree=True, key=desk.keys["ops"], digest=request.digest)

    anyio.run(main)
    assert desk.ran == []


def test_a_yes_is_not_used_while_the_run_is_held(desk: Desk) -> None:
    overseer = desk.overseer("ops", agree=lambda _request: None)

    async def main() -> None:
        async with (
            desk.guard(approvals=overseer.approvals, overseers=[overseer]) as guard,
            anyio.create_task_group() as group,
        ):
            group.start_soon(guard.perform, mail(), desk.do)
            await until(lambda: overseer.seen)
            await guard.hold()
            (request,) = overseer.seen
            overseer.approvals.answer(request.id, "ops", agree=True, key=desk.keys["ops"], digest=request.digest)
            await anyio.sleep(0.5)
            assert desk.ran == []
            await guard.resume()
            await until(lambda: desk.ran)

    anyio.run(main)
    assert len(desk.ran) == 1
