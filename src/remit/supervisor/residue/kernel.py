"""What an agent can leave in the kernel: sockets, shared memory, queues, keys, mounts, groups of processes.

Each look returns what is there by an identity that is not used again while the thing lives, so that two looks can be
compared. Reads are bounded; what could not be read, or not to its end, is said in ``cut``.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from remit.supervisor.residue.places import printable

__all__ = [
    "Fact",
    "Facts",
    "cgroups",
    "holders_of",
    "is_populated",
    "keys",
    "look_at_groups",
    "look_at_kernel",
    "mounts",
    "queues",
    "shared",
    "sockets",
]

MOST_BYTES = 1 << 20  # of one file below /proc
MOST_GROUPS = 1500
MOST_LINKS = 20_000

INTERNET = (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07"), ("raw", "07"), ("raw6", "07"))
ACCEPTS = 0x10000  # the flag of a unix socket that listens
DATAGRAM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing the kernel keeps: what it is in a word, more about it, its owner's number and its socket's inode."""

    what: str
    detail: str = ""
    owner: int | None = None
    inode: str = ""


@dataclass(slots=True, kw_only=True)
class Facts:
    """What was found, by kind and identity, and by kind why a look was not whole."""

    found: dict[str, dict[str, Fact]] = field(default_factory=dict)
    cut: dict[str, str] = field(default_factory=dict)


def look_at_kernel(facts: Facts, *, still: Callable[[], bool], process: str = "/proc") -> None:
    """Look at what the kernel keeps by name, kind after kind, for as long as ``still`` says there is time."""
    looks: Mapping[str, Callable[[], tuple[dict[str, Fact], str]]] = {
        "listening-socket": lambda: sockets(process),
        "system-v-ipc": lambda: shared(process),
        "posix-queue": queues,
        "key": lambda: keys(process),
        "mount": lambda: mounts(process),
    }
    for kind, look in looks.items():
        look_at(facts, kind, look, still)


def look_at_groups(facts: Facts, *, still: Callable[[], bool], groups: str = "/sys/fs/cgroup") -> None:
    """Look at the groups of processes: a tree that can be large, so it comes last."""
    look_at(facts, "stale-cgroup", lambda: cgroups(groups, still), still)


def look_at(
    facts: Facts, kind: str, look: Callable[[], tuple[dict[str, Fact], str]], still: Callable[[], bool]
) -> None:
    """Add one look to the facts, or why it was not whole."""
    try:
        facts.found[kind], reason = look() if still() else ({}, "there was no time left")
    except (OSError, ValueError, IndexError) as error:
        facts.found[kind], reason = {}, printable(str(error))
    if reason:
        facts.cut[kind] = reason


def _rows(path: str, skip: int = 1) -> tuple[list[list[str]], str]:
    """The lines of a file below /proc as words, and why they are not all of them."""
    with Path(path).open("rb") as opened:
        data = opened.read(MOST_BYTES)
        reason = f"only the first {MOST_BYTES} bytes of {path} were read" if opened.read(1) else ""
    lines = data.decode("utf-8", "surrogateescape").split("\n")[skip:]
    return [line.split() for line in lines if line.strip()], reason


def sockets(process: str = "/proc") -> tuple[dict[str, Fact], str]:
    """Sockets of this network namespace that wait for somebody: TCP, UDP, raw and unix, abstract names with ``@``."""
    found: dict[str, Fact] = {}
    reasons = []
    for family, state in INTERNET:
        try:
            rows, reason = _rows(f"{process}/net/{family}")
        except FileNotFoundError:
            continue  # the kernel was built without it: nothing can listen there
        reasons.append(reason)
        for row in rows:
            port = int(row[1].rpartition(":")[2], 16)
            if row[3] == state and port:
                what = f"{family.removesuffix('6')} {_address(row[1])}"
                found[f"{what} {row[9]}"] = Fact(what=what, owner=int(row[7]), inode=row[9])
    rows, reason = _rows(f"{process}/net/unix")
    for row in rows:
        waits = int(row[3], 16) & ACCEPTS or (int(row[4], 16) == DATAGRAM and len(row) > 7)
        if waits:
            what = f"unix {printable(' '.join(row[7:])) or '(no name)'}"
            found[f"{what} {row[6]}"] = Fact(what=what, inode=row[6])
    return found, "; ".join(text for text in (*reasons, reason) if text)


def _address(text: str) -> str:
    """An address of /proc/net in the usual spelling: words of the machine's own byte order, then the port."""
    digits, _, port = text.rpartition(":")
    words = [int(digits[index : index + 8], 16) for index in range(0, len(digits), 8)]
    packed = struct.pack(f"{'<' if sys.byteorder == 'little' else '>'}{len(words)}I", *words)
    if len(words) == 1:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"


def holders_of(inodes: Iterable[str], *, still: Callable[[], bool], process: str = "/proc") -> dict[str, str]:
    """Which process holds each socket, as far as this account may see and the time allows: ``pid 12 (name)``."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, str] = {}
    looked = 0
    for path in Path(process).iterdir() if wanted else ():
        if not path.name.isdigit() or not still() or looked > MOST_LINKS:
            continue
        try:
            held = set(_links(path / "fd"))
            name = (path / "comm").read_text(errors="backslashreplace").strip()
        except OSError:
            continue  # it ended, or belongs to somebody else
        looked += len(held)
        found.update({wanted[link]: f"pid {path.name} ({printable(name)})" for link in held & wanted.keys()})
    return found


def _links(folder: Path) -> Iterator[str]:
    """What a process's descriptors lead to, where they lead somewhere at this moment."""
    with os.scandir(folder) as entries:
        for entry in islice(entries, MOST_LINKS):
            with suppress(OSError):
                yield str(Path(entry.path).readlink())


def shared(process: str = "/proc") -> tuple[dict[str, Fact], str]:
    """System V shared memory, message queues and semaphores of this IPC namespace."""
    found: dict[str, Fact] = {}
    reasons = []
    for kind, owner, creator, verb in (("shm", 7, 4, "made"), ("msg", 7, 5, "last sent to"), ("sem", 4, 0, "")):
        rows, reason = _rows(f"{process}/sysvipc/{kind}")
        reasons.append(reason)
        for row in rows:
            by = f"{verb} by pid {row[creator]}" if verb else ""
            found[f"{kind} {row[1]} {row[0]}"] = Fact(what=f"{kind} {row[1]}", detail=by, owner=int(row[owner]))
    return found, "; ".join(filter(None, reasons))


def queues(folder: str = "/dev/mqueue") -> tuple[dict[str, Fact], str]:
    """POSIX message queues, where their file system is mounted."""
    if not Path(folder).is_dir():
        return {}, f"the file system of POSIX queues is not mounted at {folder}"
    with os.scandir(folder) as entries:
        listed = [(entry.name, entry.stat(follow_symlinks=False)) for entry in islice(entries, MOST_GROUPS)]
    found = {f"{name} {status.st_ino}": Fact(what=printable(name), owner=status.st_uid) for name, status in listed}
    return found, "there are too many to look at" if len(listed) == MOST_GROUPS else ""


def keys(process: str = "/proc") -> tuple[dict[str, Fact], str]:
    """Keys and keyrings of the kernel this account may see."""
    rows, reason = _rows(f"{process}/keys", skip=0)
    found = {
        f"{row[0]} {row[7]}": Fact(what=printable(" ".join(row[7:])), detail=f"lasts: {row[3]}", owner=int(row[5]))
        for row in rows
    }
    return found, reason


def mounts(process: str = "/proc") -> tuple[dict[str, Fact], str]:
    """Mounts of the supervisor's own mount namespace."""
    rows, reason = _rows(f"{process}/self/mountinfo", skip=0)
    found = {}
    for row in rows:
        source = row.index("-")
        found[f"{row[0]} {row[4]}"] = Fact(what=printable(row[4]), detail=printable(" ".join(row[source + 1 :])))
    return found, reason


def cgroups(root: str, still: Callable[[], bool]) -> tuple[dict[str, Fact], str]:
    """Groups of processes below the mounted hierarchies, whether somebody lives in them or not."""
    found: dict[str, Fact] = {}
    waiting = deque([root])
    while waiting:
        if len(found) >= MOST_GROUPS or not still():
            return found, f"only the first {len(found)} groups were looked at"
        path = waiting.popleft()
        for child in _folders(path):
            if _is_group(child):
                found[child] = Fact(what=child)
            waiting.append(child)
    return found, "" if Path(root).is_dir() else f"there is no {root} here"


def _folders(path: str) -> Iterator[str]:
    """The folders directly below a folder; none where it cannot be read."""
    try:
        with os.scandir(path) as entries:
            yield from [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return


def _is_group(path: str) -> bool:
    """Whether the folder is a group of processes, not a mount point among others."""
    return os.path.lexists(f"{path}/cgroup.procs")


def is_populated(path: str) -> bool:
    """Whether a process is in the group, as far as it can be read; what cannot be read counts as populated."""
    try:
        events = Path(path, "cgroup.events")
        if events.exists():
            return "populated 1" in events.read_text()
        with Path(path, "cgroup.procs").open() as opened:
            return bool(opened.read(1))
    except OSError:
        return True
