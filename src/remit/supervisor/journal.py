"""The record of a run as lines of JSON, each on the disk before anybody acts on it.

The plain recorder: one file, one writer, ``fsync`` after every entry. It knows nothing of trees or signatures.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from remit.clock import Clock, SystemClock
from remit.errors import LedgerUnavailableError

__all__ = ["Journal", "entries"]


class Journal:
    """A recorder that appends to a file (``number``, ``at``, ``monotonic``, ``kind`` and the facts, a line each).

    ``at`` is UTC, ``monotonic`` is in seconds of this machine's monotonic clock, so that spans between entries are
    right even when somebody sets the time. Safe to call from several threads.
    """

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        """Open the file for appending, readable by its owner only; raises ``LedgerUnavailableError``."""
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.open(path, flags, 0o600)
            self._number = sum(1 for _ in entries(path))
        except OSError as error:
            raise _unavailable(error) from error

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Append an entry, wait until the disk has it, and return its number."""
        return int(str(self.entry(kind, facts)["number"]))

    def entry(self, kind: str, facts: Mapping[str, object], *, monotonic: float | None = None) -> dict[str, object]:
        """Append an entry and return it whole; ``monotonic`` is when it happened, where that was before now."""
        with self._lock:
            number = self._number + 1
            moment = time.monotonic() if monotonic is None else monotonic
            head = {"number": number, "at": self._clock.now().isoformat(), "monotonic": round(moment, 6), "kind": kind}
            entry = {**head, **{key: value for key, value in facts.items() if key not in head}}
            line = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
            try:
                _write_all(self._file, line.encode("utf-8", errors="replace"))
                os.fsync(self._file)
            except OSError as error:
                raise _unavailable(error) from error
            self._number = number
            return entry

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def entries(path: Path) -> Iterator[dict[str, object]]:
    """Every whole entry of a record, in order; a last line without an end was cut off by a crash and is left out."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry


def _write_all(file: int, data: bytes) -> None:
    """Write every byte."""
    while data:
        data = data[os.write(file, data) :]


def _unavailable(error: OSError) -> LedgerUnavailableError:
    """Say what the system said."""
    return LedgerUnavailableError(
        f"the record of the run cannot be written: {error.strerror}",
        hint="free space, or set XDG_STATE_HOME to a folder that can be written",
    )
