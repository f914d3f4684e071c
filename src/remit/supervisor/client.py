"""Asking a run to hold, resume, take a correction or stop: what the command line and Python callers use.

A stop does not depend on the daemon: when it does not answer at once, the client takes hold of the agent by what the
run's folder says (the cgroup, the init of its namespace) and kills it itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from remit.errors import RemitError, SupervisorError
from remit.supervisor.ladder import climb
from remit.supervisor.protocol import Lines, at_socket, encode
from remit.supervisor.registry import RunFolder, find_run, read_object, runs, write_whole
from remit.supervisor.report import Rung, StopReport, Verdict
from remit.supervisor.residue.comparison import not_looked_at
from remit.supervisor.tether import Tether, start_of

__all__ = ["Connection", "ask", "beat", "correct", "hold", "key_of", "living", "resume", "status", "stop", "subscribe"]

_AT_ONCE = 0.08  # seconds a daemon may take to say that it stops, before the client does it
_ANSWER = 10.0


@dataclass(slots=True, kw_only=True)
class Connection:
    """An open line to a run's daemon."""

    socket: socket.socket
    _lines: Lines = field(default_factory=Lines)
    _waiting: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def to(cls, folder: RunFolder, *, timeout: float = _ANSWER) -> Connection:
        """Connect; raises ``SupervisorError`` when nobody answers there."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(timeout)
        try:
            with at_socket(folder.socket) as address:
                line.connect(address)
        except OSError as error:
            line.close()
            raise SupervisorError(
                f"the supervisor of `{folder.run}` cannot be reached: {error.strerror or error}",
                code="supervisor.unreachable",
                hint="`remit stop` works without it; a run that has ended has none",
            ) from error
        return cls(socket=line)

    def send(self, request: Mapping[str, object]) -> None:
        """Send a request; a daemon that is gone shows when it does not answer."""
        with contextlib.suppress(OSError):
            self.socket.sendall(encode(request))

    def receive(self, timeout: float | None) -> dict[str, object]:
        """The next message; raises ``TimeoutError`` when there is none in time, ``SupervisorError`` at the end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._waiting:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("the supervisor did not answer in time")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                raise SupervisorError("the supervisor hung up", code="supervisor.unreachable")
            self._waiting += self._lines.feed(data)
        return self._waiting.pop(0)

    def close(self) -> None:
        """Hang up on the daemon."""
        self.socket.close()

    def __enter__(self) -> Self:
        """Use it in a ``with`` statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up at the end of it."""
        self.close()


def ask(folder: RunFolder, request: Mapping[str, object], *, timeout: float = _ANSWER) -> dict[str, object]:
    """Send one request and return its answer; raises ``SupervisorError`` for a refusal, with the daemon's code."""
    with Connection.to(folder, timeout=timeout) as line:
        line.send(request)
        try:
            return checked(line.receive(timeout))
        except TimeoutError as error:
            raise SupervisorError(
                f"the supervisor of `{folder.run}` does not answer",
                code="supervisor.unreachable",
                hint="`remit stop` works without it",
            ) from error


def checked(answer: dict[str, object]) -> dict[str, object]:
    """The answer, unless it is a refusal: that is raised."""
    if answer.get("ok") is False:
        raise SupervisorError(
            str(answer.get("message", "")), code=str(answer.get("code", "")), hint=str(answer.get("hint", ""))
        )
    return answer


def key_of(folder: RunFolder) -> str:
    """The owner's key; raises ``SupervisorError`` for whoever may not read it."""
    try:
        return folder.key.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SupervisorError(
            f"the key of `{folder.run}` cannot be read: {error.strerror}", code="supervisor.unauthorised"
        ) from error


def status(run: str, *, environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """How a run stands; of one that has ended, its last state."""
    folder = find_run(run, environ)
    state = folder.read_state()
    if state.get("phase") == "ended":
        return state
    try:
        return ask(folder, {"request": "status"}, timeout=2.0)
    except SupervisorError:
        alive = _lives(state)
        return {**folder.read_state(), "phase": "unsupervised" if alive else "lost"} if state else state


def hold(
    run: str, *, reason: str = "", by: str = "owner", environ: Mapping[str, str] = os.environ
) -> dict[str, object]:
    """Hold a run: nothing new leaves it and its processes stand still; the answer says whether the kernel agreed."""
    return ask(find_run(run, environ), {"request": "hold", "reason": reason, "by": by})


def resume(run: str, *, key: str | None = None, environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Let a held run go on; needs an overseer's key, the owner's unless another is given."""
    folder = find_run(run, environ)
    return ask(folder, {"request": "resume", "key": key_of(folder) if key is None else key})


def correct(
    run: str,
    text: str,
    *,
    hosts: tuple[str, ...] | None = None,
    wait: float = 0.0,
    key: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, object]:
    """Deliver an instruction, narrow the hosts where given, and return the receipt after at most ``wait`` seconds."""
    folder = find_run(run, environ)
    request: dict[str, object] = {"request": "correct", "text": text, "wait": wait}
    if hosts is not None:
        request["hosts"] = list(hosts)
    request["key"] = key_of(folder) if key is None else key
    return ask(folder, request, timeout=_ANSWER + wait)


def beat(run: str, *, key: str | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Say that an overseer is still there, where a dead-man's switch waits for it."""
    folder = find_run(run, environ)
    ask(folder, {"request": "beat", "key": key_of(folder) if key is None else key})


def subscribe(folder: RunFolder, *, gate: bool = False, patience: float | None = None) -> Connection:
    """Follow the record of a run; as a gate, every call waits for ``{"request": "answer", "number", "proceed"}``."""
    request: dict[str, object] = {"request": "subscribe", "gate": gate}
    if gate:
        request["key"] = key_of(folder)
    if patience is not None:
        request["patience"] = patience
    line = Connection.to(folder)
    line.send(request)
    checked(line.receive(_ANSWER))
    return line


def living(environ: Mapping[str, str] = os.environ) -> Iterator[RunFolder]:
    """Every run that has not ended."""
    for folder in runs(environ):
        if _lives(folder.read_state()):
            yield folder


def stop(
    run: str,
    *,
    grace: float = 0.0,
    within: float = 2.0,
    reason: str = "asked for by an overseer",
    by: str = "owner",
    environ: Mapping[str, str] = os.environ,
) -> StopReport:
    """Stop a run and return the receipt; see ``StopReport.verdict``: only ``dead`` is proved.

    ``grace`` and ``within`` are in seconds: what the agent gets to end by itself, and how long the proof may take.
    Raises ``SupervisorError`` only when no such run is known.
    """
    requested = time.monotonic()
    folder = find_run(run, environ)
    asked = {"request": "stop", "grace": grace, "within": within, "reason": reason, "by": by}
    with contextlib.suppress(RemitError, TimeoutError), Connection.to(folder, timeout=_AT_ONCE) as line:
        line.send(asked)
        checked(line.receive(_AT_ONCE if grace <= 0 else _AT_ONCE + 1.0))
        answer = checked(line.receive(grace + within + 5.0))
        if isinstance(answer.get("report"), dict):
            return StopReport.of(answer["report"])  # type: ignore[arg-type]
    return _stop_here(folder, within=within, requested=requested, reason=reason, by=by)


def _stop_here(folder: RunFolder, *, within: float, requested: float, reason: str, by: str) -> StopReport:
    """Stop a run whose daemon does not: kill its agent, then the daemon, whose watcher tidies up."""
    state = folder.read_state()
    tether = Tether.of(state)
    known = read_object(folder.report)
    if tether.empty() and known:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return StopReport.of(known)
    if not state:
        return StopReport(
            run=folder.run,
            verdict=Verdict.UNKNOWN,
            rung=Rung.ALREADY,
            took=0.0,
            proof=("the run's folder does not say what was started",),
            reason=reason,
            by=by,
        )
    why = f"{reason} (its supervisor did not answer)"
    report = climb(tether, within=within, requested=requested, reason=why, by=by)
    unseen = not_looked_at("its supervisor did not answer, and only it knew what was there before")
    report = replace(report, residue=unseen)
    _end_daemon(state)
    with contextlib.suppress(OSError):
        write_whole(folder.report, report.document())
    return report


def _end_daemon(state: Mapping[str, object]) -> None:
    """Kill the very daemon that does not answer."""
    pid, start = state.get("daemon"), state.get("daemon_start")
    if isinstance(pid, int) and isinstance(start, int):
        with contextlib.suppress(OSError):
            held = os.pidfd_open(pid)
            try:
                if start_of(pid) == start:
                    signal.pidfd_send_signal(held, signal.SIGKILL)
            finally:
                os.close(held)


def _lives(state: Mapping[str, object]) -> bool:
    """Whether the daemon or the agent of a run is still there."""
    if state.get("phase") == "ended":
        return False
    pairs = (("daemon", "daemon_start"), ("init", "init_start"), ("process", "process_start"))
    for name, start in pairs:
        pid = state.get(name)
        if isinstance(pid, int) and ((start_of(pid) is not None and start_of(pid) == state.get(start)) or _hidden(pid)):
            return True
    return False


def _hidden(pid: int) -> bool:
    """Whether there is a process of this number of which /proc says nothing to this account (``hidepid``)."""
    try:
        Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        with contextlib.suppress(ProcessLookupError):
            with contextlib.suppress(PermissionError):
                os.kill(pid, 0)
            return True
    return False
