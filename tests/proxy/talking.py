"""Two ends of a conversation over pipes, held by a test: what it says as the client, and as the server."""

import json
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from tests.proxy.scene import Scene, line

from remit.guard.guard import Guard
from remit.proxy.pipes import Sink, Source
from remit.proxy.points import Side
from remit.proxy.relay import Relay
from remit.proxy.stdio import Conversation, Ended

BIG = 100 * 2**20


@dataclass(slots=True)
class End:
    """One end of a pair of pipes, as the client or the server holds it."""

    read: int
    write: int
    kept: bytearray = field(default_factory=bytearray)

    async def say(self, data: bytes | dict[str, Any]) -> None:
        """Write a line, however long it takes."""
        text = data if isinstance(data, bytes) else line(data)
        with suppress(BrokenPipeError):
            await to_thread.run_sync(write_all, self.write, text + b"\n", abandon_on_cancel=True)

    async def hear(self) -> dict[str, Any]:
        """The next message; an empty one at the end."""
        while b"\n" not in self.kept:
            chunk = await to_thread.run_sync(os.read, self.read, 65536, abandon_on_cancel=True)
            if not chunk:
                return {}
            self.kept += chunk
        text, _, rest = bytes(self.kept).partition(b"\n")
        self.kept = bytearray(rest)
        found: dict[str, Any] = json.loads(text)
        return found

    def hang_up(self) -> None:
        """Write nothing more."""
        if self.write >= 0:
            os.close(self.write)
            self.write = -1

    def leave(self) -> None:
        """Neither write nor read any more."""
        self.hang_up()
        if self.read >= 0:
            os.close(self.read)
            self.read = -1


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def pipes() -> Iterator[tuple[End, tuple[int, int]]]:
    """The far end of two pipes, and the descriptors the conversation reads and writes."""
    out_read, out_write = os.pipe()
    in_read, in_write = os.pipe()
    end = End(read=in_read, write=out_write)
    try:
        yield end, (out_read, in_write)
    finally:
        end.leave()
        for descriptor in (out_read, in_write):
            with suppress(OSError):
                os.close(descriptor)


@dataclass(slots=True, kw_only=True)
class Talk:
    """What is left of a conversation."""

    ended: Ended | None = None
    said: list[str] = field(default_factory=list)
    scene: Scene


Part = Callable[[End, End, Conversation], Coroutine[Any, Any, None]]


def talk(
    tmp_path: Path, part: Part, *, patience: float = 120.0, reads_within: float = 120.0, grace: float = 0.2
) -> Talk:
    """Carry a conversation while ``part`` plays the client and the server.

    ``grace`` is long where ``part`` counts on it and ends both sides itself.
    """
    found = Talk(scene=Scene(folder=tmp_path))

    async def play(relay: Relay, _guard: Guard) -> None:
        relay.patience = patience
        with pipes() as (client, from_client), pipes() as (server, from_server):
            conversation = Conversation(
                relay=relay,
                sources={
                    Side.CLIENT: Source(descriptor=from_client[0]),
                    Side.SERVER: Source(descriptor=from_server[0]),
                },
                sinks={
                    Side.CLIENT: Sink(descriptor=from_client[1], name="client"),
                    Side.SERVER: Sink(descriptor=from_server[1], name="server", patience=reads_within),
                },
                say=found.said.append,
                grace=grace,
            )
            async with anyio.create_task_group() as group:
                group.start_soon(part, client, server, conversation)
                try:
                    found.ended = await conversation.carry()
                finally:  # as a process does when it ends
                    conversation.sinks[Side.CLIENT].close()
                    os.close(from_client[0])

    found.scene.play(play)
    return found


def ask(number: int, method: str = "x/y", **params: Any) -> dict[str, Any]:
    """A request."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def answer(number: Any, **result: Any) -> dict[str, Any]:
    """Its answer."""
    return {"jsonrpc": "2.0", "id": number, "result": result}
