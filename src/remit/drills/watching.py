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
    """One change: when (seconds of the monotonic clock), what (``write``, ``delete``, ``open``), the path, and where.

    ``place`` is the label of the folder it was seen in, empty for the one a watch began with.
    """

    at: float
    what: str
    path: str
    place: str = ""


@dataclass(slots=True, kw_only=True)
class Watch:
    """What was seen so far, in the order in which the kernel saw it, over all its folders.

    ``places`` are the watched folders by watch number: the label, the folder it lies below, its path from there, and
    the mask. ``fault`` says why something may be missing.
    """

    library: ctypes.CDLL
    file: int
    _changes: list[Change] = field(default_factory=list)
    places: dict[int, tuple[str, Path, str, int]] = field(default_factory=dict)
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

    def add(self, folder: Path, *, place: str = "", opens: bool = False, below: str = "") -> None:
        """Watch a folder and those below it as well; with ``opens``, who opens a file instead of changes.

        Raises ``EvaluationError`` when the folder itself cannot be watched.
        """
        mask = _OPEN if opens else _CHANGES
        for base, folders, _files in os.walk(folder / below, followlinks=False):
            if len(self.places) >= _MOST:
                self.fault = f"more than {_MOST} folders to watch"
                return
            number = int(self.library.inotify_add_watch(self.file, os.fsencode(base), mask))
            if number < 0 and base == str(folder):
                raise _refused(ctypes.get_errno())
            if number < 0:
                self.fault = f"`{base}` cannot be watched: {os.strerror(ctypes.get_errno()).lower()}"
            else:
                self.places[number] = (place, folder, str(Path(base).relative_to(folder)), mask)
            folders.sort()


@contextmanager
def watching(folder: Path, *, opens: bool = False) -> Iterator[Watch]:
    """Watch a folder and those below it while the block runs; with ``opens``, who opens a file instead of changes.

    Raises ``EvaluationError`` when the kernel gives no watch: a drill that cannot see effects must not call them none.
    """
    library = ctypes.CDLL(None, use_errno=True)
    file = int(library.inotify_init1(_NONBLOCK_CLOEXEC))
    if file < 0:
        raise _refused(ctypes.get_errno())
    watch = Watch(library=library, file=file)
    ending, ended = os.pipe2(os.O_CLOEXEC)
    try:
        watch.add(folder, opens=opens)
        thread = threading.Thread(target=_read, args=(ending, watch), daemon=True)
        thread.start()
        yield watch
        time.sleep(0.02)  # what the kernel queued before the end still counts
        os.write(ended, b".")
        thread.join(timeout=60)
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


def _read(ending: int, watch: Watch) -> None:
    """Read events until told to end."""
    with selectors.DefaultSelector() as selector:
        selector.register(watch.file, selectors.EVENT_READ)
        selector.register(ending, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if watch.file in ready:
                _take(watch)
            elif ending in ready:
                return


def _take(watch: Watch) -> None:
    """Take the events that are there."""
    now = time.monotonic()
    try:
        data = os.read(watch.file, 1 << 16)
    except BlockingIOError:
        return
    while data:
        number, mask, _cookie, length = _HEAD.unpack_from(data)
        name = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0")
        data = data[_HEAD.size + length :]
        if mask & _OVERFLOW:
            watch.fault = "the kernel dropped events"
            continue
        place, folder, inside, _mask = watch.places.get(number, ("", Path(), "", 0))
        if not name or not inside:
            continue
        path = str(Path(inside) / os.fsdecode(name))
        if mask & _ISDIR:
            if mask & (_CREATE | _MOVED_TO):
                watch.add(folder, place=place, below=path)
        elif what := _what(mask):
            watch.note(Change(at=now, what=what, path=path, place=place))


def _what(mask: int) -> str:
    """The word for an event; making a file says nothing yet: it is written when it is closed."""
    if mask & _OPEN:
        return "open"
    if mask & (_CLOSE_WRITE | _MOVED_TO):
        return "write"
    return "delete" if mask & (_DELETE | _MOVED_FROM) else ""
