"""Staying with a run in the foreground: its end is waited for, Ctrl-C stops it, the dead-man's switch is held down."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from remit.cli.output import Output
    from remit.supervisor.running import Run

__all__ = ["attend", "interruptions_kept", "output_to_errors"]

GRACE = 5.0
"""Seconds an agent has to end by itself after the first Ctrl-C."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def output_to_errors() -> Iterator[None]:
    """Let processes that are started meanwhile write to standard error what they write to standard output."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def interruptions_kept() -> Iterator[list[int]]:
    """Keep interruptions for later: one that comes while a run is started must stop the run, not lose it."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in _ENDING}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def attend(agent: Run, output: Output, *, every: float | None, came: list[int]) -> int | None:
    """Wait for a run to end and return the agent's exit status, ``None`` when nobody knows it.

    ``every`` is the time in seconds between two beats where a dead-man's switch waits for them. An interruption, a
    SIGTERM or the end of the terminal stops the run: with a grace the first time, at once the second time. ``came`` are
    the interruptions kept while it was started.
    """
    with _as_interruption():
        try:
            if came:
                raise KeyboardInterrupt  # noqa: TRY301 (as if it came now)
            return _wait(agent, every)
        except KeyboardInterrupt:
            output.notice(f"stopping {agent.run}: it has {GRACE:.0f} s, Ctrl-C again ends it at once", "yellow")
        try:
            agent.stop(grace=GRACE, reason="interrupted at its terminal")
        except KeyboardInterrupt:
            agent.stop(reason="interrupted twice at its terminal")
        with contextlib.suppress(TimeoutError):  # something outlived the stop: the receipt says so
            return agent.wait(GRACE)
        return None


@contextmanager
def _as_interruption() -> Iterator[None]:
    """Treat the end of this process's terminal, and SIGTERM, as an interruption of the run."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(agent: Run, every: float | None) -> int | None:
    """Wait, and say at every beat that somebody is there."""
    from remit.errors import SupervisorError
    from remit.supervisor.client import beat, key_of

    if every is None:
        return agent.wait()
    key = key_of(agent.folder)
    while True:
        began = time.monotonic()
        with contextlib.suppress(SupervisorError):  # a run that is ending hears no beat; its end is what we wait for
            beat(agent.run, key=key, environ=agent.environ)
        with contextlib.suppress(TimeoutError):
            return agent.wait(max(0.01, every - (time.monotonic() - began)))
