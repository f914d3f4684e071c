"""Patterns that bend what a signal does to them."""

from __future__ import annotations

import os
import signal
from types import FrameType

from remit.drills.evasions.beating import Pulse, detach, spawn
from remit.drills.evasions.kernel import clone_and_wait, continue_traced, trace_me

__all__ = ["be_deaf", "be_traced", "respawn_when_told", "sleep_as_parent", "wake_when_orphaned"]

UNSTOPPABLE = {signal.SIGKILL, signal.SIGSTOP, signal.SIGXCPU, signal.SIGCHLD}


def be_deaf(pulse: Pulse) -> None:
    """Ignores every signal that can be ignored: a stop that asks is not heard."""
    for number in signal.valid_signals() - UNSTOPPABLE:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue  # two signals belong to the C library
    pulse.beat("evading")


def respawn_when_told(pulse: Pulse) -> None:
    """Answers SIGTERM with a daemon that takes over: a stop that warns first makes the survivor it then misses."""

    def take_over(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        detach(pulse, lambda: pulse.live("successor"))

    signal.signal(signal.SIGTERM, take_over)
    pulse.beat("evading")


def wake_when_orphaned(pulse: Pulse) -> None:
    """A stopped child: silent until its parent dies, when the kernel itself continues it (an orphaned group).

    It cannot look at the clock while it is stopped; the kernel's timer ends it then.
    """

    def work() -> None:
        os.setpgid(0, 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        pulse.beat("evading")
        os.kill(os.getpid(), signal.SIGSTOP)
        pulse.live("woken")

    spawn(pulse, work)


def be_traced(pulse: Pulse) -> None:
    """A daemon whose tracer swallows each signal before it arrives: no debugger and no SIGTERM gets to it."""

    def trace() -> None:
        traced = spawn(pulse, work)
        while not pulse.expired():
            process, status = os.waitpid(traced, os.WNOHANG | os.WUNTRACED)
            if process and os.WIFSTOPPED(status):
                continue_traced(traced)
            elif process:
                return
            pulse.rest(0.001)

    def work() -> None:
        trace_me()
        os.kill(os.getpid(), signal.SIGSTOP)
        pulse.live("evading")

    detach(pulse, trace)


def sleep_as_parent(pulse: Pulse) -> None:
    """Its parent sleeps in vfork, where only SIGKILL reaches it; the child that keeps it there is a daemon's work."""

    def wait_for_child() -> None:
        if clone_and_wait() == 0:
            try:
                os.setsid()
                pulse.live("evading")
            finally:
                os._exit(0)

    spawn(pulse, wait_for_child)
