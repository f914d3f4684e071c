"""The calls an agent makes through its egress proxy: recorded before they happen, let through, denied or kept waiting.

A call is an intent that is durable in the record, then an answer, then an outcome. Whoever subscribed as a gate is
asked about every intent; a gate that does not answer in time denies.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remit.errors import LedgerUnavailableError, SupervisorError
from remit.supervisor.protocol import Lines, encode

__all__ = ["Calls"]

_PATIENCE = 30.0


@dataclass(slots=True, kw_only=True)
class _Asked:
    """A call that waits for an answer: the proxy's number for it, and until when it may wait."""

    asked: object
    until: float


@dataclass(slots=True, kw_only=True)
class Calls:
    """The calls of one run.

    ``channel`` leads to the egress proxy (``None``: the agent has no network, so it makes no calls that pass here).
    ``record`` keeps an entry and returns its number; ``gated`` says whether somebody wants to be asked.
    """

    channel: socket.socket | None
    record: Callable[[str, Mapping[str, object]], int]
    gated: Callable[[], bool]
    clock: Callable[[], float]
    patience: float = _PATIENCE
    held: bool = False
    closed: str = ""
    _lines: Lines = field(default_factory=Lines)
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _numbers: dict[object, int] = field(default_factory=dict)
    _later: list[dict[str, object]] = field(default_factory=list)
    _changes: int = 0
    _quiet: dict[object, threading.Event] = field(default_factory=dict)

    def read(self) -> bool:
        """Take in what the proxy says; false when it is gone."""
        if self.channel is None:
            return False
        try:
            data = self.channel.recv(65536)
            messages = list(self._lines.feed(data))
        except (OSError, SupervisorError):
            data, messages = b"", []
        for message in messages:
            self._hear(message)
        return bool(data)

    def answer(self, number: int, *, proceed: bool, reason: str) -> bool:
        """Answer an intent that waits; false when none of that number does."""
        asked = self._asked.pop(number, None)
        if asked is None:
            return False
        self._reply(asked.asked, proceed=proceed and not self.closed, reason=self.closed or reason)
        return True

    def hold(self) -> threading.Event:
        """Let nothing pass any more until ``resume``; the event is set when the proxy says that no byte moves."""
        self.held = True
        self._changes += 1
        quiet = self._quiet[self._changes] = threading.Event()
        if self.channel is None:
            quiet.set()
        self.tell({"held": True, "number": self._changes})
        return quiet

    def resume(self) -> None:
        """Let calls pass again, those that came meanwhile first."""
        self.held = False
        self.tell({"held": False})
        later, self._later = self._later, []
        for message in later:
            self._hear(message)

    def close(self, reason: str) -> None:
        """Deny whatever waits and whatever comes."""
        self.closed = reason
        for number in tuple(self._asked):
            self.answer(number, proceed=False, reason=reason)
        later, self._later = self._later, []
        for message in later:
            self._hear(message)
        # what is under way is cut, doors are shut, and the agent hears that it is denied
        self.tell({"revoked": ["*"], "doors": False, "held": False})

    def tell(self, change: Mapping[str, object]) -> None:
        """Change the proxy's rules: its hosts, what is revoked, whether it relays."""
        self._send({"set": dict(change)})

    def deadline(self) -> float | None:
        """When the next waiting call runs out of patience."""
        return min((asked.until for asked in self._asked.values()), default=None)

    def expire(self, now: float) -> None:
        """Deny what has waited too long: silence is not consent."""
        for number in [number for number, asked in self._asked.items() if asked.until <= now]:
            self.answer(number, proceed=False, reason="nobody answered in time")

    def abandon(self) -> None:
        """Deny what waits for a gate that is gone."""
        for number in tuple(self._asked):
            self.answer(number, proceed=False, reason="whoever was to answer is gone")

    def _hear(self, message: dict[str, object]) -> None:
        """Take in one message of the proxy."""
        if message.get("tell") == "outcome":
            number = self._numbers.pop(message.get("id"), None)
            facts = {key: value for key, value in message.items() if key not in ("id", "tell")}
            with contextlib.suppress(LedgerUnavailableError):
                self.record("outcome", {"intent": number, **facts})
        elif message.get("tell") == "set":
            if (quiet := self._quiet.pop(message.get("number"), None)) is not None:
                quiet.set()
        elif message.get("ask") == "intent":
            if self.held and not self.closed:
                self._later.append(message)
            else:
                self._intend(message)

    def _intend(self, message: dict[str, object]) -> None:
        """Record an intent, then let it through or ask."""
        asked, call = message.get("id"), message.get("call")
        refused = call.get("refused") if isinstance(call, dict) else None  # by the proxy's own rules, whatever is said
        refused = self.closed or refused
        waits = self.gated() and not refused
        try:
            number = self.record("intent", {"call": call, "gated": waits})
        except LedgerUnavailableError as error:
            self._reply(asked, proceed=False, reason=error.message)
            return
        self._numbers[asked] = number
        if waits:
            self._asked[number] = _Asked(asked=asked, until=self.clock() + self.patience)
        else:
            self._reply(asked, proceed=not refused, reason=str(refused or ""))

    def _reply(self, asked: object, *, proceed: bool, reason: str) -> None:
        """Tell the proxy what becomes of a call."""
        if not proceed and (number := self._numbers.get(asked)) is not None:
            with contextlib.suppress(LedgerUnavailableError):
                self.record("denied", {"intent": number, "reason": reason})
        self._send({"id": asked, "proceed": proceed, "reason": reason})

    def _send(self, message: Mapping[str, object]) -> None:
        """Send a line to the proxy; one that is gone needs none."""
        if self.channel is not None:
            with contextlib.suppress(OSError):
                self.channel.sendall(encode(message))
