"""The tables questions and answers are kept in, and the statements that change them; each inside one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from remit.guard.approvals.answer import Answer
from remit.guard.approvals.request import Request

__all__ = [
    "TABLES",
    "answers_of",
    "close",
    "forget",
    "insert",
    "is_agent",
    "keep",
    "open_requests",
    "request_of",
    "seen",
    "state_of",
]

TABLES = (
    """CREATE TABLE requests (id TEXT PRIMARY KEY, run TEXT NOT NULL, agent TEXT NOT NULL, principal TEXT NOT NULL,
    call TEXT NOT NULL, tool TEXT NOT NULL, shown BLOB NOT NULL, charter TEXT NOT NULL, overseers TEXT NOT NULL,
    effects TEXT NOT NULL, because TEXT NOT NULL, said TEXT NOT NULL, digest TEXT NOT NULL, asked REAL NOT NULL,
    expires REAL NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', closed REAL)""",
    "CREATE INDEX waiting ON requests (expires) WHERE state = 'waiting'",
    """CREATE TABLE answers (request TEXT NOT NULL REFERENCES requests (id), "by" TEXT NOT NULL, agree INTEGER NOT NULL,
    at TEXT NOT NULL, looked REAL NOT NULL, took REAL NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    signature BLOB NOT NULL, heard REAL NOT NULL, PRIMARY KEY (request, "by")) WITHOUT ROWID""",
    """CREATE TABLE bypasses (id INTEGER PRIMARY KEY, "by" TEXT NOT NULL, run TEXT NOT NULL, charter TEXT NOT NULL,
    reason TEXT NOT NULL, since REAL NOT NULL, until REAL NOT NULL, key TEXT NOT NULL, signature BLOB NOT NULL)""",
    "CREATE TABLE moments (id INTEGER PRIMARY KEY CHECK (id = 1), seen REAL NOT NULL)",
)
"""``moments`` holds the latest moment anybody acted at: what expired before it stays expired."""

_COLUMNS = (
    "id, run, agent, principal, call, tool, shown, charter, overseers, effects, because, said, asked, expires, digest"
)


def seen(rows: sqlite3.Connection, moment: float, *, write: bool = True) -> float:
    """The moment that counts: now, or the latest one anybody acted at where that was later."""
    row = rows.execute("SELECT seen FROM moments").fetchone()
    now = moment if row is None else max(moment, float(row[0]))
    if write:
        rows.execute("INSERT INTO moments (id, seen) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET seen = ?", (now, now))
    return now


def insert(rows: sqlite3.Connection, request: Request, asked: float, expires: float) -> None:
    """Keep a new question; raises ``sqlite3.IntegrityError`` for an id that is taken."""
    lists = [json.dumps(list(part)) for part in (request.overseers, request.effects, request.because)]
    rows.execute(
        f"INSERT INTO requests ({_COLUMNS}, state) VALUES ({', '.join('?' * 15)}, 'waiting')",  # noqa: S608 - constants
        (
            *(request.id, request.run, request.agent, request.principal, request.call, request.tool),
            *(request.shown, request.charter, *lists, request.said, asked, expires, request.digest),
        ),
    )


def request_of(rows: sqlite3.Connection, request_id: str) -> Request | None:
    """The question of that id."""
    row = rows.execute(f"SELECT {_COLUMNS} FROM requests WHERE id = ?", (request_id,)).fetchone()  # noqa: S608
    return None if row is None else _request(row)


def open_requests(rows: sqlite3.Connection, moment: float) -> tuple[Request, ...]:
    """Every question that waits and has not expired, the oldest first."""
    found = rows.execute(
        f"SELECT {_COLUMNS} FROM requests WHERE state = 'waiting' AND expires > ? ORDER BY asked, id",  # noqa: S608
        (moment,),
    )
    return tuple(_request(row) for row in found.fetchall())


def is_agent(rows: sqlite3.Connection, name: str) -> bool:
    """Whether an agent of that name has asked anything on this host."""
    found = rows.execute("SELECT 1 FROM requests WHERE agent = ? OR principal = ? LIMIT 1", (name, name))
    return found.fetchone() is not None


def forget(rows: sqlite3.Connection, before: float) -> None:
    """Drop the questions that were over by then, with their answers; the ledger keeps what was approved."""
    rows.execute("DELETE FROM answers WHERE request IN (SELECT id FROM requests WHERE expires < ?)", (before,))
    rows.execute("DELETE FROM requests WHERE expires < ?", (before,))


def state_of(rows: sqlite3.Connection, request_id: str) -> tuple[str, str] | None:
    """The state that was written down for a question, and why."""
    row = rows.execute("SELECT state, why FROM requests WHERE id = ?", (request_id,)).fetchone()
    return None if row is None else (str(row[0]), str(row[1]))


def close(rows: sqlite3.Connection, request_ids: Iterable[str], state: str, why: str, moment: float) -> int:
    """Write down how questions that wait ended; how many there were."""
    values = [(state, why, moment, request_id) for request_id in request_ids]
    statement = "UPDATE requests SET state = ?, why = ?, closed = ? WHERE id = ? AND state = 'waiting'"
    return rows.executemany(statement, values).rowcount if values else 0


def keep(rows: sqlite3.Connection, answer: Answer, *, took: float, moment: float) -> None:
    """Keep an answer; raises ``sqlite3.IntegrityError`` where that overseer answered before."""
    rows.execute(
        'INSERT INTO answers (request, "by", agree, at, looked, took, key, digest, signature, heard)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(answer.request, answer.by, int(answer.agree), answer.at.isoformat(), answer.looked, took),
            *(answer.key, answer.digest, answer.signature, moment),
        ),
    )


def answers_of(rows: sqlite3.Connection, request_id: str) -> tuple[Answer, ...]:
    """The answers to a question, in the order they came."""
    found = rows.execute(
        'SELECT request, digest, "by", agree, at, looked, signature, key FROM answers WHERE request = ? ORDER BY heard',
        (request_id,),
    )
    return tuple(
        Answer(
            request=row[0],
            digest=row[1],
            by=row[2],
            agree=bool(row[3]),
            at=datetime.fromisoformat(row[4]),
            looked=row[5],
            signature=row[6],
            key=row[7],
        )
        for row in found.fetchall()
    )


def _request(row: tuple[object, ...]) -> Request:
    """A question as it was kept."""
    request_id, run, agent, principal, call, tool, shown, charter, overseers, effects, because, said, asked, ends, _ = (
        row
    )
    return Request(
        id=str(request_id),
        run=str(run),
        agent=str(agent),
        principal=str(principal),
        call=str(call),
        tool=str(tool),
        shown=bytes(shown) if isinstance(shown, bytes) else b"",
        charter=str(charter),
        overseers=tuple(json.loads(str(overseers))),
        effects=tuple(json.loads(str(effects))),
        because=tuple(json.loads(str(because))),
        said=str(said),
        asked_at=datetime.fromtimestamp(float(str(asked)), UTC),
        expires_at=datetime.fromtimestamp(float(str(ends)), UTC),
    )
