"""Verifying a ledger in PostgreSQL: its rows are laid before the very same steps a file goes through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from remit.errors import TamperedError
from remit.ledger.entry import SETTLING
from remit.ledger.postgres_link import Connection, Link, Place, place_of
from remit.ledger.postgres_rows import columns_of
from remit.ledger.postgres_tables import check_tables
from remit.ledger.scan import Fault
from remit.ledger.verification import Verification, broken, examine, public_key_of

if TYPE_CHECKING:
    from remit.ledger.signing import PublicKey

__all__ = ["verify_database"]

_PATIENCE = 60.0
_TAIL = 200  # what follows the facts in a spelling is shorter


def verify_database(
    url: str, *, anchors: Iterable[str] = (), public_key: PublicKey | str | None = None, thorough: bool = False
) -> Verification:
    """Verify a ledger in one snapshot of its database, also while others append; as ``verification.verify``.

    Beyond the steps of a file, the columns ``kind`` and ``intent`` must repeat what the entries say.
    """
    key, place = public_key_of(public_key), place_of(url)
    link = Link(place, patience=_PATIENCE, greet=lambda _connection: None)
    try:
        with link.use() as connection:
            connection.execute("begin isolation level repeatable read read only")
            check_tables(connection, place)
            asked = _Asked(connection, place)
            found = examine(asked, place.shown, tuple(anchors), key, thorough=thorough)
            connection.execute("rollback")
            return asked.with_columns(found)
    except TamperedError as error:
        return broken(error)
    finally:
        link.drop()


class _Asked:
    """A database that answers the questions of ``verification``, which are written for SQLite."""

    def __init__(self, connection: Connection, place: Place) -> None:
        self._connection = connection
        self._place = place
        self._faults: list[Fault] = []
        path = sql.SQL("set local search_path = {}, pg_catalog").format(sql.Identifier(place.schema))
        connection.execute(path)

    def execute(self, question: str, values: Sequence[object] = ()) -> Any:
        """Ask; every entry is read through a cursor of the server, a part at a time."""
        if question.startswith("PRAGMA integrity_check"):
            question = "SELECT 'ok'"  # the server checks its pages itself as it reads them
        if "body, tree FROM entries ORDER BY number" in question:
            return self._entries()
        return self._connection.execute(question.replace("?", "%s").encode(), values or None, binary=True)

    def with_columns(self, found: Verification) -> Verification:
        """A verification with what is wrong with the columns added."""
        if not self._faults:
            return found
        faults = sorted([*found.faults, *self._faults], key=lambda fault: (fault.number, fault.step))
        return Verification(
            size=found.size, root=found.root, faults=tuple(faults), signed=0, anchored=0, unproved=found.unproved
        )

    def _entries(self) -> _Parts:
        """Every entry, in order."""
        cursor = self._connection.cursor("entries", binary=True)
        cursor.execute("select number, body, tree, kind, intent from entries order by number")
        return _Parts(cursor, self._faults)


class _Parts:
    """Rows of entries, a part at a time, whose columns are compared with their bodies on the way."""

    def __init__(self, cursor: psycopg.ServerCursor[Any], faults: list[Fault]) -> None:
        self._cursor = cursor
        self._faults = faults

    def fetchmany(self, count: int) -> list[tuple[int, bytes, bytes]]:
        """The next rows, at most ``count``."""
        rows = self._cursor.fetchmany(count)
        if not rows:
            self._cursor.close()
        self._faults += self._compared(rows)
        return [(number, bytes(body), bytes(tree)) for number, body, tree, _, _ in rows]

    def _compared(self, rows: list[Any]) -> Iterator[Fault]:
        """A fault for each row whose columns say something else than its body."""
        for number, body, _, kind, intent in rows:
            tail = bytes(body[-_TAIL:])
            plain = kind not in SETTLING and intent is None and b'"kind":"%b","monotonic":' % kind.encode() in tail
            if not plain and columns_of(number, bytes(body)) != (kind, intent) and len(self._faults) < 100:
                what = f"the columns of entry {number} do not say what the entry says"
                yield Fault(step=1, number=number, code="ledger.tampered.edited", what=what)
