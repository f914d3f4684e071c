"""The rows of a ledger's file: reading entries and whole nodes back, appending drafts in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from remit.errors import TamperedError
from remit.ledger.database import begin
from remit.ledger.entry import SETTLING, Entry, read_entry, spell_entry
from remit.ledger.group import Draft
from remit.ledger.tree import Frontier, leaf_hash, peaks

__all__ = ["Appender", "Questions", "Rows", "damaged"]

_PAGE = 512
_DIGEST = 32


class Questions(Protocol):
    """What rows are read through: a connection to the file, or whatever answers the same questions."""

    def execute(self, question: str, values: Sequence[Any] = (), /) -> Any:
        """The answer, as a cursor."""
        ...


class Rows:
    """A ledger's file, read through one connection."""

    def __init__(self, connection: Questions, path: Path | str) -> None:
        self._connection = connection
        self._path = path

    def last(self) -> tuple[int, bytes]:
        """The number of the last entry and its ``tree``; 0 and nothing where there is none."""
        row = self._connection.execute("SELECT number, tree FROM entries ORDER BY number DESC LIMIT 1").fetchone()
        return (0, b"") if row is None else (int(row[0]), row[1])

    def tree(self, number: int) -> bytes:
        """The digests kept with an entry; raises ``TamperedError`` where they are not as many as they must be."""
        row = self._connection.execute("SELECT tree FROM entries WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise damaged(number, "is missing", "deleted", self._path)
        if not isinstance(row[0], bytes) or len(row[0]) != _DIGEST * (_completed(number) + 1):
            raise damaged(number, "has not the digests it was recorded with", "tree", self._path)
        return row[0]

    def node(self, level: int, index: int) -> bytes:
        """A whole node of the tree, kept with the entry that completed it."""
        return self.tree((index + 1) << level)[_DIGEST * level : _DIGEST * (level + 1)]

    def frontier(self, size: int) -> Frontier:
        """The frontier of the tree over the first ``size`` entries."""
        return Frontier(size=size, digests=[self.node(level, index) for level, index in peaks(size)])

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from ``start`` to before ``stop``, each compared with its leaf digest; no lock is held."""
        number = max(start, 1)
        query = "SELECT number, body, tree FROM entries WHERE number >= ? ORDER BY number LIMIT ?"
        while stop is None or number < stop:
            most = _PAGE if stop is None else min(_PAGE, stop - number)
            rows = self._connection.execute(query, (number, most)).fetchall()
            if not rows:
                return
            for found, body, tree in rows:
                if found != number:
                    raise damaged(number, "is missing", "deleted", self._path)
                if not isinstance(body, bytes) or not isinstance(tree, bytes):
                    raise damaged(number, "has not the form of an entry", "edited", self._path)
                entry = read_entry(number, body, where=self._path)
                if entry.leaf != tree[:_DIGEST]:
                    raise damaged(number, "is not what was recorded", "edited", self._path)
                yield entry
                number += 1

    def salts(self, number: int) -> dict[str, bytes]:
        """The salts of an entry that were not destroyed, by their digests."""
        return dict(self._connection.execute("SELECT digest, salt FROM salts WHERE entry = ?", (number,)).fetchall())

    def unsettled(self) -> tuple[Entry, ...]:
        """The intents that nothing later settles, in order; only what could settle one is read whole."""
        waiting: dict[int, bytes] = {}
        try:
            for number, body in self._connection.execute("SELECT number, body FROM entries ORDER BY number"):
                kind = _kind(body)
                if kind == "intent":
                    waiting[number] = body
                elif kind in SETTLING and isinstance(intent := json.loads(body)["facts"].get("intent"), int):
                    waiting.pop(intent, None)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            list(self.entries())  # it raises for the entry that is none
            raise damaged(0, "or another cannot be read", "edited", self._path) from error
        return tuple(read_entry(number, body, where=self._path) for number, body in waiting.items())

    def check_tail(self) -> int:
        """Check the last entry against the tree before it; return its number. Raises ``TamperedError``."""
        number, tree = self.last()
        if number:
            entry = next(self.entries(number, number + 1))
            if self.frontier(number - 1).append(entry.leaf) != tree:
                raise damaged(number, "does not continue what is before it", "tree", self._path)
        return number


class Appender:
    """Appends drafts through one connection, and notices when what it appended to is gone."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._rows = Rows(connection, path)
        self._inode = _inode(path)
        self._head = (0, b"")
        self._frontier = Frontier()

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Append drafts inside a transaction that somebody else begins and ends; return their numbers."""
        frontier = self._current()
        rows, salts, numbers = [], [], []
        tree = self._head[1]
        for draft in drafts:
            number = frontier.size + 1
            body = spell_entry(number, draft.at, draft.monotonic, draft.kind, draft.facts)
            tree = frontier.append(leaf_hash(body))
            rows.append((number, body, tree))
            numbers.append(number)
            salts += [(number, digest, salt) for digest, salt in draft.salts.items()]
        self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
        if salts:
            self._connection.executemany("INSERT INTO salts VALUES (?, ?, ?)", salts)
        self._head, self._frontier = (frontier.size, tree), frontier
        return numbers

    def commit(self, drafts: Sequence[Draft]) -> list[int]:
        """Append drafts in a transaction of their own; when it returns, the disk has them."""
        before = self._head, self._frontier
        try:
            begin(self._connection)
            numbers = self.append(drafts)
            self._connection.execute("COMMIT")
        except BaseException:
            self._head, self._frontier = before
            if self._connection.in_transaction:
                self._connection.rollback()
            raise
        return numbers

    def _current(self) -> Frontier:
        """A frontier to append to: the one known, or that of the file when another process appended meanwhile."""
        if _inode(self._path) != self._inode:
            raise TamperedError(
                "the file of the ledger was replaced while it was open", code="ledger.tampered.file", where=self._path
            )
        head, known = self._rows.last(), self._head
        if head == known:
            return Frontier(size=self._frontier.size, digests=list(self._frontier.digests))
        if head[0] <= known[0]:
            raise damaged(head[0] + (head[0] < known[0]), "was there and is not any more", "truncated", self._path)
        if known[0] and self._rows.tree(known[0]) != known[1]:
            raise damaged(known[0], "is not what was recorded", "edited", self._path)
        return self._rows.frontier(head[0])


def damaged(number: int, what: str, code: str, path: Path | str) -> TamperedError:
    """The error for an entry that is not as it was recorded."""
    return TamperedError(
        f"entry {number} {what}",
        code=f"ledger.tampered.{code}",
        hint="`remit log verify` says what else was changed",
        where=f"{path}:{number}",
    )


def _kind(body: bytes) -> str:
    """The kind in a spelling: after the facts come only the kind and two numbers."""
    start = body.rindex(b',"kind":"') + 9
    return body[start : body.index(b'"', start)].decode()


def _completed(number: int) -> int:
    """How many whole nodes above its leaf an entry completes."""
    return (number & -number).bit_length() - 1


def _inode(path: Path) -> tuple[int, int]:
    """Which file a path leads to; nothing where it leads to none."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)
