"""What overseers tell the agent, and what it says back.

Instructions are files the agent can read and not change; acknowledgements and the hand-off note are files it writes.
Whatever comes from the agent is its claim: it is read without following links, without waiting, and never past a size.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remit.errors import SupervisorError
from remit.supervisor.registry import write_whole

__all__ = ["Mailbox", "Receipts"]

_LARGEST = 64 * 1024
_DEEPEST = 16


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """The inbox and outbox of one run, seen from outside."""

    folder: Path
    _sent: int = 0
    _open: set[int] = field(default_factory=set)

    def send(self, kind: str, text: str, *, by: str, at: str) -> int:
        """Put an instruction into the inbox in one step and return its number.

        Raises ``SupervisorError`` when it could not be delivered.
        """
        number = self._sent + 1
        name = self.folder / "inbox" / f"{number:04d}.json"
        try:
            write_whole(name, {"number": number, "kind": kind, "text": text, "by": by, "at": at})
            name.chmod(0o644)
        except OSError as error:
            raise SupervisorError(
                f"the instruction could not be delivered: {error.strerror}",
                code="supervisor.undelivered",
                hint="the run goes on; `remit stop` does not need its mail",
            ) from error
        self._sent = number
        self._open.add(number)
        return number

    @property
    def waiting(self) -> bool:
        """Whether an instruction was sent that the agent has not acknowledged."""
        return bool(self._open)

    def acknowledged(self) -> tuple[tuple[int, dict[str, object]], ...]:
        """Instructions the agent acknowledged since the last look, with what it wrote."""
        found = []
        for number in sorted(self._open):
            claim = self.claim(f"ack-{number:04d}.json")
            if claim is not None:
                self._open.discard(number)
                found.append((number, claim))
        return tuple(found)

    def claim(self, name: str) -> dict[str, object] | None:
        """A JSON object the agent left in its outbox under that name; ``None`` when there is none worth reading."""
        try:
            outbox = os.open(self.folder / "outbox", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            data = _read_plain(outbox, name)
        finally:
            os.close(outbox)
        try:
            value = None if data is None else json.loads(data, parse_constant=_refuse)
            json.dumps(value, allow_nan=False)  # 1e999 reads as infinite and cannot be written down
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) and _depth(value) <= _DEEPEST else None


@dataclass(slots=True, kw_only=True)
class Receipts:
    """Clients that wait for the agent to acknowledge an instruction, and until when (monotonic clock, seconds)."""

    _waiting: dict[int, tuple[Callable[[Mapping[str, object]], None], float, dict[str, object]]] = field(
        default_factory=dict
    )

    def wait(
        self, number: int, send: Callable[[Mapping[str, object]], None], *, until: float, facts: dict[str, object]
    ) -> None:
        """Let a client wait; ``send`` answers it with ``facts`` and the claim."""
        self._waiting[number] = (send, until, facts)

    def give(self, number: int, claim: Mapping[str, object] | None) -> None:
        """Answer whoever waits for an instruction to be acknowledged; ``None``: it was not."""
        if (waiting := self._waiting.pop(number, None)) is not None:
            send, _, facts = waiting
            send({"ok": True, **facts, "instruction": number, "acknowledged": claim})

    def expire(self, now: float) -> None:
        """Answer those whose time is over."""
        for number in [number for number, (_, until, _) in self._waiting.items() if until <= now]:
            self.give(number, None)

    def deadline(self) -> float | None:
        """When the next time is over."""
        return min((until for _, until, _ in self._waiting.values()), default=None)


def _read_plain(folder: int, name: str) -> bytes | None:
    """The bytes of a small plain file; a link, a pipe, a device or a large file is not read."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            return None
        return os.read(file, _LARGEST)
    except OSError:
        return None
    finally:
        os.close(file)


def _refuse(constant: str) -> None:
    """Refuse what JSON has no word for: NaN and the infinities."""
    raise ValueError(f"`{constant}` is no JSON value")


def _depth(value: object, so_far: int = 0) -> int:
    """How deep a value is nested; counting ends one past the deepest that is allowed."""
    if so_far > _DEEPEST or not isinstance(value, dict | list):
        return so_far
    parts = value.values() if isinstance(value, dict) else value
    return max((_depth(part, so_far + 1) for part in parts), default=so_far + 1)
