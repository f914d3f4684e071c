"""The calls whose callables are running now, so that a stop from any thread can reach each of them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import anyio
from anyio import CancelScope, from_thread
from anyio.lowlevel import EventLoopToken, current_token

__all__ = ["Flights"]

_GLANCE = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class _Flight:
    """A call under way on an event loop: what cancels it, and where that may be called."""

    scope: CancelScope
    token: EventLoopToken
    thread: int

    def cancel(self) -> None:
        """Cancel it, from whatever thread; a loop that is closed has nothing left to cancel."""
        if self.thread == threading.get_ident():
            self.scope.cancel()
            return
        with contextlib.suppress(RuntimeError):
            from_thread.run_sync(self.scope.cancel, token=self.token)


@dataclass(slots=True)
class Flights:
    """What is under way in this process."""

    _loops: dict[str, _Flight] = field(default_factory=dict)
    _plain: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def on_a_loop(self, call_id: str, scope: CancelScope) -> Iterator[None]:
        """Know of a call while its callable is awaited within a scope."""
        flight = _Flight(scope, current_token(), threading.get_ident())
        with self._lock:
            self._loops[call_id] = flight
        try:
            yield
        finally:
            with self._lock:
                self._loops.pop(call_id, None)

    @contextlib.contextmanager
    def plain(self, call_id: str) -> Iterator[None]:
        """Know of a call while its callable runs in the caller's own thread, where nothing can cut it short."""
        with self._lock:
            self._plain.add(call_id)
        try:
            yield
        finally:
            with self._lock:
                self._plain.discard(call_id)

    def cancel(self) -> None:
        """Cancel every call that can be cancelled; loops of other threads are told from a thread of their own."""
        with self._lock:
            flights = list(self._loops.values())
        for flight in flights:
            if flight.thread == threading.get_ident():
                flight.cancel()
            else:
                threading.Thread(target=flight.cancel, daemon=True, name="remit-stop").start()

    async def land(self, within: float) -> bool:
        """Wait until nothing is under way, at most ``within`` seconds; whether that was so."""
        with anyio.move_on_after(within, shield=True):
            while self:  # noqa: ASYNC110 - plain threads take part, and an event belongs to one loop
                await anyio.sleep(_GLANCE)
        return not self

    def land_here(self, within: float) -> bool:
        """The same for plain code."""
        end = time.monotonic() + within
        while self and time.monotonic() < end:
            time.sleep(_GLANCE)
        return not self

    def __bool__(self) -> bool:
        """Whether anything is under way."""
        return bool(self._loops or self._plain)
