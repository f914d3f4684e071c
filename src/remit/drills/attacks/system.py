"""System calls an attacker makes that Python does not offer, each raising ``OSError`` with the call's name."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "add_key",
    "enter",
    "io_uring",
    "mount",
    "open_handle",
    "open_process",
    "read_memory",
    "rename",
    "seize",
    "sleep_in_vfork",
    "steal_descriptor",
    "unlink_key",
    "unshare",
    "write_memory",
]

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUSER = 0x00020000, 0x02000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
CLONE_VFORK = 0x00004000
PTRACE_SEIZE = 0x4206
SIGCHLD = 17
PR_SET_NAME = 15
KEY_SPEC_USER_KEYRING, KEYCTL_UNLINK = -4, 9

NUMBERS = {  # name: x86_64, aarch64
    "add_key": (248, 217),
    "clone": (56, 220),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
}
MACHINES = ("x86_64", "aarch64")


def library() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def checked(result: int, name: str) -> int:
    """Return the result of a call, or raise what it reported."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def numbered(name: str, *arguments: object) -> int:
    """Make a call by its number."""
    machine = platform.machine()
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"{name}: not known on {machine}")
    number = NUMBERS[name][MACHINES.index(machine)]
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return checked(library().syscall(ctypes.c_long(number), *values), name)


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` for new ones."""
    checked(library().unshare(flags), "unshare")


def enter(path: str) -> None:
    """Enter the namespace a file below /proc stands for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        checked(library().setns(descriptor, 0), "setns")
    finally:
        os.close(descriptor)


def mount(source: str, target: str, kind: str, flags: int = 0) -> None:
    """Mount a file system on a folder."""
    checked(library().mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None), "mount")


def seize(process: int) -> None:
    """Become the tracer of a process without stopping it; it is let go when the caller ends."""
    checked(library().ptrace(PTRACE_SEIZE, process, None, None), "ptrace")


def open_process(process: int) -> int:
    """Open another process: its pidfd."""
    return numbered("pidfd_open", process, 0)


def steal_descriptor(pidfd: int, number: int) -> int:
    """Copy a descriptor out of another process."""
    return numbered("pidfd_getfd", pidfd, number, 0)


def read_memory(process: int, address: int, size: int) -> bytes:
    """Read another process's memory."""
    buffer = ctypes.create_string_buffer(size)
    _vectors("process_vm_readv", process, buffer, address, size)
    return buffer.raw


def write_memory(process: int, address: int, data: bytes) -> None:
    """Write into another process's memory."""
    _vectors("process_vm_writev", process, ctypes.create_string_buffer(data, len(data)), address, len(data))


def _vectors(name: str, process: int, buffer: ctypes.Array[ctypes.c_char], address: int, size: int) -> None:
    """One local and one remote vector."""
    local = struct.pack("@PN", ctypes.addressof(buffer), size)
    remote = struct.pack("@PN", address, size)
    numbered(name, process, local, 1, remote, 1, 0)


def add_key(name: str, text: bytes) -> int:
    """Put a key into the account's keyring, which outlives every process; returns its number."""
    return numbered("add_key", b"user", name.encode(), text, len(text), KEY_SPEC_USER_KEYRING)


def unlink_key(key: int) -> None:
    """Take a key out of the account's keyring."""
    numbered("keyctl", KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING, 0, 0)


def io_uring() -> int:
    """Set up a ring; returns its descriptor."""
    parameters = ctypes.create_string_buffer(120)
    return numbered("io_uring_setup", 4, parameters)


def open_handle(folder: int, inode: int) -> int:
    """Open a file by a handle made up from its inode, past every folder on the way (ext4 handles without a parent)."""
    handle = struct.pack("=IiII", 8, 1, inode, 0)
    return numbered("open_by_handle_at", folder, handle, os.O_RDONLY)


def sleep_in_vfork() -> int:
    """Fork so that the parent sleeps, uninterruptible but by SIGKILL, until the child has ended; 0 in the child."""
    return numbered("clone", CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)


def rename(name: bytes) -> None:
    """Give the calling process another name in every listing (15 bytes)."""
    checked(library().prctl(PR_SET_NAME, name[:15], 0, 0, 0), "prctl")
