"""Building a view out of mounts, by the first process of a cage, in a mount namespace of its own."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

from remit.supervisor.cage.filesystem import KERNEL_FILES, Kind, Mount, View
from remit.supervisor.kernel import syscalls

__all__ = ["build"]

PLACES_TO_START = ("/mnt", "/srv", "/media", "/var", "/usr")
READ_ONLY, NO_SET_USER_ID, NO_DEVICES = 0x1, 0x2, 0x4  # MOUNT_ATTR_*
AT_WORKING_FOLDER, AT_RECURSIVE = -100, 0x8000
QUIET = syscalls.MS_NOSUID | syscalls.MS_NODEV
BIND = syscalls.MS_BIND | syscalls.MS_REC
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS_OF_DEVICES = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
)


def build(view: View) -> None:
    """Make the view the root of this mount namespace and let go of everything else; raises ``OSError``.

    The caller is alone in a fresh mount namespace and has the capabilities of its user namespace.
    """
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    start = next(place for place in PLACES_TO_START if Path(place).is_dir())
    syscalls.mount("start", start, "tmpfs", QUIET, "mode=0755")
    for name in ("new", "old", "content"):
        Path(start, name).mkdir()
    syscalls.pivot_root(start, f"{start}/old")
    os.chdir("/")
    syscalls.mount("root", "/new", "tmpfs", QUIET, "mode=0755,size=1m")
    for number, place in enumerate(view.mounts):
        _make(place, f"/content/{number}")
    _set_attributes("/new", READ_ONLY, recursive=False)
    syscalls.unmount("/old", syscalls.MNT_DETACH)
    os.chdir("/new")
    syscalls.pivot_root(".", ".")
    syscalls.unmount(".", syscalls.MNT_DETACH)
    os.chdir("/")


def _make(place: Mount, content: str) -> None:
    """Make one place of the view below ``/new``; the old root stands at ``/old``."""
    target = f"/new{place.target}"
    match place.kind:
        case Kind.BIND:
            _bind(f"/old{place.source}", target, writable=place.writable)
        case Kind.FOLDER:
            _tmpfs(target, mode=place.mode, size=place.size)
            if not place.writable:
                _set_attributes(target, READ_ONLY, recursive=False)
        case Kind.FILE:
            Path(content).write_text(place.source, encoding="utf-8")
            _bind(content, target, writable=False)
        case Kind.LINK:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            Path(target).symlink_to(place.source)
        case Kind.PROCESSES:
            _processes(target)
        case Kind.DEVICES:
            _devices(target, size=place.size)


def _bind(source: str, target: str, *, writable: bool) -> None:
    """Bind a file or a folder with everything mounted below it; no device and no set-user-id program works there."""
    if Path(source).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        _touch(target)
    syscalls.mount(source, target, None, BIND)
    _set_attributes(target, NO_SET_USER_ID | NO_DEVICES | (0 if writable else READ_ONLY), recursive=True)


def _touch(target: str) -> None:
    """Make an empty file to mount on, where there is none."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if not Path(target).exists():
        Path(target).touch()


def _tmpfs(target: str, *, mode: int, size: int) -> None:
    """Put an empty folder in memory at a place; ``size`` is in bytes."""
    Path(target).mkdir(parents=True, exist_ok=True)
    syscalls.mount("tmpfs", target, "tmpfs", QUIET, f"mode={mode:04o},size={size}")


def _processes(target: str) -> None:
    """Mount the agent's own ``/proc``, end the making of user namespaces, and cover what changes the kernel."""
    Path(target).mkdir(parents=True, exist_ok=True)
    syscalls.mount("proc", target, "proc", QUIET | syscalls.MS_NOEXEC)
    Path(target, "sys/user/max_user_namespaces").write_text("0", encoding="ascii")
    for name in KERNEL_FILES:
        path = f"{target}/{name}"
        if Path(path).exists():
            syscalls.mount(path, path, None, BIND)
            _set_attributes(path, READ_ONLY, recursive=True)


def _devices(target: str, *, size: int) -> None:
    """Make ``/dev`` with the harmless devices, terminals of its own and shared memory of its own."""
    _tmpfs(target, mode=0o755, size=2**20)
    for name in DEVICES:
        _touch(f"{target}/{name}")
        syscalls.mount(f"/old/dev/{name}", f"{target}/{name}", None, syscalls.MS_BIND)
    for name, text in LINKS_OF_DEVICES:
        Path(target, name).symlink_to(text)
    Path(target, "pts").mkdir()
    quiet = syscalls.MS_NOSUID | syscalls.MS_NOEXEC
    syscalls.mount("devpts", f"{target}/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=620")
    _tmpfs(f"{target}/shm", mode=0o1777, size=size)
    _set_attributes(target, READ_ONLY, recursive=False)


def _set_attributes(target: str, attributes: int, *, recursive: bool) -> None:
    """Add attributes to a mount, and to all below it when ``recursive`` (Linux 5.12); none is ever taken away."""
    wanted = ctypes.create_string_buffer(struct.pack("=QQQQ", attributes, 0, 0, 0))
    flags = AT_RECURSIVE if recursive else 0
    syscalls.numbered_call("mount_setattr", AT_WORKING_FOLDER, os.fsencode(target), flags, wanted, 32)
