"""Cgroups: hold every process of an agent at once, end them at once, count what they use.

A cgroup is always two folders, ``remit-RUN/agent``: limits are set on the outer one and processes live in the inner
one, so that an agent whose cgroup namespace begins at its own cgroup never sees the files that limit it. Where the
memory and pids controllers are still of version 1 (hybrid hosts), the same two folders are made there as well.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from remit.supervisor.kernel.bounded import finished_within, read_now, write_plain

__all__ = ["INNER", "PREFIX", "Cgroup"]

PREFIX = "remit-"
INNER = "agent"
LONGEST_NAP = 0.002
KILL_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Cgroup:
    """One run's cgroup: ``path`` carries the limits, ``inner`` the processes.

    ``controllers`` are the outer folders made for version-1 controllers; each has its own inner folder.
    """

    path: Path
    inner: Path
    controllers: tuple[Path, ...] = ()

    def enter(self) -> None:
        """Move the calling process in, version-1 controllers first; what it forks is born inside. ``OSError``."""
        for folder in (*(outer / INNER for outer in self.controllers), self.inner):
            write_plain(folder / "cgroup.procs", "0")

    def freeze(self, within: float) -> bool:
        """Hold every process; whether the kernel said within ``within`` seconds that all of them stand still.

        False means unknown: the request may still take effect. Never wait for it before ``kill``.
        """
        return self._switch("1", within)

    def thaw(self, within: float) -> bool:
        """Let every process go on; whether the kernel said within ``within`` seconds that they do."""
        return self._switch("0", within)

    def frozen(self) -> bool:
        """Whether the kernel says that every process stands still, now; false when it cannot be asked."""
        return self._event("frozen") == "1"

    def kill(self, within: float = 0.05) -> bool:
        """Send SIGKILL to every process, those that fork meanwhile included; never waits longer than twice ``within``.

        Whether the kernel took the request for the whole cgroup (Linux 5.14). What is still listed after it is killed
        one by one: in rounds where the kernel did not, or a process may have left version 2 alone; once in any case,
        for ``cgroup.kill`` signals first threads, and misses a process whose first thread has ended while others go
        on (seen on 6.18). True is no proof of death: ask ``wait_empty``.
        """
        whole = finished_within(within, lambda: _told(self.path / "cgroup.kill", "1"))
        rounds = 0.0 if whole and not self.controllers else within
        finished_within(within, lambda: self._kill_each(time.monotonic() + rounds))
        return whole

    def populated(self) -> bool:
        """Whether any process is left; true when the kernel cannot be asked although the folder exists."""
        if not self.path.exists() and not any(outer.exists() for outer in self.controllers):
            return False
        unified = self._event("populated") != "0" if self.path.exists() else False
        return unified or bool(self.processes())

    def processes(self) -> tuple[int, ...]:
        """The processes of this cgroup and all below it, as numbers of the reader's PID namespace, ascending."""
        folders = [folder for outer in (self.path, *self.controllers) for folder in _walk(outer)]
        return tuple(sorted({number for folder in folders for number in _numbers(folder / "cgroup.procs")}))

    def wait_empty(self, within: float) -> bool:
        """Wait until no process is left, at most ``within`` seconds; whether that came true."""
        deadline = time.monotonic() + within
        with contextlib.ExitStack() as stack:
            poller = select.poll()
            with contextlib.suppress(OSError):
                events = os.open(self.path / "cgroup.events", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                stack.callback(os.close, events)
                poller.register(events, select.POLLPRI)
            while self.populated():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                _nap(poller, left)
        return True

    def cpu_seconds(self) -> float:
        """Processor time used by every process there ever was in it, in seconds; raises ``OSError`` when unknown."""
        usage = dict(_pairs(read_now(self.path / "cpu.stat"))).get("usage_usec")
        if usage is None:
            raise OSError(f"cpu.stat of {self.path} does not say what was used")
        return int(usage) / 1e6

    def remove(self, within: float) -> bool:
        """Remove the folders, retrying for at most ``within`` seconds; whether all are gone. Kills nothing."""
        deadline = time.monotonic() + within
        outers = (self.path, *self.controllers)
        while True:
            for outer in outers:
                for folder in reversed(list(_walk(outer))):
                    with contextlib.suppress(OSError):
                        folder.rmdir()
            if not any(outer.exists() for outer in outers):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(LONGEST_NAP)

    def _switch(self, value: str, within: float) -> bool:
        """Write ``cgroup.freeze`` and wait until ``cgroup.events`` agrees, all of it in a bounded worker."""
        deadline = time.monotonic() + within

        def work() -> bool:
            write_plain(self.path / "cgroup.freeze", value)
            while (agreed := self._event("frozen") == value) is False and time.monotonic() < deadline:
                time.sleep(LONGEST_NAP / 8)
            return agreed

        return finished_within(within, work)

    def _event(self, name: str) -> str | None:
        """One value of ``cgroup.events``, ``None`` when it cannot be read."""
        try:
            return dict(_pairs(read_now(self.path / "cgroup.events"))).get(name)
        except OSError:
            return None

    def _kill_each(self, deadline: float) -> bool:
        """Kill the processes one by one, in rounds until none is listed; whether that came before the deadline."""
        while numbers := self.processes():
            for start in range(0, len(numbers), KILL_BATCH):
                _kill_members(self, numbers[start : start + KILL_BATCH])
            if time.monotonic() >= deadline:
                return False
            time.sleep(LONGEST_NAP / 8)
        return True


def _told(path: Path, text: str) -> bool:
    """Write and say so."""
    write_plain(path, text)
    return True


def _walk(outer: Path) -> Iterator[Path]:
    """A folder and every folder below it, outer ones first; nothing when it is gone."""
    for root, _, _ in os.walk(outer):
        yield Path(root)


def _numbers(path: Path) -> Iterator[int]:
    """The process numbers in a ``cgroup.procs``; 0 stands for one the reader's PID namespace cannot name."""
    with contextlib.suppress(OSError):
        yield from (int(word) for word in read_now(path).split() if word.isdigit() and word != "0")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The ``name value`` lines of a flat keyed file."""
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        yield name, value


def _kill_members(cgroup: Cgroup, numbers: Iterable[int]) -> None:
    """Kill those that are members still once a descriptor holds their identity: a number alone may have a new owner."""
    held = {}
    for number in numbers:
        with contextlib.suppress(OSError):
            held[number] = os.pidfd_open(number)
    members = frozenset(cgroup.processes())
    for number, descriptor in held.items():
        with contextlib.suppress(OSError):
            if number in members:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def _nap(poller: select.poll, left: float) -> None:
    """Wait for news of the cgroup, or a moment: version-1 folders give no news."""
    poller.poll(max(1, int(min(left, LONGEST_NAP) * 1000)))
