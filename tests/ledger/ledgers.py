"""Small ledgers for the tests: filled, copied, changed behind their back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from remit.ledger.store import Ledger

Row = tuple[int, bytes, bytes]


def filled(path: Path, entries: int) -> Path:
    """A closed ledger with as many entries, intents and outcomes in turn."""
    with Ledger.open(path) as ledger:
        for number in range(1, entries + 1):
            if number % 2:
                ledger.record("intent", {"call": {"tool": "mail.send", "args": {"to": f"a{number}@acme.example"}}})
            else:
                ledger.record("outcome", {"intent": number - 1, "result": "performed"})
    return path


def changed(original: Path, copy: Path, change: Callable[[sqlite3.Connection], object]) -> Path:
    """A copy of a closed ledger that somebody changed with SQL."""
    shutil.copy(original, copy)
    connection = sqlite3.connect(copy, isolation_level=None)
    change(connection)
    connection.close()
    return copy


def rows_of(path: Path) -> list[Row]:
    """The rows as they lie in the file."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT number, body, tree FROM entries ORDER BY number").fetchall()
    connection.close()
    return rows
