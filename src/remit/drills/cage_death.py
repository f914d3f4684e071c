"""The supervisor is killed, alone and with its helpers; it is stopped while a stop is asked for. The agent must die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from remit.drills.cage_stop import Evader, Start, evading, observed
from remit.drills.report import CageResult
from remit.errors import RemitError
from remit.supervisor.kernel.cgroups import cgroup_at
from remit.supervisor.running import Run

__all__ = ["supervisor_dies"]

_WITHIN = 0.5
_TIDIED = 3.0  # seconds until nothing of a run without a supervisor is left
_STILL = 0.2  # seconds a process may take to stand still


def supervisor_dies(start: Start) -> Iterator[CageResult]:
    """Each way in which the supervisor can be gone."""
    with evading(start, "watchdogs") as evader:
        yield _dies(evader, "the agent dies with its supervisor", _daemon(evader.run))
        yield _tidied(evader)
        _tidy(evader)
    with evading(start, "clean-daemon") as evader:
        doomed = (*_daemon(evader.run), *_helpers(evader))
        _still(doomed)  # a helper that sees the supervisor die would end the agent before it is killed itself
        yield _dies(evader, "the agent dies with its supervisor and all its helpers", doomed)
        _tidy(evader)
    with evading(start, "triple-fork") as evader:
        doomed = tuple(_outside(_daemon(evader.run)))
        _still(doomed)  # none of them sees the others die
        yield _dies(evader, "the agent dies when everything outside its cage is killed", doomed)
        _tidy(evader)
    with evading(start, "double-fork") as evader:
        yield _hangs(evader)


def _daemon(run: Run) -> tuple[int, ...]:
    """The daemon of a run."""
    pid = run.folder.read_state().get("daemon")
    return (pid,) if isinstance(pid, int) and pid > 1 else ()


def _helpers(evader: Evader) -> tuple[int, ...]:
    """The daemon's other children: everything but the agent."""
    agent = {evader.state.get("process"), evader.state.get("init")}
    found = []
    for daemon in _daemon(evader.run):
        with suppress(OSError):
            listed = Path(f"/proc/{daemon}/task/{daemon}/children").read_text(encoding="ascii").split()
            found += [int(pid) for pid in listed if int(pid) not in agent]
    return tuple(found)


def _outside(processes: Iterable[int]) -> Iterator[int]:
    """Those processes and all they started that live in no PID namespace of their own: what is not in the cage."""
    for pid in processes:
        with suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
            numbers = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
            if len(numbers) <= 1:
                yield pid
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
                yield from _outside(int(child) for child in children)


def _still(processes: Iterable[int]) -> None:
    """Have processes stand still, each for a moment at most waited for."""
    for pid in processes:
        with suppress(OSError):
            os.kill(pid, signal.SIGSTOP)
            deadline = time.monotonic() + _STILL
            while time.monotonic() < deadline:
                if Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in (b"T", b"Z"):
                    break
                time.sleep(0.001)


def _dies(evader: Evader, name: str, doomed: tuple[int, ...]) -> CageResult:
    """Kill some processes of the supervisor at once, and see how long the agent lives."""
    if not doomed:
        return CageResult(name=name, held=None, found="nobody knows which process the supervisor is")
    held = [os.pidfd_open(pid) for pid in doomed]
    killed = time.monotonic()
    for descriptor in held:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)
    time.sleep(_WITHIN)
    seen = observed(evader)
    last = 0.0 if seen.last is None else max(0.0, seen.last / 1e9 - killed)
    if seen.survived:
        return CageResult(
            name=name, held=False, found=f"it lives on: {len(seen.living)} processes, {len(seen.late)} beats"
        )
    return CageResult(name=name, held=last <= _WITHIN, found=f"last beat {last * 1000:.1f} ms after the kill")


def _hangs(evader: Evader) -> CageResult:
    """Stop a run whose supervisor does not answer."""
    name = "a stop needs no supervisor that answers"
    daemon = _daemon(evader.run)
    if not daemon:
        return CageResult(name=name, held=None, found="nobody knows which process the supervisor is")
    os.kill(daemon[0], signal.SIGSTOP)
    asked = time.monotonic()
    try:
        dead, said = _stopped(evader)
        seen = observed(evader)
    finally:
        with suppress(ProcessLookupError):
            os.kill(daemon[0], signal.SIGCONT)
    last = 0.0 if seen.last is None else max(0.0, seen.last / 1e9 - asked)
    held = dead and not seen.survived and last <= _WITHIN
    found = f"it says {said}, {len(seen.living)} processes seen, last beat {last * 1000:.1f} ms after the request"
    return CageResult(name=name, held=held, found=found)


def _stopped(evader: Evader) -> tuple[bool, str]:
    """Stop it; whether the receipt says dead, and what it says. A stop that fails is no stop."""
    try:
        report = evader.run.stop(within=2.0, reason="cage drill")
    except RemitError as error:
        return False, f"`{error}`"
    return report.dead, report.verdict


def _tidied(evader: Evader) -> CageResult:
    """See whether the run is written down as ended and its cgroup removed, although its supervisor is gone."""
    deadline = time.monotonic() + _TIDIED
    while (left := list(_left(evader))) and time.monotonic() < deadline:
        time.sleep(0.02)
    return CageResult(name="a dead supervisor is tidied up after", held=not left, found="; ".join(left))


def _left(evader: Evader) -> Iterator[str]:
    """What is left of a run."""
    if evader.state.get("phase") != "ended":
        yield "nobody wrote down that the run has ended"
    if evader.cgroup is not None and evader.cgroup.exists():
        yield "its cgroup is still there"


def _tidy(evader: Evader) -> None:
    """Remove the cgroup nobody was left to remove."""
    group = None if evader.cgroup is None else cgroup_at(evader.cgroup)
    if group is not None:
        group.kill()
        group.remove(1.0)
