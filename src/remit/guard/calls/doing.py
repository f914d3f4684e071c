"""Run what is guarded: a coroutine where it is awaited, a plain callable in a thread, and know whether it began.

A call begins at the last possible moment, right before its callable is entered. One that is given up before that was
not run; one that comes back after it was given up still says so.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import anyio
from anyio import CapacityLimiter, to_thread

__all__ = ["CameBack", "Doing", "Start"]

CameBack = Literal["performed", "failed"]


@dataclass(slots=True, kw_only=True)
class Start:
    """The beginning of one call: gives its arguments, once it may begin; ``failed`` where it was not allowed to."""

    begin: Callable[[], dict[str, object]]
    begun: bool = False
    failed: bool = False

    def __call__(self) -> dict[str, object]:
        """Begin; raises what keeps the call from beginning."""
        try:
            args = self.begin()
        except BaseException:
            self.failed = True
            raise
        self.begun = True
        return args


class _Hearing(Protocol):
    """Hears how a callable came back."""

    def __call__(self, result: CameBack, /) -> None:
        """It was performed, or failed."""


@dataclass(slots=True, kw_only=True)
class Doing:
    """One run of a callable ``do`` of one mapping.

    ``seen`` hears of one that came back in the moment it was given up, ``late`` of one that came back afterwards.
    """

    do: Callable[[dict[str, object]], Any]
    seen: _Hearing
    late: _Hearing
    limiter: CapacityLimiter
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _given_up: bool = False
    _ended: CameBack | None = None

    async def __call__(self, start: Start) -> Any:
        """Run it; what it returned, or raised."""
        if inspect.iscoroutinefunction(self.do) or inspect.iscoroutinefunction(getattr(self.do, "__call__", None)):  # noqa: B004
            return await self.do(start())
        try:
            value = await to_thread.run_sync(self._run, start, abandon_on_cancel=True, limiter=self.limiter)
        except anyio.get_cancelled_exc_class():
            with self._lock:
                self._given_up, ended = True, self._ended
            if ended is not None:
                self.seen(ended)
            raise
        return await value if inspect.isawaitable(value) else value

    def _run(self, start: Start) -> Any:
        """Run it in this thread, unless it was given up before it began."""
        with self._lock:
            if self._given_up:
                return None
            args = start()
        try:
            value = self.do(args)
        except BaseException:
            if self._end("failed"):
                self.late("failed")
            raise
        if inspect.isawaitable(value):
            return self._handed_on(value)
        if self._end("performed"):
            self.late("performed")
        return value

    def _end(self, result: CameBack) -> bool:
        """Say that it came back; whether nobody waits for it any more."""
        with self._lock:
            self._ended = result
            return self._given_up

    def _handed_on(self, value: Any) -> Any:
        """Something to be awaited, unless nobody will."""
        with self._lock:
            given_up = self._given_up
        if given_up and inspect.iscoroutine(value):
            value.close()
        return value
