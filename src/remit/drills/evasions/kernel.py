"""System calls that Python 3.11 does not offer, each raising ``OSError`` with the call's name."""

from __future__ import annotations

import ctypes
import os
import platform
import signal

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "clone_and_wait",
    "continue_traced",
    "end_at",
    "end_this_thread",
    "make_timer",
    "mount",
    "name_process",
    "set_timer",
    "trace_me",
    "unshare",
    "wipe_arguments",
]

CLONE_VFORK = 0x00004000
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
MS_REC_PRIVATE = 0x4000 | 0x40000
PTRACE_TRACEME = 0
PTRACE_CONT = 7
PR_SET_NAME = 15
MONOTONIC = 1  # CLOCK_MONOTONIC
ABSOLUTE = 1  # TIMER_ABSTIME
CALLS = {"x86_64": {"clone": 56, "exit": 60}, "aarch64": {"clone": 220, "exit": 93}}


def library() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def checked(result: int, name: str) -> int:
    """Return the result of a call, or raise what it reported."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def call_number(name: str) -> int:
    """The number of a system call on this machine; an unknown machine raises ``OSError``."""
    machine = platform.machine()
    if machine not in CALLS:
        raise OSError(38, f"{name}: not known on {machine}")
    return CALLS[machine][name]


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` for new ones."""
    checked(library().unshare(flags), "unshare")


def mount(kind: str, target: str) -> None:
    """Mount a new file system of a kind on ``target``, in mounts nobody else shares."""
    libc = library()
    checked(libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None), "mount")
    checked(libc.mount(kind.encode(), target.encode(), kind.encode(), 0, None), "mount")


def clone_and_wait() -> int:
    """Fork so that the parent sleeps, uninterruptible but by SIGKILL, until the child has ended or called exec.

    As vfork, but with a memory of its own for the child. Returns the child's id, 0 in the child.
    """
    flags = CLONE_VFORK | signal.SIGCHLD
    return checked(library().syscall(call_number("clone"), flags, 0, 0, 0, 0), "clone")


def end_this_thread() -> None:
    """End the calling thread only: ended in the main thread, the process looks like a zombie while others go on."""
    library().syscall(call_number("exit"), 0)


def trace_me() -> None:
    """Let the parent trace this process: each signal but SIGKILL is then the parent's to pass on or to swallow."""
    checked(library().ptrace(PTRACE_TRACEME, 0, None, None), "ptrace")


def continue_traced(process: int) -> None:
    """Let a stopped traced process go on, without the signal that stopped it."""
    checked(library().ptrace(PTRACE_CONT, process, None, None), "ptrace")


def name_process(name: str) -> None:
    """Give this process another name in every listing (15 characters)."""
    checked(library().prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0), "prctl")


def wipe_arguments(name: str) -> None:
    """Write ``name`` over the command line that others read in ``/proc``, and zeros over the rest."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - as small as it can be
        fields = file.read().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])  # fields 48 and 49 of proc(5), counted from the state (3)
    if 0 < start < end:
        written = name.encode()[: end - start - 1]
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, written, len(written))


class TimerSpecification(ctypes.Structure):
    """``struct itimerspec``: how often and when first."""

    _fields_ = [(name, ctypes.c_long) for name in ("every", "every_ns", "first", "first_ns")]


class EventSpecification(ctypes.Structure):
    """``struct sigevent``: which signal, and that it is a signal (0); 64 bytes in all."""

    _fields_ = [
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("rest", ctypes.c_int * 12),
    ]


def end_at(deadline: int) -> None:
    """Let the kernel kill this process at a monotonic time in nanoseconds, even while it is stopped.

    A fork does not inherit that and an exec ends it: whoever forks or execs says it again.
    """
    libc = library()
    event = EventSpecification(None, signal.SIGKILL, 0)
    timer = ctypes.c_void_p()
    checked(libc.timer_create(MONOTONIC, ctypes.byref(event), ctypes.byref(timer)), "timer_create")
    when = TimerSpecification(0, 0, *divmod(deadline, 1_000_000_000))
    checked(libc.timer_settime(timer, ABSOLUTE, ctypes.byref(when), None), "timer_settime")


def make_timer() -> int:
    """Return the descriptor of a timer that reading waits for (monotonic, not yet set)."""
    return checked(library().timerfd_create(MONOTONIC, 0), "timerfd_create")


def set_timer(descriptor: int, seconds: float) -> None:
    """Let a timer go off once, after some seconds."""
    whole = int(seconds)
    when = TimerSpecification(0, 0, whole, max(1, int((seconds - whole) * 1e9)))
    checked(library().timerfd_settime(descriptor, 0, ctypes.byref(when), None), "timerfd_settime")
