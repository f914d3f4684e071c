"""The escape hatch: an overseer's signed word that a run need not ask them for a while. Unsafe, and kept as such."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from remit.digest import canonical_json
from remit.guard.approvals.identity import Overseers
from remit.guard.approvals.request import Request

__all__ = ["LONGEST", "Bypass", "end", "in_force", "keep"]

LONGEST = 3600.0
"""The longest time asking may be switched off for, in seconds."""

_KIND = "remit.bypass/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass:
    """An overseer who is not asked: in one ``run`` under one ``charter``, from ``since`` until ``until`` (seconds)."""

    by: str
    run: str
    charter: str
    reason: str
    since: float
    until: float
    signature: bytes = b""
    key: str = ""

    def statement(self) -> bytes:
        """The canonical JSON that is signed."""
        span = {"since": round(self.since, 6), "until": round(self.until, 6)}
        said = {"by": self.by, "charter": self.charter, "kind": _KIND, "reason": self.reason, "run": self.run}
        return canonical_json({**said, **span})

    def facts(self) -> Mapping[str, object]:
        """What the ledger's entry ``bypassed`` keeps of it."""
        signature = b64encode(self.signature).decode("ascii")
        statement = self.statement().decode("utf-8")
        said = {"by": self.by, "reason": self.reason, "key": self.key, "signature": signature, "statement": statement}
        return {**said, "since": self.since, "until": self.until}


def keep(rows: sqlite3.Connection, bypass: Bypass) -> None:
    """Write a bypass down."""
    rows.execute(
        'INSERT INTO bypasses ("by", run, charter, reason, since, until, key, signature)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(bypass.by, bypass.run, bypass.charter, bypass.reason),
            *(bypass.since, bypass.until, bypass.key, bypass.signature),
        ),
    )


def end(rows: sqlite3.Connection, before: float, run: str | None) -> None:
    """End the bypasses of a run (``None``: of every run) that were switched on until then."""
    rows.execute("DELETE FROM bypasses WHERE since <= ? AND (? IS NULL OR run = ?)", (before, run, run))


def in_force(
    rows: sqlite3.Connection, overseers: Overseers, request: Request, names: Collection[str], now: float
) -> tuple[Bypass, ...]:
    """The bypasses of these overseers that cover a question now, at most one each; only signed ones count.

    One that was switched on after the question was asked covers it too.
    """
    found = rows.execute(
        'SELECT "by", run, charter, reason, since, until, signature, key FROM bypasses'
        " WHERE run = ? AND charter = ? AND since <= ? AND until > ? ORDER BY until DESC",
        (request.run, request.charter, now, now),
    ).fetchall()
    held: dict[str, Bypass] = {}
    for by, run, charter, reason, since, until, signature, key in found:
        bypass = Bypass(
            by=by, run=run, charter=charter, reason=reason, since=since, until=until, signature=signature, key=key
        )
        if by in names and until - since <= LONGEST:
            public = overseers.find(by)
            if public is not None and public.verifies(bypass.statement(), signature):
                held.setdefault(by, bypass)
    return tuple(held.values())
