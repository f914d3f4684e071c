"""What one side of a line was asked and has not answered yet: requests that passed to it, and those of the relay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio

from remit.errors import ProxyError
from remit.proxy.frames import Frame, Identifier
from remit.proxy.http.conversation import Deliver

__all__ = ["Asked", "identifier_of"]

_MOST = 1024
_LASTING = frozenset({"subscriptions/listen"})  # answered when it ends, which may be never


@dataclass(slots=True, kw_only=True)
class _Place:
    """A place for an answer the relay waits for."""

    arrived: anyio.Event = field(default_factory=anyio.Event)
    frame: Frame | None = None
    lost: str = ""


@dataclass(slots=True, kw_only=True)
class _Passed:
    """A request that passed: when something was last heard about it, and the token of its progress."""

    heard: float
    token: object = None
    lasting: bool = False


@dataclass(slots=True, kw_only=True)
class Asked:
    """One side of a line. ``send`` takes a message to it, with the id of the request it belongs to.

    ``related`` is that id for whatever is sent through this.
    """

    send: Deliver
    related: Identifier | None = None
    _passed: dict[Identifier, _Passed] = field(default_factory=dict)
    _places: dict[Identifier, _Place] = field(default_factory=dict)

    async def ask(self, frame: Frame) -> Frame:
        """Send a request on the relay's account and wait for its answer; raises ``ProxyError`` when there is none."""
        identifier = identifier_of(frame)
        if fault := self._unfit(identifier):
            raise ProxyError(fault, code="proxy.error.id")
        place = self._places[identifier] = _Place()
        try:
            await self.send(frame, self.related)
            await place.arrived.wait()
        finally:
            self._places.pop(identifier, None)
        if place.frame is None:
            raise ProxyError(place.lost, code="proxy.error.gone")
        return place.frame

    async def tell(self, frame: Frame) -> None:
        """Send a notification."""
        await self.send(frame, self.related)

    def about(self, related: Identifier | None) -> Asked:
        """The same side, with what is sent on belonging to a request."""
        return Asked(send=self.send, related=related, _passed=self._passed, _places=self._places)

    def expect(self, frame: Frame) -> str:
        """Remember a request that passes; why it may not, empty when it may."""
        identifier = identifier_of(frame)
        fault = self._unfit(identifier)
        if not fault:
            meta = frame.params.get("_meta")
            token = meta.get("progressToken") if isinstance(meta, Mapping) else None
            lasting = frame.method in _LASTING
            self._passed[identifier] = _Passed(heard=anyio.current_time(), token=token, lasting=lasting)
        return fault

    def answered(self, frame: Frame) -> bool:
        """Whether an answer goes on to who asked; the relay gets what it waits for, and nobody else anything."""
        identifier = identifier_of(frame)
        place = self._places.get(identifier)
        if place is not None and not place.arrived.is_set():
            place.frame = frame
            place.arrived.set()
        return place is None and frame.id is not None and self._passed.pop(identifier, None) is not None

    def hear_progress(self, token: object) -> None:
        """A side that reports progress is not silent."""
        for passed in self._passed.values():
            if token is not None and passed.token == token:
                passed.heard = anyio.current_time()

    def late(self, before: float) -> tuple[Identifier, ...]:
        """Forget the requests nothing was heard about since then; their ids."""
        late = tuple(key for key, passed in self._passed.items() if passed.heard < before and not passed.lasting)
        for identifier in late:
            del self._passed[identifier]
        return late

    def give_up(self, reason: str, *, only: Identifier | None = None) -> tuple[Identifier, ...]:
        """Expect no answer any more, to anything or to one request; the ids of what had passed."""
        for identifier, place in self._places.items():
            if only is None or only == identifier:
                place.lost = reason
                place.arrived.set()
        gone = tuple(key for key in self._passed if only is None or only == key)
        for identifier in gone:
            del self._passed[identifier]
        return gone

    def _unfit(self, identifier: Identifier) -> str:
        """Why a request may not go to this side, empty when it may."""
        if identifier in self._passed or identifier in self._places:
            return f"a request with the id `{str(identifier)[:40]}` is still under way"
        crowded = len(self._passed) + len(self._places) >= _MOST
        return f"{_MOST} requests are under way: wait for an answer" if crowded else ""


def identifier_of(frame: Frame) -> Identifier:
    """The id of a message that has one."""
    return "" if frame.id is None else frame.id
