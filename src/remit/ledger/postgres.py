"""The ledger of a fleet: a PostgreSQL database that processes on many hosts append to, each entry durable first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.errors import Diagnostic

from remit.clock import Clock, SystemClock
from remit.errors import LedgerUnavailableError
from remit.ledger.checkpoint import stated
from remit.ledger.entry import Entry
from remit.ledger.group import Draft, Group
from remit.ledger.postgres_link import Link, place_of
from remit.ledger.postgres_rows import Batch, Rows, lock_for_writing
from remit.ledger.postgres_tables import check_tables, make_tables
from remit.ledger.redaction import Redaction
from remit.ledger.tree import Frontier, consistency_proof, inclusion_proof

__all__ = ["PostgresLedger"]

_PATIENCE = 10.0


class PostgresLedger:
    """An open ledger in PostgreSQL 14 or later (a ``remit.ledger.protocol.Store``).

    Entries, digests and proofs are byte for byte those of the ledger on one host. Safe to use from several threads,
    processes and hosts, and after a fork; no thread is started. An append takes an advisory lock, reads what others
    appended meanwhile, and returns after ``COMMIT`` with ``synchronous_commit`` on. A server that is gone raises
    ``LedgerUnavailableError`` and the next call tries to reach it again; one that does not answer does so after
    ``patience`` seconds. An entry whose writer heard ``LedgerUnavailableError`` may still be kept: the ledger then
    has an intent without an effect, never an effect without an intent.
    """

    def __init__(self, dsn: str, *, clock: Clock, redaction: Redaction, create: bool, patience: float) -> None:
        """Reach the database; callers use ``PostgresLedger.open``."""
        self.place = place_of(dsn)
        self._clock = clock
        self._redaction = redaction
        self._patience = patience
        self._left: list[object] = []  # a parent's connections: closing them here would end them for the parent
        self._closed = False
        self._begin()
        try:
            with self._reader.use() as connection:
                if create:
                    make_tables(connection, self.place)
                check_tables(connection, self.place)
                _check(Rows(connection, self.place), self._notes(connection))
        except BaseException:
            self._reader.drop()
            raise

    @classmethod
    def open(
        cls,
        dsn: str,
        *,
        clock: Clock | None = None,
        redaction: Redaction | None = None,
        create: bool = True,
        patience: float = _PATIENCE,
    ) -> PostgresLedger:
        """Open the ledger at ``postgresql://USER@HOST/DATABASE``, ``#NAME`` behind it for one of several.

        Makes its tables where they are missing and ``create`` allows. ``redaction`` is applied to facts before
        anything is hashed or sent; ``patience`` is how long, in seconds, one answer of the server may take. Raises
        ``LedgerUnavailableError`` when it cannot be used and ``TamperedError`` when its tail is not what was recorded.
        """
        return cls(
            dsn, clock=clock or SystemClock(), redaction=redaction or Redaction(), create=create, patience=patience
        )

    # --- appending --------------------------------------------------------------------------------------------------

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Append an entry, wait until the server has it on its disk, and return its number."""
        return self._writers().wait(self._draft(kind, facts))

    def entry(self, kind: str, facts: Mapping[str, object], *, monotonic: float | None = None) -> dict[str, object]:
        """Append an entry and return it whole; ``monotonic`` is when it happened, where that was before now."""
        draft = self._draft(kind, facts, monotonic)
        return draft.document(self._writers().wait(draft))

    def submit(self, kind: str, facts: Mapping[str, object]) -> Future[int]:
        """Append an entry; the future has its number once the server has it on its disk.

        Returns at once while somebody else is committing; otherwise this call commits (there is no other thread).
        """
        return self._writers().submit(self._draft(kind, facts))

    def reconcile(self, intents: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Settle intents nobody will settle any more: an entry ``reconciled`` with ``result: unknown`` for each.

        ``None`` means every unsettled intent, where no other process on any host is writing to the ledger; where
        somebody is, nothing is settled, for those calls may be under way. Returns their numbers.
        """
        self._writers()
        with self._writer.use() as connection:
            size, _ = lock_for_writing(connection, self.place)
            rows = Rows(connection, self.place)
            waiting = [entry.number for entry in rows.unsettled()]
            if intents is None:
                chosen = waiting if self._alone(connection) else []
            else:
                chosen = [number for number in waiting if number in set(intents)]
            drafts = [self._draft("reconciled", {"intent": number, "result": "unknown"}) for number in chosen]
            for draft in drafts:
                self._stamp(draft)
            if drafts:
                Batch(drafts=drafts, frontier=rows.frontier(size)).insert(connection, self.place)
            self._commit_now(connection)
        return tuple(chosen)

    def keep_checkpoint(self, size: int, note: str) -> None:
        """Keep a signed checkpoint beside the entries, where ``verify`` finds it; the first one of a size stays."""
        self._writers()
        with self._writer.use() as connection:
            table = sql.Identifier(self.place.schema, "checkpoints")
            connection.execute(
                sql.SQL("insert into {} values (%s, %s) on conflict do nothing").format(table), (size, note)
            )

    def forget_salts(self, numbers: Sequence[int]) -> None:
        """Destroy the salts of entries: what was redacted there can never be shown or guessed again.

        Only the owner of the tables may; old row versions go with the next ``vacuum``, copies of the server's log
        with its archive.
        """
        self._writers()
        with self._writer.use() as connection:
            table = sql.Identifier(self.place.schema, "salts")
            connection.execute(sql.SQL("delete from {} where entry = any(%s)").format(table), (list(numbers),))

    # --- reading ----------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many entries there are, those of other writers too."""
        with self._reading() as rows:
            return rows.last()[0]

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from number ``start`` up to, not including, ``stop`` (``None``: to the end), as they are read."""
        number = max(start, 1)
        while stop is None or number < stop:
            with self._reading() as rows:
                page = rows.page(number, stop)
            if not page:
                return
            yield from page
            number += len(page)

    def root(self, size: int | None = None) -> bytes:
        """The RFC 6962 root over the first ``size`` entries (``None``: over all)."""
        with self._reading() as rows:
            return rows.frontier(_within(size, rows.last()[0])).root()

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """The proof that entry ``number`` is among the first ``size`` entries; ``ValueError`` when it is not."""
        with self._reading() as rows:
            return inclusion_proof(number - 1, _within(size, rows.last()[0]), rows.node)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the first ``old`` entries begin the first ``new``; ``ValueError`` when they cannot."""
        with self._reading() as rows:
            return consistency_proof(old, _within(new, rows.last()[0]), rows.node)

    def unsettled(self) -> tuple[Entry, ...]:
        """The intents whose outcome is not on record, in order; an index finds them."""
        with self._reading() as rows:
            return rows.unsettled()

    def checkpoints(self) -> tuple[str, ...]:
        """The signed checkpoints kept beside the entries, oldest first."""
        self._writers()
        with self._reader.use() as connection:
            return self._notes(connection)

    # --- ending -----------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Do nothing: the room of the server's disk is not this ledger's to reserve."""

    def close(self) -> None:
        """Settle what was submitted and close the connections; appending raises from then on."""
        if self._closed or self._process != os.getpid():
            return
        self._closed = True
        self._group.close()
        self._writer.drop()
        self._reader.drop()

    def __enter__(self) -> Self:
        """The ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    # --- within -----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Make what this process has of its own; a connection is opened when it is needed."""
        self._process = os.getpid()
        self._writer = Link(self.place, patience=self._patience, greet=self._show_presence)
        self._reader = Link(self.place, patience=self._patience, greet=lambda _connection: None)
        self._group = Group(self._commit, self._stamp)
        self._head: tuple[int, bytes] = (0, b"")
        self._frontier = Frontier()
        self._tried: Batch | None = None

    def _writers(self) -> Group:
        """The writers of this process; a fork gets its own."""
        if self._process != os.getpid():
            self._left += [self._writer, self._reader]
            self._closed = False
            self._begin()
        return self._group

    def _draft(self, kind: str, facts: Mapping[str, object], monotonic: float | None = None) -> Draft:
        """What is to be recorded, redacted and spelled."""
        return Draft.of(kind, facts, monotonic, self._redaction)

    def _stamp(self, draft: Draft) -> None:
        """Say when it was."""
        draft.stamp(self._clock)

    def _commit(self, drafts: Sequence[Draft]) -> Sequence[int]:
        """Make drafts durable; a connection that was lost on the way is made again, once."""
        self._tried = None
        try:
            return self._append(drafts)
        except LedgerUnavailableError as error:
            if not _was_lost(error):
                raise
        return self._append(drafts)

    def _append(self, drafts: Sequence[Draft]) -> list[int]:
        """Append drafts in a transaction of their own, unless an earlier try turns out to have done so."""
        with self._writer.use() as connection:
            head = lock_for_writing(connection, self.place)
            rows = Rows(connection, self.place)
            before = self._tried
            if before is not None and rows.kept(before):
                connection.execute("rollback")
                return before.numbers
            batch = self._tried = Batch(drafts=drafts, frontier=self._current(rows, head))
            batch.insert(connection, self.place)
            self._commit_now(connection)
            self._head, self._frontier = batch.head, batch.frontier
            return batch.numbers

    def _commit_now(self, connection: psycopg.Connection[Any]) -> None:
        """Commit, and take nothing but a plain yes for one.

        A server that was told to stop waiting for its standby warns and says yes: that entry is not where it must be.
        """
        warnings: list[str] = []

        def heard(diagnostic: Diagnostic) -> None:
            warnings.append(str(diagnostic.message_primary))

        connection.add_notice_handler(heard)
        answer = connection.execute("commit").statusmessage
        connection.remove_notice_handler(heard)
        if answer != "COMMIT" or warnings:
            said = "; ".join(warnings) or f"the server answered {answer}"
            raise LedgerUnavailableError(
                f"the entry may not be durable: {said}", code="ledger.unavailable.commit", where=self.place.shown
            )

    def _current(self, rows: Rows, head: tuple[int, bytes]) -> Frontier:
        """A frontier to append to: the one known, or that of the tables when others appended meanwhile."""
        known = self._head
        if head == known:
            return Frontier(size=self._frontier.size, digests=list(self._frontier.digests))
        if head[0] <= known[0]:
            raise rows.damaged(head[0] + (head[0] < known[0]), "was there and is not any more", "truncated")
        if known[0] and rows.tree(known[0]) != known[1]:
            raise rows.damaged(known[0], "is not what was recorded", "edited")
        return rows.frontier(head[0])

    def _show_presence(self, connection: psycopg.Connection[Any]) -> None:
        """Let everybody see that somebody writes here; the server takes the sign down with the connection."""
        connection.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", (self._presence,))

    def _alone(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether nobody else writes here; asked while holding the lock for writing."""
        answer = connection.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (self._presence,))
        return answer.fetchone() == (True,)

    @property
    def _presence(self) -> str:
        """What the sign is called."""
        return f"remit presence {self.place.schema}"

    def _notes(self, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
        """The checkpoints, oldest first."""
        table = sql.Identifier(self.place.schema, "checkpoints")
        found = connection.execute(sql.SQL("select note from {} order by size").format(table))
        return tuple(str(note) for (note,) in found)

    @contextmanager
    def _reading(self) -> Iterator[Rows]:
        """One look at the tables."""
        self._writers()
        if self._closed:
            raise LedgerUnavailableError("the ledger is closed", code="ledger.unavailable.closed")
        with self._reader.use() as connection:
            yield Rows(connection, self.place)


def _was_lost(error: LedgerUnavailableError) -> bool:
    """Whether a connection that stood went away: one more try finds out what was kept."""
    return error.code == "ledger.unavailable.lost"


def _check(rows: Rows, notes: tuple[str, ...]) -> None:
    """Check the tail of a ledger, and that it still is what its last checkpoint says."""
    size = rows.check_tail()
    if not notes:
        return
    said = stated(notes[-1])
    if said.size > size:
        raise rows.damaged(size + 1, f"is missing: a checkpoint speaks of {said.size} entries", "truncated")
    if rows.frontier(said.size).root() != said.root:
        raise rows.damaged(said.size, "or one before it is not what a checkpoint says", "root")


def _within(size: int | None, last: int) -> int:
    """A size that exists."""
    if size is not None and size > last:
        raise ValueError(f"the ledger has {last} entries, not {size}")
    return last if size is None else size
