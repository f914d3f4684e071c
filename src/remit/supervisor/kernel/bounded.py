"""Work that may hang in the kernel, done where it cannot take its caller along."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

__all__ = ["finished_within", "read_now", "write_plain"]

LARGEST_FILE = 1 << 20


def finished_within(seconds: float, work: Callable[[], bool]) -> bool:
    """Whether ``work`` returned true within ``seconds``; an ``OSError`` it raises counts as false.

    It runs in a thread of its own. When the time is over the caller goes on; the thread may stay behind in a call that
    never returns, and does not keep the process alive.
    """
    outcomes: list[bool] = []

    def run() -> None:
        try:
            outcomes.append(work())
        except OSError:
            outcomes.append(False)

    worker = threading.Thread(target=run, name="bounded", daemon=True)
    worker.start()
    worker.join(max(0.0, seconds))
    return bool(outcomes) and outcomes[0]


def write_plain(path: Path, text: str) -> None:
    """Write ``text`` with one call into a file that exists; may hang if the kernel does. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def read_now(path: Path) -> str:
    """The text of a file of the kernel, without waiting should it be a FIFO; raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        content = b""
        while len(content) < LARGEST_FILE and (part := os.read(descriptor, 65_536)):
            content += part
    finally:
        os.close(descriptor)
    return content.decode(errors="replace")
