"""The rows of a ledger in PostgreSQL: reading entries and whole nodes back, appending drafts in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from remit.errors import TamperedError
from remit.ledger.entry import SETTLING, Entry, read_entry, spell_entry
from remit.ledger.group import Draft
from remit.ledger.postgres_link import Place
from remit.ledger.tree import Frontier, leaf_hash, peaks

__all__ = ["Batch", "Rows", "columns_of", "lock_for_writing"]

_PAGE = 1000
_DIGEST = 32
Connection = psycopg.Connection[Any]


class Rows:
    """A ledger's tables, read through one connection."""

    def __init__(self, connection: Connection, place: Place) -> None:
        self._connection = connection
        self._place = place

    def last(self) -> tuple[int, bytes]:
        """The number of the last entry and its ``tree``; 0 and nothing where there is none."""
        row = self._ask("select number, tree from {} order by number desc limit 1").fetchone()
        return (0, b"") if row is None else (int(row[0]), bytes(row[1]))

    def tree(self, number: int) -> bytes:
        """The digests kept with an entry; raises ``TamperedError`` where they are not as many as they must be."""
        row = self._ask("select tree from {} where number = %s", (number,)).fetchone()
        if row is None:
            raise self.damaged(number, "is missing", "deleted")
        return self._whole(number, bytes(row[0]))

    def node(self, level: int, index: int) -> bytes:
        """A whole node of the tree, kept with the entry that completed it."""
        return self.tree((index + 1) << level)[_DIGEST * level : _DIGEST * (level + 1)]

    def frontier(self, size: int) -> Frontier:
        """The frontier of the tree over the first ``size`` entries, in one question."""
        wanted = [(level, (index + 1) << level) for level, index in peaks(size)]
        rows = self._ask("select number, tree from {} where number = any(%s)", ([number for _, number in wanted],))
        trees = {int(number): self._whole(int(number), bytes(tree)) for number, tree in rows}
        for _, number in wanted:
            if number not in trees:
                raise self.damaged(number, "is missing", "deleted")
        digests = [trees[number][_DIGEST * level : _DIGEST * (level + 1)] for level, number in wanted]
        return Frontier(size=size, digests=digests)

    def page(self, number: int, stop: int | None) -> list[Entry]:
        """The next entries from ``number`` on, each compared with its leaf digest and its columns."""
        most = _PAGE if stop is None else min(_PAGE, stop - number)
        query = "select number, body, tree, kind, intent from {} where number >= %s order by number limit %s"
        return list(self._read(self._ask(query, (number, most)).fetchall(), number))

    def unsettled(self) -> tuple[Entry, ...]:
        """The intents that nothing settles, in order."""
        rows = self._ask(
            "select number, body, tree, kind, intent from {0} as opened where kind = 'intent' and not exists"
            " (select from {0} as later where later.intent = opened.number and later.kind = any(%s)) order by number",
            (sorted(SETTLING),),
        )
        return tuple(next(self._read([row], int(row[0]))) for row in rows.fetchall())

    def kept(self, batch: Batch) -> bool:
        """Whether a batch whose commit nobody heard of is in the ledger: its first entry stands where it was put."""
        row = self._ask("select body from {} where number = %s", (batch.first,)).fetchone()
        return row is not None and bytes(row[0]) == batch.bodies[0]

    def check_tail(self) -> int:
        """Check the last entry against the tree before it; return its number. Raises ``TamperedError``."""
        number, tree = self.last()
        if number:
            [entry] = self.page(number, number + 1)
            if self.frontier(number - 1).append(entry.leaf) != tree:
                raise self.damaged(number, "does not continue what is before it", "tree")
        return number

    def damaged(self, number: int, what: str, code: str) -> TamperedError:
        """The error for an entry that is not as it was recorded."""
        return TamperedError(
            f"entry {number} {what}",
            code=f"ledger.tampered.{code}",
            hint="`remit log verify` says what else was changed",
            where=f"{self._place.shown}:{number}",
        )

    def _read(self, rows: Sequence[tuple[Any, ...]], number: int) -> Iterator[Entry]:
        """Entries out of rows that must count on from ``number``."""
        for found, body, tree, kind, intent in rows:
            if found != number:
                raise self.damaged(number, "is missing", "deleted")
            entry = read_entry(number, bytes(body), where=f"{self._place.shown}:{number}")
            if entry.leaf != bytes(tree)[:_DIGEST] or (kind, intent) != (entry.kind, _settled(entry.kind, entry.facts)):
                raise self.damaged(number, "is not what was recorded", "edited")
            yield entry
            number += 1

    def _whole(self, number: int, tree: bytes) -> bytes:
        """The digests of an entry, if they are as many as it completes."""
        if len(tree) != _DIGEST * (number & -number).bit_length():
            raise self.damaged(number, "has not the digests it was recorded with", "tree")
        return tree

    def _ask(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """Ask about the entries."""
        table = sql.Identifier(self._place.schema, "entries")
        return self._connection.execute(sql.SQL(query).format(table), values, binary=True)


@dataclass(slots=True, kw_only=True)
class Batch:
    """Drafts with the numbers they were given after ``frontier``, ready to be inserted.

    ``head`` is the last of them, as ``Rows.last`` would give it.
    """

    drafts: Sequence[Draft]
    frontier: Frontier
    first: int = field(init=False)
    bodies: list[bytes] = field(default_factory=list)
    trees: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Number, spell and hash every draft; the frontier grows with them."""
        self.first = self.frontier.size + 1
        for draft in self.drafts:
            body = spell_entry(self.frontier.size + 1, draft.at, draft.monotonic, draft.kind, draft.facts)
            self.bodies.append(body)
            self.trees.append(self.frontier.append(leaf_hash(body)))

    @property
    def numbers(self) -> list[int]:
        """The numbers of the drafts, in order."""
        return list(range(self.first, self.first + len(self.bodies)))

    @property
    def head(self) -> tuple[int, bytes]:
        """The number and the tree of the last draft."""
        return self.frontier.size, self.trees[-1]

    def insert(self, connection: Connection, place: Place) -> None:
        """Insert every draft, inside a transaction that somebody else begins and ends."""
        kinds = [draft.kind for draft in self.drafts]
        intents = [
            _settled(draft.kind, read_entry(number, body).facts) if draft.kind in SETTLING else None
            for number, body, draft in zip(self.numbers, self.bodies, self.drafts, strict=True)
        ]
        connection.execute(
            sql.SQL(
                "insert into {} select * from unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::text[], %s::bigint[])"
            ).format(sql.Identifier(place.schema, "entries")),
            (self.numbers, self.bodies, self.trees, kinds, intents),
        )
        salts = [
            (number, digest, salt)
            for number, draft in zip(self.numbers, self.drafts, strict=True)
            for digest, salt in draft.salts.items()
        ]
        if salts:
            connection.execute(
                sql.SQL("insert into {} select * from unnest(%s::bigint[], %s::text[], %s::bytea[])").format(
                    sql.Identifier(place.schema, "salts")
                ),
                tuple(map(list, zip(*salts, strict=True))),
            )


def lock_for_writing(connection: Connection, place: Place) -> tuple[int, bytes]:
    """Begin a transaction nobody else can append in, and give the number and the tree of the last entry.

    It waits for whoever appends, and the lock goes with the transaction. Each statement sees what was committed before
    it; all three are asked at once, so that a distant server costs one round trip.
    """
    asked = sql.SQL(
        "begin isolation level read committed read write;"
        " select pg_advisory_xact_lock(hashtextextended({lock}, 0));"
        " select number, tree from {entries} order by number desc limit 1"
    ).format(lock=sql.Literal(f"remit ledger {place.schema}"), entries=sql.Identifier(place.schema, "entries"))
    cursor = connection.execute(asked)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return (0, b"") if row is None else (int(row[0]), bytes(row[1]))


def columns_of(number: int, body: bytes) -> tuple[str, int | None]:
    """What the columns ``kind`` and ``intent`` of an entry must hold; nothing that can be where it is no entry."""
    try:
        entry = read_entry(number, body)
    except TamperedError:
        return "", None
    return entry.kind, _settled(entry.kind, entry.facts)


def _settled(kind: str, facts: Mapping[str, object]) -> int | None:
    """The intent an entry settles, as the column has it."""
    intent = facts.get("intent") if kind in SETTLING else None
    return intent if isinstance(intent, int) and not isinstance(intent, bool) and 0 < intent < 2**63 else None
