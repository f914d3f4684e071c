"""Work in a process of its own, for as long as a measurement needs it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

LONGEST = 900  # seconds any process of a benchmark may live


@contextlib.contextmanager
def process(work: Callable[[], object]) -> Iterator[None]:
    """Run work in a child until the block ends."""
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST)
        try:
            work()
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
