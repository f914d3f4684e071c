"""Changes in a folder, seen from outside while they happen: inotify(7) through the C library.

The agent cannot turn this off: the watch hangs on the folder itself, whichever mount the change comes through. Changes
of a shared memory mapping are not seen, nor is a folder that was filled before its own watch could be set; both are
named in the how-to.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remit.errors import EvaluationError

__all__ = ["Change", "Watch", "watching"]

_OPEN, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO = 0x20, 0x8, 0x40, 0x80
_CREATE, _DELETE, _ISDIR, _OVERFLOW = 0x100, 0x200, 0x40000000, 0x4000
_CHANGES = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_HEAD = struct.Struct("iIII")  # struct inotify_event without the name
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC
_MOST = 4000  # folders watched at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: when (seconds of the monotonic clock), what (``write``, ``delete``, ``open``), and the path."""

    at: float
    what: str
    path: str


@dataclass(slots=True, kw_only=True)
class Watch:
    """What was seen so far; ``places`` are the folders by watch number, ``fault`` says why something may be missing."""

    folder: Path
    mask: int
    _changes: list[Change] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    fault: str = ""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change so far, in order."""
        with self._lock:
            return tuple(self._changes)

    def note(self, change: Change) -> None:
        """Keep a change."""
        with self._lock:
            self._changes.append(change)


@contextmanager
def watching(folder: Path, *, opens: bool = False) -> Iterator[Watch]:
    """Watch a folder and those below it while the block runs; with ``opens``, who opens a file instead of changes.

    Raises ``EvaluationError`` when the kernel gives no watch: a drill that cannot see effects must not call them none.
    """
    library = ctypes.CDLL(None, use_errno=True)
    file = int(library.inotify_init1(_NONBLOCK_CLOEXEC))
    if file < 0:
        raise _refused(ctypes.get_errno())
    watch = Watch(folder=folder, mask=_OPEN if opens else _CHANGES)
    ending, ended = os.pipe2(os.O_CLOEXEC)
    try:
        _add(library, file, watch, "")
        thread = threading.Thread(target=_read, args=(library, file, ending, watch), daemon=True)
        thread.start()
        yield watch
        time.sleep(0.02)  # what the kernel queued before the end still counts
        os.write(ended, b".")
        thread.join(timeout=5)
    finally:
        for descriptor in (file, ending, ended):
            os.close(descriptor)


def _refused(number: int) -> EvaluationError:
    """Why no watch could be set."""
    return EvaluationError(
        f"changes of files cannot be watched here: {os.strerror(number).lower()}",
        code="evaluation.watch",
        hint="raise fs.inotify.max_user_watches and max_user_instances",
    )


def _add(library: ctypes.CDLL, file: int, watch: Watch, below: str) -> None:
    """Watch one folder and every folder in it."""
    for base, folders, _files in os.walk(watch.folder / below, followlinks=False):
        if len(watch.places) >= _MOST:
            watch.fault = f"more than {_MOST} folders to watch"
            return
        number = int(library.inotify_add_watch(file, os.fsencode(base), watch.mask))
        if number < 0 and base == str(watch.folder):
            raise _refused(ctypes.get_errno())
        if number < 0:
            watch.fault = f"`{base}` cannot be watched: {os.strerror(ctypes.get_errno()).lower()}"
        else:
            watch.places[number] = str(Path(base).relative_to(watch.folder))
        folders.sort()


def _read(library: ctypes.CDLL, file: int, ending: int, watch: Watch) -> None:
    """Read events until told to end."""
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)
        selector.register(ending, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if file in ready:
                _take(library, file, watch)
            elif ending in ready:
                return


def _take(library: ctypes.CDLL, file: int, watch: Watch) -> None:
    """Take the events that are there."""
    now = time.monotonic()
    try:
        data = os.read(file, 1 << 16)
    except BlockingIOError:
        return
    while data:
        number, mask, _cookie, length = _HEAD.unpack_from(data)
        name = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0")
        data = data[_HEAD.size + length :]
        if mask & _OVERFLOW:
            watch.fault = "the kernel dropped events"
            continue
        path = str(Path(watch.places.get(number, ".")) / os.fsdecode(name)) if name else ""
        if mask & _ISDIR:
            if mask & (_CREATE | _MOVED_TO) and path:
                _add(library, file, watch, path)
            continue
        what = _what(mask)
        if what and path:
            watch.note(Change(at=now, what=what, path=path))


def _what(mask: int) -> str:
    """The word for an event; making a file says nothing yet: it is written when it is closed."""
    if mask & _OPEN:
        return "open"
    if mask & (_CLOSE_WRITE | _MOVED_TO):
        return "write"
    return "delete" if mask & (_DELETE | _MOVED_FROM) else ""
