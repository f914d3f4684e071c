"""Whether a cgroup can be made here, and whether it holds, ends, limits and counts what is in it."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from remit.confinement import Degree, Enforced, Piece
from remit.supervisor.kernel.cgroups import Cgroup, make_cgroup
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import PATIENCE, beating, said_by
from remit.supervisor.probes.probe import Seen, Trial, judged

__all__ = ["TRIALS", "ends", "holds", "joins"]

BUDGET = 0.05  # seconds of freezing, and of processor time
MEMORY, LESS, MORE = 48 << 20, 8 << 20, 80 << 20  # bytes
PROCESSES = 8


@contextmanager
def _own(*, memory: int | None = None, processes: int | None = None) -> Iterator[Cgroup]:
    """A cgroup of this probe's own, ended and removed afterwards; raises ``OSError`` with what is missing."""
    cgroup, reports = make_cgroup(f"probe-{os.getpid()}", memory=memory, processes=processes)
    try:
        missing = [report for report in reports if _asked(report, memory, processes) and report.degree is Degree.NONE]
        if cgroup is None or missing:
            raise OSError((missing or reports)[0].reason)
        yield cgroup
    finally:
        if cgroup is not None:
            cgroup.kill()
            cgroup.wait_empty(0.5)
            cgroup.remove(0.5)


def _asked(report: Enforced, memory: int | None, processes: int | None) -> bool:
    """Whether this probe is about that report."""
    limited = {Piece.MEMORY: memory, Piece.PROCESS_COUNT: processes}
    return limited.get(report.piece) is not None


def joins(cgroup: Cgroup) -> Seen:
    """Put a process in and look for it."""
    with beating(cgroup.enter) as alive:
        listed = cgroup.processes() == (alive.process,) and cgroup.populated()
        return judged([(f"{cgroup.path} was made and the process put into it is listed there", listed)])


def holds(cgroup: Cgroup) -> Seen:
    """Freeze a beating process, count, let it go on, count."""
    with beating(cgroup.enter) as alive:
        frozen = cgroup.freeze(BUDGET)
        still = alive.stands_still()
        thawed = cgroup.thaw(BUDGET)
        return judged(
            [
                (f"the kernel said frozen within {BUDGET:g} s", frozen),
                ("no beat came while frozen", still),
                ("beats came again when it was let go on", thawed and alive.goes_on()),
            ]
        )


def ends(cgroup: Cgroup) -> Seen:
    """End two processes at once, one of them frozen in the middle of its work and one in a session of its own."""
    with beating(lambda: _in_its_own_session(cgroup)) as first, beating(cgroup.enter) as second:
        held = cgroup.freeze(BUDGET)
        whole = cgroup.kill()
        empty = cgroup.wait_empty(PATIENCE)
        still = first.stands_still() and second.stands_still()
        checks = [
            ("two frozen processes ended on one write to cgroup.kill", first.ended(0) and second.ended(0) and empty),
            ("no beat came after it", still),
        ]
        if held and whole:
            return judged(checks)
        why = "processes were killed one by one: this kernel has no cgroup.kill"
        return judged(checks, at_most=Degree.PARTIAL, because=why)


def _in_its_own_session(cgroup: Cgroup) -> None:
    """Lead a session, then enter."""
    os.setsid()
    cgroup.enter()


def made() -> Seen:
    """Make a cgroup and put a process in."""
    with _own() as cgroup:
        return joins(cgroup)


def freeze() -> Seen:
    """Hold a process in a cgroup."""
    with _own() as cgroup:
        return holds(cgroup)


def kill() -> Seen:
    """End a process in a cgroup."""
    with _own() as cgroup:
        return ends(cgroup)


def memory() -> Seen:
    """Use less and more memory than the limit, each in a process of its own."""
    with _own(memory=MEMORY) as cgroup:
        less, more = said_by(lambda: _taken(cgroup, LESS)), said_by(lambda: _taken(cgroup, MORE))
    return judged(
        [
            (f"{LESS >> 20} MB could be used below a limit of {MEMORY >> 20} MB", less == "taken"),
            (f"a process that used {MORE >> 20} MB was ended by the kernel", more == "ended by signal 9"),
        ]
    )


def _taken(cgroup: Cgroup, amount: int) -> str:
    """Enter and touch every page of so many bytes."""
    cgroup.enter()
    with mmap.mmap(-1, amount) as held:
        for page in range(0, amount, 4096):
            held[page] = 1
    return "taken"


def processes() -> Seen:
    """Start more processes than the limit lets be."""
    with _own(processes=PROCESSES) as cgroup:
        said = said_by(lambda: _started(cgroup, 3 * PROCESSES))
    expected = f"{PROCESSES - 1} BlockingIOError"
    return judged([(f"of {3 * PROCESSES} forks under a limit of {PROCESSES} the kernel let {said}", said == expected)])


def _started(cgroup: Cgroup, wanted: int) -> str:
    """Enter and fork so many times; how many came to be, and the error that ended it."""
    cgroup.enter()
    children = []
    outcome = "no error"
    for _ in range(wanted):
        try:
            child = os.fork()
        except OSError as error:
            outcome = type(error).__name__
            break
        if child == 0:
            time.sleep(PATIENCE)
            os._exit(0)
        children.append(child)
    for child in children:
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
    return f"{len(children)} {outcome}"


def processor_time() -> Seen:
    """Let a process use the processor, read what it used, and end it when the budget is over."""
    with _own() as cgroup:
        before = cgroup.cpu_seconds()
        with beating(lambda: _burning(cgroup)) as alive:
            deadline = time.monotonic() + PATIENCE
            while (used := cgroup.cpu_seconds() - before) < BUDGET and time.monotonic() < deadline:
                time.sleep(0.002)
            cgroup.kill()
            over = alive.ended()
    return judged(
        [
            (f"what a process used was counted up to a budget of {BUDGET:g} s", used >= BUDGET),
            ("then it was ended", over),
        ]
    )


def _burning(cgroup: Cgroup) -> None:
    """Enter, start a child that keeps the processor busy for a bounded time, and go on."""
    cgroup.enter()
    if os.fork() == 0:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            pass
        os._exit(0)


TRIALS = (
    Trial(name="cgroup", piece=None, work=made, advice=advice.cgroups),
    Trial(name="cgroup freeze", piece=Piece.HOLD, work=freeze, advice=advice.cgroups),
    Trial(name="cgroup kill", piece=Piece.STOP, work=kill, advice=advice.cgroups),
    Trial(name="cgroup memory", piece=Piece.MEMORY, work=memory, advice=advice.cgroups),
    Trial(name="cgroup processes", piece=Piece.PROCESS_COUNT, work=processes, advice=advice.cgroups),
    Trial(name="cgroup processor time", piece=Piece.CPU_TIME, work=processor_time, advice=advice.cgroups),
)
