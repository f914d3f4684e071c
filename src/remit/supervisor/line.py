"""One line to the daemon of a run: a request goes out, an answer comes in."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from remit.errors import SupervisorError
from remit.supervisor.protocol import Lines, at_socket, encode
from remit.supervisor.registry import RunFolder

__all__ = ["ANSWER", "Connection", "ask", "checked", "key_of"]

ANSWER = 10.0
"""Seconds a daemon may take to answer."""


@dataclass(slots=True, kw_only=True)
class Connection:
    """An open line to a run's daemon."""

    socket: socket.socket
    _lines: Lines = field(default_factory=Lines)
    _waiting: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def to(cls, folder: RunFolder, *, timeout: float = ANSWER) -> Connection:
        """Connect; raises ``SupervisorError`` when nobody answers there."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(timeout)
        try:
            with at_socket(folder.socket) as address:
                line.connect(address)
        except OSError as error:
            line.close()
            if folder.read_state().get("phase") == "ended":
                hint = "`remit stop` prints its receipt again, `remit runs` shows what lives"
                raise SupervisorError(f"`{folder.run}` has ended", code="supervisor.ended", hint=hint) from None
            raise SupervisorError(
                f"the supervisor of `{folder.run}` cannot be reached: {error.strerror or error}",
                code="supervisor.unreachable",
                hint="`remit stop` works without it; a run that has ended has none",
            ) from error
        return cls(socket=line)

    def send(self, request: Mapping[str, object]) -> None:
        """Send a request; a daemon that is gone shows when it does not answer."""
        with contextlib.suppress(OSError):
            self.socket.sendall(encode(request))

    def receive(self, timeout: float | None) -> dict[str, object]:
        """The next message; raises ``TimeoutError`` when there is none in time, ``SupervisorError`` at the end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._waiting:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("the supervisor did not answer in time")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                raise SupervisorError("the supervisor hung up", code="supervisor.unreachable")
            self._waiting += self._lines.feed(data)
        return self._waiting.pop(0)

    def close(self) -> None:
        """Hang up on the daemon."""
        self.socket.close()

    def __enter__(self) -> Self:
        """Use it in a ``with`` statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up at the end of it."""
        self.close()


def ask(folder: RunFolder, request: Mapping[str, object], *, timeout: float = ANSWER) -> dict[str, object]:
    """Send one request and return its answer; raises ``SupervisorError`` for a refusal, with the daemon's code."""
    with Connection.to(folder, timeout=timeout) as line:
        line.send(request)
        try:
            return checked(line.receive(timeout))
        except TimeoutError as error:
            raise SupervisorError(
                f"the supervisor of `{folder.run}` does not answer",
                code="supervisor.unreachable",
                hint="`remit stop` works without it",
            ) from error


def checked(answer: dict[str, object]) -> dict[str, object]:
    """The answer, unless it is a refusal: that is raised."""
    if answer.get("ok") is False:
        raise SupervisorError(
            str(answer.get("message", "")), code=str(answer.get("code", "")), hint=str(answer.get("hint", ""))
        )
    return answer


def key_of(folder: RunFolder) -> str:
    """The owner's key; raises ``SupervisorError`` for whoever may not read it."""
    try:
        return folder.key.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SupervisorError(
            f"the key of `{folder.run}` cannot be read: {error.strerror}", code="supervisor.unauthorised"
        ) from error
