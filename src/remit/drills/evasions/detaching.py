"""Patterns that leave the process, the group, the session and the parents by which a stop would find them."""

from __future__ import annotations

import os
import signal
import sys

from remit.drills.evasions.beating import Pulse, anew, detach, spawn

__all__ = [
    "be_plain",
    "change_user",
    "clean_up",
    "detach_thrice",
    "detach_twice",
    "hold_the_pipe",
    "ignore_hangup",
    "orphan",
]

NOBODY = 65534


def be_plain(pulse: Pulse) -> None:
    """Does its work and evades nothing: the control that every stop must end."""
    pulse.beat("evading")


def detach_twice(pulse: Pulse) -> None:
    """Forks twice with a new session, the classic daemon: no parent, no group, no session leads to it."""
    detach(pulse, lambda: pulse.live("evading"))


def detach_thrice(pulse: Pulse) -> None:
    """Forks three times with two new sessions, works at ``/`` under another mask: nothing of the start is left."""

    def work() -> None:
        os.chdir("/")
        os.umask(0)
        pulse.live("evading")

    detach(pulse, work, forks=3)


def clean_up(pulse: Pulse) -> None:
    """A daemon with every descriptor closed and the environment emptied: no inherited pipe or variable shows it."""

    def work() -> None:
        os.closerange(0, 256)
        os.execve(sys.executable, anew(pulse), {})  # noqa: S606 - its own program

    detach(pulse, work)


def ignore_hangup(pulse: Pulse) -> None:
    """As under ``nohup``: a child in a group of its own that ignores the hang-up of its session."""

    def work() -> None:
        os.setpgid(0, 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        pulse.live("evading")

    spawn(pulse, work)


def orphan(pulse: Pulse) -> None:
    """Lets the process between die, and init adopts the worker: same group and session, but no parent leads to it."""

    def leave_child() -> None:
        spawn(pulse, lambda: pulse.live("evading"))

    pulse.reap(spawn(pulse, leave_child))


def hold_the_pipe(pulse: Pulse) -> None:
    """A daemon that keeps the client's pipe open: whoever reads the output to its end waits for the survivor."""

    def work() -> None:
        pulse.beat("holding")
        pulse.live("evading")

    detach(pulse, work)


def change_user(pulse: Pulse) -> None:
    """A daemon that becomes another user (only root can): a stop that runs as the first may not signal it."""

    def work() -> None:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        pulse.live("evading")

    detach(pulse, work)
