"""Landlock: a process gives up every path it does not name, and signals to anybody outside, without any privilege.

A second fence behind the mount namespace, and the only one for files where no namespace can be made. After
``restrict`` a process can no longer mount anything, so it comes last. Rights and sizes follow ``linux/landlock.h``.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from remit.supervisor.kernel.syscalls import forbid_new_privileges, numbered_call

__all__ = ["abi", "restrict"]

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_DEVICES = (1 << 6) | (1 << 11)  # character and block devices: nobody is given these
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_FIRST = (1 << 13) - 1  # every right of ABI 1
_ADDED = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL))
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_SCOPES = (1 << 0) | (1 << 1)  # abstract unix sockets, signals
_SCOPES_SINCE = 6
_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH


def abi() -> int:
    """The version of Landlock this kernel offers, 0 for none."""
    try:
        return numbered_call("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def restrict(*, read: Iterable[str], write: Iterable[str]) -> str:
    """Give up, for good and for all this process starts, every path not at or below one that is named.

    ``read`` paths can be listed, read and executed; ``write`` paths can be changed too. A path that does not exist is
    passed over. Where the kernel can (ABI 6), signals and abstract sockets reach nobody outside either. Returns what
    was done in a few words; raises ``OSError``, for example on a kernel without Landlock.
    """
    version = abi()
    handled = _FIRST | sum(right for since, right in _ADDED if version >= since)
    scoped = _SCOPES if version >= _SCOPES_SINCE else 0
    content = struct.pack("=QQQ", handled, 0, scoped)[: 24 if version >= _SCOPES_SINCE else 8]
    rules = numbered_call("landlock_create_ruleset", content, len(content), 0)
    try:
        readable = sum(_allow(rules, path, _READING & handled) for path in read)
        writable = sum(_allow(rules, path, handled & ~_MAKE_DEVICES) for path in write)
        forbid_new_privileges()
        numbered_call("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)
    outside = ", no signal and no abstract socket outwards" if scoped else ""
    return f"landlock {version}: {readable} paths to read, {writable} to write{outside}"


def _allow(rules: int, path: str, rights: int) -> bool:
    """Add one path with everything below it; whether it exists."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_A_FILE
        numbered_call("landlock_add_rule", rules, _BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)
    return True
