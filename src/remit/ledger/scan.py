"""Reading every row of a ledger once, as fast as its digests can be taken, and saying at which entry it is wrong."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from remit.errors import LedgerError, TamperedError
from remit.ledger.entry import check_kind, read_entry
from remit.ledger.rows import Questions
from remit.ledger.tree import Frontier

__all__ = ["Fault", "Scan"]

_CHUNK = 4096  # a power of two, so that a whole chunk is one node of the tree
_DIGEST = 32
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as it was recorded.

    ``step`` is that of spec/ledger.md; ``number`` the entry, or the first of a range that ends at ``upto`` where only
    a range can be told (0: the file as a whole).
    """

    step: int
    number: int
    code: str
    what: str
    upto: int = 0


Row = tuple[object, object, object]


class Scan:
    """One pass over the rows of a ledger; ``size`` and ``first`` (the first leaf) are known once it is over.

    At most ``_MOST`` faults are told: a file that is wrong everywhere is not told apart further.
    """

    def __init__(self, connection: Questions, *, thorough: bool = False) -> None:
        self._connection = connection
        self._thorough = thorough
        self._upper = Frontier()
        self._tree_lost = False
        self._faults: list[Fault] = []
        self.size = 0
        self.first = b""

    def entries(self) -> list[Fault]:
        """Steps 2 to 5, and 9 where it is thorough."""
        self._faults = []
        try:
            self._chunks()
        except sqlite3.DatabaseError as error:
            self._unreadable(error)
        return self._faults

    def _chunks(self) -> None:
        """Read the rows, chunk by chunk."""
        cursor = self._connection.execute("SELECT number, body, tree FROM entries ORDER BY number")
        while rows := cursor.fetchmany(_CHUNK):
            if self._tree_lost or not self._quick(rows):
                self._slow(rows)
            if self._thorough:
                self._spellings(rows)
            if not self.first and isinstance(rows[0][2], bytes):
                self.first = rows[0][2][:_DIGEST]
            if len(self._faults) >= _MOST:
                self.size = max(self.size, *[int(number) for (number,) in self._last()])
                break

    def _unreadable(self, error: sqlite3.DatabaseError) -> None:
        """Find the first row of a chunk that SQLite cannot read."""
        with contextlib.suppress(sqlite3.DatabaseError):
            query = "SELECT number, body, tree FROM entries WHERE number = ?"
            for number in range(self.size + 1, self.size + _CHUNK + 1):
                if self._connection.execute(query, (number,)).fetchone() is None:
                    break
                self.size = number
        missing = self.size + 1
        what = f"entry {missing} cannot be read: {' '.join(str(error).split())}"
        self._faults.append(Fault(step=1, number=missing, code="ledger.tampered.file", what=what))

    def salts(self) -> list[Fault]:
        """Step 6: each salt is 32 bytes, and the entry it belongs to shows its digest."""
        faults = []
        query = "SELECT s.entry, s.digest, s.salt, e.body FROM salts s LEFT JOIN entries e ON e.number = s.entry"
        for number, digest, salt, body in self._connection.execute(query):
            whole = isinstance(salt, bytes) and len(salt) == _DIGEST and isinstance(body, bytes)
            if not whole or str(digest).encode() not in body:
                what = f"a salt of entry {number} belongs to nothing that was redacted there"
                faults.append(Fault(step=6, number=int(number), code="ledger.tampered.salt", what=what))
        return faults[:_MOST]

    def _last(self) -> list[tuple[int]]:
        """The number of the last row."""
        return list(self._connection.execute("SELECT max(number) FROM entries").fetchall())

    def _quick(self, rows: Sequence[Row]) -> bool:
        """Check a chunk as a whole; false when something, whatever it is, is wrong with it."""
        numbers, bodies, trees = zip(*rows, strict=True)
        start = self.size + 1
        if numbers != tuple(range(start, start + len(rows))):
            return False
        try:
            leaves = [sha256(b"\x00" + body).digest() for body in bodies]
            tails = [body.endswith(b',"number":%d}' % number) for number, body in zip(numbers, bodies, strict=True)]
        except (TypeError, AttributeError):
            return False
        upper = Frontier(size=self._upper.size, digests=list(self._upper.digests))
        if not all(tails) or tuple(_digests(leaves, upper)) != trees:
            return False
        self._upper = upper
        self.size += len(rows)
        return True

    def _slow(self, rows: Sequence[Row]) -> None:
        """Find the rows of a chunk something is wrong with."""
        stored: list[bytes] = []
        start = self.size + 1
        for number, body, tree in rows:
            if not isinstance(number, int) or number != self.size + 1:
                self._missing(number)
            self.size = int(str(number))
            self._row(self.size, body, tree)
            stored.append(tree if isinstance(tree, bytes) else b"")
        if self._tree_lost:
            return
        expected = _digests([tree[:_DIGEST] for tree in stored], self._upper)
        for number, (tree, wanted) in enumerate(zip(stored, expected, strict=True), start=start):
            if tree != wanted and len(self._faults) < _MOST:
                what = f"the nodes kept with entry {number} are not those of the digests before it"
                self._faults.append(Fault(step=5, number=number, code="ledger.tampered.tree", what=what))

    def _missing(self, number: object) -> None:
        """A gap before a row: nothing is known of the tree from there on."""
        missing = self.size + 1
        what = f"entry {missing} is missing: the next one is {number}"
        self._faults.append(Fault(step=2, number=missing, code="ledger.tampered.deleted", what=what))
        self._tree_lost = True

    def _row(self, number: int, body: object, tree: object) -> None:
        """Check one row by itself."""
        if len(self._faults) >= _MOST:
            return
        if not isinstance(body, bytes) or not isinstance(tree, bytes) or len(tree) < _DIGEST:
            what = f"entry {number} has not the form of an entry"
            self._faults.append(Fault(step=3, number=number, code="ledger.tampered.edited", what=what))
        elif sha256(b"\x00" + body).digest() != tree[:_DIGEST]:
            what = f"entry {number} is not what was recorded"
            self._faults.append(Fault(step=3, number=number, code="ledger.tampered.edited", what=what))
        elif not body.endswith(b',"number":%d}' % number):
            what = f"entry {number} is another entry that was put in its place"
            self._faults.append(Fault(step=4, number=number, code="ledger.tampered.moved", what=what))

    def _spellings(self, rows: Sequence[Row]) -> None:
        """Step 9: read each spelling and spell it again."""
        for number, body, _ in rows:
            if not isinstance(number, int) or not isinstance(body, bytes) or len(self._faults) >= _MOST:
                continue
            try:
                entry = read_entry(number, body)
                if "unwritable" not in entry.facts:
                    check_kind(entry.kind, entry.facts)
                said = "" if entry.spelled() == body else "is not spelled canonically"
            except (LedgerError, TamperedError, ValueError, TypeError, RecursionError) as error:
                said = str(getattr(error, "message", "")) or "cannot be read"
            if said and not any(fault.number == number for fault in self._faults):
                what = f"entry {number}: {said}"
                self._faults.append(Fault(step=9, number=number, code="ledger.tampered.spelling", what=what))


def _digests(leaves: list[bytes], upper: Frontier) -> Iterator[bytes]:
    """What must be kept with each entry of a chunk: its leaf, and the whole nodes it completes, lowest first.

    ``upper`` holds the chunks before, each as one leaf; a whole chunk is appended to it.
    """
    kept = list(leaves)
    level, step = leaves, 1
    while len(level) > 1:
        level = [sha256(b"\x01%b%b" % pair).digest() for pair in zip(level[::2], level[1::2], strict=False)]
        step *= 2
        for position, node in zip(range(step - 1, len(kept), step), level, strict=False):
            kept[position] += node
    if len(leaves) == _CHUNK:
        kept[-1] += upper.append(level[0])[_DIGEST:]
    return iter(kept)
