"""Which process holds something, told so that a later process with the same number is not taken for it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Holder"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_HOST = Path("/etc/machine-id")
_SPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process: its number, when it started (clock ticks since the boot), and which boot of which host that was.

    ``space`` is the PID namespace the number means something in. What the system does not say is empty.
    """

    number: int
    started: str
    boot: str
    host: str = ""
    space: str = ""

    @classmethod
    def here(cls) -> Holder:
        """The process that asks."""
        return cls(number=os.getpid(), started=_started(os.getpid()), boot=_boot(), host=_host(), space=_space())

    @classmethod
    def of(cls, text: str) -> Holder:
        """What ``str`` wrote; a text that is none names a process that never lived."""
        number, started, boot, host, space = (*text.split(":"), "", "", "", "", "")[:5]
        known = int(number) if number.isascii() and number.isdecimal() else -1
        return cls(number=known, started=started, boot=boot, host=host, space=space)

    def lives(self) -> bool:
        """Whether that very process may still be there; a boot ends every process before it.

        Of a process on another host, or in a PID namespace that is not this one, nobody here can tell that it is gone.
        """
        if self.number <= 0:
            return False
        if self.host and self.host != _host():
            return True
        if self.boot and self.boot != _boot():
            return False
        if self.space and self.space != _space():
            return True
        if self.started:
            return _started(self.number) == self.started
        try:
            os.kill(self.number, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def __str__(self) -> str:
        """Return the line that is kept: number, start, boot, host and namespace."""
        return f"{self.number}:{self.started}:{self.boot}:{self.host}:{self.space}"


def _started(number: int) -> str:
    """When a process started, from ``/proc`` (field 22 of ``stat``); empty for one that is gone or a zombie."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if len(fields) < 20 or fields[0] in "ZX" else fields[19]


def _boot() -> str:
    """The id of this boot."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _host() -> str:
    """A digest that tells this host from others without giving its id away (machine-id(5)), or that of its name."""
    try:
        known = _HOST.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        known = ""
    return hashlib.sha256(f"remit:{known or os.uname().nodename}".encode()).hexdigest()[:12]


def _space() -> str:
    """The number of the PID namespace this process lives in."""
    try:
        return str(_SPACE.stat().st_ino)
    except OSError:
        return ""
