"""Who still lives: an observer that trusts nobody's report, neither the agent's nor the stop's.

It knows two things the kernel vouches for. *Beats*: lines that processes of the run append to a file; a line whose
time is after the moment a stop said ``dead`` was written by a survivor. *Marks*: a token, new for each run, that every
process of the run carries in something it cannot easily shed (a mapping of the beat file, the command line, the
environment, an open file, the folder it works in); the observer looks for it in ``/proc``. It needs nothing of the
supervisor.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Beat", "Observation", "Seen", "end", "observe", "read_beats", "scan", "start_of"]

PROC = Path("/proc")
GONE = frozenset("ZXx")  # states of stat(5) in which a thread does nothing any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One line of a beat file: monotonic nanoseconds, the process id as its own namespace has it, and a word."""

    at: int
    process: int
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A living process: its id here, when it started (clock ticks after boot), and where the token was found."""

    process: int
    started: int
    command: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was seen after a stop had said that it was done.

    ``late`` are the beats after that moment, ``living`` the processes found twice. ``last`` is the time of the last
    beat of all (monotonic nanoseconds), ``None`` when there was none.
    """

    late: tuple[Beat, ...]
    living: tuple[Seen, ...]
    last: int | None

    @property
    def survived(self) -> bool:
        """Whether anything outlived the stop."""
        return bool(self.late or self.living)


def read_beats(path: Path) -> tuple[Beat, ...]:
    """The beats in a file, in the order they were written; a line that was cut off by a kill is left out."""
    beats = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        match line.split():
            case [at, process, word] if at.isdecimal() and process.isdecimal():
                beats.append(Beat(at=int(at), process=int(process), word=word))
            case _:
                continue
    return tuple(beats)


def scan(token: str, *, since: int = 0, besides: Collection[int] = ()) -> tuple[Seen, ...]:
    """The living processes that carry a token, ``besides`` some ids and those started before ``since`` (clock ticks).

    A process whose first thread is a zombie lives as long as another thread does. What this user may not read
    (another user's maps) is not seen: run as root to see all.
    """
    return tuple(seen for process in processes() if (seen := look(process, token, since, besides)) is not None)


def processes() -> Iterator[int]:
    """The ids of all processes this one can see."""
    return (int(name) for name in os.listdir(PROC) if name.isdecimal())  # noqa: PTH208 - names are all that is needed


def look(process: int, token: str, since: int, besides: Collection[int]) -> Seen | None:
    """One process, if it lives and carries the token."""
    if process in besides or process == os.getpid():
        return None
    try:
        started = start_of(process)
        thread = living_thread(process) if started >= since else None
        if thread is None:
            return None
        mark = next((name for name, text in traces(thread) if token.encode() in text), "")
        command = (thread / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return None  # it ended while it was being looked at
    return Seen(process=process, started=started, command=command, mark=mark) if mark else None


def start_of(process: int) -> int:
    """When a process started, in clock ticks after boot (field 22 of proc(5) stat); ``OSError`` when it is gone."""
    return int(stat_of(PROC / f"{process}/stat")[19])


def stat_of(path: Path) -> list[str]:
    """The fields of a stat file from the state (3) on; the name before them may contain anything."""
    return path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()


def living_thread(process: int) -> Path | None:
    """The place of the first thread of a process that still does or can do something, ``None`` if there is none."""
    for thread in (PROC / f"{process}/task").iterdir():
        with suppress(OSError):
            if stat_of(thread / "stat")[0] not in GONE:
                return thread
    return None


def traces(thread: Path) -> Iterator[tuple[str, bytes]]:
    """Where a token may show: the name of the place and what stands there."""
    for name in ("cmdline", "maps", "environ"):
        yield name, contents(thread / name)
    yield "folder", target(thread / "cwd")
    try:
        descriptors = list((thread / "fd").iterdir())
    except OSError:
        return
    for descriptor in descriptors:
        yield "file", target(descriptor)


def contents(path: Path) -> bytes:
    """What is in a file of /proc, nothing if it may not be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def target(path: Path) -> bytes:
    """Where a link of /proc leads, nothing if that may not be read."""
    try:
        return os.fsencode(path.readlink())
    except OSError:
        return b""


def observe(
    beats: Path, token: str, *, done: int, watch: float, since: int = 0, besides: Collection[int] = ()
) -> Observation:
    """Watch for some seconds after a stop said it was done (``done``, monotonic nanoseconds), then say who lives.

    No margin is given: a beat one nanosecond after ``done`` is a survivor's. A process that is found must be found
    again at the end of the watch, so that one that was only waiting for its parent to take its exit is not counted.
    """
    first = {(seen.process, seen.started) for seen in scan(token, since=since, besides=besides)}
    time.sleep(watch)
    again = scan(token, since=since, besides=besides)
    written = read_beats(beats)
    return Observation(
        late=tuple(beat for beat in written if beat.at > done),
        living=tuple(seen for seen in again if (seen.process, seen.started) in first),
        last=max((beat.at for beat in written), default=None),
    )


def end(found: Iterable[Seen]) -> None:
    """Kill what was seen, each by a descriptor of that very process: an id that was used again is spared."""
    for seen in found:
        try:
            descriptor = os.pidfd_open(seen.process)
        except OSError:
            continue
        try:
            if start_of(seen.process) == seen.started:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        except OSError:
            pass
        finally:
            os.close(descriptor)
