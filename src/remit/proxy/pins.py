"""Tools as they were when somebody last looked at them: pinned on first sight, and what has drifted since.

A tool is pinned by the digest of its name, its description and its input schema. A server that says something else
later is not believed: the new words are kept aside, for a person to look at, and calls of that tool wait until the
person accepts them. Pins are kept per agent and server in a file only its owner can read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remit.clock import Clock, SystemClock
from remit.errors import ProxyError

__all__ = ["Pin", "PinStore"]

_BUSY = 5.0  # seconds to wait for another process that writes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pins (
    agent TEXT NOT NULL, server TEXT NOT NULL, tool TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pinned', 'drifted')),
    digest TEXT NOT NULL, document TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (agent, server, tool, state)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A tool as it is pinned, or as it has drifted to.

    ``state`` is ``pinned`` or ``drifted``; ``document`` is what the server said of it; ``since`` is UTC (ISO 8601).
    """

    agent: str
    server: str
    tool: str
    state: str
    digest: str
    document: Mapping[str, object]
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinStore:
    """The pins of every agent and server, in one file; safe from several processes at once.

    Every method raises ``ProxyError`` (code ``proxy.error.pins``) when the file cannot be used.
    """

    path: Path
    clock: Clock = field(default_factory=SystemClock)

    def see(self, agent: str, server: str, tool: str, digest: str, document: Mapping[str, object]) -> tuple[Pin, bool]:
        """The pin of a tool, made of what is seen now where there is none; and whether it was made just now.

        What differs from the pin is kept beside it as drifted, the latest of it.
        """
        row = (agent, server, tool)
        with self._open() as database:
            known = self._read(database, row, "pinned")
            if known is None:
                self._write(database, row, "pinned", digest, document)
            elif known.digest != digest:
                drifted = self._read(database, row, "drifted")
                if drifted is None or drifted.digest != digest:
                    self._write(database, row, "drifted", digest, document)
            found = known or self._read(database, row, "pinned")
        if found is None:
            raise _unusable(self.path, "a pin that was just written is not there")
        return found, known is None

    def accept(self, agent: str, server: str, tool: str) -> Pin | None:
        """Let the drifted form of a tool be its pin from now on; ``None`` when nothing has drifted."""
        row = (agent, server, tool)
        with self._open() as database:
            drifted = self._read(database, row, "drifted")
            if drifted is None:
                return None
            self._write(database, row, "pinned", drifted.digest, drifted.document)
            database.execute("DELETE FROM pins WHERE agent = ? AND server = ? AND tool = ? AND state = 'drifted'", row)
            return self._read(database, row, "pinned")

    def pins(self) -> tuple[Pin, ...]:
        """Every pin, and beside it what has drifted, by agent, server and tool; nothing when there is no file."""
        if not self.path.exists():
            return ()
        with self._open() as database:
            rows = database.execute("SELECT * FROM pins ORDER BY agent, server, tool, state DESC").fetchall()
        return tuple(_pin(row) for row in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the file, which is made when it is missing."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            database = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None)
        except (OSError, sqlite3.Error) as problem:
            raise _unusable(self.path, str(problem)) from problem
        try:
            database.execute(_SCHEMA)
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        except sqlite3.Error as problem:
            raise _unusable(self.path, str(problem)) from problem
        finally:
            database.close()

    def _read(self, database: sqlite3.Connection, row: tuple[str, str, str], state: str) -> Pin | None:
        """One pin."""
        found = database.execute(
            "SELECT * FROM pins WHERE agent = ? AND server = ? AND tool = ? AND state = ?", (*row, state)
        ).fetchone()
        return None if found is None else _pin(found)

    def _write(
        self,
        database: sqlite3.Connection,
        row: tuple[str, str, str],
        state: str,
        digest: str,
        document: Mapping[str, object],
    ) -> None:
        """Keep one pin."""
        values = (*row, state, digest, json.dumps(document), self.clock.now().isoformat())
        database.execute("INSERT OR REPLACE INTO pins VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def _pin(row: tuple[str, str, str, str, str, str, str]) -> Pin:
    """A row of the file."""
    agent, server, tool, state, digest, document, since = row
    return Pin(
        agent=agent,
        server=server,
        tool=tool,
        state=state,
        digest=digest,
        document=json.loads(document),
        since=since,
    )


def _unusable(path: Path, why: str) -> ProxyError:
    """The error of a file of pins that cannot be used."""
    return ProxyError(
        f"the pins in `{path}` cannot be used: {why.lower()}",
        code="proxy.error.pins",
        hint="nothing is called while nobody can tell what was pinned; move the file away to pin anew",
    )
