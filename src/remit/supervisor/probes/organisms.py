"""What probes try things on: processes that beat, processes that say what they see, and a way into new namespaces.

Each has a deadline of its own that does not depend on anybody ending it, and dies with the process that started it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import resource
import select
import signal
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from remit.supervisor.kernel import syscalls

__all__ = [
    "Beating",
    "beat_until_the_deadline",
    "beating",
    "leave_for",
    "must_leave_for",
    "orphan_safe",
    "said_by",
    "shared_memory",
]

LIFE = 4.0  # seconds a beating process lives at most
PATIENCE = 1.5  # seconds a probe waits for one thing; less than LIFE, or a process that ends by itself would count
STARTING = 8.0  # seconds a program may take to start on a busy machine
STILL = 0.06  # seconds without a beat that count as standing still; beats come every millisecond


@dataclass(frozen=True, slots=True, kw_only=True)
class Beating:
    """A process that counts up in shared memory, and a descriptor that holds its identity."""

    process: int
    pidfd: int
    memory: mmap.mmap

    def goes_on(self) -> bool:
        """Whether more beats come within a bounded time."""
        return _grows(self.memory)

    def stands_still(self) -> bool:
        """Whether no beat comes for a while."""
        before = count_of(self.memory)
        time.sleep(STILL)
        return count_of(self.memory) == before

    def ended(self, within: float = PATIENCE) -> bool:
        """Whether the process ends within a bounded time."""
        return is_readable(self.pidfd, within)

    def end(self) -> None:
        """End and collect it."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        self.ended(PATIENCE)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process, os.WNOHANG)
        os.close(self.pidfd)


def shared_memory() -> mmap.mmap:
    """Memory that forked processes share: two numbers, the first one for beats."""
    return mmap.mmap(-1, 16)


def count_of(memory: mmap.mmap, slot: int = 0) -> int:
    """A number in shared memory."""
    return int(struct.unpack_from("@q", memory, 8 * slot)[0])


def put(memory: mmap.mmap, value: int, slot: int = 0) -> None:
    """Set a number in shared memory."""
    struct.pack_into("@q", memory, 8 * slot, value)


def _grows(memory: mmap.mmap) -> bool:
    """Whether three more beats come within a bounded time."""
    aim, deadline = count_of(memory) + 3, time.monotonic() + PATIENCE
    while count_of(memory) < aim:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def is_readable(descriptor: int, within: float) -> bool:
    """Whether a descriptor has something to say within so many seconds; a pidfd says that its process ended."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(within * 1000))


def beat_until_the_deadline(memory: mmap.mmap) -> NoReturn:
    """Count up every millisecond until the deadline, then end this process."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(LIFE) + 1, int(LIFE) + 1))
    deadline = time.monotonic() + LIFE
    while time.monotonic() < deadline:
        put(memory, count_of(memory) + 1)
        time.sleep(0.001)
    os._exit(0)


def orphan_safe() -> None:
    """Die with the process that forked this one."""
    syscalls.set_parent_death_signal(signal.SIGKILL)


@contextmanager
def beating(first: Callable[[], None] = orphan_safe) -> Iterator[Beating]:
    """A forked process that beats; ``first`` is done in it before. Raises ``OSError`` when it never beats."""
    memory = shared_memory()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            orphan_safe()
            first()
            beat_until_the_deadline(memory)
        os._exit(1)
    alive = Beating(process=child, pidfd=os.pidfd_open(child), memory=memory)
    try:
        if not alive.goes_on():
            raise OSError("the process to try it on never came to life")
        yield alive
    finally:
        alive.end()


def said_by(work: Callable[[], str], within: float = PATIENCE) -> str:
    """Fork, run ``work`` in the child, and return what it said, or the error it met; bounded in time and size.

    A child that was killed gives ``ended by signal 9``, one that took too long ``no answer in time``.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            orphan_safe()
            said = _outcome(work)
            os.write(writer, said.encode(errors="replace")[:4000])
        finally:
            os._exit(0)
    os.close(writer)
    pidfd = os.pidfd_open(child)
    try:
        if not is_readable(pidfd, within):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            is_readable(pidfd, PATIENCE)
            return "no answer in time"
        status = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
        if status is not None and status.si_code != os.CLD_EXITED:
            return f"ended by signal {status.si_status}"
        return os.read(reader, 4000).decode(errors="replace") if is_readable(reader, 0) else ""
    finally:
        os.close(pidfd)
        os.close(reader)


def _outcome(work: Callable[[], str]) -> str:
    """What the work said, or its error as ``PermissionError: ...``."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - it is told, whatever it was
        return f"{type(error).__name__}: {error}"


def must_leave_for(flags: int) -> None:
    """See whether these namespaces can be made at all; raises ``OSError`` with what the kernel said."""

    def work() -> str:
        leave_for(flags)
        return "left"

    if (said := said_by(work)) != "left":
        raise OSError(f"such a namespace cannot be made here: {said}")


def leave_for(flags: int, *, always: bool = False) -> None:
    """Leave for new namespaces, through a user namespace for an ordinary user (``always``: for root as well).

    The user is number 0 inside and nobody else exists there. Raises ``OSError``.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0 and not always:
        with contextlib.suppress(PermissionError):  # a container's root may have to go the other way
            syscalls.unshare(flags)
            return
    syscalls.unshare(flags | syscalls.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("gid_map", f"0 {group} 1"), ("uid_map", f"0 {user} 1")):
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
