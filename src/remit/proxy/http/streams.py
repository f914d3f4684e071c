"""A response stream that can be taken up again: numbered events, kept within bounds, read by one connection at a time.

What a server says goes into the stream whether or not a connection reads it. A connection that breaks loses nothing
that is still kept: the next one names the last event it saw and goes on behind it (``Last-Event-ID``). What is no
longer kept is said to be lost; it is never skipped in silence.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import anyio

from remit.errors import LostEventsError, StreamDisplacedError

__all__ = ["Kept", "Stream", "split_event_id"]

_MOST_KEPT = 4 * 1024 * 1024
_MOST_EVENTS = 1024
_PATIENCE = 10.0  # one that is slow keeps the others of its session waiting no longer than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An event of a stream: its number from 1, its data, and whether it is the last.

    ``status`` is the HTTP status it goes out with when it is the whole answer.
    """

    number: int
    data: bytes
    last: bool = False
    status: int = 200


@dataclass(slots=True, kw_only=True)
class Stream:
    """One stream of events.

    ``name`` is new for every stream. ``put`` waits while a connection that reads is behind by ``most_kept`` bytes or
    ``most_events``, for at most ``patience`` seconds; a connection that is slower is cut off. Without a reader the
    oldest events make room.
    """

    name: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    most_kept: int = _MOST_KEPT
    most_events: int = _MOST_EVENTS
    patience: float = _PATIENCE
    ended: bool = False
    _events: deque[Kept] = field(default_factory=deque)
    _size: int = 0
    _count: int = 0
    _sent: int = 0
    _waiting: int = 0
    _reader: int = 0
    _attached: bool = False
    _changed: anyio.Event = field(default_factory=anyio.Event)

    @classmethod
    def awaited(cls) -> Stream:
        """A stream whose first reader is on its way: nothing is forgotten before it comes, or ``desert`` is called."""
        return cls(_attached=True)

    @property
    def attached(self) -> bool:
        """Whether a connection reads this stream, or is about to."""
        return self._attached

    @property
    def size(self) -> int:
        """The bytes kept."""
        return self._size

    @property
    def unheard(self) -> int:
        """The number behind which nothing was handed to any connection yet, as far as it is kept."""
        return max(self._sent, self._count - len(self._events))

    async def put(self, data: bytes, *, last: bool = False, status: int = 200) -> None:
        """Add an event; nothing is added behind the last."""
        if self.ended:
            return
        if self._crowded():
            with anyio.move_on_after(self.patience):
                while self._crowded():
                    await self._changed.wait()
            if self._crowded():
                self._displace()
        self._count += 1
        self._events.append(Kept(number=self._count, data=data, last=last, status=status))
        self._size += len(data)
        self._waiting += len(data)
        self._forget()
        self.ended = last
        self._change()

    def desert(self) -> None:
        """The reader that was on its way does not come; one that came is not concerned."""
        if self._reader == 0:
            self._attached = False
            self._change()

    def end(self) -> None:
        """Add nothing any more; whoever reads comes to an end behind what is there."""
        self.ended = True
        self._change()

    async def first(self, within: float) -> Kept | None:
        """The first event, once there is one; ``None`` when there is none in time or the stream ended without."""
        with anyio.move_on_after(within):
            while not self._events and not self.ended:
                await self._changed.wait()
        return self._events[0] if self._events else None

    async def read(self, after: int = 0) -> AsyncGenerator[Kept, None]:
        """The events behind number ``after``, as they come, until the last.

        Raises ``LostEventsError`` when some of them are no longer kept, ``StreamDisplacedError`` when another
        connection takes over or this one was too slow.
        """
        self.demand(after)
        self._reader += 1
        mine, self._attached, self._sent = self._reader, True, after
        self._waiting = sum(len(event.data) for event in self._events if event.number > after)
        self._change()
        try:
            while True:
                while (event := self._next()) is not None:
                    yield event
                    self._demand_mine(mine)
                    self._sent = event.number
                    self._waiting -= len(event.data)
                    self._change()
                if self.ended:
                    return
                await self._changed.wait()
                self._demand_mine(mine)
        finally:
            if self._reader == mine:
                self._attached = False
                self._change()

    def demand(self, after: int) -> None:
        """Raise ``LostEventsError`` unless every event behind number ``after`` is still kept."""
        oldest = self._events[0].number if self._events else self._count + 1
        if not oldest - 1 <= after <= self._count:
            raise LostEventsError(f"the events behind number {after} are no longer kept")

    def _next(self) -> Kept | None:
        """What the reader has not had yet, the oldest of it; the numbers of kept events have no gap."""
        unread = self._count - self._sent
        return self._events[-unread] if unread else None

    def _demand_mine(self, mine: int) -> None:
        """Raise when this reader is not the reader any more."""
        if self._reader != mine:
            raise StreamDisplacedError("another connection reads this stream")

    def _crowded(self) -> bool:
        """Whether a reader has more to come than is kept for one."""
        if self.ended or not self._attached:
            return False
        return self._count - self._sent >= self.most_events or self._waiting >= self.most_kept

    def _displace(self) -> None:
        """Cut the reader off."""
        self._reader += 1
        self._attached = False
        self._change()

    def _forget(self) -> None:
        """Let the oldest events go; the newest stays, and so does what an attached reader has not had."""
        while len(self._events) > 1 and (self._size > self.most_kept or len(self._events) > self.most_events):
            if self._attached and self._events[0].number > self._sent:
                return
            self._size -= len(self._events.popleft().data)

    def _change(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = anyio.Event()


def split_event_id(text: str) -> tuple[str, int] | None:
    """The stream and the number an event's id stands for; ``None`` when it is none of ours."""
    name, dot, number = text.rpartition(".")
    return (name, int(number)) if dot and number.isascii() and number.isdigit() and len(number) < 16 else None
