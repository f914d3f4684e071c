"""What a ledger keeps beside its file: a reserve of room for a full disk, and the sign that somebody has it open."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Presence", "Reserve"]

_RESERVE = 256 * 1024
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Room that is taken while there is plenty, so that the last entries fit when there is none."""

    path: Path

    @classmethod
    def beside(cls, ledger: Path) -> Reserve:
        """The reserve of a ledger."""
        return cls(path=ledger.with_name(f"{ledger.name}-reserve"))

    def take(self) -> None:
        """Take the room; raises ``OSError`` when there is none."""
        if not self.path.exists():
            self.path.touch(mode=0o600)
            self.path.write_bytes(bytes(_RESERVE))

    def release(self) -> bool:
        """Give the room back; false when it was given back before."""
        try:
            self.path.unlink()
        except OSError:
            return False
        return True


class Presence:
    """The sign that a process has a ledger open, which the kernel takes down whatever ends the process."""

    def __init__(self, ledger: Path) -> None:
        """Put the sign up; raises ``OSError``, also where somebody who looks whether he is alone does not end."""
        path = ledger.with_name(f"{ledger.name}-open")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    os.close(self._file)
                    raise
                time.sleep(0.001)
            else:
                break

    def alone(self) -> bool:
        """Whether nobody else has the ledger open; ask only while holding the ledger's write lock.

        A lock is changed by dropping it first, so two processes asking at once could both miss the other.
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            alone = False
        else:
            alone = True
        fcntl.flock(self._file, fcntl.LOCK_SH)
        return alone

    def close(self) -> None:
        """Take the sign down."""
        with contextlib.suppress(OSError):
            os.close(self._file)
