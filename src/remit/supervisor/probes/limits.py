"""Limits the kernel sets for each process or user, without any cgroup: less than a limit for the agent as a whole."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import time

from remit.confinement import Degree, Piece
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import is_readable, orphan_safe, said_by
from remit.supervisor.probes.probe import Seen, Trial, judged

__all__ = ["TRIALS"]

ROOM = 256 << 20  # bytes more than the process already has
NOBODY = 65_534
LONGEST = 2.0  # seconds to use one second of processor time in


def memory_of_a_process() -> Seen:
    """Ask for less and for more memory than RLIMIT_AS leaves."""

    def work(amount: int) -> str:
        pages = int(open("/proc/self/statm", encoding="ascii").read().split()[0])  # noqa: PTH123, SIM115 - one read
        limit = pages * resource.getpagesize() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        with mmap.mmap(-1, amount):
            return "taken"

    less, more = said_by(lambda: work(ROOM // 4)), said_by(lambda: work(ROOM * 2))
    checks = [
        (f"with RLIMIT_AS a process got {ROOM >> 22} MB", less == "taken"),
        (f"and was refused {ROOM >> 19} MB", "Cannot allocate" in more),
    ]
    return judged(checks, at_most=Degree.PARTIAL, because="for each process by itself, not for all together")


def processes_of_a_user() -> Seen:
    """Fork before and after RLIMIT_NPROC says that there are enough; root is exempt and becomes nobody first."""

    def work() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        before = _forks()
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        return f"{before} {_forks()}"

    said = said_by(work)
    checks = [
        (f"a fork worked, and after RLIMIT_NPROC was set to 1 it did not ({said})", said == "yes BlockingIOError")
    ]
    why = "it counts every process of the user, and does not hold for root"
    return judged(checks, at_most=Degree.PARTIAL, because=why)


def _forks() -> str:
    """Whether a fork works, or its error."""
    try:
        child = os.fork()
    except OSError as error:
        return type(error).__name__
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "yes"


def processor_of_a_process() -> Seen:
    """Let a process use the processor beyond one second, the least RLIMIT_CPU can say."""
    child = os.fork()
    if child == 0:
        orphan_safe()
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            pass
        os._exit(0)
    is_readable(os.pidfd_open(child), LONGEST + 0.2)
    ended, status, usage = os.wait4(child, os.WNOHANG)
    used = usage.ru_utime + usage.ru_stime
    killed = ended == child and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and used < 1.0:
        why = f"cannot tell: too busy to use one second of processor in {LONGEST:g} s"
        return Seen(degree=Degree.NONE, proof=why, advice="try again when this machine is less busy")
    checks = [("a process that kept the processor busy was ended after one second of RLIMIT_CPU", killed)]
    return judged(checks, at_most=Degree.PARTIAL, because="for each process by itself, not for all together")


TRIALS = (
    Trial(name="memory limit of a process", piece=Piece.MEMORY, work=memory_of_a_process, advice=advice.limits),
    Trial(name="process limit of a user", piece=Piece.PROCESS_COUNT, work=processes_of_a_user, advice=advice.limits),
    Trial(name="processor limit of a process", piece=Piece.CPU_TIME, work=processor_of_a_process, advice=advice.limits),
)
