"""The stops that are compared: each starts a command, ends it, and claims what became of it.

Each is played as well as its idea allows (the tree is walked until nothing is found, not once). The standard library
and the supervisor only, so that any user's bare Python can play them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

__all__ = ["MECHANISMS", "Stopper", "Task"]

PATIENCE = 1.0  # seconds a stop waits for what it believes will happen
GRACE = 0.2  # seconds between asking and killing
ROUNDS = 20  # how often the tree is walked at most
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be started: a command, the folder it works in, what it may read, and a cgroup made for it."""

    command: tuple[str, ...]
    folder: str
    read: tuple[str, ...]
    group: str
    run: str
    strict: bool


class Stopper(Protocol):
    """One way to stop: ``start`` once, ``stop`` once; ``stop`` returns ``dead``, ``survivors`` or ``unknown``.

    ``notes`` say what was missing or is worth knowing about the machine.
    """

    notes: tuple[str, ...]

    def start(self, task: Task) -> None:
        """Start the command."""
        ...

    def stop(self) -> str:
        """End it and say what became of it."""
        ...


def started(
    task: Task, *, session: bool = False, before: Callable[[], object] | None = None
) -> subprocess.Popen[bytes]:
    """The command as most programs start one: with a pipe for its output."""
    return subprocess.Popen(  # noqa: S603 - the patterns of this project
        task.command,
        cwd=task.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=session,
        preexec_fn=before,  # noqa: PLW1509 - the one thread there is
    )


def finished(process: subprocess.Popen[bytes]) -> str:
    """Wait for the end of the process and of its output, as a client does."""
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return "unknown" if process.poll() is None else "dead but its output goes on"
    return "dead"


class Kill:
    """``Popen.kill`` and wait."""

    process: subprocess.Popen[bytes]
    notes: tuple[str, ...] = ()

    def start(self, task: Task) -> None:
        """Start the command as a child."""
        self.process = started(task)

    def stop(self) -> str:
        """Kill the child."""
        self.process.kill()
        return finished(self.process)


class Terminate(Kill):
    """SIGTERM, a grace, then SIGKILL: what most tools do."""

    def stop(self) -> str:
        """Ask, wait, kill."""
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return finished(self.process)


class KillGroup(Kill):
    """A session of its own, and SIGKILL to its process group."""

    def start(self, task: Task) -> None:
        """Start the command as the leader of a session and of a group."""
        self.process = started(task, session=True)

    def stop(self) -> str:
        """Kill the group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        return finished(self.process)


class KillTree(Kill):
    """Walk ``/proc`` from the child downwards and kill what is found, until nothing more is found."""

    def stop(self) -> str:
        """List, kill, list again."""
        known = {self.process.pid}
        for _ in range(ROUNDS):
            known |= descendants(known)
            living = {process for process in known if state_of(process) not in "ZX"}
            if not living:
                break
            kill_all(living)
            time.sleep(0.002)
        return finished(self.process)


class Subreaper(Kill):
    """Become the parent of every orphan below, and kill children until none is left."""

    def start(self, task: Task) -> None:
        """Start the command below a reaper of orphans."""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.process = started(task)

    def stop(self) -> str:
        """Kill and reap until there is no child."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            kill_all(descendants({os.getpid()}))
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return "dead"
        return "unknown"


class KillCgroup(Kill):
    """A cgroup of version 2, and its ``cgroup.kill``."""

    group: Path

    def start(self, task: Task) -> None:
        """Start the command in the cgroup."""
        self.group = Path(task.group)
        self.process = started(task, before=lambda: (self.group / "cgroup.procs").write_text("0", encoding="ascii"))

    def stop(self) -> str:
        """Kill the cgroup and wait until it is empty."""
        (self.group / "cgroup.kill").write_text("1", encoding="ascii")
        until = time.monotonic() + PATIENCE
        while "populated 0" not in (self.group / "cgroup.events").read_text(encoding="ascii"):
            if time.monotonic() > until:
                return "unknown"
            time.sleep(0.0005)
        return finished(self.process)


class PidNamespace(Kill):
    """A PID namespace made by ``unshare``; its init is killed, and with it the kernel kills all inside."""

    def start(self, task: Task) -> None:
        """Start the command as the init of a namespace."""
        user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        inside = ("unshare", *user, "--pid", "--fork", "--kill-child", "--", *task.command)
        self.process = started(Task(command=inside, folder=task.folder, read=(), group="", run="", strict=False))

    def stop(self) -> str:
        """Kill the init; ``unshare`` ends when the namespace is empty."""
        kill_all({process for process, parent in parents() if parent == self.process.pid})
        return finished(self.process)


class Ours:
    """``remit.supervise`` and ``remit.stop``; the receipt's verdict is the claim."""

    run: Any
    notes: tuple[str, ...] = ()
    backend: str | None = None

    def start(self, task: Task) -> None:
        """Start the command confined to its folder, under a supervisor of its own."""
        from remit.confinement import Confinement, Degree
        from remit.supervisor.running import supervise

        self.run = supervise(
            task.command,
            confinement=Confinement(folder=task.folder, read=task.read, write=(task.folder,)),
            require="full" if task.strict and self.backend != "plain" else "best-effort",
            backend=self.backend,
            interactive=False,
        )
        less = (
            f"{outcome.piece}: {outcome.degree}" for outcome in self.run.enforced if outcome.degree is not Degree.FULL
        )
        self.notes = (f"backend: {self.run.backend}", *less)

    def stop(self) -> str:
        """Stop by the ladder, without grace: the agent is not asked."""
        return str(self.run.stop(within=PATIENCE).verdict)


class OursDirectly(Ours):
    """The same without bubblewrap: namespaces made by hand."""

    backend = "namespaces"


class OursWithoutCage(Ours):
    """The same on a host where no cage can be built: a session, a cgroup where there is one, and no proof."""

    backend = "plain"


def parents() -> list[tuple[int, int]]:
    """Every process with its parent."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all that is needed
        if name.isdecimal():
            with suppress(OSError):
                found.append((int(name), int(fields_of(int(name))[1])))
    return found


def fields_of(process: int) -> list[str]:
    """The fields of stat from the state on."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()


def state_of(process: int) -> str:
    """One letter; ``X`` when it is gone."""
    try:
        return fields_of(process)[0]
    except OSError:
        return "X"


def descendants(roots: set[int]) -> set[int]:
    """Every process below some others."""
    children: dict[int, list[int]] = {}
    for process, parent in parents():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def kill_all(processes: set[int]) -> None:
    """SIGKILL to each; one that is gone or not ours is passed over."""
    for process in processes:
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)


MECHANISMS: dict[str, type[Stopper]] = {
    "kill": Kill,
    "terminate": Terminate,
    "killpg": KillGroup,
    "tree": KillTree,
    "subreaper": Subreaper,
    "cgroup": KillCgroup,
    "pid-namespace": PidNamespace,
    "remit": Ours,
    "remit-directly": OursDirectly,
    "remit-uncaged": OursWithoutCage,
}
