"""Attacks by using everything up: processes, memory, the processor, descriptors, the disk, the output."""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
from pathlib import Path

from remit.drills.attacks.target import Seen, Target, spawn

__all__ = [
    "bomb_with_forks",
    "eat_memory",
    "fill_disk",
    "fill_memory_disks",
    "flood_output",
    "hog_descriptors",
    "hog_processor",
    "storm_disk",
]

MOST_PROCESSES = 600
MOST_MEMORY = 1 << 30  # bytes, of which the limit lets a part through
MOST_OUTPUT = 64 << 20
MOST_DISK = 64 << 20


def bomb_with_forks(target: Target) -> Seen:
    """Forks until nothing more can be forked, each child forking again, so that the stop finds no process to run in."""
    if not (target.fenced and target.limited):
        return Seen(succeeded=False, seen="not tried: no limit stands around it")
    refused = 0
    made = 0
    while made < MOST_PROCESSES and refused < 50 and not target.expired():
        try:
            child = os.fork()
        except OSError:
            refused += 1
            target.rest(0.01)
            continue
        if child == 0:
            while not target.expired():
                with contextlib.suppress(OSError):
                    if os.fork() == 0:
                        os._exit(0)
                    os.wait()
                target.rest(0.02)
            os._exit(0)
        made += 1
    return Seen(succeeded=made >= MOST_PROCESSES, seen=f"{made} children, then refused {refused} times")


def eat_memory(target: Target) -> Seen:
    """Takes memory until the kernel has to kill somebody, hoping that it is the supervisor."""
    if not (target.fenced and target.limited):
        return Seen(succeeded=False, seen="not tried: no limit stands around it")
    receive, send = os.pipe()

    def work() -> None:
        held = []
        for _ in range(MOST_MEMORY >> 24):
            block = mmap.mmap(-1, 1 << 24)
            block.write(b"x" * (1 << 24))
            held.append(block)
            os.write(send, b"x")
            if target.expired():
                break

    child = spawn(work)
    os.close(send)
    _, status = os.waitpid(child, 0)
    with os.fdopen(receive, "rb") as blocks:
        taken = len(blocks.read()) << 24
    return Seen(succeeded=taken >= MOST_MEMORY, seen=f"{taken >> 20} MiB, then its child ended with {status}")


def fill_memory_disks(target: Target) -> Seen:
    """Fills every disk in memory it sees (/tmp, /dev/shm, /run), whose pages belong to nobody's process."""
    if not (target.fenced and target.limited):
        return Seen(succeeded=False, seen="not tried: no limit stands around it")
    receive, send = os.pipe()

    def work() -> None:
        for folder in ("/tmp", "/dev/shm", "/run", "/home"):  # noqa: S108 - the agent's own, in memory
            with contextlib.suppress(OSError), Path(folder, "filler").open("wb", buffering=0) as file:
                for _ in range(MOST_MEMORY >> 22):
                    os.write(send, b"x" * ((file.write(b"x" * (1 << 20)) or 0) >> 20))

    os.waitpid(spawn(work), 0)
    os.close(send)
    with os.fdopen(receive, "rb") as blocks:
        taken = len(blocks.read())
    return Seen(succeeded=taken << 20 >= MOST_MEMORY >> 1, seen=f"{taken} MiB")


def hog_processor(target: Target) -> Seen:
    """Keeps every processor busy with sixty processes, so that the stop waits for its turn."""

    def spin() -> None:
        while not target.expired():
            sum(range(10_000))

    made = 0
    for _ in range(60 if target.fenced else 4):
        with contextlib.suppress(OSError):
            spawn(spin)
            made += 1
    return Seen(succeeded=False, seen=f"{made} processes spin; how soon the stop comes is judged outside")


def hog_descriptors(target: Target) -> Seen:
    """Opens every file, pipe, watch and socket it may, in several processes, of which the account has only so many."""
    made = 0
    for _ in range(8):
        with contextlib.suppress(OSError):
            spawn(lambda: hold_many(target))
            made += 1
    target.rest(0.5)
    return Seen(succeeded=False, seen=f"{made} processes hold all they can; whether the stop works is judged outside")


def hold_many(target: Target) -> None:
    """Open things until each kind is refused, and keep them."""
    held: list[object] = []
    makers = (
        os.pipe,
        lambda: os.open("/dev/null", os.O_RDONLY),
        lambda: socket.socket(socket.AF_INET),
        lambda: os.eventfd(0),
    )
    for maker in makers:
        with contextlib.suppress(OSError):
            for _ in range(2000):
                held.append(maker())  # noqa: PERF401 - what was made before the refusal stays
    while not target.expired():
        target.rest(0.1)


def flood_output(target: Target) -> Seen:
    """Writes sixty-four megabytes to its output at once, so that whoever keeps it chokes or runs out of disk."""
    written = 0
    block = b"x" * (1 << 16)
    with contextlib.suppress(OSError):
        while written < MOST_OUTPUT and not target.expired():
            written += os.write(2, block)
    return Seen(succeeded=False, seen=f"{written >> 20} MiB; whether the supervisor still answers is judged outside")


def storm_disk(target: Target) -> Seen:
    """Writes and syncs without pause from six processes, so that the record, synced too, waits for its turn."""

    def work() -> None:
        number = os.getpid()
        with Path(target.folder, f"storm-{number}").open("wb", buffering=0) as file:
            while not target.expired():
                file.seek(0)
                file.write(b"x" * (1 << 20))
                os.fsync(file.fileno())

    for _ in range(6):
        spawn(work)
    target.rest(1.5)
    return Seen(succeeded=False, seen="six processes sync; how soon the stop comes is judged outside")


def fill_disk(target: Target) -> Seen:
    """Fills the disk its record lies on through its outbox (bounded), so that nothing more can be recorded."""
    written = 0
    with contextlib.suppress(OSError), Path(target.outbox, "filler").open("wb", buffering=0) as file:
        while written < MOST_DISK and not target.expired():
            written += file.write(b"x" * (1 << 20)) or 0
    return Seen(succeeded=False, seen=f"{written >> 20} MiB; what becomes of record and stop is judged outside")
