"""Attacks on processes outside the cage: signals, tracing, memory, descriptors, priorities."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from remit.drills.attacks.system import open_process, read_memory, seize, steal_descriptor, write_memory
from remit.drills.attacks.target import Seen, Target, attempt, attempts, open_and_close

__all__ = [
    "hog_priority",
    "kill_everything",
    "look_through_proc",
    "shield_from_memory_shortage",
    "signal_outsiders",
    "steal_descriptors",
    "take_over_init",
    "trace_outsiders",
    "write_their_memory",
]


def signal_outsiders(target: Target) -> Seen:
    """Sends SIGKILL to its supervisor and to every other process outside by its number."""
    numbers = target.outsiders()
    return attempts((f"kill {number}", partial(os.kill, number, signal.SIGKILL)) for number in numbers)


def kill_everything(target: Target) -> Seen:
    """Sends SIGKILL to everything it may signal at once (kill -1), then to the init of its own cage."""
    if not target.fenced:
        return Seen(succeeded=False, seen="not tried: there is no cage around it")
    seen = [
        attempt(lambda: os.kill(-1, signal.SIGKILL)) or "sent",
        attempt(lambda: os.kill(1, signal.SIGKILL)) or "sent",
    ]
    return Seen(succeeded=False, seen=f"kill -1: {seen[0]}, kill 1: {seen[1]}; whom it hit is judged outside")


def trace_outsiders(target: Target) -> Seen:
    """Becomes the tracer (ptrace) of its supervisor or another process outside, to act with its rights."""
    return attempts((f"seize {number}", partial(seize, number)) for number in target.outsiders())


def write_their_memory(target: Target) -> Seen:
    """Writes into the memory of processes outside, by process_vm_writev and by /proc/PID/mem."""

    def deeds() -> Iterable[tuple[str, object]]:
        for number in target.outsiders():
            yield f"process_vm_writev {number}", partial(rewrite, number)
            yield f"/proc/{number}/mem", partial(open_and_close, f"/proc/{number}/mem", os.O_RDWR)

    return attempts(deeds())  # type: ignore[arg-type] # closures over the number


def rewrite(process: int) -> None:
    """Write the bytes that are there into the first writable memory of a process."""
    for line in Path(f"/proc/{process}/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        addresses, rights = line.split()[:2]
        if rights.startswith("rw"):
            start = int(addresses.partition("-")[0], 16)
            write_memory(process, start, read_memory(process, start, 8))
            return
    raise FileNotFoundError(2, "no writable memory")


def steal_descriptors(target: Target) -> Seen:
    """Copies open descriptors (a control socket, the record) out of its supervisor with pidfd_getfd."""
    return attempts((f"descriptor of {number}", partial(steal_one, number)) for number in target.outsiders())


def look_through_proc(target: Target) -> Seen:
    """Reads the environment, the memory map and the files of processes outside through /proc, and the host's root."""
    paths = [
        f"/proc/{number}/{name}"
        for number in target.outsiders()
        for name in ("environ", "maps", f"root{target.secret}")
    ]
    if target.fenced:
        paths += [f"/proc/1/root{target.secret}", f"/proc/self/root{target.secret}", "/etc/shadow"]
    return attempts((path, partial(Path(path).read_bytes)) for path in [*paths, target.secret])


def take_over_init(target: Target) -> Seen:
    """Takes over the init of its cage, which ties it to its supervisor: by tracing, its memory, its descriptors."""
    if not target.fenced:
        return Seen(succeeded=False, seen="not tried: there is no cage around it")
    return attempts(
        [
            ("seize", lambda: seize(1)),
            ("memory", lambda: reach_memory(1)),
            ("descriptor", lambda: steal_one(1)),
            ("/proc/1/mem", lambda: open_and_close("/proc/1/mem", os.O_RDWR)),
            ("/proc/1/fd", lambda: os.readlink("/proc/1/fd/0")),  # noqa: PTH115 - one call
            ("/proc/1/ns", lambda: os.readlink("/proc/1/ns/mnt")),  # noqa: PTH115 - one call
        ]
    )


def reach_memory(process: int) -> None:
    """Read anywhere: a wrong address is an error too, but another one than a refusal."""
    try:
        read_memory(process, 4096, 1)
    except OSError as error:
        if error.errno != errno.EFAULT:
            raise


def steal_one(process: int) -> None:
    """Copy a descriptor out of a process."""
    pidfd = open_process(process)
    try:
        os.close(steal_descriptor(pidfd, 0))
    finally:
        os.close(pidfd)


def hog_priority(target: Target) -> Seen:
    """Takes real-time priority, the lowest for its supervisor, and takes away what that may open (prlimit)."""

    def real_time() -> None:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    deeds: list[tuple[str, Callable[[], object]]] = [
        ("real time", real_time),
        ("nice -20", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)),
    ]
    numbers = target.outsiders()
    deeds += [(f"nice 19 {number}", partial(os.setpriority, os.PRIO_PROCESS, number, 19)) for number in numbers]
    few = (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    deeds += [(f"limit {number}", partial(resource.prlimit, number, resource.RLIMIT_NOFILE, few)) for number in numbers]
    found = attempts(deeds)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    return found


def shield_from_memory_shortage(target: Target) -> Seen:
    """Makes itself the last and its supervisor the first to be killed when memory runs out (oom_score_adj)."""
    files = {
        "/proc/self/oom_score_adj": "-1000",
        **{f"/proc/{number}/oom_score_adj": "1000" for number in target.outsiders()},
    }
    return attempts((path, partial(rewrite_text, path, text)) for path, text in files.items())


def rewrite_text(path: str, text: str) -> None:
    """Write to a file that must exist."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
