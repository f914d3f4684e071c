"""Lines in and out of pipes: read without holding more than one message, written without waiting for ever."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio

from remit.errors import FrameError, ProxyError
from remit.proxy.frames import LONGEST

__all__ = ["Sink", "Source"]

_CHUNK = 64 * 1024


@dataclass(slots=True, kw_only=True)
class Source:
    """Where lines come from: a descriptor, which is not closed here.

    A line longer than ``longest`` bytes is skipped without being kept, and said to be too long.
    """

    descriptor: int
    longest: int = LONGEST
    _is_file: bool = False  # always ready, and nothing that can be waited for

    def __post_init__(self) -> None:
        """See whether there is anything to wait for."""
        self._is_file = stat.S_ISREG(os.fstat(self.descriptor).st_mode)

    async def lines(self) -> AsyncIterator[bytes | FrameError]:
        """Each line that is not empty, without its line break; a ``FrameError`` in place of one that is too long."""
        kept, searched, skipping = bytearray(), 0, False
        while chunk := await self._read():
            kept += chunk
            while (end := kept.find(b"\n", searched)) >= 0:
                line = bytes(memoryview(kept)[:end])
                del kept[: end + 1]
                searched = 0
                if skipping:
                    skipping = False
                elif len(line) > self.longest:
                    yield _too_long(self.longest)
                elif line.strip():
                    yield line
            searched = len(kept)
            if len(kept) > self.longest:
                if not skipping:
                    yield _too_long(self.longest)
                kept, searched, skipping = bytearray(), 0, True
        if kept.strip() and not skipping:
            yield bytes(kept)

    async def _read(self) -> bytes:
        """The next bytes, empty at the end; a pipe whose other end broke has ended too."""
        while True:
            try:
                if not self._is_file:
                    await anyio.wait_readable(self.descriptor)
                return os.read(self.descriptor, _CHUNK)
            except BlockingIOError:
                continue  # somebody else read first: the descriptor is shared
            except OSError:
                return b""


@dataclass(slots=True, kw_only=True)
class Sink:
    """Where lines go: a descriptor, closed by ``close``. ``patience`` is how long its reader may read nothing."""

    descriptor: int
    name: str
    patience: float = 60.0
    _lock: anyio.Lock = field(default_factory=anyio.Lock)
    _open: bool = True
    _given: int = -1

    def __post_init__(self) -> None:
        """Make sure that writing never blocks the whole process, without changing what somebody else holds open."""
        self._given, mode = self.descriptor, os.fstat(self.descriptor).st_mode
        if stat.S_ISFIFO(mode):
            with contextlib.suppress(OSError):  # an open file of our own: the flag is shared by all who hold the same
                self.descriptor = os.open(f"/proc/self/fd/{self.descriptor}", os.O_WRONLY | os.O_NONBLOCK)
            os.set_blocking(self.descriptor, False)
        elif stat.S_ISSOCK(mode):
            os.set_blocking(self.descriptor, False)

    async def write(self, line: bytes) -> None:
        """Write a line, whole and not mixed with others; raises ``ProxyError`` when nobody reads on."""
        async with self._lock:
            if not self._open:
                raise _gone(self.name)
            rest = memoryview(line + b"\n")
            try:
                while rest:
                    rest = rest[await self._some(rest) :]
            except OSError as problem:
                self._open = False
                raise _gone(self.name) from problem
            except BaseException:
                if len(rest) <= len(line):
                    self._open = False  # half a line is the end of all lines
                raise

    async def _some(self, data: memoryview) -> int:
        """Write as much as there is room for, waiting for room when there is none."""
        try:
            return os.write(self.descriptor, data)
        except BlockingIOError:
            with anyio.move_on_after(self.patience) as waiting:
                await anyio.wait_writable(self.descriptor)
            if waiting.cancelled_caught:
                self._open = False
                raise ProxyError(
                    f"the {self.name} has read nothing for {self.patience:g} seconds", code="proxy.error.stuck"
                ) from None
            return 0

    def close(self) -> None:
        """Write nothing more, and tell the reader so."""
        self._open = False
        for descriptor in {self.descriptor, self._given} - {-1}:
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    with socket.socket(fileno=os.dup(descriptor)) as line:
                        line.shutdown(socket.SHUT_WR)
                os.close(descriptor)
        self.descriptor = self._given = -1


def _gone(name: str) -> ProxyError:
    """Nobody reads at the other end."""
    return ProxyError(f"the {name} is gone", code="proxy.error.gone")


def _too_long(longest: int) -> FrameError:
    """A line nobody will read."""
    return FrameError(f"a message may have {longest} bytes, this one has more", code="proxy.frame.long")
