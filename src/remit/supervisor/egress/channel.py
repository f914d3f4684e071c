"""The proxy's conversation with the daemon: JSON lines over one socket, and nothing passes without it."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Answer", "Change", "Daemon"]

LONGEST_LINE = 1 << 20
SLICE = 0.25  # seconds between two looks at whether anybody still wants the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the daemon said to an intent."""

    proceed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the daemon wants otherwise from now on; ``None`` leaves a thing as it is, a closed door stays closed."""

    hosts: tuple[str, ...] | None = None
    held: bool | None = None
    doors: bool | None = None
    revoked: tuple[str, ...] = ()


class Daemon:
    """The other end of the channel, as the threads of the proxy use it."""

    def __init__(self, channel: socket.socket) -> None:
        """Take over the socket."""
        channel.settimeout(None)
        self._channel = channel
        self._writing = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[threading.Event, list[Answer]]] = {}

    def ask(self, call: Mapping[str, object], gone: Callable[[], bool]) -> tuple[int, Answer | None]:
        """Ask whether a call may happen; its number, and the answer, or nothing when ``gone`` before it came.

        Raises ``OSError`` when the daemon cannot be asked: the call may not happen then.
        """
        number, arrived, answers = next(self._numbers), threading.Event(), list[Answer]()
        self._waiting[number] = (arrived, answers)
        try:
            self._write({"id": number, "ask": "intent", "call": dict(call)})
            while not arrived.wait(SLICE):
                if gone():
                    break
        finally:
            del self._waiting[number]
        return number, answers[0] if answers else None

    def tell(self, number: int, *, status: int | None, sent: int, received: int, error: str) -> None:
        """Report what became of a call. Raises ``OSError``."""
        outcome = {"id": number, "tell": "outcome", "status": status}
        self._write({**outcome, "sent": sent, "received": received, "error": error})

    def listen(self, change: Callable[[Change], None]) -> None:
        """Take in answers and changes until the daemon is gone, or says something that cannot be understood."""
        buffer = b""
        while len(buffer) < LONGEST_LINE:
            try:
                data = self._channel.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                if not self._hear(line, change):
                    return

    def _hear(self, line: bytes, change: Callable[[Change], None]) -> bool:
        """Take in one line; whether it made sense."""
        try:
            match json.loads(line):
                case {"id": int(number), "proceed": bool(proceed), **rest}:
                    arrived, answers = self._waiting.get(number, (threading.Event(), []))
                    answers.append(Answer(proceed=proceed, reason=str(rest.get("reason") or "")))
                    arrived.set()
                case {"set": dict(wanted)}:
                    change(_change(wanted))
                    if "number" in wanted:
                        self._write({"tell": "set", "number": wanted["number"]})
                case _:
                    return False
        except (ValueError, OSError, RecursionError):
            return False
        return True

    def _write(self, message: Mapping[str, object]) -> None:
        """Send one line, whole."""
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._writing:
            self._channel.sendall(line)


def _change(wanted: Mapping[str, object]) -> Change:
    """Read a change; ``ValueError`` when a part of it is not what it should be."""
    hosts, revoked = wanted.get("hosts"), wanted.get("revoked", [])
    return Change(
        hosts=None if hosts is None else _texts(hosts),
        held=_truth(wanted, "held"),
        doors=_truth(wanted, "doors"),
        revoked=_texts(revoked),
    )


def _truth(wanted: Mapping[str, object], name: str) -> bool | None:
    """A part that is true, false or left out; ``ValueError`` when it is something else."""
    value = wanted.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"`{name}` is neither true nor false")


def _texts(value: object) -> tuple[str, ...]:
    """A list of texts; ``ValueError`` when it is none."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("hosts are not a list of texts")
    return tuple(value)
