"""A guarded line between a client and a server: every message of either side takes its step through the relay.

There is no other way across. A request that passes is remembered by its id until it is answered, and an answer nobody
waits for goes nowhere; so a server cannot answer a call that still waits for its approval, and a client cannot answer a
question it was not asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import anyio
from anyio.abc import TaskGroup

from remit.errors import FrameError, ProxyError
from remit.proxy.frames import Frame, Identifier, Kind
from remit.proxy.http.asking import Asked, identifier_of
from remit.proxy.http.conversation import Deliver, LineOpener
from remit.proxy.http.headers import Marked, Mismatch
from remit.proxy.points import Side
from remit.proxy.relay import GONE, Conduct, Relay

__all__ = ["Far", "FarOpener", "Hearing", "RelayedLine", "relayed"]

_STOP_WITHIN = 2.0
_GLANCE = 0.01
_LOOK_EVERY = 5.0
_TIMED_OUT = -32001


class Far(Protocol):
    """The connection to a server."""

    async def send(self, frame: Frame) -> None:
        """Send a message; raises ``ProxyError`` when the server is gone."""

    async def gone(self) -> str:
        """Wait until the server is gone; says why."""


class Hearing(Protocol):
    """Takes what a server says."""

    async def hear(self, frame: Frame, related: Identifier | None = None) -> None:
        """Take a message; ``related`` is the id of the request whose response it came on, where that is known."""

    async def garbled(self, error: FrameError) -> None:
        """Take notice of a message nobody can read; it may have been the answer to anything under way."""

    async def lost(self, identifier: Identifier, reason: str) -> None:
        """Take notice that a request will not be answered, and that nobody knows what became of it."""


FarOpener = Callable[[Hearing], AbstractAsyncContextManager[Far]]
"""Connects to a server; what it says is given to the argument."""


@dataclass(slots=True, kw_only=True)
class RelayedLine:
    """One line. ``client`` and ``server`` are its sides; whatever waits for a decision is a task in ``tasks``."""

    relay: Relay
    tasks: TaskGroup
    client: Asked
    server: Asked
    marked: Marked = field(default_factory=Marked)
    _over: anyio.Event = field(default_factory=anyio.Event)
    _why: str = ""

    async def send(self, frame: Frame) -> None:
        """Take a client's message on its way."""
        await self._take(Side.CLIENT, frame, None)

    async def hear(self, frame: Frame, related: Identifier | None = None) -> None:
        """Take a server's message on its way."""
        if frame.kind is Kind.RESPONSE:
            self.marked.note(frame.result)
        await self._take(Side.SERVER, frame, related)

    def mismatch(self, frame: Frame, headers: Iterable[tuple[str, str]]) -> Mismatch | None:
        """What in the headers of a call differs from its arguments, where the tool's schema asks for headers."""
        return self.marked.mismatch(frame, headers)

    async def garbled(self, error: FrameError) -> None:
        """Take notice of a message nobody can read: nobody goes on waiting for it."""
        reason = f"the server sent a message that is not passed on: {error.message}"
        if error.answers and error.id is not None:
            await self.hear(Frame.error(error.id, -32603, reason, {"code": error.code}))
        elif error.id is not None:
            await self._reply(self.server, Frame.refusing(error), None)
        else:
            for identifier in self.server.give_up(reason):
                await self._reply(self.client, Frame.error(identifier, GONE, reason), None)

    async def lost(self, identifier: Identifier, reason: str) -> None:
        """Take notice that a request will not be answered."""
        for unanswered in self.server.give_up(reason, only=identifier):
            await self._reply(self.client, Frame.error(unanswered, GONE, reason), identifier)

    async def gone(self) -> str:
        """Wait until the server is gone; says why."""
        await self._over.wait()
        return self._why

    def lose(self, why: str) -> None:
        """The server is gone."""
        self._why = self._why or why
        self.server.give_up(why)
        self._over.set()

    async def stop(self, reason: str) -> None:
        """End every request under way, and tell the server."""
        with anyio.move_on_after(_STOP_WITHIN):
            await self.relay.stop(reason)
            while self.relay.busy:  # noqa: ASYNC110 - the relay has no event for it, and this is once per session
                await anyio.sleep(_GLANCE)
        self.client.give_up(reason)
        self.server.give_up(reason)

    async def watch(self) -> None:
        """Answer requests that passed and were not answered in time; what is handled has a deadline of its own."""
        while True:
            await anyio.sleep(_LOOK_EVERY)
            for identifier in self.server.late(anyio.current_time() - self.relay.patience):
                text = f"no answer within {self.relay.patience:g} seconds"
                await self._reply(self.client, Frame.error(identifier, _TIMED_OUT, text), identifier)
                params = {"requestId": identifier, "reason": text}
                await self._reply(self.server, Frame.notification("notifications/cancelled", params), None)

    async def _take(self, side: Side, frame: Frame, related: Identifier | None) -> None:
        """Do with a message what the relay says."""
        own, other = (self.client, self.server) if side is Side.CLIENT else (self.server, self.client)
        if frame.answers and not own.answered(frame):
            return
        step = self.relay.step(side, frame)
        match step.conduct:
            case Conduct.PASS:
                await self._pass(own, other, step.frame, related)
            case Conduct.ANSWER:
                await self._reply(own, step.frame, related)
            case Conduct.HANDLE:
                self.tasks.start_soon(self._handle, side, step.frame, related)
            case Conduct.DROP:
                pass

    async def _pass(self, own: Asked, other: Asked, frame: Frame, related: Identifier | None) -> None:
        """Send a message to the other side."""
        if frame.kind is Kind.REQUEST and (fault := other.expect(frame)):
            await self._reply(own, Frame.error(frame.id, -32600, fault), related)
            return
        if frame.method == "notifications/progress":
            own.hear_progress(frame.params.get("progressToken"))
        try:
            await other.send(frame, related)
        except ProxyError as error:
            if frame.kind is Kind.REQUEST:
                other.give_up(error.message, only=identifier_of(frame))
                await self._reply(own, Frame.error(frame.id, GONE, error.message), related)

    async def _handle(self, side: Side, frame: Frame, related: Identifier | None) -> None:
        """Have a message decided, and send what becomes of it."""
        own, other = (self.client, self.server) if side is Side.CLIENT else (self.server, self.client)
        try:
            back = partial(self._reply, own, related=related)
            result = await self.relay.handle(side, frame, other.about(related), back)
        except ProxyError as error:
            result = None if frame.kind is Kind.NOTIFICATION else Frame.error(frame.id, -32603, error.message)
        if result is not None:
            await self._reply(own if frame.kind is Kind.REQUEST else other, result, related)

    async def _reply(self, to: Asked, frame: Frame, related: Identifier | None) -> None:
        """Send a message to a side, unless it is gone."""
        try:
            await to.send(frame, related)
        except ProxyError as error:
            self.lose(error.message)


def relayed(open_far: FarOpener, make_relay: Callable[[], Relay]) -> LineOpener:
    """How to open a guarded line: connect to the server, put a new relay before it."""

    @asynccontextmanager
    async def opened(deliver: Deliver) -> AsyncIterator[RelayedLine]:
        async with anyio.create_task_group() as tasks:
            far: list[Far] = []

            async def to_server(frame: Frame, related: Identifier | None = None) -> None:
                del related  # a server is told by the message itself
                if not far:
                    raise ProxyError("the server is not there yet", code="proxy.error.gone")
                await far[0].send(frame)

            line = RelayedLine(
                relay=make_relay(), tasks=tasks, client=Asked(send=deliver), server=Asked(send=to_server)
            )
            async with open_far(line) as connection:
                far.append(connection)
                tasks.start_soon(_watched, line, connection)
                tasks.start_soon(line.watch)
                try:
                    yield line
                finally:
                    with anyio.CancelScope(shield=True):
                        await line.stop("the session is over")
            tasks.cancel_scope.cancel()

    return opened


async def _watched(line: RelayedLine, far: Far) -> None:
    """Wait until the server is gone, and say so."""
    line.lose(await far.gone())
