"""Stops, holds, resumes and cancellations: what they reach, and what is truthfully said of each call."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from tests.guard.desk import Desk, charter_of, mail, refund, until

from remit.errors import (
    DeniedError,
    Interrupted,
    RefusedError,
)
from remit.guard.call import Call


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


@pytest.mark.requirement("GUARD-04")
def test_a_stop_interrupts_what_is_under_way_and_every_call_is_labelled_truthfully(desk: Desk) -> None:
    finished: list[str] = []

    begun: set[str] = set()
    guard = desk.guard(approvals=desk.approvals("ops"))

    async def slow(_args: Mapping[str, object]) -> None:
        begun.add("slow")
        await anyio.sleep(600)

    async def stubborn(_args: Mapping[str, object]) -> None:
        begun.add("stubborn")
        with anyio.CancelScope(shield=True):
            await until(lambda: guard.session.phase == "stopped")
        finished.append("it ran to its end")

    async def main() -> None:
        said: dict[str, str] = {}
        waiting = mail()
        async with guard, anyio.create_task_group() as group:
            calls = {"slow": (refund(1), slow), "stubborn": (refund(2), stubborn), "waiting": (waiting, desk.do)}

            async def make(name: str) -> None:
                try:
                    await guard.perform(*calls[name])
                except Interrupted as stop:
                    said[name] = str(stop)

            for name in calls:
                group.start_soon(make, name)
            await until(lambda: len(begun) == 2 and desk.ledger.of("asked"))
            labels = await guard.stop("enough", by="ops", within=60.0)
            ids = {name: call.id for name, (call, _do) in calls.items()}
            assert labels[ids["slow"]] == "unknown"
            assert labels[ids["stubborn"]] == "ran"
            assert labels[ids["waiting"]] == "not run"
        assert said.keys() == calls.keys()
        assert "enough" in said["slow"]
        assert "did not run" in said["waiting"]

    anyio.run(main)
    assert desk.ran == []
    assert finished
    by_label = {outcome["label"]: outcome["result"] for outcome in desk.ledger.of("outcome")}
    assert by_label == {"unknown": "interrupted", "ran": "performed"}
    assert len(desk.ledger.of("stopped")) == 1


@pytest.mark.requirement("GUARD-04")
def test_after_a_stop_every_call_is_denied_and_nothing_resumes_the_run(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            await guard.stop("enough")
            with pytest.raises(DeniedError, match="stopped"):
                await guard.perform(refund(), desk.do)
            with pytest.raises(RefusedError):
                await guard.resume()

    anyio.run(main)
    assert desk.ran == []


def test_on_hold_nothing_starts_and_what_is_under_way_goes_on(desk: Desk) -> None:
    async def main() -> None:
        begun, gate = anyio.Event(), anyio.Event()

        async def do(args: Mapping[str, object]) -> str:
            begun.set()
            await gate.wait()
            return desk.do(args)

        async with desk.guard() as guard, anyio.create_task_group() as group:
            group.start_soon(guard.perform, refund(1), do)
            await begun.wait()
            await guard.hold("look first", by="ops")
            with pytest.raises(DeniedError, match="held"):
                await guard.perform(refund(2), desk.do)
            gate.set()
            await until(lambda: desk.ran)
            await guard.resume(by="ops")
            await guard.perform(refund(3), desk.do)

    anyio.run(main)
    assert [args["amount"] for args in desk.ran] == [1, 3]
    assert [kind for kind in desk.ledger.kinds() if kind in ("held", "resumed")] == ["held", "resumed"]


@pytest.mark.requirement("GUARD-05")
def test_a_resume_may_come_back_with_less_and_never_with_more(desk: Desk) -> None:
    grants = list(charter_of().document["grants"])  # type: ignore[call-overload]
    less = charter_of(grants=grants[:1])
    more = charter_of(grants=[*grants, {"tool": "bash.run"}])

    async def main() -> None:
        async with desk.guard() as guard:
            await guard.hold()
            with pytest.raises(DeniedError, match="widens"):
                await guard.resume(charter=more)
            assert guard.standing().phase == "held"
            await guard.resume(charter=less)
            with pytest.raises(DeniedError):
                await guard.perform(refund(), desk.do)
            await guard.perform(Call(tool="note.add", args={"text": "still allowed"}), desk.do)

    anyio.run(main)
    assert len(desk.ran) == 1
    assert desk.ledger.of("intent")[0]["charter"] == less.digest


def test_a_caller_that_is_cancelled_while_it_waits_takes_its_question_back(desk: Desk) -> None:
    approvals = desk.approvals("ops")

    async def main() -> None:
        async with desk.guard(approvals=approvals) as guard:
            async with anyio.create_task_group() as group:
                group.start_soon(guard.perform, mail(), desk.do)
                await until(lambda: approvals.pending() and desk.ledger.of("asked"))
                group.cancel_scope.cancel()
            assert approvals.pending() == ()

    anyio.run(main)
    assert desk.ran == []
    assert desk.ledger.kinds() == ["opened", "asked", "refused", "closed"]


def test_a_caller_that_is_cancelled_while_it_runs_leaves_a_call_in_doubt(desk: Desk) -> None:
    running = anyio.Event()

    async def slow(_args: Mapping[str, object]) -> None:
        running.set()
        await anyio.sleep(60)

    async def main() -> None:
        async with desk.guard() as guard:
            async with anyio.create_task_group() as group:
                group.start_soon(guard.perform, refund(20), slow)
                await running.wait()
                group.cancel_scope.cancel()
            assert group.cancel_scope.cancelled_caught
            await guard.settled()
            assert guard.standing().budgets["money"].left == 80

    anyio.run(main)
    outcome = desk.ledger.of("outcome")[0]
    assert (outcome["result"], outcome["label"]) == ("interrupted", "unknown")


def test_a_callable_that_takes_too_long_is_given_up_and_may_still_say_that_it_ran(desk: Desk) -> None:
    gate = threading.Event()

    def slow(args: Mapping[str, object]) -> str:
        assert gate.wait(60)
        return desk.do(args)

    async def main() -> None:
        async with desk.guard(deadline=0.1) as guard:
            with pytest.raises(RefusedError) as refused:
                await guard.perform(refund(20), slow)
            assert refused.value.code == "guard.refused.deadline"
            gate.set()
            await until(lambda: len(desk.ledger.of("outcome")) == 2)

    anyio.run(main)
    first, second = desk.ledger.of("outcome")
    assert (first["result"], first["label"]) == ("interrupted", "unknown")
    assert (second["result"], second["label"], second["late"]) == ("performed", "ran", True)


def test_a_stop_from_another_thread_reaches_plain_code_when_its_callable_comes_back(desk: Desk) -> None:
    started, gate = threading.Event(), threading.Event()

    def do(args: Mapping[str, object]) -> str:
        started.set()
        assert gate.wait(60)
        return desk.do(args)

    with desk.guard() as guard:

        def press() -> None:
            assert started.wait(60)
            threading.Thread(target=come_back).start()
            labels.append(guard.stop_here("pressed", within=60.0))

        def come_back() -> None:
            anyio.run(until, lambda: guard.session.phase == "stopped")
            gate.set()

        labels: list[Mapping[str, object]] = []
        pressing = threading.Thread(target=press)
        pressing.start()
        with pytest.raises(Interrupted, match="pressed"):
            guard.perform_here(refund(20), do)
        pressing.join(60)
    assert [*labels[0].values()] == ["ran"]
    assert desk.ledger.of("outcome")[0]["result"] == "performed"


def test_a_stop_from_another_thread_reaches_a_call_on_an_event_loop(desk: Desk) -> None:
    async def slow(_args: Mapping[str, object]) -> None:
        threading.Thread(target=guard.stop_here, args=("pressed",)).start()
        await anyio.sleep(60)

    guard = desk.guard()

    async def main() -> None:
        async with guard:
            with pytest.raises(Interrupted, match="pressed"):
                await guard.perform(refund(20), slow)

    anyio.run(main)
    assert desk.ledger.of("outcome")[0]["label"] == "unknown"
