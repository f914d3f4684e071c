"""Waiting on everything at once in one thread, with what would keep it waiting done in threads beside it."""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

__all__ = ["Loop"]

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Loop:
    """What is watched, and what is to be done when something of it can be read."""

    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _done: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    _wake: tuple[int, int] = field(default_factory=lambda: os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK))

    def __post_init__(self) -> None:
        """Watch for what the threads beside have done."""
        self.watch(self._wake[0], self._finish)

    def watch(self, source: int | socket.socket, act: Callable[[], None]) -> None:
        """Call ``act`` whenever ``source`` can be read, or has ended."""
        self._selector.register(source, selectors.EVENT_READ, act)

    def forget(self, source: int | socket.socket) -> None:
        """Watch it no longer."""
        self._selector.unregister(source)

    def turn(self, patience: float) -> None:
        """Wait at most ``patience`` seconds and do whatever came up."""
        for key, _ in self._selector.select(patience):
            key.data()

    def aside(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something in a thread of its own, and what follows from it back on the thread of the loop."""

        def run() -> None:
            found = work()
            self._done.put(partial(then, found))
            with contextlib.suppress(BlockingIOError):  # a full pipe wakes it as well
                os.write(self._wake[1], b".")

        threading.Thread(target=run, daemon=True).start()

    def _finish(self) -> None:
        """Do on this thread what the other threads left to do."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake[0], 4096)
        with contextlib.suppress(queue.Empty):
            while True:
                self._done.get_nowait()()
