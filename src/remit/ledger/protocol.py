"""What a ledger can do, wherever it is kept: the protocol behind SQLite on one host and PostgreSQL for a fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import Protocol, runtime_checkable

from remit.ledger.entry import Entry

__all__ = ["Store"]


@runtime_checkable
class Store(Protocol):
    """An append-only ledger with a Merkle tree over its entries (a ``remit.recorder.Recorder`` as well).

    Every method may be called from several threads. Raises ``LedgerUnavailableError`` where entries cannot be kept or
    read, ``TamperedError`` where they are not what was recorded.
    """

    @property
    def size(self) -> int:
        """How many entries there are."""
        ...

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Append an entry, wait until it is durable, and return its number, counted from 1."""
        ...

    def entry(self, kind: str, facts: Mapping[str, object], *, monotonic: float | None = None) -> dict[str, object]:
        """Append an entry, wait until it is durable, and return it whole, as ``Entry.document`` does.

        ``monotonic`` is when it happened, where that was before now.
        """
        ...

    def submit(self, kind: str, facts: Mapping[str, object]) -> Future[int]:
        """Append an entry; the future has its number once it is durable."""
        ...

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from number ``start`` up to, not including, ``stop`` (``None``: to the end)."""
        ...

    def root(self, size: int | None = None) -> bytes:
        """The RFC 6962 root over the first ``size`` entries (``None``: over all)."""
        ...

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """The proof that entry ``number`` is among the first ``size`` entries; ``ValueError`` when it is not."""
        ...

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the first ``old`` entries begin the first ``new``; ``ValueError`` when they cannot."""
        ...

    def unsettled(self) -> tuple[Entry, ...]:
        """The intents whose outcome is not on record, in order."""
        ...

    def reconcile(self, intents: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Settle intents as ``unknown`` with an entry ``reconciled`` each; return the numbers of those intents.

        ``None``: every unsettled intent, and only where nobody else has the ledger open.
        """
        ...

    def checkpoints(self) -> tuple[str, ...]:
        """The signed checkpoints kept in the ledger, oldest first."""
        ...

    def keep_checkpoint(self, size: int, note: str) -> None:
        """Keep a signed checkpoint in the ledger."""
        ...

    def release(self) -> None:
        """Give back the room kept in reserve, for what must be written although the disk is full."""
        ...

    def close(self) -> None:
        """Settle what was submitted and let go of the store; appending raises ``LedgerUnavailableError`` from then."""
        ...
