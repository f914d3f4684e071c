"""Writers that are killed at every point of their work, and what must be true of the ledger they leave.

A writer records an intent, says so, has an effect, records the outcome, says so, and begins anew. It is killed with
SIGKILL, either at a system call that is counted off with ``ptrace`` (so that every write point has its turn) or at a
moment chosen by a seeded generator. What it said arrives through a pipe, its effects in a file; both survive it.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from remit.ledger.store import Ledger, read_entries
from remit.ledger.verification import verify

SOURCE = Path(__file__).resolve().parents[2] / "src"
BOUND = 60.0
_PTRACE_SYSCALL = 24
_PTRACE_SETOPTIONS = 0x4200
_EXITKILL = 0x100000

WRITER = """
import ctypes, os, sys, threading
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from remit.ledger.store import Ledger
folder, writers, traced = Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "traced"
name, before = sys.argv[5], int(sys.argv[6])
effects = os.open(folder / "effects", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
ledger = Ledger.open(folder / "ledger.db") if before or not traced else None
def work(writer, turns):
    for turn in turns:
        call = f"{name}/{writer}/{turn}"
        number = ledger.record("intent", {"call": call})
        os.write(1, f"intent {number} {call}\\n".encode())
        os.write(effects, f"{call}\\n".encode())
        number = ledger.record("outcome", {"intent": number, "result": "performed"})
        os.write(1, f"outcome {number} {call}\\n".encode())
work(0, range(before))
if traced:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(0, 0, None, None):
        sys.exit(77)
    import signal
    os.kill(os.getpid(), signal.SIGSTOP)  # from here on the parent counts system calls
    ledger = ledger or Ledger.open(folder / "ledger.db")
if writers == 1:
    work(0, range(before, 100000))
else:
    threads = [threading.Thread(target=work, args=(writer, range(100000))) for writer in range(writers)]
    [thread.start() for thread in threads]
"""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a series of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    effects: int = 0
    lost: int = 0
    effects_without_intent: int = 0
    unsettled: int = 0
    not_reconciled: int = 0
    faults: int = 0
    system_calls: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another series in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def clean(self) -> bool:
        """Whether nothing that must not happen happened."""
        return not (self.lost or self.effects_without_intent or self.not_reconciled or self.faults)


def can_trace() -> bool:
    """Whether this machine lets a process trace its child."""
    with tempfile.TemporaryDirectory() as folder:
        return kill_at_system_call(Path(folder), 0, probe=True) is not None


def kill_at_system_call(folder: Path, count: int, *, before: int = 0, probe: bool = False) -> Tally | None:
    """Kill a writer at its ``count``-th stop at a system call (each has two: before it and after it).

    Counting begins after ``before`` calls, or before the ledger is opened where that is 0. ``None`` where tracing is not
    allowed, or where the writer ended before.
    """
    with _writer(folder, writers=1, traced=True, before=before) as process:
        _, status = os.waitpid(process.pid, 0)
        if not os.WIFSTOPPED(status):
            process.returncode = 1
            return None
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        libc.ptrace(_PTRACE_SETOPTIONS, process.pid, None, ctypes.c_void_p(_EXITKILL))
        for _ in range(0 if probe else count):
            libc.ptrace(_PTRACE_SYSCALL, process.pid, None, None)
            _, status = os.waitpid(process.pid, 0)
            if not os.WIFSTOPPED(status):
                process.returncode = 1
                return None
        os.kill(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGKILL
        said = process.stdout.read() if process.stdout else b""
    return Tally() if probe else judge(folder, said, system_calls=1)


def kill_at_moment(folder: Path, generator: random.Random, *, writers: int, processes: int = 1) -> Tally:
    """Kill writers (threads of processes on one ledger) at a moment after their first acknowledgement."""
    running = [_writer(folder, writers=writers, traced=False) for _ in range(processes)]
    said = b""
    try:
        for process in running:
            assert process.stdout is not None
            said += process.stdout.readline()  # its first acknowledgement: it is at work
        time.sleep(generator.random() * 0.05)
    finally:
        for process in running:
            process.kill()
    for process in running:
        assert process.stdout is not None
        said += process.stdout.read()
        process.stdout.close()
        process.wait(BOUND)
    return judge(folder, said, kills=processes)


def judge(folder: Path, said: bytes, *, kills: int = 1, system_calls: int = 0) -> Tally:
    """Look at what killed writers left, reconcile it, and look again."""
    tally = Tally(kills=kills, system_calls=system_calls)
    path = folder / "ledger.db"
    acknowledged = [line.split(" ") for line in said.decode().splitlines() if line]
    effects = (folder / "effects").read_text().splitlines() if (folder / "effects").exists() else []
    tally.acknowledged, tally.effects = len(acknowledged), len(effects)
    with Ledger.open(path) as ledger:
        kept = list(ledger.entries())
        calls = {entry.number: entry.facts["call"] for entry in kept if entry.kind == "intent"}
        ends = {entry.number: calls.get(int(str(entry.facts["intent"]))) for entry in kept if entry.kind == "outcome"}
        for kind, number, call in acknowledged:
            if (calls if kind == "intent" else ends).get(int(number)) != call:
                tally.lost += 1
                tally.notes.append(f"lost {kind} {number} {call}")
        tally.effects_without_intent = len(set(effects) - set(map(str, calls.values())))
        waiting = {entry.number for entry in ledger.unsettled()}
        tally.unsettled = len(waiting)
        tally.not_reconciled = len(waiting ^ set(ledger.reconcile())) + len(ledger.unsettled())
        ledger.record("message", {"text": "it goes on"})
    tally.faults = len(verify(path, thorough=True).faults)
    if any(entry.facts["result"] != "unknown" for entry in read_entries(path) if entry.kind == "reconciled"):
        tally.not_reconciled += 1
    return tally


def write_points(folder: Callable[[], Path], counts: range, *, before: int = 0) -> Tally:
    """Kill one writer at each of these stops."""
    total = Tally()
    for count in counts:
        tally = kill_at_system_call(folder(), count, before=before)
        assert tally is not None, "the writer ended by itself"
        total.add(tally)
    return total


def _writer(folder: Path, *, writers: int, traced: bool, before: int = 0) -> subprocess.Popen[bytes]:
    """Start a writer; what it prints are its acknowledgements."""
    mode, name = ("traced" if traced else "free"), f"{os.getpid()}-{time.monotonic_ns()}"
    arguments = [str(SOURCE), str(folder), str(writers), mode, name, str(before)]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", WRITER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=-1,
    )


def shown(tally: Tally) -> dict[str, object]:
    """A tally as plain values."""
    said: dict[str, object] = json.loads(json.dumps({name: getattr(tally, name) for name in tally.__slots__}))
    return said
