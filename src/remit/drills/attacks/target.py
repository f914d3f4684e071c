"""What an attack aims at, until when it may live, and whether a cage stands around it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["LONGEST", "Seen", "Target", "attempt", "attempts", "open_and_close", "spawn"]

LONGEST = 20.0  # seconds any attack may live, whatever it is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of an attack: whether it succeeded as far as the attacker can tell, and what it saw."""

    succeeded: bool
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Everything an attacker could wish to know.

    ``deadline`` is in monotonic seconds. ``namespaces`` are those of the harness, by kind. ``canary`` and
    ``supervisor`` are processes outside. ``folder`` is the agent's workspace, ``charter`` lies protected in it,
    ``run`` is the folder of the run outside, ``secret`` a file outside. ``sockets`` are unix sockets outside,
    ``abstract`` one of the abstract namespace, ``ports`` TCP ports of the host's loopback. ``inbox`` and ``outbox``
    are the agent's own. ``limited``: sizes are enforced, so that something that grows meets its limit.
    """

    deadline: float
    namespaces: dict[str, str]
    canary: int
    supervisor: int
    folder: str
    charter: str
    run: str
    secret: str
    sockets: list[str]
    abstract: str
    ports: list[int]
    inbox: str
    outbox: str
    limited: bool

    @classmethod
    def read(cls, path: str, patience: float = 10.0) -> Target:
        """Read a target the harness writes when the run has started; raises ``OSError`` when it never does."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError, ValueError):
                value = json.loads(Path(path).read_text(encoding="utf-8"))
                known = {field.name for field in fields(cls)}
                return cls(**{name: part for name, part in value.items() if name in known})
            time.sleep(0.005)
        raise OSError(errno.ETIMEDOUT, f"no target came to {path}")

    @property
    def fenced(self) -> bool:
        """Whether the processes and mounts seen here are not the host's: what is unknown counts as the host's."""
        try:
            return all(os.readlink(f"/proc/self/ns/{kind}") != self.namespaces[kind] for kind in ("pid", "mnt"))  # noqa: PTH115 - as small as it can be
        except (OSError, KeyError):
            return False

    def expired(self) -> bool:
        """Whether the time of every process of this attack is over."""
        return time.monotonic() >= self.deadline

    def rest(self, seconds: float) -> None:
        """Sleep, but never beyond the deadline."""
        time.sleep(max(0.0, min(seconds, self.deadline - time.monotonic())))

    def others(self) -> list[int]:
        """The processes that can be seen here, without this one and its parent."""
        own = {os.getpid(), os.getppid()}
        return sorted(int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in own)  # noqa: PTH208

    def outsiders(self) -> list[int]:
        """The numbers of the processes outside, where they do not mean somebody in the cage."""
        visible = set(self.others()) | {os.getpid(), os.getppid()}
        known = [self.canary, self.supervisor] if self.fenced else [self.canary]
        return [number for number in known if not self.fenced or number not in visible]


def limit_self() -> None:
    """Bound what this process and all it starts can burn."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(LONGEST), int(LONGEST)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def attempt(deed: Callable[[], object]) -> str:
    """Do it; returns an empty text when it worked, otherwise what the system said."""
    try:
        deed()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "") or str(error) or "refused"
    return ""


def attempts(deeds: Iterable[tuple[str, Callable[[], object]]]) -> Seen:
    """Do one after the other; the attack succeeded when one did."""
    outcomes = [(name, attempt(deed)) for name, deed in deeds]
    worked = [name for name, refusal in outcomes if not refusal]
    refusals = ", ".join(f"{name} {refusal}" for name, refusal in outcomes if refusal)
    return Seen(succeeded=bool(worked), seen=f"done: {', '.join(worked)}; {refusals}" if worked else refusals)


def open_and_close(path: str, flags: int) -> None:
    """Open a file and close it: that it can be opened is the answer."""
    os.close(os.open(path, flags | os.O_CLOEXEC))


def spawn(body: Callable[[], None]) -> int:
    """Fork; the child runs ``body`` and ends, whatever happens in it. Returns the child's number."""
    child = os.fork()
    if child:
        return child
    try:
        signal.set_wakeup_fd(-1)
        body()
    finally:
        os._exit(0)
