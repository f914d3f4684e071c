"""For tests of code that is guarded: a recorder that keeps entries in memory, and overseers who answer at once.

Nothing here is durable and nobody here is a person: not for agents that run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from remit.errors import LedgerUnavailableError, RefusedError
from remit.guard.approval import Approvals, Request

if TYPE_CHECKING:
    from remit.ledger.signing import SigningKey

__all__ = ["AnsweringOverseer", "Kept", "MemoryRecorder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An entry a memory recorder keeps."""

    number: int
    kind: str
    facts: Mapping[str, object]
    at: str = "2026-01-01T00:00:00+00:00"


@dataclass(slots=True)
class MemoryRecorder:
    """A recorder for tests: nothing survives the process.

    While ``broken`` is set it keeps nothing and raises ``LedgerUnavailableError``, as a ledger on a full disk does; a
    set of kinds breaks for these only.
    """

    broken: bool | frozenset[str] = False
    kept: list[Kept] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Keep an entry and return its number."""
        if self.broken is True or (isinstance(self.broken, frozenset) and kind in self.broken):
            raise LedgerUnavailableError("the ledger cannot be written: no space left", hint="free space")
        with self._lock:
            self.kept.append(Kept(number=len(self.kept) + 1, kind=kind, facts=dict(facts)))
            return len(self.kept)

    def unsettled(self) -> tuple[Kept, ...]:
        """The intents without an outcome."""
        settled = {entry.facts.get("intent") for entry in self.kept if entry.kind in ("outcome", "reconciled")}
        return tuple(entry for entry in self.kept if entry.kind == "intent" and entry.number not in settled)

    def kinds(self) -> list[str]:
        """The kinds of all entries, in order."""
        return [entry.kind for entry in self.kept]

    def of(self, kind: str) -> list[Mapping[str, object]]:
        """The facts of every entry of a kind, in order."""
        return [entry.facts for entry in self.kept if entry.kind == kind]


@dataclass(slots=True, kw_only=True)
class AnsweringOverseer:
    """Somebody who answers every question that is put to them as soon as they hear of it.

    ``keys`` are the private keys of those who answer, by name; ``agree`` says how each question is answered, ``None``
    leaves it open. ``seen`` collects the questions.
    """

    approvals: Approvals
    keys: Mapping[str, SigningKey]
    agree: Callable[[Request], bool | None] = lambda _request: True
    seen: list[Request] = field(default_factory=list)
    errors: list[RefusedError] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        """Answer for everybody whose key is there."""
        self.seen.append(request)
        agree = self.agree(request)
        for name in self._named(request.overseers):
            if agree is not None:
                try:
                    self.approvals.answer(request.id, name, agree, key=self.keys[name], digest=request.digest)
                except RefusedError as error:
                    self.errors.append(error)

    def _named(self, overseers: Sequence[str]) -> list[str]:
        """Those who were asked and can answer."""
        return [name for name in overseers if name in self.keys]
