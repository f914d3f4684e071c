"""The pulse of an evader: it writes that it lives, and it ends when its time is over.

Every process of every pattern asks :meth:`Pulse.expired` in its loop, and a beat that comes too late is not written but
ends its process. The deadline is an absolute monotonic time, so that neither a fork nor an exec starts it again; it is
never later than ``LONGEST`` after the process began. A little after it the kernel kills what did not look, for instance
because it was stopped.
"""

from __future__ import annotations

import errno
import mmap
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from remit.drills.evasions.kernel import end_at

__all__ = ["LONGEST", "Pulse", "anew", "detach", "failure", "spawn"]

LONGEST = 20  # seconds any evader may live, whatever it is told
MARGIN = 250_000_000  # nanoseconds after the deadline when the kernel ends what did not end itself
EVERY = 0.002  # seconds between two beats
PROCESSES = 2000  # more than any pattern needs, its dead included; binds unprivileged users only


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """Where an evader beats, until when it may live, and where a launcher outside may be found.

    ``path`` is a file that exists; each beat appends one line ``TIME PROCESS WORD`` (monotonic nanoseconds, process id
    as the process itself sees it). ``deadline`` is in monotonic nanoseconds. ``marked`` keeps the file mapped: closing
    descriptors, an empty environment and another name do not take that mark off a process or its children.
    """

    path: str
    deadline: int
    address: str = ""
    marked: mmap.mmap

    @classmethod
    def begin(cls, path: str, deadline: int, address: str = "") -> Pulse:
        """Take on the limits and the mark that every child inherits; 0 as the deadline means ``LONGEST`` from now."""
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        few = PROCESSES if most == resource.RLIM_INFINITY else min(PROCESSES, most)
        resource.setrlimit(resource.RLIMIT_NPROC, (few, few))
        latest = time.monotonic_ns() + LONGEST * 1_000_000_000
        until = min(deadline or latest, latest)
        if not append(path, "started", until):
            os._exit(0)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        marked = mmap.mmap(descriptor, 1, access=mmap.ACCESS_READ)
        os.close(descriptor)
        end_at(until + MARGIN)
        return cls(path=path, deadline=until, address=address, marked=marked)

    def expired(self) -> bool:
        """Whether the time of every process of this run is over."""
        return time.monotonic_ns() >= self.deadline

    def left(self) -> float:
        """Seconds until the deadline, 0 when it is over."""
        return max(0.0, (self.deadline - time.monotonic_ns()) / 1e9)

    def beat(self, word: str = "beat") -> None:
        """Append one line that says that this process lives; when its time is over, end it instead."""
        if not append(self.path, word, self.deadline):
            os._exit(0)

    def rest(self, seconds: float) -> None:
        """Sleep, but never beyond the deadline."""
        time.sleep(min(seconds, self.left()))

    def live(self, word: str = "beat", every: float = EVERY) -> None:
        """Say ``word`` once, then beat until the deadline."""
        self.beat(word)
        while not self.expired():
            self.beat()
            self.rest(every)

    def reap(self, child: int) -> None:
        """Wait for a child, but not beyond the deadline."""
        while not self.expired():
            if os.waitpid(child, os.WNOHANG)[0]:
                return
            self.rest(EVERY / 4)


def append(path: str, word: str, before: int) -> bool:
    """Append one line in one write, so that lines of many processes never mix; returns whether it was early enough."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        now = time.monotonic_ns()
        early = now < before
        if early:
            os.write(descriptor, b"%d %d %s\n" % (now, os.getpid(), word.encode()))
        return early
    finally:
        os.close(descriptor)


def anew(pulse: Pulse, pattern: str = "plain") -> list[str]:
    """The command that plays a pattern in a new program, with the same deadline."""
    main = __file__.rpartition("/")[0] + "/__main__.py"
    return [sys.executable, "-I", "-S", main, pattern, pulse.path, str(pulse.deadline)]


def failure(error: OSError) -> str:
    """The word an evader says when the system refused its trick."""
    return f"failed:{errno.errorcode.get(error.errno or 0, 'unknown')}"


def spawn(pulse: Pulse, body: Callable[[], None]) -> int:
    """Fork; the child runs ``body`` and ends, never returning into the code of its parent. Returns the child's id.

    A child whose trick the system refused says so and works on without it.
    """
    child = os.fork()
    if child:
        return child
    try:
        end_at(pulse.deadline + MARGIN)
        body()
    except OSError as error:
        pulse.live(failure(error))
    finally:
        os._exit(0)


def detach(pulse: Pulse, body: Callable[[], None], *, forks: int = 2) -> None:
    """Run ``body`` in a process whose parent is gone: ``forks`` generations, a new session in each but the last.

    Returns when the first of them has ended. The last is no leader of its session, as a daemon should be.
    """

    def next_generation() -> None:
        os.setsid()
        if forks > 2:
            detach(pulse, body, forks=forks - 1)
        else:
            spawn(pulse, body)

    pulse.reap(spawn(pulse, next_generation))
