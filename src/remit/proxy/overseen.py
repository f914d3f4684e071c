"""A line to somebody who is asked before each call goes out to a server: a drill, which interrupts at that moment.

The call is decided and on record before it is asked about, and nothing of it has reached the server. Whoever answers
can only take away: what the guard denies is never asked, and silence, a no and a line that broke all mean that the call
is not made.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import anyio

from remit.errors import ProxyError, RefusedError, SupervisorError
from remit.guard.call import Call
from remit.guard.calls.making import NOT_RUN
from remit.guard.decision import Decision
from remit.guard.receipt import Receipt
from remit.guard.rules.signature import Signature
from remit.proxy.frames import Frame
from remit.proxy.peers import Gate
from remit.supervisor.protocol import Lines, at_socket, encode

__all__ = ["AskedFirst", "Asking"]

_LOOK = 0.01  # seconds between two looks whether a hold is over
_CONNECT = 10.0
_NOBODY = "nobody answered in time"


@dataclass(slots=True)
class _Question:
    """One call that waits for its answer; without one it is a no."""

    over: anyio.Event = field(default_factory=anyio.Event)
    proceed: bool = False
    reason: str = _NOBODY


@dataclass(slots=True, kw_only=True)
class Asking:
    """The line to whoever is asked: ``{"call": ID}`` goes out, ``{"call": ID, "proceed": true}`` comes back.

    ``patience`` is how long an answer may take, in seconds. ``listen`` has to run for answers to arrive.
    """

    line: socket.socket
    patience: float
    _waiting: dict[str, _Question] = field(default_factory=dict)
    _gone: bool = False

    @classmethod
    def at(cls, place: Path, *, patience: float) -> Self:
        """Connect to the socket at a path; raises ``ProxyError`` where nobody listens."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(_CONNECT)
        try:
            with at_socket(place) as address:
                line.connect(address)
        except OSError as error:
            line.close()
            raise ProxyError(f"whoever is to be asked about calls does not listen at `{place}`") from error
        line.settimeout(0)
        return cls(line=line, patience=patience)

    async def listen(self) -> None:
        """Take the answers in until the line ends; then every call that waits is refused, and every later one."""
        lines = Lines()
        try:
            with suppress(OSError, SupervisorError):
                while True:
                    await anyio.wait_readable(self.line)
                    data = self.line.recv(65536)
                    if not data:
                        break
                    for message in lines.feed(data):
                        self._hear(message)
        finally:
            self._gone = True
            self.line.close()
            for question in self._waiting.values():
                question.over.set()

    def hang_up(self) -> None:
        """End the line, and ``listen`` with it."""
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_RDWR)

    async def ask(self, call_id: str) -> None:
        """Wait until a call may go out; raises ``RefusedError`` where it may not."""
        question = self._waiting[call_id] = _Question()
        try:
            if not self._gone:
                with suppress(OSError), anyio.move_on_after(self.patience):
                    self.line.sendall(encode({"call": call_id}))
                    await question.over.wait()
        finally:
            self._waiting.pop(call_id, None)
        if self._gone and not question.proceed and question.reason == _NOBODY:
            question.reason = "whoever was to answer is gone"
        if not question.proceed:
            raise RefusedError(f"the call was not made: {question.reason}", code=NOT_RUN)

    def _hear(self, message: Mapping[str, object]) -> None:
        """Take one answer in; one to a call that does not wait is nobody's."""
        question = self._waiting.get(str(message.get("call")))
        if question is not None and not question.over.is_set():
            question.proceed = message.get("proceed") is True
            question.reason = str(message.get("reason") or "it was refused")[:200]
            question.over.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFirst:
    """A guard whose calls are asked about once they are on record; ``held`` says whether the run is on hold now.

    A call that is let go while the run is held goes out when it goes on.
    """

    guard: Gate
    asking: Asking
    held: Callable[[], bool]

    async def perform(self, call: Call, do: Callable[[Mapping[str, object]], Awaitable[Frame]]) -> Receipt[Frame]:
        """Decide a call, record it, ask, and do it; raises ``RefusedError`` where it may not happen."""

        async def asked(used: Mapping[str, object]) -> Frame:
            await self.asking.ask(call.id)
            while self.held():  # noqa: ASYNC110 - a session tells nobody that a hold is over
                await anyio.sleep(_LOOK)
            return await do(used)

        return await self.guard.perform(call, asked)

    def know(self, tool: str, signature: Signature, *, server: str = "", schema: str = "") -> None:
        """Say what arguments a tool takes, as the guard is told it."""
        self.guard.know(tool, signature, server=server, schema=schema)

    async def propose(self, call: Call) -> Decision:
        """Decide a call without doing it."""
        return await self.guard.propose(call)
