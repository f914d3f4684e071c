"""What the daemon of a run has beside its agent: the companion that stands before the agent's servers, and them.

The companion is remit's own code, outside the cage: it decides calls, which needs more than the standard library the
daemon runs on. It is told to hold, go on and stop over the control socket, answers when it has, and dies with the
daemon.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import NoReturn

from remit.errors import RemitError
from remit.supervisor.clients import Client
from remit.supervisor.kernel import syscalls
from remit.supervisor.line import ask, key_of
from remit.supervisor.orders import Companion
from remit.supervisor.parts import Part
from remit.supervisor.protocol import at_socket
from remit.supervisor.registry import RunFolder
from remit.supervisor.report import PartEnd
from remit.supervisor.stopping import end_parts, ended_companion
from remit.supervisor.tether import start_of

__all__ = ["DOOR_DESCRIPTOR", "Company", "Errand"]

DOOR_DESCRIPTOR = 3
"""The descriptor of the listening socket a companion is started with; its standard input is its document."""
_UP = 180.0  # seconds the servers may take to come up; whoever waits sees it and may press Ctrl-C
_PARTING = 1.0  # seconds a companion has to write down what became of the calls it was in
_ANSWER = 2.0
_BACKLOG = 64
_MANY = 64


@dataclass(slots=True, kw_only=True)
class Errand:
    """Something the companion was told to do; ``fault`` says why it could not, once it is ``done``."""

    done: Event = field(default_factory=Event)
    fault: str = ""

    def wait(self, within: float) -> str:
        """Wait until it is done, at most so many seconds; the fault, empty when there is none."""
        return self.fault if self.done.wait(within) else "the companion of the run did not say in time that it is done"


@dataclass(slots=True, kw_only=True)
class Company:
    """The companion of one run, ``None`` in ``process`` where it has none, and its servers.

    ``until`` is when, on the monotonic clock, it must have said that the servers are up.
    """

    folder: RunFolder
    process: int | None = None
    pidfd: int | None = None
    until: float | None = None
    client: Client | None = None
    parts: list[Part] = field(default_factory=list)
    _errands: dict[int, Errand] = field(default_factory=dict)
    _number: int = 0

    def document(self) -> dict[str, object]:
        """What belongs to the run, as JSON values: enough to end it without this process."""
        start = None if self.process is None else start_of(self.process)
        parts = [{"name": part.name, "run": part.run} for part in self.parts]
        return {"companion": self.process, "companion_start": start, "parts": parts}

    def start(self, companion: Companion) -> None:
        """Start the companion; raises ``OSError``. Call it before any thread is started: it forks."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with listener:
            with at_socket(self.folder.door) as address:
                listener.bind(address)
            self.folder.door.chmod(0o600)
            listener.listen(_BACKLOG)
            document = _in_memory(companion.document.encode())
            faults = os.open(self.folder.path / "companion.err", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            parent = os.getpid()
            process = os.fork()
            if process == 0:
                environment = {**companion.environment, "REMIT_RUN_FOLDER": str(self.folder.path)}
                environment.pop("REMIT_RUN", None)  # what carries the name of a run is found as a process of its agent
                _become(companion.command, environment, parent, (document, faults, listener.fileno()))
            os.close(document)
            os.close(faults)
        self.process, self.pidfd = process, os.pidfd_open(process)
        self.until = time.monotonic() + _UP

    def order(self, what: str, **facts: object) -> Errand:
        """Tell the companion what to do; where there is none, nothing is to be done."""
        self._number += 1
        errand = Errand()
        if self.client is None or self.client.gone:
            errand.done.set()
        else:
            self._errands[self._number] = errand
            self.client.send({"order": what, "number": self._number, **facts})
        return errand

    def done(self, number: object, fault: str) -> None:
        """Note that the companion has done what it was told, or why it could not."""
        if isinstance(number, int) and (errand := self._errands.pop(number, None)) is not None:
            errand.fault = fault
            errand.done.set()

    def take_in(self, part: Part) -> None:
        """Add a server; where there are many, forget those of which it is proved that they ended."""
        for one in self.parts:
            _reap(one.folder(self.folder).read_state())
        if len(self.parts) >= _MANY:
            states = ((one, one.folder(self.folder).read_state()) for one in self.parts)
            self.parts = [
                one for one, state in states if (state.get("phase"), state.get("verdict")) != ("ended", "dead")
            ]
        self.parts.append(part)

    def lose(self) -> None:
        """End a companion whose line is closed; whoever waits for it waits no longer."""
        self.client = None
        if self.pidfd is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        errands, self._errands = self._errands, {}
        for errand in errands.values():
            errand.done.set()

    def ask_parts(self, request: Mapping[str, object], *, keyed: bool) -> tuple[str, ...]:
        """Ask the supervisor of every server the same, at once; the names of those that did not do it."""
        refused: list[str] = []

        def one(part: Part) -> None:
            folder = part.folder(self.folder)
            try:
                key = {"key": key_of(folder)} if keyed else {}
                answer = ask(folder, {**request, **key}, timeout=_ANSWER)
            except RemitError:
                if folder.read_state().get("phase") != "ended":
                    refused.append(part.name)
            else:
                if answer.get("held", True) is not True:
                    refused.append(part.name)

        _all(one, self.parts)
        return tuple(refused)

    def begin_end(self, within: float) -> Callable[[], tuple[PartEnd, ...]]:
        """Begin to end everything; the function that is returned waits for it and says how each ended."""
        found: list[PartEnd] = []
        parts = tuple(self.parts)
        if self.process is None:
            return lambda: ()
        works = (lambda: found.append(self._end_companion(within)), lambda: found.extend(self.end_parts(parts, within)))
        threads = [Thread(target=work) for work in works]
        for thread in threads:
            thread.start()

        def wait() -> tuple[PartEnd, ...]:
            for thread in threads:
                thread.join()
            return tuple(found)

        return wait

    def end_parts(self, parts: Iterable[Part], within: float) -> tuple[PartEnd, ...]:
        """Stop servers, and say how each ended."""
        ends = end_parts(self.folder, tuple(parts), within=within)
        for part in parts:
            _reap(part.folder(self.folder).read_state())
        return ends

    def _end_companion(self, within: float) -> PartEnd:
        """Give the companion a moment to write down what became of its calls, then end it."""
        process, pidfd = self.process, self.pidfd
        if process is None or pidfd is None:
            return ended_companion(0, gone=True)
        parting = 0.0 if self.client is None else _PARTING
        if not select.select([pidfd], [], [], parting)[0]:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        gone = bool(select.select([pidfd], [], [], within)[0])
        if gone:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
        return ended_companion(process, gone=gone)


def _reap(state: Mapping[str, object]) -> None:
    """Take the supervisor of a server, which became a child of this process, off the process table once it ended."""
    number = state.get("daemon")
    if state.get("phase") == "ended" and isinstance(number, int):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(number, os.WNOHANG)


def _all(work: Callable[[Part], None], parts: Iterable[Part]) -> None:
    """Do something for every part, each in a thread of its own, and wait for all."""
    threads = [Thread(target=work, args=(part,)) for part in tuple(parts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _in_memory(data: bytes) -> int:
    """A file in memory with these bytes, read from its beginning: what it holds is never on a disk."""
    file = os.memfd_create("companion", os.MFD_CLOEXEC)
    os.write(file, data)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _become(
    command: tuple[str, ...], environment: dict[str, str], parent: int, given: tuple[int, int, int]
) -> NoReturn:
    """Execute the companion's command, in no folder an agent may write; it has no file of the daemon but those given.

    It dies with the daemon.
    """
    try:
        syscalls.set_parent_death_signal(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        document, faults, door = (fcntl.fcntl(number, fcntl.F_DUPFD, 10) for number in given)
        for place, number in enumerate((document, faults, faults, door)):
            os.dup2(number, place, inheritable=True)
        syscalls.close_all_but({0, 1, 2, DOOR_DESCRIPTOR})
        signal.set_wakeup_fd(-1)
        for sign in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(sign, signal.SIG_DFL)
        os.setsid()
        os.chdir("/")
        os.execve(command[0], command, environment)  # noqa: S606 - no shell
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        os.write(2, f"the companion could not be started: {error}\n".encode(errors="replace"))
    finally:
        os._exit(1)
