"""The record of a run as lines of JSON, each on the disk before anybody acts on it.

The plain recorder: one file, one writer, ``fsync`` after every entry. It knows nothing of trees or signatures.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from remit.clock import Clock, SystemClock
from remit.errors import LedgerUnavailableError, TamperedError

__all__ = ["Journal", "entries"]

_RESERVE = 256 * 1024


class Journal:
    """A recorder that appends to a file (``number``, ``at``, ``monotonic``, ``kind`` and the facts, a line each).

    ``at`` is UTC, ``monotonic`` is in seconds of this machine's monotonic clock, so that spans between entries are
    right even when somebody sets the time. Safe to call from several threads.
    """

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        """Open the file for appending, readable by its owner only; raises ``LedgerUnavailableError``.

        A reserve of room is kept beside it, so that on a full disk the last entries can still be written.
        """
        self._clock = clock or SystemClock()
        self._reserve = path.with_name("reserve")
        self._lock = threading.Lock()
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.open(path, flags, 0o600)
            self._number = sum(1 for _ in entries(path))
            self._reserve.write_bytes(bytes(_RESERVE))
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
            try:
                line = _line(entry)
            except (TypeError, ValueError, RecursionError) as error:
                entry = {**head, "unwritable": f"{type(error).__name__} in the facts of this entry"}
                line = _line(entry)
            self._keep(line)
            self._number = number
            return entry

    def close(self) -> None:
        """Close the file and give the reserve back."""
        os.close(self._file)
        self.release()

    def release(self) -> None:
        """Give the reserve of room back, for what must be written although the disk is full."""
        with contextlib.suppress(OSError):
            self._reserve.unlink(missing_ok=True)

    def _keep(self, line: bytes) -> None:
        """Write a line and wait for the disk; a full disk gets the reserve, once."""
        before = os.fstat(self._file).st_size
        try:
            _write_all(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)  # half a line must not spoil the next one
            full = error.errno in (errno.ENOSPC, errno.EDQUOT) and self._reserve.exists()
            self.release()
            if not full:
                raise _unavailable(error) from error
            self._keep(line)


def entries(path: Path) -> Iterator[dict[str, object]]:
    """Every whole entry of a record, in order; a last line without an end was cut off by a crash and is left out.

    Raises ``TamperedError``, with the line, for a line in the middle that is no entry.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                yield _entry(line, path, number)


def _entry(line: bytes, path: Path, number: int) -> dict[str, object]:
    """Read one line."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise TamperedError(
            "a line of the record is no entry", where=f"{path}:{number}", hint="the record was changed by hand"
        )
    return entry


def _line(entry: Mapping[str, object]) -> bytes:
    """The line of an entry."""
    text = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace") + b"\n"


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
