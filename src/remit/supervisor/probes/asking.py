"""Running trials: each in a fresh interpreter that can hang, crash or talk nonsense without harm to its caller."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from remit.confinement import Degree
from remit.supervisor.kernel.cgroup_places import read_places
from remit.supervisor.kernel.cgroups import PREFIX, cgroup_at
from remit.supervisor.probes.families import TRIALS
from remit.supervisor.probes.probe import Probe, Seen, Trial

__all__ = ["LONGEST", "ask", "host_has", "probe_all"]

LONGEST = 20.0  # seconds a trial may take; on an idle machine it takes a few tenths of one
MOST = 65_536  # bytes it may say
START = (
    "import sys; sys.path.insert(0, sys.argv[2]); from remit.supervisor.probes.telling import tell; tell(sys.argv[1])"
)
Progress = Callable[[int, int, str], None]


def probe_all(progress: Progress | None = None) -> tuple[Probe, ...]:
    """Run every trial, one after the other; ``progress`` is told number (from 1), count and name before each."""
    probes = []
    for number, trial in enumerate(TRIALS, start=1):
        if progress is not None:
            progress(number, len(TRIALS), trial.name)
        probes.append(ask(trial))
    return tuple(probes)


def host_has(*names: str) -> bool:
    """Whether each of these trials gives full here, now; raises ``KeyError`` for a name that is none."""
    known = {trial.name: trial for trial in TRIALS}
    return all(ask(trial).degree is Degree.FULL for trial in tuple(known[name] for name in names))


def ask(trial: Trial, *, within: float = LONGEST, start: str = START) -> Probe:
    """Run one trial in a process of its own and say what became of it.

    A trial that hangs, crashes or answers with anything but what it saw is none, with the reason. ``start`` is the
    program that runs it, given the trial's name and the folder of the package.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="remit-probe-", ignore_cleanup_errors=True) as folder:
        seen = _answer_of(trial.name, folder, within, start)
    advice = "" if seen.degree is Degree.FULL else seen.advice or trial.advice()
    took = time.monotonic() - began
    return Probe(name=trial.name, piece=trial.piece, degree=seen.degree, proof=seen.proof, advice=advice, took=took)


def _answer_of(name: str, folder: str, within: float, start: str) -> Seen:
    """Start the process, listen to it for a while, end it, and read what it said."""
    source = str(Path(__file__).resolve().parents[3])
    interpreter = sys.executable or shutil.which("python3") or "python3"
    command = [interpreter, "-I", "-S", "-B", "-c", start, name, source]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own program
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said, complaint, ended = _heard(process, time.monotonic() + within)
    finally:
        _end(process)
    return _read(said, complaint, ended=ended, within=within, code=process.returncode)


def _heard(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes, bool]:
    """What a process says on both outputs until it closes the first or the time is over; whether it closed it."""
    assert process.stdout is not None  # noqa: S101 - Popen was told to make both
    assert process.stderr is not None  # noqa: S101 - as above
    first, second = process.stdout.fileno(), process.stderr.fileno()
    heard = {first: b"", second: b""}
    waiting = [first, second]
    while first in waiting and (left := deadline - time.monotonic()) > 0:
        for descriptor in select.select(waiting, [], [], left)[0]:
            part = os.read(descriptor, MOST)
            heard[descriptor] = (heard[descriptor] + part)[:MOST]
            if not part:
                waiting.remove(descriptor)
        if heard[first].endswith(b"\n"):
            break
    return heard[first], heard[second], heard[first].endswith(b"\n") or first not in waiting


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process with the session it leads and the cgroup it may have made, and collect it."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)  # its group is its own: start_new_session
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1.0)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    for parent in read_places().unified:
        cgroup = cgroup_at(parent / f"{PREFIX}probe-{process.pid}")
        if cgroup is not None:
            cgroup.kill()
            cgroup.wait_empty(0.5)
            cgroup.remove(0.5)


def _read(said: bytes, complaint: bytes, *, ended: bool, within: float, code: int | None) -> Seen:
    """What the process said it saw; anything else is none."""
    try:
        value = json.loads(said)
        return Seen(degree=Degree(value["degree"]), proof=str(value["proof"]), advice=str(value["advice"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        lines = complaint.decode(errors="replace").strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        if not ended:
            return Seen(degree=Degree.NONE, proof=f"did not finish within {within:g} s{last}")
        return Seen(degree=Degree.NONE, proof=f"ended with {code} and did not say what it saw{last}")
