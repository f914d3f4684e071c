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
from remit.guard.rules.signature import Signature
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

    def know(self, tool: str, signature: Signature, *, server: str = "", schema: str = "") -> None:
        """Say what arguments a tool takes, so that others are denied, and where it lives."""
        ...

    async def propose(self, call: Call) -> Decision:
        """Decide a call without doing it."""
        ...


class OwnTools(Protocol):
    """Tools the proxy itself offers to the agent, beside those of the server."""

    @property
    def names(self) -> frozenset[str]:
        """The names of these tools."""
        ...

    def definitions(self) -> list[dict[str, object]]:
        """What ``tools/list`` says of them."""
        ...

    async def answer(self, frame: Frame) -> Frame:
        """The answer to a call of one of them; raises ``RefusedError``."""
        ...


@dataclass(slots=True, kw_only=True)
class Line:
    """The way to the other side for one request that is being handled.

    ``patience`` is how long the other side may be silent, in seconds. ``asked`` says whether it has heard of the
    request. ``scope`` is everything that is done for the request: when no answer will come it is cancelled, so that
    nobody takes the request for done or for failed, and ``lost`` says why. ``back`` takes a notice for whoever made the
    request, ``None`` where there is no way; one that waits for people is told every ``every`` seconds.
    """

    peer: Peer
    patience: float
    scope: anyio.CancelScope
    asked: bool = False
    lost: str = ""
    back: Callable[[Frame], Awaitable[None]] | None = None
    every: float = 5.0
    _waiting: anyio.CancelScope | None = None

    async def ask(self, frame: Frame) -> Frame:
        """Send the request and give its answer; cancels ``scope`` when there will be none."""
        self.asked = True
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + self.patience) as waiting:
                self._waiting = waiting
                return await self.peer.ask(frame)
        except ProxyError as error:
            self.lost = f"{error.message}: nobody knows whether it was done"
        else:
            self.lost = f"no answer within {self.patience:g} seconds: nobody knows whether it was done"
            await self.end(frame.id, "no answer in time")
        self.scope.cancel()
        await anyio.sleep_forever()
        raise ProxyError(self.lost, code="proxy.error.lost")

    async def aside(self, frame: Frame) -> Frame:
        """Ask something on the proxy's own account; raises ``ProxyError`` when there is no answer in time."""
        with anyio.move_on_after(self.patience):
            return await self.peer.ask(frame)
        raise ProxyError(
            f"`{frame.method}` was not answered within {self.patience:g} seconds", code="proxy.error.stuck"
        )

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
