"""The servers of a drilled agent: how they are started for each run, and the hatch every call of their tools waits at.

A drill starts nothing itself: whoever asks for it hands in how the servers of one run are started, so that they are
started as they are for real. The hatch is a socket outside of every cage; the guarding proxy asks there before a call
that is on record goes out.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.orders import Companion
from remit.supervisor.protocol import Lines, account_of, at_socket, encode

__all__ = ["Hatch", "Starting", "hatched"]

PATIENCE = 30.0
"""Seconds a call waits at the hatch before it is refused, unless a drill says otherwise."""


class Starting(Protocol):
    """How the servers of one run are started: what stands before them, as the supervisor of the run is told it."""

    def __call__(self, confinement: Confinement, /, *, hatch: Path, patience: float) -> Companion:
        """The companion of a run in this confinement, which asks at ``hatch`` and waits ``patience`` seconds there."""
        ...


@dataclass(slots=True, kw_only=True)
class Hatch:
    """Where calls of servers' tools wait, each under its id; one process connects, of this account, and once."""

    listener: socket.socket
    place: Path
    _line: socket.socket | None = None
    _lines: Lines = field(default_factory=Lines)
    _over: bool = False
    _asked: set[str] = field(default_factory=set)
    _said: dict[str, tuple[bool, str]] = field(default_factory=dict)

    def look(self) -> None:
        """Take in who asks, and answer what is answered already; never waits."""
        if self._line is None and not self._over:
            self._accept()
        while self._line is not None:
            try:
                data = self._line.recv(65536)
                messages = list(self._lines.feed(data))
            except BlockingIOError:
                return
            except (OSError, SupervisorError):
                data, messages = b"", []
            for message in messages:
                self._asked.add(str(message.get("call")))
            for call in tuple(self._asked & self._said.keys()):
                self._send(call)
            if not data:
                self.close()

    def answer(self, call: str, *, proceed: bool, reason: str = "") -> None:
        """Let a call go out or refuse it, whether it asks already or will; the first answer stands."""
        self._said.setdefault(call, (proceed, reason))
        if call in self._asked:
            self._send(call)

    def close(self) -> None:
        """Hang up: every call that waits or comes is refused."""
        self._over = True
        if self._line is not None:
            self._line.close()
            self._line = None

    def _accept(self) -> None:
        """Let the one who asks in."""
        with suppress(BlockingIOError):
            line, _ = self.listener.accept()
            if account_of(line) != os.getuid():
                line.close()
                return
            line.settimeout(0)
            self._line = line

    def _send(self, call: str) -> None:
        """Give an answer to a call that asks; a line that does not take it is lost, and refuses by that."""
        proceed, reason = self._said[call]
        self._asked.discard(call)
        with suppress(OSError):
            if self._line is not None:
                self._line.sendall(encode({"call": call, "proceed": proceed, "reason": reason}))


@contextmanager
def hatched() -> Iterator[Hatch]:
    """A hatch in a folder of its own, which only this account can reach, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="remit-hatch-") as folder:
        place = Path(folder) / "asked"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            with at_socket(place) as address:
                listener.bind(address)
            listener.listen(1)
            listener.settimeout(0)
            hatch = Hatch(listener=listener, place=place)
            try:
                yield hatch
            finally:
                hatch.close()
