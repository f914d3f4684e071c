"""Asking a run to hold, resume, take a correction or stop: what the command line and Python callers use.

A stop does not depend on the daemon: when it does not answer at once, the client takes hold of the agent by what the
run's folder says (the cgroup, the init of its namespace) and kills it itself.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from remit.errors import SupervisorError
from remit.supervisor.line import ANSWER, Connection, ask, checked, key_of
from remit.supervisor.registry import RunFolder, find_run, runs
from remit.supervisor.report import StopReport
from remit.supervisor.stopping import stop_at
from remit.supervisor.tether import start_of

__all__ = [
    "Connection",
    "ask",
    "beat",
    "correct",
    "follow",
    "hold",
    "key_of",
    "living",
    "resume",
    "status",
    "stop",
    "subscribe",
]


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
    charter: str | None = None,
    wait: float = 0.0,
    key: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, object]:
    """Deliver an instruction and return the receipt after at most ``wait`` seconds.

    ``hosts`` and ``charter`` (its text) narrow what the agent may do from now on, where given; what is wider is refused
    (``supervisor.wider``), and the instruction is not delivered then.
    """
    folder = find_run(run, environ)
    request: dict[str, object] = {"request": "correct", "text": text, "wait": wait}
    if hosts is not None:
        request["hosts"] = list(hosts)
    if charter is not None:
        request["charter"] = charter
    request["key"] = key_of(folder) if key is None else key
    return ask(folder, request, timeout=ANSWER + wait)


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
    try:
        line.send(request)
        checked(line.receive(ANSWER))
    except BaseException:
        line.close()
        raise
    return line


def follow(folder: RunFolder) -> Iterator[str]:
    """What a guard that works for a run outside of it must do, as it comes: ``hold``, ``resume``, ``stop``.

    Ends after ``stop``, which is also the word for a supervisor that is gone. The first word says how the run stands
    now. Raises ``SupervisorError`` where nobody answers for the run.
    """
    with subscribe(folder) as line:
        state = ask(folder, {"request": "status"})
        if state.get("phase") in ("running", "held"):
            yield "resume" if state.get("phase") == "running" else "hold"
        with contextlib.suppress(SupervisorError):
            while state.get("phase") in ("running", "held") and (word := _word(line.receive(None))) != "stop":
                if word:
                    yield word
    yield "stop"


def _word(message: Mapping[str, object]) -> str:
    """What an entry of a run's record means for who follows it, empty for most."""
    entry = message.get("entry")
    kind = entry.get("kind") if isinstance(entry, dict) else None
    return {"held": "hold", "resumed": "resume", "stopping": "stop", "exited": "stop"}.get(str(kind), "")


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
    folder = find_run(run, environ)
    return stop_at(folder, grace=grace, within=within, reason=reason, by=by)


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
