"""Which process holds something, told so that a later process with the same number is not taken for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Holder"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process: its number, when it started (clock ticks since the boot) and which boot that was.

    ``started`` and ``boot`` are empty where the system does not say.
    """

    number: int
    started: str
    boot: str

    @classmethod
    def here(cls) -> Holder:
        """The process that asks."""
        return cls(number=os.getpid(), started=_started(os.getpid()), boot=_boot())

    @classmethod
    def of(cls, text: str) -> Holder:
        """What ``str`` wrote; a text that is none names a process that never lived."""
        number, _, rest = text.partition(":")
        started, _, boot = rest.partition(":")
        return cls(number=int(number) if number.isdecimal() else -1, started=started, boot=boot)

    def lives(self) -> bool:
        """Whether that very process is still there; a boot ends every process before it."""
        if self.number <= 0 or (self.boot and self.boot != _boot()):
            return False
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
        """Return the line that is kept: number, start and boot."""
        return f"{self.number}:{self.started}:{self.boot}"


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
