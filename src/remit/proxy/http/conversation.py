"""What one client and one server say to each other through the proxy, for as long as that lasts.

Up to 2025-11-25 a conversation is a session: it begins with ``initialize``, has an id, and a server of its own. In the
stateless era there are no sessions: all requests of one caller share a conversation with one server, which is started
by the first of them. Whatever happens to a connection, the conversation goes on in the proxy's own tasks.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from anyio.abc import TaskGroup, TaskStatus

from remit.errors import RemitError
from remit.proxy.frames import Frame, Kind
from remit.proxy.http.headers import Mismatch
from remit.proxy.http.mail import Mail, Waiting

__all__ = ["Conversation", "Deliver", "Line", "LineOpener"]

_CANCELLED = -32800
_CANCEL_GRACE = 6.0  # the relay leaves a cancelled call five seconds for a late answer
_SEND_WITHIN = 30.0


class Deliver(Protocol):
    """Takes a message to the client; ``related`` is the id of the request it came with, where that is known."""

    async def __call__(self, frame: Frame, related: int | str | None = None) -> None:
        """Take one message."""


class Line(Protocol):
    """A guarded connection to a server."""

    async def send(self, frame: Frame) -> None:
        """Send a client's message on its way; returns once its turn has come, not once it is answered."""

    async def gone(self) -> str:
        """Wait until the server is gone; says why."""

    def mismatch(self, frame: Frame, headers: Iterable[tuple[str, str]]) -> Mismatch | None:
        """What in the headers of a call differs from its arguments, where the tool's schema asks for headers."""


def first_of(group: BaseExceptionGroup[RemitError]) -> RemitError:
    """The first error of a group, however deep it lies."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


LineOpener = Callable[[Deliver], AbstractAsyncContextManager[Line]]


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One conversation of a client with its own server.

    ``caller`` is who may take part in it. ``identifier`` is a session's id, which nobody can guess; empty in the
    stateless era. ``idle_after`` is in seconds without any request under way.
    """

    caller: str
    opener: LineOpener
    stateless: bool = False
    idle_after: float = 1800.0
    identifier: str = ""
    version: str = ""
    mail: Mail = field(default_factory=Mail)
    over: anyio.Event = field(default_factory=anyio.Event)
    closed: anyio.Event = field(default_factory=anyio.Event)
    reason: str = ""
    fault: RemitError | None = None
    _line: Line | None = None
    _tasks: TaskGroup | None = None
    _users: int = 0
    _idle_since: float = 0.0

    @classmethod
    def session(cls, *, caller: str, opener: LineOpener, idle_after: float) -> Conversation:
        """A session of the handshake era."""
        return cls(caller=caller, opener=opener, idle_after=idle_after, identifier=secrets.token_urlsafe(32))

    @classmethod
    def lane(cls, *, caller: str, opener: LineOpener, idle_after: float) -> Conversation:
        """The conversation that all stateless requests of one caller share."""
        return cls(caller=caller, opener=opener, idle_after=idle_after, stateless=True, mail=Mail(renamed=True))

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Open the line, keep it until the conversation is over, and end it; never raises what a server did."""
        try:
            async with self.opener(self.deliver) as line, anyio.create_task_group() as tasks:
                self._line, self._tasks, self._idle_since = line, tasks, anyio.current_time()
                task_status.started()
                tasks.start_soon(self._watch_server, line)
                tasks.start_soon(self._watch_idleness)
                await self.over.wait()
                tasks.cancel_scope.cancel()
        except* RemitError as group:
            self.fault = first_of(group)
            self.end(self.fault.message)
        finally:
            self.over.set()
            with anyio.CancelScope(shield=True):
                await self.mail.close(self.reason or "the connection to the server is closed")
            self.closed.set()
        if self._line is None and self.fault is not None:
            raise self.fault

    def end(self, reason: str) -> None:
        """End the conversation, for a reason its client is told."""
        self.reason = self.reason or reason
        self.over.set()

    async def request(self, frame: Frame) -> Waiting | None:
        """Send a request; its answer comes on the stream of what is returned. ``None``: its id is in use."""
        waiting = self.mail.expect(frame)
        if waiting is not None:
            await self._carry(waiting.frame)
        return waiting

    def mismatch(self, frame: Frame, headers: Iterable[tuple[str, str]]) -> Mismatch | None:
        """What in the headers of a stateless call differs from its arguments."""
        return self._line.mismatch(frame, headers) if self._line is not None else None

    async def accept(self, frame: Frame) -> None:
        """Send a notification or an answer."""
        await self._carry(frame)
        if frame.method == "notifications/cancelled" and self._tasks is not None:
            self._tasks.start_soon(self._settle_cancelled, frame.params.get("requestId"))

    async def withdraw(self, waiting: Waiting) -> None:
        """Cancel a request whose client is gone (the stateless era's way to cancel)."""
        if self.mail.waiting.get(waiting.key) is waiting:
            self.mail.give_up(waiting)
            params = {"requestId": waiting.key, "reason": "the client closed the connection"}
            await self._carry(Frame.notification("notifications/cancelled", params))

    async def deliver(self, frame: Frame, related: int | str | None = None) -> None:
        """Take a message of the server to the client."""
        if frame.kind is Kind.REQUEST and self.stateless:
            text = "a server cannot ask its client in the stateless era; answer with an InputRequiredResult"
            await self._carry(Frame.error(frame.id, -32601, text))
            return
        self._note_version(frame)
        await self.mail.deliver(frame, related)

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        """For as long as a connection is busy with this conversation, it is not idle."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            self._idle_since = anyio.current_time()

    async def _carry(self, frame: Frame) -> None:
        """Hand a message to the line, unless the conversation is over; a server that takes none ends it."""
        if self._line is None or self.over.is_set():
            return
        with anyio.move_on_after(_SEND_WITHIN) as within:
            await self._line.send(frame)
        if within.cancelled_caught:
            self.end("the server takes no messages any more")

    async def _settle_cancelled(self, identifier: object) -> None:
        """End the stream of a cancelled request that stays without an answer: over HTTP only an answer ends it."""
        await anyio.sleep(_CANCEL_GRACE)
        waiting = self.mail.waiting.get(identifier) if isinstance(identifier, int | str) else None
        if waiting is not None:
            await self.mail.deliver(Frame.error(waiting.key, _CANCELLED, "Request cancelled"))

    def _note_version(self, frame: Frame) -> None:
        """Keep the version a session was opened with."""
        version = frame.result.get("protocolVersion")
        if not self.stateless and not self.version and isinstance(version, str):
            self.version = version

    async def _watch_server(self, line: Line) -> None:
        """End the conversation when the server is gone."""
        self.end(await line.gone())

    async def _watch_idleness(self) -> None:
        """End a conversation nobody takes part in any more."""
        while True:
            left = self._idle_since + self.idle_after - anyio.current_time()
            if self._users == 0 and left <= 0:
                self.end("nobody used the session for too long")
                return
            await anyio.sleep(max(left, 1.0) if self._users == 0 else self.idle_after)
