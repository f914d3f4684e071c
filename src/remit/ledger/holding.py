"""Which process keeps others from writing to a ledger, as the kernel tells it: for a message somebody can act on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["holder_of"]

_LOCKS = Path("/proc/locks")
_WRITING = range(120, 121)  # the byte of the index file a writer holds (https://www.sqlite.org/walformat.html, 2.3.1)
_LONGEST = 80


def holder_of(path: Path, locks: Path = _LOCKS) -> str:
    """The process that writes to the SQLite file in WAL mode, as words; empty where nobody can tell.

    ``locks`` is the kernel's list of locks, as proc_locks(5) has it.
    """
    try:
        status = path.with_name(path.name + "-shm").stat()
        lines = locks.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ""
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    number = next((found for found in _writers(lines, place) if found not in (0, os.getpid())), 0)
    return f"the process {number}{_command(number)}" if number else ""


def _writers(lines: list[str], place: str) -> Iterator[int]:
    """The numbers of the processes that hold the writer's byte of a file; 0 for one of another PID namespace."""
    for line in lines:
        parts = line.split()
        if "->" in parts or len(parts) < 8 or parts[3] != "WRITE" or parts[5] != place:
            continue
        first, last = parts[6], parts[7]
        end = last == "EOF" or int(last) >= _WRITING.start
        if int(first) < _WRITING.stop and end and parts[4].isdecimal():
            yield int(parts[4])


def _command(number: int) -> str:
    """What a process runs, in brackets; empty where that cannot be read."""
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return ""
    said = " ".join(word.decode("utf-8", "replace") for word in words)
    shown = "".join(sign if sign.isprintable() and sign != "`" else "?" for sign in said)[:_LONGEST]
    return f" (`{shown}`)" if shown else ""
