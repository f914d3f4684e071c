"""Attacks on the moment of the end: numbers that come round again, names that confuse, states in which signals wait."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from functools import partial

from remit.drills.attacks.system import rename, sleep_in_vfork
from remit.drills.attacks.target import Seen, Target, spawn

__all__ = [
    "be_deaf_everywhere",
    "confuse_names",
    "exec_without_end",
    "outlive_main",
    "reuse_numbers",
    "sleep_while_stopped",
]

NAMES = (b") Z 0 0 0 (", b"a\nState:\tZ", b"\xff\x1b[2J) X", b"(sd-pam) 1 1 1")


def reuse_numbers(target: Target) -> Seen:
    """Ends and forks without pause, so that a kill by number hits whoever has the number next."""

    def churn() -> None:
        while not target.expired():
            with contextlib.suppress(OSError):
                if os.fork() == 0:
                    os._exit(0)
                os.wait()

    for _ in range(3):
        spawn(churn)
    target.rest(0.5)
    return Seen(succeeded=False, seen="numbers come round; whom the stop hits is judged outside")


def sleep_while_stopped(target: Target) -> Seen:
    """Sleeps in vfork, where only SIGKILL wakes it, with a stopped child, when the stop comes."""

    def work() -> None:
        if sleep_in_vfork() == 0:
            while not target.expired():
                target.rest(0.05)
            os._exit(0)

    def stand() -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    for body in (work, stand, work):
        spawn(body)
    target.rest(0.3)
    return Seen(succeeded=False, seen="two sleep in vfork, one stands; whether the stop is proved is judged outside")


def exec_without_end(target: Target) -> Seen:
    """Executes itself without pause, so that its memory, its name and its threads are new at every look."""
    again = (
        f"import os,sys,time\nif time.monotonic() < {target.deadline!r}: "
        "os.execv(sys.executable, [sys.executable, '-I', '-S', '-c', sys.argv[1], sys.argv[1]])"
    )

    def work() -> None:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", again, again])  # noqa: S606 - itself

    for _ in range(3):
        spawn(work)
    target.rest(0.3)
    return Seen(succeeded=False, seen="three execute themselves; whether the stop is proved is judged outside")


def be_deaf_everywhere(target: Target) -> Seen:
    """Blocks and ignores every signal in a process of a new session whose parents are gone, and closes everything."""

    def work() -> None:
        os.setsid()
        if os.fork():
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_IGN)
        os.closerange(0, 64)
        while not target.expired():
            target.rest(0.05)

    spawn(work)
    target.rest(0.2)
    return Seen(succeeded=False, seen="it is deaf; whether the stop is proved is judged outside")


def outlive_main(target: Target) -> Seen:
    """Ends its main process by itself while deaf daemons of it go on, so that the run looks as if it had ended."""
    be_deaf_everywhere(target)
    be_deaf_everywhere(target)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    return Seen(succeeded=False, seen="its main process ends; whether a daemon lives on is judged outside")


def confuse_names(target: Target) -> Seen:
    """Gives its processes names that look like fields of /proc, so that whoever reads those falls or finds nobody."""

    def live(name: bytes) -> None:
        rename(name)
        while not target.expired():
            target.rest(0.05)

    for name in NAMES:
        spawn(partial(live, name))
    rename(NAMES[0])
    target.rest(0.3)
    return Seen(succeeded=False, seen=f"{len(NAMES)} names; whether the stop is proved is judged outside")
