"""Attacks that leave something for later or wait for something: set-user-id files, writable places, late sockets."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from remit.drills.attacks.lines import knock
from remit.drills.attacks.target import Seen, Target, attempt, attempts

__all__ = ["LATE", "ask_late_socket", "leave_set_user_id", "write_elsewhere"]

LATE = "late.sock"
"""The socket that somebody outside opens in the agent's folder when the run goes on already."""
MOST_FILES = 60_000
OPEN_TO_ALL = "/proc/pressure"  # every account of a host may ask the kernel for a signal when there is a shortage


def leave_set_user_id(target: Target) -> Seen:
    """Leaves set-user-id and set-group-id files in its folder, with which others become its account later."""
    deeds: list[tuple[str, Callable[[], object]]] = []
    for place in (target.folder, target.outbox):
        for mode in (0o4755, 0o2755, 0o6711):
            path = Path(place, f"left-{mode:o}")
            deeds.append((f"chmod {mode:o} in {place}", partial(make_and_change, path, mode)))
            deeds.append((f"open {mode:o} in {place}", partial(make_at_once, Path(place, f"made-{mode:o}"), mode)))
        folder = Path(place, "left-folder")
        deeds.append((f"mkdir 2777 in {place}", partial(make_folder, folder)))
    return attempts(deeds)


def make_and_change(path: Path, mode: int) -> None:
    """Make a file and change its mode; a mode the kernel quietly cuts is a refusal."""
    path.write_bytes(b"#!/bin/sh\n")
    path.chmod(mode)
    demand_marks(path)


def make_at_once(path: Path, mode: int) -> None:
    """Make a file that has the mode from the beginning."""
    old = os.umask(0)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode))
    finally:
        os.umask(old)
    demand_marks(path)


def make_folder(path: Path) -> None:
    """Make a folder that hands its group down."""
    path.mkdir()
    path.chmod(0o2777)
    demand_marks(path)


def demand_marks(path: Path) -> None:
    """Raise ``OSError`` where neither mark is set."""
    if not path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID):
        raise PermissionError(1, "the mark was not set")


def write_elsewhere(target: Target) -> Seen:
    """Looks through everything it sees for a file outside its own folders that it could open for writing."""
    if not target.fenced:
        return Seen(succeeded=False, seen="not tried: there is no cage around it")
    own = (target.folder, target.outbox, "/tmp", "/dev", "/run", "/home", "/var/tmp", OPEN_TO_ALL)  # noqa: S108 - the agent's own
    writable, looked = [], 0
    for path in files_below("/", own):
        looked += 1
        if looked > MOST_FILES or target.expired():
            break
        if not attempt(partial(open_for_writing, path)):
            writable.append(path)
    seen = f"{looked} files, {len(writable)} can be opened for writing"
    return Seen(succeeded=bool(writable), seen=f"{seen}: {', '.join(writable[:12])}" if writable else seen)


def files_below(root: str, without: tuple[str, ...]) -> Iterator[str]:
    """Plain files, the kernel's own first, without some folders and without the attacker's own entries of /proc."""
    own = {f"/proc/{name}" for name in ("self", "thread-self", str(os.getpid()))}
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        entries: list[os.DirEntry[str]] = []
        with contextlib.suppress(OSError):
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name in {"proc", "sys", "etc"})
        for entry in entries:
            if entry.path in own or entry.path in without or is_own_process(entry):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield entry.path


def is_own_process(entry: os.DirEntry[str]) -> bool:
    """Whether it is a process of the cage in /proc, whose files are its own affair."""
    return entry.path.startswith("/proc/") and entry.name.isdigit()


def open_for_writing(path: str) -> None:
    """Open for writing, and write nothing."""
    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))


def ask_late_socket(target: Target) -> Seen:
    """Connects to a socket that somebody outside opens in its folder after the run has started."""
    path = Path(target.folder, LATE)
    for _ in range(60):
        if path.exists():
            break
        target.rest(0.05)
    return attempts([(str(path), lambda: knock(str(path)))])
