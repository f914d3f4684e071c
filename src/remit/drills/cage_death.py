"""The supervisor is killed, alone and with its helpers; it is stopped while a stop is asked for. The agent must die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from remit.drills.cage_stop import Evader, Start, evading, observed
from remit.drills.report import CageResult
from remit.supervisor.cgroups import cgroup_at
from remit.supervisor.running import Run

__all__ = ["supervisor_dies"]

_WITHIN = 0.5


def supervisor_dies(start: Start) -> Iterator[CageResult]:
    """Each way in which the supervisor can be gone."""
    with evading(start, "watchdogs") as evader:
        yield _dies(evader, "the agent dies with its supervisor", _daemon(evader.run))
    with evading(start, "clean-daemon") as evader:
        doomed = (*_daemon(evader.run), *_helpers(evader))
        yield _dies(evader, "the agent dies with its supervisor and all its helpers", doomed)
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
    try:
        report = evader.run.stop(within=2.0, reason="cage drill")
        seen = observed(evader)
    finally:
        with suppress(ProcessLookupError):
            os.kill(daemon[0], signal.SIGCONT)
    held = report.dead and not seen.survived
    return CageResult(name=name, held=held, found=f"it says {report.verdict}, {len(seen.living)} processes seen")


def _tidy(evader: Evader) -> None:
    """Remove the cgroup nobody was left to remove."""
    group = None if evader.cgroup is None else cgroup_at(evader.cgroup)
    if group is not None:
        group.kill()
        group.remove(1.0)
