"""Tools in a process of their own: what reaches them, what they refuse, and how they are cut short."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from tests.guard.desk import Desk, refund, until

from remit.errors import DeniedError, Interrupted, RefusedError, RemitError
from remit.guard.call import Call
from remit.guard.calls.clearing import Cleared
from remit.guard.calls.frozen import Frozen, digest_of, freeze
from remit.guard.executing import Checking
from remit.guard.executor import Executor
from remit.guard.stub import answer_stub
from remit.guard.wire import receive, send

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


@pytest.fixture
def executor() -> Iterator[Executor]:
    """An executor with the office's tools, and a secret in its environment only."""
    started = Executor.start(
        "tests.guard.office:TOOLS", environ={**os.environ, "OFFICE_SECRET": "s3cret"}, folder=str(ROOT)
    )
    yield started
    started.close()


def note(text: str) -> Call:
    """A call of the office's other tool."""
    return Call(tool="note.add", args={"text": text})


@pytest.mark.requirement("GUARD-11")
def test_a_cleared_call_runs_in_another_process_and_a_denied_one_does_not_reach_it(
    desk: Desk, executor: Executor
) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            value = (await guard.perform_by(refund(20), executor)).value
            assert isinstance(value, dict)
            assert value["secret"] == "s3cret"  # noqa: S105 - made up
            assert value["pid"] == executor.pid != os.getpid()
            assert (await guard.perform_by(note("x"), executor)).value == "noted x"
            with pytest.raises(DeniedError):
                await guard.perform_by(refund(81), executor)

    anyio.run(main)
    assert "office" not in {name.rpartition(".")[2] for name in sys.modules}
    assert [outcome["label"] for outcome in desk.ledger.of("outcome")] == ["ran", "ran"]


def test_what_a_tool_raises_reaches_the_caller_and_the_record(desk: Desk, executor: Executor) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            with pytest.raises(RemitError, match="LookupError: no such note"):
                await guard.perform_by(note("raise"), executor)

    anyio.run(main)
    assert desk.ledger.of("outcome")[0]["result"] == "failed"


@pytest.mark.requirement("GUARD-11")
def test_the_executor_refuses_bytes_that_were_not_decided_and_intents_it_has_seen() -> None:
    ran: list[object] = []

    def add(text: str) -> None:
        ran.append(text)

    checking = Checking({"note.add": add})
    frozen = freeze(note("good"))
    written = frozen.written.decode()
    good = {"written": written, "digest": frozen.digest, "intent": 5}
    swapped = written.replace("good", "evil")
    for bad in (
        {**good, "written": swapped},
        {**good, "digest": "sha256:0"},
        {**good, "digest": None},
        {**good, "intent": True},
        {**good, "intent": "6"},
        {**good, "intent": 0},
        {**good, "extra": 1},
        {"written": written, "digest": frozen.digest},
        {"written": "[]", "digest": digest_of(b"[]"), "intent": 5},
        {"written": "{", "digest": digest_of(b"{"), "intent": 5},
        {**good, "written": '["bash",{}]', "digest": digest_of(b'["bash",{}]')},
    ):
        assert "refused" in checking.answer(bad)
    assert ran == []
    assert checking.answer(good) == {"value": None}
    assert "refused" in checking.answer(good)
    assert checking.answer({**good, "intent": 4}) == {"value": None}  # calls side by side come in any order
    assert ran == ["good", "good"]


def test_an_intent_of_long_ago_is_not_forgotten() -> None:
    ran: list[int] = []

    def add(text: int) -> None:
        ran.append(text)

    checking = Checking({"note.add": add})
    frozen = freeze(Call(tool="note.add", args={"text": 1}))
    message = {"written": frozen.written.decode(), "digest": frozen.digest}
    for intent in range(1, 10_001):
        assert checking.answer({**message, "intent": intent}) == {"value": None}
    for intent in (1, 2, 5_000, 9_999, 10_000):
        assert "refused" in checking.answer({**message, "intent": intent})
    assert len(ran) == 10_000


def test_calls_side_by_side_reach_the_executor_one_by_one(desk: Desk, executor: Executor) -> None:
    said: list[object] = []

    async def main() -> None:
        async with desk.guard() as guard, anyio.create_task_group() as group:

            async def make(number: int) -> None:
                said.append((await guard.perform_by(note(str(number)), executor)).value)

            for number in range(20):
                group.start_soon(make, number)

    anyio.run(main)
    assert sorted(map(str, said)) == sorted(f"noted {number}" for number in range(20))


@pytest.mark.requirement("GUARD-11")
def test_a_call_the_executor_refuses_is_labelled_not_run(desk: Desk, executor: Executor) -> None:
    async def swapping(cleared: Cleared) -> object:
        frozen = cleared.frozen
        evil = Frozen(call_id="x", written=frozen.written.replace(b"20", b"79"), digest=frozen.digest)
        return await executor(dataclasses.replace(cleared, frozen=evil))

    async def main() -> None:
        async with desk.guard() as guard:
            with pytest.raises(RefusedError):
                await guard.perform_by(refund(20), swapping)
            await guard.settled()
            assert guard.standing().budgets["money"].left == 100

    anyio.run(main)
    outcome = desk.ledger.of("outcome")[0]
    assert (outcome["result"], outcome["label"]) == ("interrupted", "not run")


def test_an_executor_that_dies_leaves_the_call_in_doubt_and_is_started_again(desk: Desk, executor: Executor) -> None:
    async def main() -> None:
        async with desk.guard() as guard:
            with pytest.raises(RefusedError):
                await guard.perform_by(note("die"), executor)
            assert (await guard.perform_by(note("again"), executor)).value == "noted again"

    anyio.run(main)
    assert [outcome["label"] for outcome in desk.ledger.of("outcome")] == ["unknown", "ran"]


@pytest.mark.requirement("GUARD-11")
def test_a_stop_kills_a_tool_that_blocks(desk: Desk, executor: Executor, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    async def main() -> None:
        async with desk.guard() as guard, anyio.create_task_group() as group:

            async def make() -> None:
                with pytest.raises(Interrupted):
                    await guard.perform_by(note(f"sleep {begun}"), executor)

            group.start_soon(make)
            await until(lambda: begun.exists() and begun.read_text())
            pid = executor.pid
            labels = await guard.stop("enough")
            assert [*labels.values()] == ["unknown"]
            await until(lambda: pid is not None and not is_running(pid))

    anyio.run(main)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


AGENT = """
import gc, socket, sys
from remit.errors import DeniedError
from remit.guard.stub import Stub
stub = Stub(socket.socket(fileno=int(sys.argv[1])))
print(stub.call("refunds.issue", amount=20, order="A-1")["amount"])
try:
    stub.call("refunds.issue", amount=81, order="A-1")
except DeniedError as error:
    print(error.code, error.allowed)
print([thing.__name__ for thing in gc.get_objects() if getattr(thing, "__module__", "") == "tests.guard.office"])
"""


@pytest.mark.requirement("GUARD-11")
def test_an_agent_in_its_own_process_holds_a_stub_and_no_tool(desk: Desk, executor: Executor) -> None:
    ours, theirs = socket.socketpair()
    said: list[str] = []

    async def main() -> None:
        async with desk.guard() as guard, anyio.create_task_group() as group:
            group.start_soon(answer_stub, guard, executor, ours)
            with theirs:
                command = [sys.executable, "-c", AGENT, str(theirs.fileno())]
                done = await anyio.run_process(command, pass_fds=[theirs.fileno()], stderr=None)
            said.extend(done.stdout.decode().splitlines())

    anyio.run(main)
    ours.close()
    assert said[0] == "20"
    assert said[1].startswith("guard.denied `refunds.issue` where `amount` is at most 80 EUR")
    assert said[2] == "[]"


def test_an_agent_that_speaks_no_sense_is_not_listened_to(desk: Desk, executor: Executor) -> None:
    for nonsense in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x03{ }", b'\x00\x00\x00\x09{"a":NaN}'):
        ours, theirs = socket.socketpair()

        async def main(line: socket.socket = ours) -> None:
            async with desk.guard() as guard:
                with anyio.fail_after(30):
                    await answer_stub(guard, executor, line)

        theirs.sendall(nonsense)
        anyio.run(main)
        assert theirs.recv(1) == b""
        ours.close()
        theirs.close()
    assert desk.ledger.of("intent") == []


def test_a_message_that_is_no_call_is_denied(desk: Desk, executor: Executor) -> None:
    ours, theirs = socket.socketpair()

    async def main() -> None:
        async with desk.guard() as guard, anyio.create_task_group() as group:
            group.start_soon(answer_stub, guard, executor, ours)
            for message in ({}, {"tool": 7, "args": {}}, {"tool": "note.add"}, {"tool": "a", "args": [], "id": 1}):
                await anyio.to_thread.run_sync(send, theirs, message)
                answer = await anyio.to_thread.run_sync(receive, theirs)
                assert answer is not None
                assert answer["error"] == "guard.denied.arguments"
            theirs.close()

    anyio.run(main)
    ours.close()


@pytest.mark.parametrize("target", ["no.such.module:TOOLS", "tests.guard.office:NOTHING", "json"])
def test_an_executor_without_functions_does_not_come_up(target: str) -> None:
    with pytest.raises(RemitError) as refused:
        Executor.start(target, folder=str(ROOT))
    assert refused.value.code == "remit.error.executor"


def test_a_tool_that_prints_does_not_speak_on_standard_output() -> None:
    program = "from remit.guard.executor import Executor\ne = Executor.start('tests.guard.office:TOOLS')\ne.close()\n"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert done.stdout == b""
