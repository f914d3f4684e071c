"""The system calls Python 3.11 does not offer, each raising ``OSError`` with the name of the call that failed.

Thin on purpose: a wrapper translates arguments and errors and decides nothing. Numbers are those of x86_64 and aarch64
(``asm/unistd_64.h``, ``asm-generic/unistd.h``); on any other machine a numbered call raises ``ENOSYS``.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import resource
import socket
import struct
from collections.abc import Iterable

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "MNT_DETACH",
    "MS_BIND",
    "MS_NODEV",
    "MS_NOEXEC",
    "MS_NOSUID",
    "MS_PRIVATE",
    "MS_RDONLY",
    "MS_REC",
    "MS_SLAVE",
    "allow_dumping",
    "become_subreaper",
    "close_all_but",
    "drop_capabilities",
    "forbid_dumping",
    "forbid_new_privileges",
    "make_read_only",
    "mount",
    "numbered_call",
    "pivot_root",
    "process_control",
    "raise_loopback",
    "set_parent_death_signal",
    "setns",
    "unmount",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MS_SLAVE = 0x80000
MNT_DETACH = 0x2

_NUMBERS = (  # call, x86_64, aarch64
    ("capset", 126, 91),
    ("pivot_root", 155, 41),
    ("seccomp", 317, 277),
    ("close_range", 436, 436),
    ("mount_setattr", 442, 442),
    ("landlock_create_ruleset", 444, 444),
    ("landlock_add_rule", 445, 445),
    ("landlock_restrict_self", 446, 446),
)
_COLUMN_OF_MACHINE = (("x86_64", 1), ("aarch64", 2))
_LIBC = ctypes.CDLL(None, use_errno=True)


def _checked(name: str, result: int, about: str = "") -> int:
    """The result of a call, or ``OSError`` with what the kernel said about it."""
    if result >= 0:
        return result
    code = ctypes.get_errno()
    raise OSError(code, f"{name}{f' of {about}' if about else ''}: {os.strerror(code)}")


def numbered_call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    """Make the system call ``name`` by its number; raises ``OSError`` (``ENOSYS`` where its number is not known).

    Arguments are whole numbers, bytes, or buffers whose address is passed.
    """
    column = dict(_COLUMN_OF_MACHINE).get(platform.machine())
    row = next((row for row in _NUMBERS if row[0] == name), None)
    if column is None or row is None:
        raise OSError(errno.ENOSYS, f"{name}: its number on {platform.machine()} is not known")
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    _LIBC.syscall.restype = ctypes.c_long
    return _checked(name, int(_LIBC.syscall(ctypes.c_long(int(row[column])), *words)))


def process_control(name: str, option: int, *arguments: int) -> int:
    """Call ``prctl`` with ``option``; ``name`` is what an error calls it. Raises ``OSError``."""
    words = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(f"prctl {name}", int(_LIBC.prctl(ctypes.c_int(option), *words)))


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` (``CLONE_NEW*``) for new ones; raises ``OSError``."""
    _checked("unshare", int(_LIBC.unshare(ctypes.c_int(flags))))


def setns(descriptor: int, kind: int) -> None:
    """Join the namespace an open ``/proc/PID/ns/*`` names; ``kind`` is its ``CLONE_NEW*``, 0 for any."""
    _checked("setns", int(_LIBC.setns(ctypes.c_int(descriptor), ctypes.c_int(kind))))


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    """Mount ``source`` at ``target``: ``kind`` is the file system, ``flags`` are ``MS_*``; raises ``OSError``."""
    words = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    result = _LIBC.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])
    _checked("mount", int(result), target)


def unmount(target: str, flags: int = 0) -> None:
    """Unmount what is mounted at ``target``; ``flags`` is 0 or ``MNT_DETACH``. Raises ``OSError``."""
    _checked("umount2", int(_LIBC.umount2(os.fsencode(target), ctypes.c_int(flags))), target)


def make_read_only(target: str, *, recursive: bool = True) -> None:
    """Make the mount at ``target``, and every mount below it when ``recursive``, read-only (Linux 5.12).

    A remount with ``MS_BIND | MS_RDONLY`` leaves the mounts below writable. Raises ``OSError``.
    """
    attributes = ctypes.create_string_buffer(struct.pack("=QQQQ", 0x1, 0, 0, 0))  # MOUNT_ATTR_RDONLY
    at_working_folder, at_recursive = -100, 0x8000
    flags = at_recursive if recursive else 0
    numbered_call("mount_setattr", at_working_folder, os.fsencode(target), flags, attributes, 32)


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root of this mount namespace and put the old root at ``old``; raises ``OSError``."""
    numbered_call("pivot_root", os.fsencode(new), os.fsencode(old))


def set_parent_death_signal(number: int) -> None:
    """Have the kernel send ``number`` to this process when the *thread* that forked it ends (0: nothing).

    A parent may be gone before the call: compare ``os.getppid()`` with what it was before the fork afterwards.
    """
    process_control("PR_SET_PDEATHSIG", 1, number)


def forbid_new_privileges() -> None:
    """Let no later ``exec`` raise privileges (``no_new_privs``); cannot be undone. Raises ``OSError``."""
    process_control("PR_SET_NO_NEW_PRIVS", 38, 1)


def forbid_dumping() -> None:
    """Keep other processes of the same user from tracing this one or reading its memory; an ``exec`` undoes it."""
    process_control("PR_SET_DUMPABLE", 4, 0)


def allow_dumping() -> None:
    """Take :func:`forbid_dumping` back: a process that may not be dumped may not write its own maps of users."""
    process_control("PR_SET_DUMPABLE", 4, 1)


def become_subreaper() -> None:
    """Have orphaned descendants become children of this process; raises ``OSError``."""
    process_control("PR_SET_CHILD_SUBREAPER", 36, 1)


def drop_capabilities() -> None:
    """Give up every capability for good: ambient, bounding, inheritable, permitted and effective.

    Without ``CAP_SETPCAP`` the bounding set stays, which is harmless under ``no_new_privs``. Raises ``OSError``.
    """
    process_control("PR_CAP_AMBIENT", 47, 4)  # PR_CAP_AMBIENT_CLEAR_ALL
    for capability in range(64):
        try:
            process_control("PR_CAPBSET_DROP", 24, capability)
        except OSError:  # past the last capability of this kernel, or not ours to drop
            break
    version_3_of_self = struct.pack("=Ii", 0x20080522, 0)
    numbered_call("capset", version_3_of_self, bytes(24))


def raise_loopback() -> None:
    """Switch on the loopback interface of this network namespace; raises ``OSError``."""
    up_and_running = 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as handle:
        fcntl.ioctl(handle, 0x8914, struct.pack("16sh22x", b"lo", up_and_running))  # SIOCSIFFLAGS


def close_all_but(keep: Iterable[int]) -> None:
    """Close every open file of this process except the descriptors in ``keep``."""
    first = 0
    for kept in (*sorted(set(keep)), 2**31):
        if first < kept:
            _close_between(first, kept - 1)
        first = kept + 1


def _close_between(first: int, last: int) -> None:
    """Close the descriptors from ``first`` to ``last``, both included, open or not."""
    try:
        numbered_call("close_range", first, last, 0)
    except OSError:  # before Linux 5.9, or denied: one by one, as far as the limit lets descriptors be
        hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        os.closerange(first, min(last + 1, hard_limit if hard_limit > 0 else 1_048_576))
