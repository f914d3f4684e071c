"""The conversations there are with one server: who may take part in which, how many there may be, and how they end."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from remit.errors import ProxyError, RemitError
from remit.proxy.http.conversation import Conversation, LineOpener

__all__ = ["House"]


@dataclass(slots=True, kw_only=True)
class House:
    """Every conversation with one server.

    ``opener`` opens a line to it, once per conversation. ``most`` conversations may be open at a time. ``start_within``
    and ``end_within`` are in seconds.
    """

    opener: LineOpener
    tasks: TaskGroup
    most: int = 64
    idle_after: float = 1800.0
    start_within: float = 60.0
    end_within: float = 30.0
    _sessions: dict[str, Conversation] = field(default_factory=dict)
    _lanes: dict[str, Conversation] = field(default_factory=dict)
    _starting: int = 0
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def open_session(self, caller: str) -> Conversation:
        """A new session; raises ``ProxyError`` when there are too many or the server cannot be started."""
        conversation = Conversation.session(caller=caller, opener=self.opener, idle_after=self.idle_after)
        await self._start(conversation)
        self._sessions[conversation.identifier] = conversation
        return conversation

    def session(self, identifier: str, caller: str) -> Conversation | None:
        """The session of this id, if this caller opened it; one of somebody else's is as good as none."""
        self._forget()
        found = self._sessions.get(identifier)
        return found if found is not None and found.caller == caller else None

    async def lane(self, caller: str) -> Conversation:
        """The conversation of a caller's stateless requests, opened by the first; raises as ``open_session``."""
        found = self._lanes.get(caller)
        if found is not None and not found.over.is_set():
            return found
        async with self._lock:
            found = self._lanes.get(caller)
            if found is None or found.over.is_set():
                found = Conversation.lane(caller=caller, opener=self.opener, idle_after=self.idle_after)
                await self._start(found)
                self._lanes[caller] = found
            return found

    async def end(self, conversation: Conversation, reason: str) -> RemitError | None:
        """End a conversation and its server; what could not be ended is returned."""
        conversation.end(reason)
        with anyio.move_on_after(self.end_within):
            await conversation.closed.wait()
            self._forget()
            return conversation.fault
        return ProxyError("the server did not end in time", code="proxy.error.unended")

    async def close(self, reason: str) -> None:
        """End every conversation."""
        conversations = [*self._sessions.values(), *self._lanes.values()]
        for conversation in conversations:
            conversation.end(reason)
        with anyio.move_on_after(self.end_within):
            for conversation in conversations:
                await conversation.closed.wait()

    async def _start(self, conversation: Conversation) -> None:
        """Start a conversation in the proxy's own tasks."""
        self._forget()
        if len(self._sessions) + len(self._lanes) + self._starting >= self.most:
            raise ProxyError(
                f"{self.most} sessions are open, which is the most this proxy keeps",
                code="proxy.error.full",
                hint="close one, or wait until an idle one ends",
            )
        self._starting += 1
        try:
            with anyio.move_on_after(self.start_within):
                await self.tasks.start(conversation.run)
                return
        finally:
            self._starting -= 1
        conversation.end("the server did not start in time")
        raise ProxyError(f"the server did not start within {self.start_within:g} s", code="proxy.error.unstarted")

    def _forget(self) -> None:
        """Forget what is over."""
        self._sessions = {name: kept for name, kept in self._sessions.items() if not kept.over.is_set()}
        self._lanes = {name: kept for name, kept in self._lanes.items() if not kept.over.is_set()}
