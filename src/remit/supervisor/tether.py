"""The means to stop one agent, and the means to see that it is gone.

A tether holds a cgroup, the init of a PID namespace, or both, by descriptors of processes, never by numbers that may be
used again. When the init of a PID namespace is reaped the kernel has killed everything in it, nested namespaces
included (pid_namespaces(7)): that, an unpopulated cgroup and a look through /proc are three proofs of one thing.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from remit.supervisor.kernel.cgroup import Cgroup
from remit.supervisor.kernel.cgroups import cgroup_at
from remit.supervisor.report import Survivor

__all__ = ["Tether", "start_of"]

_LOOK = 0.005  # seconds between two looks at a cgroup
_DEAD = (b"Z", b"X")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tether:
    """Descriptors of the processes that hold the agent, its cgroup, and what it is known by.

    ``process`` and ``init`` are pidfds: of the process the supervisor started, and of the init of the agent's PID
    namespace. ``namespace`` is the inode of that namespace. ``sealed``: nothing outside it can be reached to start a
    process there on the agent's behalf, so that an empty cage means that nothing of the agent is left. ``adopter`` is
    the supervisor that orphans of an uncaged agent become children of; its other children stand ``aside``.
    """

    run: str
    process: int | None = None
    init: int | None = None
    namespace: int | None = None
    cgroup: Cgroup | None = None
    sealed: bool = False
    adopter: int | None = None
    aside: tuple[int, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Tether:
        """Take hold again of an agent that was written down.

        A process that is gone, or whose number was meanwhile given to another, has no descriptor.
        """
        path = document.get("cgroup")
        namespace = document.get("namespace")
        return cls(
            run=str(document.get("run", "")),
            process=_held(document.get("process"), document.get("process_start")),
            init=_held(document.get("init"), document.get("init_start")),
            namespace=namespace if isinstance(namespace, int) else None,
            cgroup=cgroup_at(Path(path), _paths(document.get("controllers"))) if isinstance(path, str) else None,
            sealed=document.get("sealed") is True,
        )

    def kill(self) -> None:
        """Kill everything now: the init first, which cannot block, then the cgroup; neither waits for the other.

        Without a namespace the children of the process are killed before it, while it is known whose they are.
        """
        if self.init is None and self.process is not None:
            for pid, start in tuple(_family(_number(self.process))):
                _kill_same(pid, start)
        for held in (self.init, self.process):
            if held is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(held, signal.SIGKILL)
        if self.cgroup is not None:
            self.cgroup.kill()
        if self.init is None:
            for survivor in self.survivors():
                self._kill_found(survivor.pid)

    def empty(self) -> bool:
        """Whether every means at hand says that nothing is left in it."""
        ended = all(_ended(held) for held in (self.init, self.process) if held is not None)
        return ended and (self.cgroup is None or not self.cgroup.populated())

    def quiet(self) -> bool:
        """Whether it is empty and, where no PID namespace holds it together, nobody of it is found in /proc either."""
        return self.empty() and (self.init is not None or not self.survivors())

    def wait_empty(self, within: float, *, hurry: Event | None = None) -> bool:
        """Wait until it is empty, at most ``within`` seconds, or until somebody is in a hurry."""
        deadline = time.monotonic() + within
        poll = select.poll()
        for held in (self.init, self.process):
            if held is not None and not _ended(held):
                poll.register(held, select.POLLIN)
                break  # the first that ends is reason enough to look again
        while not self.empty():
            left = deadline - time.monotonic()
            if left <= 0 or (hurry is not None and hurry.is_set()):
                return self.empty()
            events = poll.poll(1000 * min(left, _LOOK))
            if events:
                poll.unregister(events[0][0])
        return True

    def survivors(self) -> tuple[Survivor, ...]:
        """Every process of the agent that a look through /proc, the namespace and the cgroup can find."""
        inside = set(self.cgroup.processes()) if self.cgroup is not None else set()
        seen = {pid for pid in _processes() if start_of(pid) is not None and (pid in inside or self._belongs(pid))}
        found = sorted((seen | set(self._adopted())) - {os.getpid()})
        return tuple(Survivor(pid=pid, command=_command(pid)) for pid in found)

    def _adopted(self) -> tuple[int, ...]:
        """Orphans of the agent that became children of this process, living ones; the dead are collected.

        Nothing an uncaged agent does to its environment or session hides it here, and neither does ``hidepid``.
        """
        if self.adopter != os.getpid():
            return ()
        found = []
        for child in set(_children(os.getpid())) - set(self.aside):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(child, os.WNOHANG)[0] == 0:
                    found.append(child)
        return tuple(found)

    def _kill_found(self, pid: int) -> None:
        """Kill a process that was found by its number, unless the number meanwhile went to somebody else."""
        with contextlib.suppress(OSError):
            held = os.pidfd_open(pid)
            try:
                inside = self.cgroup is not None and pid in self.cgroup.processes()
                if inside or self._belongs(pid) or pid in self._adopted():
                    signal.pidfd_send_signal(held, signal.SIGKILL)
            finally:
                os.close(held)

    def _belongs(self, pid: int) -> bool:
        """Whether a process lives in the agent's namespace or carries the run's mark."""
        return self._inside(pid) or _marked(pid, f"REMIT_RUN={self.run}".encode())

    def _inside(self, pid: int) -> bool:
        """Whether a process lives in the agent's PID namespace.

        The number of a namespace is given again once it is gone, and it is gone with its init: only while the init
        still lives after the look is the number known to have meant this one (pid_namespaces(7)).
        """
        if self.namespace is None or self.init is None:
            return False
        try:
            found = str(Path(f"/proc/{pid}/ns/pid").readlink()) == f"pid:[{self.namespace}]"
        except OSError:
            return False
        return found and not _ended(self.init)


def start_of(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: tells two processes of one number apart (proc(5), stat).

    ``None`` for a process that is gone, or dead and only not yet reaped. One whose first thread has ended lives as long
    as another of its threads does, though its state says zombie.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        dead = fields[0] in _DEAD and int(fields[17]) <= 1
        return None if dead else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None


def _paths(value: object) -> tuple[Path, ...] | None:
    """The folders in a document, ``None`` where it says nothing of them: they are looked for then."""
    return tuple(Path(str(one)) for one in value) if isinstance(value, list) else None


def _held(pid: object, start: object) -> int | None:
    """A descriptor of the very process that had this number and start."""
    if not isinstance(pid, int) or not isinstance(start, int):
        return None
    try:
        held = os.pidfd_open(pid)
    except OSError:
        return None
    if start_of(pid) == start:
        return held
    os.close(held)
    return None


def _number(held: int) -> int | None:
    """The number of the process behind a pidfd, ``None`` when it is gone."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/self/fdinfo/{held}").read_text(encoding="ascii").splitlines():
            if line.startswith("Pid:"):
                number = int(line.split()[1])
                return number if number > 0 else None
    return None


def _family(parent: int | None) -> Iterator[tuple[int, int]]:
    """Everything a process has started that is its child or its children's, with when each started; parents first."""
    for child in () if parent is None else _children(parent):
        start = start_of(child)
        if start is not None:
            yield child, start
            yield from _family(child)


def _children(parent: int) -> tuple[int, ...]:
    """The children of every thread of a process; none where it is gone or hidden."""
    try:
        lists = [(task / "children").read_text(encoding="ascii") for task in Path(f"/proc/{parent}/task").iterdir()]
    except OSError:
        return ()
    return tuple(int(number) for text in lists for number in text.split())


def _kill_same(pid: int, start: int) -> None:
    """Kill the process of this number and start, and no other that was meanwhile given the number."""
    held = _held(pid, start)
    if held is not None:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(held, signal.SIGKILL)
        os.close(held)


def _ended(held: int) -> bool:
    """Whether the process behind a pidfd has ended."""
    poll = select.poll()
    poll.register(held, select.POLLIN)
    return bool(poll.poll(0))


def _processes() -> Iterator[int]:
    """Every process number in /proc."""
    yield from (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _marked(pid: int, mark: bytes) -> bool:
    """Whether a process still carries the run's mark in its first environment (it may have cleaned it)."""
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _command(pid: int) -> str:
    """The command line of a process, for people."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()[:200]
    except OSError:
        return ""
    return line.replace(b"\0", b" ").decode("utf-8", errors="replace").strip()
