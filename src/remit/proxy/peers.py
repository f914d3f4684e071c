"""What a relay needs of the world: the other side of a conversation, a guard, and tools of its own to offer."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import anyio

from remit.errors import ProxyError
from remit.guard.call import Call
from remit.guard.decision import Decision
from remit.guard.receipt import Receipt
from remit.proxy.frames import Frame, Identifier

__all__ = ["Gate", "Line", "OwnTools", "Peer"]

_WORD = 0.5  # seconds a last word to the other side may take


class Peer(Protocol):
    """The other side of a conversation, as a request that is being decided needs it."""

    async def ask(self, frame: Frame) -> Frame:
        """Send a request and return its answer; raises ``ProxyError`` when there will be none."""
        ...

    async def tell(self, frame: Frame) -> None:
        """Send a notification; raises ``ProxyError`` when the other side is gone."""
        ...


class Gate(Protocol):
    """What the relay needs of a guard: ``remit.guard.guard.Guard`` is one."""

    async def perform(self, call: Call, do: Callable[[Mapping[str, object]], Awaitable[Frame]]) -> Receipt[Frame]:
        """Decide a call, record it, and do it; raises ``RefusedError`` where it may not happen."""
        ...

    async def propose(self, call: Call) -> Decision:
        """Decide a call without doing it."""
        ...


class OwnTools(Protocol):
    """Tools the proxy itself offers to the agent, beside those of the server."""

    def definitions(self) -> list[dict[str, object]]:
        """What ``tools/list`` says of them."""
        ...

    async def answer(self, frame: Frame) -> Frame | None:
        """The answer to a call of one of them, ``None`` for any other call."""
        ...


@dataclass(slots=True, kw_only=True)
class Line:
    """The way to the other side for one request that is being handled.

    ``patience`` is how long the other side may be silent, in seconds. ``asked`` says whether it has heard of the
    request.
    """

    peer: Peer
    patience: float
    asked: bool = False
    _waiting: anyio.CancelScope | None = None

    async def ask(self, frame: Frame) -> Frame:
        """Send the request and give its answer; raises ``TimeoutError`` when the other side is silent for too long."""
        self.asked = True
        with anyio.CancelScope(deadline=anyio.current_time() + self.patience) as waiting:
            self._waiting = waiting
            return await self.peer.ask(frame)
        self._waiting = None
        await self.end(frame.id, "no answer in time")
        raise TimeoutError

    async def aside(self, frame: Frame) -> Frame:
        """Ask something on the proxy's own account; raises ``TimeoutError`` as ``ask``."""
        with anyio.fail_after(self.patience):
            return await self.peer.ask(frame)

    async def end(self, identifier: Identifier | None, reason: str) -> None:
        """Cancel the request over there, if it was heard of; a side that is gone needs no word."""
        if self.asked and identifier is not None:
            params = {"requestId": identifier, "reason": reason}
            with anyio.move_on_after(_WORD), contextlib.suppress(ProxyError):
                await self.peer.tell(Frame.notification("notifications/cancelled", params))

    def hear(self) -> None:
        """The other side said something about the request: it is not silent."""
        if self._waiting is not None:
            self._waiting.deadline = anyio.current_time() + self.patience
