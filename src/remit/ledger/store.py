"""The ledger on one host: a SQLite file that several threads and processes append to, each entry durable first."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from remit.clock import Clock, SystemClock
from remit.errors import LedgerUnavailableError
from remit.ledger.checkpoint import stated
from remit.ledger.database import FAULTS, begin, connect, connect_reading, explain, is_full
from remit.ledger.entry import Entry
from remit.ledger.group import Draft, Group
from remit.ledger.redaction import Redaction
from remit.ledger.room import Presence, Reserve
from remit.ledger.rows import Appender, Rows, damaged
from remit.ledger.tree import consistency_proof, inclusion_proof

__all__ = ["Ledger", "count_entries", "read_checkpoints", "read_entries"]


class Ledger:
    """An open ledger (a ``remit.ledger.protocol.Store`` and a ``remit.recorder.Recorder``).

    Safe to use from several threads, from several processes on one file, and after a fork: the child opens the file
    anew. No thread is started.
    """

    def __init__(self, path: Path, *, clock: Clock, redaction: Redaction, create: bool) -> None:
        """Open the file; callers use ``Ledger.open``."""
        self.path = path
        self._clock = clock
        self._redaction = redaction
        self._reserve = Reserve.beside(path)
        self._left: list[object] = []  # a parent's connections: closing them here would drop its locks
        self._closed = False
        self._open(create=create)

    @classmethod
    def open(
        cls, path: Path, *, clock: Clock | None = None, redaction: Redaction | None = None, create: bool = True
    ) -> Ledger:
        """Open the ledger at ``path``, or make it (mode 0600) where ``create`` allows; checks its tail.

        ``redaction`` is applied to facts before anything is hashed or written. Raises ``LedgerUnavailableError`` when
        the file cannot be used and ``TamperedError`` when its tail is not what was recorded.
        """
        return cls(path, clock=clock or SystemClock(), redaction=redaction or Redaction(), create=create)

    # --- appending --------------------------------------------------------------------------------------------------

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Append an entry, wait until the disk has it, and return its number."""
        return self._writers().wait(self._draft(kind, facts))

    def entry(self, kind: str, facts: Mapping[str, object], *, monotonic: float | None = None) -> dict[str, object]:
        """Append an entry and return it whole; ``monotonic`` is when it happened, where that was before now."""
        draft = self._draft(kind, facts, monotonic)
        return draft.document(self._writers().wait(draft))

    def submit(self, kind: str, facts: Mapping[str, object]) -> Future[int]:
        """Append an entry; the future has its number once the disk has it.

        Returns at once while somebody else is committing; otherwise this call commits (there is no other thread).
        """
        return self._writers().submit(self._draft(kind, facts))

    def reconcile(self, intents: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Settle intents nobody will settle any more: an entry ``reconciled`` with ``result: unknown`` for each.

        ``None`` means every unsettled intent, where no other process (and nobody else in this one) has the ledger
        open; where somebody has, nothing is settled, for those calls may be under way. Returns their numbers.
        """
        self._writers()
        connection = connect(self.path, create=False)
        try:
            begin(connection)
            waiting = [entry.number for entry in Rows(connection, self.path).unsettled()]
            if intents is None:
                chosen = waiting if self._presence.alone() else []
            else:
                chosen = [number for number in waiting if number in set(intents)]
            drafts = [self._draft("reconciled", {"intent": number, "result": "unknown"}) for number in chosen]
            for draft in drafts:
                self._stamp(draft)
            Appender(connection, self.path).append(drafts)
            connection.execute("COMMIT")
        except (OSError, *FAULTS) as error:
            raise explain(error, self.path) from error
        finally:
            connection.close()
        return tuple(chosen)

    def keep_checkpoint(self, size: int, note: str) -> None:
        """Keep a signed checkpoint in the file, where ``verify`` finds it."""
        self._write("INSERT OR REPLACE INTO checkpoints VALUES (?, ?)", (size, note))

    def forget_salts(self, numbers: Sequence[int]) -> None:
        """Destroy the salts of entries: what was redacted there can never be shown or guessed again."""
        self._write("DELETE FROM salts WHERE entry = ?", *[(number,) for number in numbers], shrink=True)

    # --- reading ----------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many entries there are, those of other processes too."""
        with self._reading() as rows:
            return rows.last()[0]

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from number ``start`` up to, not including, ``stop`` (``None``: to the end), as they are read."""
        return read_entries(self.path, start, stop)

    def root(self, size: int | None = None) -> bytes:
        """The RFC 6962 root over the first ``size`` entries (``None``: over all)."""
        with self._reading() as rows:
            return rows.frontier(_within(size, rows.last()[0])).root()

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """The proof that entry ``number`` is among the first ``size`` entries; ``ValueError`` when it is not."""
        with self._reading() as rows:
            last = rows.last()[0]
            return inclusion_proof(number - 1, _within(size, last), rows.node)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the first ``old`` entries begin the first ``new``; ``ValueError`` when they cannot."""
        with self._reading() as rows:
            return consistency_proof(old, _within(new, rows.last()[0]), rows.node)

    def unsettled(self) -> tuple[Entry, ...]:
        """The intents whose outcome is not on record, in order; it reads the whole ledger."""
        with self._reading() as rows:
            return rows.unsettled()

    def salts(self, number: int) -> dict[str, bytes]:
        """The salts of an entry by the digests they belong to: whoever gets one can check what was redacted there."""
        with self._reading() as rows:
            return rows.salts(number)

    def checkpoints(self) -> tuple[str, ...]:
        """The signed checkpoints kept in the file, oldest first."""
        return read_checkpoints(self.path)

    # --- ending -----------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Give the reserve of room back, for what must be written although the disk is full."""
        self._reserve.release()

    def close(self) -> None:
        """Settle what was submitted, close the file and give the reserve back; appending raises from then on."""
        if self._closed or self._pid != os.getpid():
            return
        self._closed = True
        self._group.close()
        with self._lock:
            self._reader.close()
        self._connection.close()  # the last writer to go takes the write-ahead log along
        self._presence.close()
        self.release()

    def __enter__(self) -> Self:
        """The ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    # --- within -----------------------------------------------------------------------------------------------------

    def _open(self, *, create: bool) -> None:
        """Open the connections of this process, and check what is there."""
        self._pid = os.getpid()
        connection = connect(self.path, create=create)
        try:
            _check(connection, self.path)
            self._presence = Presence(self.path)
            self._reserve.take()
            self._reader = connect_reading(self.path)
        except (OSError, *FAULTS) as error:
            connection.close()
            raise explain(error, self.path) from error
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._appender = Appender(connection, self.path)
        self._group = Group(self._commit, self._stamp)
        self._lock = threading.Lock()

    def _writers(self) -> Group:
        """The writers of this process; a fork gets its own."""
        if self._pid != os.getpid():
            self._left += [self._connection, self._reader, self._presence]
            self._closed = False
            self._open(create=False)
        return self._group

    def _draft(self, kind: str, facts: Mapping[str, object], monotonic: float | None = None) -> Draft:
        """What is to be recorded, redacted and spelled."""
        return Draft.of(kind, facts, monotonic, self._redaction)

    def _stamp(self, draft: Draft) -> None:
        """Say when it was."""
        draft.stamp(self._clock)

    def _commit(self, drafts: Sequence[Draft]) -> Sequence[int]:
        """Make drafts durable; a full disk gets the reserve, once."""
        try:
            return self._appender.commit(drafts)
        except FAULTS as error:
            if not (is_full(error) and self._reserve.release()):
                raise explain(error, self.path) from error
        try:
            return self._appender.commit(drafts)
        except FAULTS as error:
            raise explain(error, self.path) from error

    def _write(self, statement: str, *rows: tuple[object, ...], shrink: bool = False) -> None:
        """Change what is kept beside the entries."""
        self._writers()
        connection = connect(self.path, create=False)
        try:
            begin(connection)
            connection.executemany(statement, rows)
            connection.execute("COMMIT")
            if shrink:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except FAULTS as error:
            raise explain(error, self.path) from error
        finally:
            connection.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Rows]:
        """One look at the file."""
        self._writers()
        with self._lock:
            try:
                if self._closed:
                    raise LedgerUnavailableError("the ledger is closed", code="ledger.unavailable.closed")
                yield Rows(self._reader, self.path)
            except FAULTS as error:
                raise explain(error, self.path) from error


def read_entries(path: Path, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
    """The entries of a ledger, read without writing to it, also while others append.

    Raises ``LedgerUnavailableError`` for a file that cannot be read, ``TamperedError``, with the entry's number, for
    one that is not what was recorded. It reads what is there; only ``verify`` finds what is not there any more.
    """
    connection = connect_reading(path)
    try:
        yield from Rows(connection, path).entries(start, stop)
    except FAULTS as error:
        raise explain(error, path) from error
    finally:
        connection.close()


def count_entries(path: Path) -> int:
    """How many entries a ledger has; raises as ``read_entries``."""
    connection = connect_reading(path)
    try:
        return Rows(connection, path).last()[0]
    except FAULTS as error:
        raise explain(error, path) from error
    finally:
        connection.close()


def read_checkpoints(path: Path) -> tuple[str, ...]:
    """The signed checkpoints kept in a ledger's file, oldest first; raises as ``read_entries``."""
    connection = connect_reading(path)
    try:
        return tuple(str(note) for (note,) in connection.execute("SELECT note FROM checkpoints ORDER BY size"))
    except FAULTS as error:
        raise explain(error, path) from error
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Check the tail of a ledger, and that it still is what its last checkpoint says."""
    rows = Rows(connection, path)
    size = rows.check_tail()
    row = connection.execute("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    if row is None:
        return
    said = stated(str(row[0]))
    if said.size > size:
        raise damaged(size + 1, f"is missing: a checkpoint speaks of {said.size} entries", "truncated", path)
    if rows.frontier(said.size).root() != said.root:
        raise damaged(said.size, "or one before it is not what a checkpoint says", "root", path)


def _within(size: int | None, last: int) -> int:
    """A size that exists."""
    if size is not None and size > last:
        raise ValueError(f"the ledger has {last} entries, not {size}")
    return last if size is None else size
