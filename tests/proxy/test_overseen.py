"""A guarded call that is asked about before it goes out: a yes lets it go, everything else does not."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import anyio
import pytest

from remit.charter.reader import parse_charter
from remit.errors import ProxyError, RefusedError
from remit.guard.call import Call
from remit.guard.guard import Guard
from remit.ledger.store import Ledger, read_entries
from remit.proxy.frames import Frame
from remit.proxy.overseen import AskedFirst, Asking

CHARTER = parse_charter(
    "remit: 1\nagent: {name: clerk}\npurpose: {text: read; done when read}\ngrants: [{tool: read, effects: []}]\n"
)


class Overseer:
    """The other end of the line."""

    def __init__(self, place: Path) -> None:
        """Listen."""
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(place))
        self.listener.listen(1)
        self.line: socket.socket | None = None

    def asked(self) -> str:
        """Wait for a question: the id of the call."""
        if self.line is None:
            self.line, _ = self.listener.accept()
            self.line.settimeout(60.0)
        call: str = json.loads(self.line.makefile().readline())["call"]
        return call

    def say(self, **answer: object) -> None:
        """Say something about a call."""
        assert self.line is not None
        self.line.sendall(json.dumps(answer).encode() + b"\n")

    def hang_up(self) -> None:
        """End the line."""
        assert self.line is not None
        self.line.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def overseer(tmp_path: Path) -> Iterator[Overseer]:
    """Somebody who is asked."""
    found = Overseer(tmp_path / "asked")
    yield found
    found.listener.close()
    if found.line is not None:
        found.line.close()


def played(
    folder: Path, then: Callable[[Guard, str], None], *, patience: float = 60.0, calls: int = 1
) -> tuple[list[str], list[str]]:
    """Calls of a tool one after another: what reached the server, and why each other one was refused."""
    reached: list[str] = []
    refused: list[str] = []

    async def do(used: Mapping[str, object]) -> Frame:
        reached.append(str(used["text"]))
        return Frame.notification("done")

    async def play() -> None:
        asking = Asking.at(folder / "asked", patience=patience)
        with Ledger.open(folder / "ledger.db") as ledger:
            async with Guard(CHARTER, ledger=ledger, cwd=str(folder)) as guard, anyio.create_task_group() as tasks:
                tasks.start_soon(asking.listen)
                gate = AskedFirst(guard=guard, asking=asking, held=lambda: guard.session.phase == "held")
                for number in range(calls):
                    call = Call(tool="read", args={"text": str(number)})
                    try:
                        async with anyio.create_task_group() as both:
                            both.start_soon(anyio.to_thread.run_sync, then, guard, call.id)
                            await gate.perform(call, do)
                    except* RefusedError as group:
                        refused.extend(str(error) for error in group.exceptions)
                asking.hang_up()

    anyio.run(play)
    return reached, refused


def test_a_call_is_on_record_before_it_is_asked_about_and_goes_out_on_a_yes(tmp_path: Path, overseer: Overseer) -> None:
    kinds: list[str] = []

    def let(_guard: Guard, call: str) -> None:
        assert overseer.asked() == call
        kinds.extend(entry.kind for entry in read_entries(tmp_path / "ledger.db"))
        overseer.say(call="another", proceed=False)
        overseer.say(call=call, proceed=True)

    assert played(tmp_path, let) == (["0"], [])
    assert kinds == ["opened", "intent"]
    assert [entry.facts["result"] for entry in read_entries(tmp_path / "ledger.db") if entry.kind == "outcome"] == [
        "performed"
    ]


@pytest.mark.parametrize("answer", [{"proceed": False, "reason": "an overseer said no"}, {"proceed": "yes"}, {}])
def test_anything_but_a_yes_is_a_no_and_the_record_says_that_it_was_not_run(
    tmp_path: Path, overseer: Overseer, answer: dict[str, object]
) -> None:
    def refuse(_guard: Guard, call: str) -> None:
        overseer.asked()
        overseer.say(call=call, **answer)

    reached, refused = played(tmp_path, refuse)
    assert reached == []
    assert str(answer.get("reason", "it was refused")) in refused[0]
    [outcome] = [entry.facts for entry in read_entries(tmp_path / "ledger.db") if entry.kind == "outcome"]
    assert (outcome["result"], outcome["label"]) == ("interrupted", "not run")


def test_silence_is_a_no(tmp_path: Path, overseer: Overseer) -> None:
    reached, [why] = played(tmp_path, lambda *_: None, patience=0.05)
    assert (reached, why) == ([], "the call was not made: nobody answered in time")
    assert overseer.asked()


def test_a_line_that_ends_refuses_what_waits_and_what_comes(tmp_path: Path, overseer: Overseer) -> None:
    came: list[str] = []

    def leave(_guard: Guard, _call: str) -> None:
        if not came:
            came.append(overseer.asked())
            overseer.hang_up()

    reached, refused = played(tmp_path, leave, calls=2)
    assert reached == []
    assert refused == ["the call was not made: whoever was to answer is gone"] * 2


def test_a_call_that_is_let_go_during_a_hold_goes_out_when_the_run_goes_on(tmp_path: Path, overseer: Overseer) -> None:
    async def play() -> list[str]:
        reached: list[str] = []

        async def do(_used: Mapping[str, object]) -> Frame:
            reached.append("the call")
            return Frame.notification("done")

        asking = Asking.at(tmp_path / "asked", patience=60.0)
        holding = [True, True, False]

        def held() -> bool:
            reached.append("a look")
            return holding.pop(0)

        with Ledger.open(tmp_path / "ledger.db") as ledger:
            async with Guard(CHARTER, ledger=ledger, cwd=str(tmp_path)) as guard, anyio.create_task_group() as tasks:
                tasks.start_soon(asking.listen)
                call = Call(tool="read", args={"text": "0"})

                def let() -> None:
                    overseer.asked()
                    overseer.say(call=call.id, proceed=True)

                tasks.start_soon(anyio.to_thread.run_sync, let)
                await AskedFirst(guard=guard, asking=asking, held=held).perform(call, do)
                asking.hang_up()
        return reached

    assert anyio.run(play) == ["a look", "a look", "a look", "the call"]


def test_nobody_to_ask_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProxyError, match="does not listen"):
        Asking.at(tmp_path / "nobody", patience=1.0)
