"""Bytes on their way, all of which one hand can stop: sockets that move nothing while the flow is held."""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

__all__ = ["PIECE", "Flow", "Wire", "bytes_of_body", "hung_up"]

PIECE = 65_536
LONGEST_HEAD = 32_768
LONGEST_CHUNK_LINE = 1_024
LONGEST_TRAILER = 8_192
SLICE = 1.0  # seconds between two looks at the flow's clock
BARE_BREAK = re.compile(rb"(?<!\r)\n|\r(?=[^\n])")
CHUNK_LINE = re.compile(rb"([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e]*)?")

T = TypeVar("T")


class Flow:
    """Every call that moves a byte goes through here, one at a time and none while held.

    Calls are non-blocking, so ``hold`` returns as soon as the one under way has returned; from then on nothing moves.
    """

    def __init__(self) -> None:
        """Begin open."""
        self._condition = threading.Condition()
        self._state = (False, 0.0, 0.0)  # held, since when, seconds held before

    @property
    def held(self) -> bool:
        """Whether nothing may move."""
        return self._state[0]

    def now(self) -> float:
        """Seconds on a clock that stands still while held, so that no patience runs out meanwhile."""
        held, since, stood = self._state
        return (since if held else time.monotonic()) - stood

    def hold(self) -> None:
        """Let nothing move any more; when this returns, nothing does."""
        held, _, stood = self._state
        if not held:
            self._state = (True, time.monotonic(), stood)
        with self._condition:  # the call under way has returned when the lock is free
            pass

    def resume(self) -> None:
        """Let everything move again."""
        with self._condition:
            held, since, stood = self._state
            if held:
                self._state = (False, 0.0, stood + time.monotonic() - since)
            self._condition.notify_all()

    def attempt(self, operation: Callable[[], T]) -> T:
        """Do one non-blocking call now, or as soon as the flow is open again."""
        with self._condition:
            while self._state[0]:
                self._condition.wait()
            return operation()

    def wait_open(self, seconds: float) -> bool:
        """Wait until the flow is open, at most ``seconds``; whether it is."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._state[0], seconds)


def hung_up(sock: socket.socket) -> bool:
    """Whether the other end has closed, at least its sending half."""
    poller = select.poll()
    poller.register(sock, select.POLLRDHUP)
    return bool(poller.poll(0))


class Wire:
    """One socket of a flow, with what was read too far and a count of what moved.

    ``watched`` is another socket whose closing ends every wait here: a client that no longer listens. Raises
    ``TimeoutError`` when patience runs out, and ``OSError`` when the connection breaks.
    """

    def __init__(self, sock: socket.socket, flow: Flow, *, watched: socket.socket | None = None) -> None:
        """Make the socket non-blocking."""
        sock.settimeout(0.0)
        self.sock = sock
        self.flow = flow
        self.sent = 0
        self.received = 0
        self._watched = watched
        self._buffer = b""

    def left_over(self) -> bytes:
        """What was read too far, once."""
        data, self._buffer = self._buffer, b""
        return data

    def receive(self, patience: float) -> bytes:
        """Some bytes, or none at the end of the stream."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            return data
        data = self.repeat(lambda: self.sock.recv(PIECE), select.POLLIN, self.flow.now() + patience)
        self.received += len(data)
        return data

    def send(self, data: bytes, patience: float) -> None:
        """Send everything; ``patience`` is for each piece that moves."""
        view = memoryview(data)
        while view:
            moved = self.repeat(lambda piece=view: self.sock.send(piece), select.POLLOUT, self.flow.now() + patience)  # type: ignore[misc]
            self.sent += moved
            view = view[moved:]

    def repeat(self, operation: Callable[[], T], events: int, deadline: float) -> T:
        """Try a non-blocking call until it goes through; ``deadline`` is on the clock of the flow."""
        while True:
            try:
                return self.flow.attempt(operation)
            except ssl.SSLWantReadError:
                wanted = select.POLLIN
            except ssl.SSLWantWriteError:
                wanted = select.POLLOUT
            except (BlockingIOError, InterruptedError):
                wanted = events
            self.wait(wanted, deadline)

    def wait(self, events: int, deadline: float) -> None:
        """Wait for the socket, until the deadline or until the watched one has closed."""
        poller = select.poll()
        poller.register(self.sock, events)
        if self._watched is not None:
            poller.register(self._watched, select.POLLRDHUP)
        while True:
            left = deadline - self.flow.now()
            ready = poller.poll(1000 * max(0.0, min(left, SLICE)))
            if any(descriptor == self.sock.fileno() for descriptor, _ in ready):
                return
            if ready:
                raise ConnectionAbortedError("the client hung up")
            if left <= 0:  # asked once more: what came while this process was kept waiting is there
                raise TimeoutError("nothing moved for too long")

    def read_head(self, seconds: float) -> bytes:
        """A head up to and including its empty line; what cannot become one is returned as it is.

        ``seconds`` is for the whole head, however slowly it comes. Raises ``ConnectionError`` when nothing comes.
        """
        deadline = self.flow.now() + seconds
        head, self._buffer = self._buffer, b""
        while (end := head.find(b"\r\n\r\n")) < 0:
            if len(head) > LONGEST_HEAD or BARE_BREAK.search(head):
                return head
            data = self.repeat(lambda: self.sock.recv(PIECE), select.POLLIN, deadline)
            self.received += len(data)
            if not data and not head:
                raise ConnectionAbortedError("closed before a head")
            if not data:
                return head
            head += data
        self._buffer = head[end + 4 :]
        return head[: end + 4]

    def read_line(self, limit: int, patience: float) -> bytes:
        """A line without its CR LF. Raises ``ValueError`` when it is too long, ends otherwise or never."""
        line = b""
        while (end := line.find(b"\r\n")) < 0:
            data = b"" if len(line) > limit else self.receive(patience)
            if not data:
                raise ValueError("a line of a chunked body that does not end")
            line += data
        self._buffer = line[end + 2 :] + self._buffer
        if end > limit:
            raise ValueError("a line of a chunked body that is too long")
        return line[:end]

    def read_up_to(self, size: int, patience: float) -> Iterator[bytes]:
        """Exactly ``size`` bytes, piece by piece. Raises ``ConnectionError`` when the stream ends before."""
        while size:
            data = self.receive(patience)
            if not data:
                raise ConnectionAbortedError("the body ended too early")
            self._buffer = data[size:]
            size -= len(data) - len(self._buffer)
            yield data[: len(data) - len(self._buffer)]


def bytes_of_body(wire: Wire, *, length: int | None, chunked: bool, patience: float) -> Iterator[bytes]:
    """The body behind a head, decoded: chunked, ``length`` bytes, or (``None``) until the stream ends.

    Raises ``ValueError`` when a chunk cannot be understood, ``OSError`` when the body ends too early.
    """
    if chunked:
        yield from _chunks(wire, patience)
    elif length is not None:
        yield from wire.read_up_to(length, patience)
    else:
        while data := wire.receive(patience):
            yield data


def _chunks(wire: Wire, patience: float) -> Iterator[bytes]:
    """The data of a chunked body; extensions and trailers are read and dropped."""
    while True:
        line = CHUNK_LINE.fullmatch(wire.read_line(LONGEST_CHUNK_LINE, patience))
        if line is None:
            raise ValueError("a chunk whose size cannot be read")
        size = int(line[1], 16)
        if size == 0:
            break
        yield from wire.read_up_to(size, patience)
        if wire.read_line(2, patience):
            raise ValueError("a chunk that does not end where it says")
    left = LONGEST_TRAILER
    while trailer := wire.read_line(left, patience):
        left -= len(trailer) + 2
        if left <= 0 or BARE_BREAK.search(trailer):
            raise ValueError("a trailer that is too long or malformed")
