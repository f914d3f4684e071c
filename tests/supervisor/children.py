"""Children for tests: one that does something to itself and says what it saw, and one that beats until its deadline."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENCE = 60.0  # seconds any wait in these tests may take; less than what they wait for lives by itself
BEATING = """
import sys, time
end = time.monotonic() + 120
while time.monotonic() < end:
    with open(sys.argv[1], "ab", buffering=0) as file:
        file.write(b".")
    time.sleep(0.001)
"""


def said_by_a_child(work: Callable[[], str]) -> str:
    """Fork, run ``work`` in the child, and return what it returned or how it failed; killed after a while."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            try:
                said = work()
            except BaseException as error:  # noqa: BLE001 - the parent is told, whatever it was
                said = f"{type(error).__name__}: {error}"
            os.write(writer, said.encode()[:4000])
        finally:
            os._exit(0)
    os.close(writer)
    descriptor = os.pidfd_open(child)
    try:
        if not select.select([descriptor], [], [], PATIENCE)[0]:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        ready = select.select([reader], [], [], 0)[0]
        said = os.read(reader, 4000).decode() if ready else ""
        return said or f"ended with {os.waitstatus_to_exitcode(status)}"
    finally:
        os.close(descriptor)
        os.close(reader)


def start_beating(file: Path, *, first: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """Start a process that adds a byte to ``file`` every millisecond for at most 120 s; ``first`` runs before it."""
    file.touch()
    command = [sys.executable, "-I", "-S", "-c", BEATING, str(file)]
    return started(command, first=first)


def started(command: list[str], *, first: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """Start a command with ``first`` done in the child before it runs."""
    return subprocess.Popen(command, preexec_fn=first)  # noqa: PLW1509 - these tests start no thread before it


def comes_true(question: Callable[[], bool], within: float = PATIENCE) -> bool:
    """Ask until the answer is yes, for a bounded time."""
    end = time.monotonic() + within
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def beats_on(file: Path) -> bool:
    """Whether more beats arrive."""
    before = file.stat().st_size
    return comes_true(lambda: file.stat().st_size > before + 5)


def beats_within(file: Path, seconds: float) -> int:
    """How many beats arrive in this time."""
    before = file.stat().st_size
    time.sleep(seconds)
    return file.stat().st_size - before


def need(given: object, what: str) -> None:
    """Skip with the reason when the host lacks something; in the automatic check that is a failure."""
    if not given:
        assert not os.environ.get("CI"), f"{what}, and the automatic check has to have it"
        pytest.skip(what)
