"""The tables budgets are counted in, and the few statements that change them; each runs inside one transaction.

``meters.used`` is always the sum of ``amount`` over the rows of ``spends`` that stand on the meter: a row is added when
an amount is reserved, its amount changes when the call is settled, and it goes once its window is over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from remit.errors import BudgetExhaustedError, RefusedError
from remit.guard.budgets.metering import WINDOWS, Meter, shown

__all__ = ["TABLES", "add", "count", "exhausted", "forget", "is_counted", "mark", "register", "settle", "spend", "take"]

TABLES = (
    """CREATE TABLE meters (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, run TEXT NOT NULL, name TEXT NOT NULL,
    unit TEXT NOT NULL, per TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0, seen REAL NOT NULL,
    started REAL NOT NULL, UNIQUE (owner, run, name, unit, per))""",
    """CREATE TABLE spends (run TEXT NOT NULL, call TEXT NOT NULL, meter INTEGER NOT NULL REFERENCES meters (id),
    amount INTEGER NOT NULL CHECK (amount >= 0), state TEXT NOT NULL, until REAL, holder TEXT NOT NULL,
    principal TEXT NOT NULL, PRIMARY KEY (run, call, meter)) WITHOUT ROWID""",
    "CREATE INDEX ending ON spends (meter, until) WHERE until IS NOT NULL",
    "CREATE INDEX held ON spends (holder) WHERE state = 'held'",
)
"""``seen`` is the latest moment anybody counted at: time that goes backwards stands still there."""

_METER = """SELECT used, max(seen, ?1), started, coalesce((SELECT sum(amount) FROM spends WHERE meter = meters.id
    AND until <= max(meters.seen, ?1)), 0) FROM meters WHERE id = ?2"""
_ROW = "INSERT INTO spends (run, call, meter, amount, state, until, holder, principal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SETTLE = "UPDATE spends SET state = ?, amount = ?, until = ? WHERE run = ? AND call = ? AND meter = ?"


def register(rows: sqlite3.Connection, meters: Sequence[Meter], moment: float) -> tuple[int, ...]:
    """The number of each meter in the file, made where it is new."""
    ids = []
    for meter in meters:
        values = (*meter.key, moment, moment)
        rows.execute(
            "INSERT OR IGNORE INTO meters (owner, run, name, unit, per, seen, started) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        found = rows.execute(
            "SELECT id FROM meters WHERE owner = ? AND run = ? AND name = ? AND unit = ? AND per = ?", meter.key
        )
        ids.append(int(found.fetchone()[0]))
    return tuple(ids)


def count(rows: sqlite3.Connection, meter: Meter, number: int, moment: float) -> tuple[int, int, float]:
    """What is used of a meter now, what of its sum is over, and the moment that counts there."""
    row = rows.execute(_METER, (moment, number)).fetchone()
    if row is None:
        raise BudgetExhaustedError(
            f"the budget `{meter.name}` is not in the file it was counted in",
            code="guard.budget-exhausted.unavailable",
            hint="open the budgets again",
        )
    used, now, started, over = row
    passed = int((now - started) * meter.factor) if meter.clock else 0
    return used - over + passed, over, now


def take(rows: sqlite3.Connection, meter: Meter, number: int, amount: int, moment: float) -> None:
    """Count an amount in a meter; raises ``BudgetExhaustedError`` where less is left."""
    used, over, now = count(rows, meter, number, moment)
    if used + amount > meter.most or (meter.clock and used >= meter.most):
        raise exhausted(meter, amount, max(0, meter.most - used))
    if over:
        rows.execute("DELETE FROM spends WHERE meter = ? AND until <= ?", (number, now))
    rows.execute("UPDATE meters SET used = used + ?, seen = ? WHERE id = ?", (amount - over, now, number))


def add(
    rows: sqlite3.Connection,
    number: int,
    amount: int,
    *,
    run: str,
    call: str,
    state: str,
    until: float | None = None,
    holder: str = "",
    principal: str = "",
) -> None:
    """Add the row of one call on one meter; raises ``BudgetExhaustedError`` for a call that has one."""
    try:
        rows.execute(_ROW, (run, call, number, amount, state, until, holder, principal))
    except sqlite3.IntegrityError as error:
        raise BudgetExhaustedError(
            f"the call `{call}` was counted before",
            code="guard.budget-exhausted.repeated",
            hint="a call that is tried again is a new call, with an id of its own",
        ) from error


def forget(rows: sqlite3.Connection, before: float) -> None:
    """Drop the runs nobody counted in since then; windows stay, and empty themselves."""
    old = [row[0] for row in rows.execute("SELECT id FROM meters WHERE run <> '' AND seen < ?", (before,)).fetchall()]
    rows.executemany("DELETE FROM spends WHERE meter = ?", [(number,) for number in old])
    rows.executemany("DELETE FROM meters WHERE id = ?", [(number,) for number in old])


def spend(
    rows: sqlite3.Connection, number: int, amount: int, *, run: str, call: str, state: str, at: float, moment: float
) -> bool:
    """Count what was spent already, however little is left; false where the call has a row or its window is over."""
    per = str(rows.execute("SELECT per FROM meters WHERE id = ?", (number,)).fetchone()[0])
    until = max(at, 0.0) + WINDOWS[per] if per in WINDOWS else None
    if is_counted(rows, number, call, run) or (until is not None and until <= moment):
        return False
    add(rows, number, amount, run=run, call=call, state=state, until=until)
    rows.execute("UPDATE meters SET used = used + ? WHERE id = ?", (amount, number))
    return True


def is_counted(rows: sqlite3.Connection, number: int, call: str, run: str | None) -> bool:
    """Whether a call of a run, with ``None`` of any run, has a row on a meter."""
    found = rows.execute(
        "SELECT 1 FROM spends WHERE call = ?1 AND meter = ?2 AND (?3 IS NULL OR run = ?3)", (call, number, run)
    )
    return found.fetchone() is not None


def settle(
    rows: sqlite3.Connection,
    number: int,
    *,
    run: str,
    call: str,
    state: str,
    amount: int | None,
    after: Sequence[str],
    moment: float,
) -> None:
    """Move a row to its next state, with another amount where one is given; ``after`` are the states it may leave.

    The window of what was spent runs from now. Raises ``RefusedError`` for a row in another state.
    """
    found = rows.execute(
        "SELECT s.amount, s.state, m.per, max(m.seen, ?) FROM spends s JOIN meters m ON m.id = s.meter"
        " WHERE s.run = ? AND s.call = ? AND s.meter = ?",
        (moment, run, call, number),
    ).fetchone()
    if found is None or found[1] not in after:
        raise RefusedError(
            f"the reservation of call `{call}` was settled before",
            code="guard.refused.settled",
            hint="a reservation is committed, released or doubted once",
        )
    held, _, per, now = found
    spent = held if amount is None else amount
    until = now + WINDOWS[per] if per in WINDOWS else None
    rows.execute(_SETTLE, (state, spent, until, run, call, number))
    rows.execute("UPDATE meters SET used = used + ?, seen = ? WHERE id = ?", (spent - held, now, number))


def mark(rows: sqlite3.Connection, holder: str, moment: float, live: frozenset[str]) -> tuple[str, ...]:
    """Turn what a process held into unknown, except for the calls in ``live``; the ids of those calls."""
    held = rows.execute("SELECT run, call, meter FROM spends WHERE holder = ? AND state = 'held'", (holder,)).fetchall()
    calls: dict[str, None] = {}
    for run, call, number in held:
        if call not in live:
            settle(rows, number, run=run, call=call, state="unknown", amount=None, after=("held",), moment=moment)
            calls[call] = None
    return tuple(calls)


def exhausted(meter: Meter, amount: int, left: int) -> BudgetExhaustedError:
    """The error that says what was asked for, what is left, and when more comes."""
    if meter.clock and amount == 0:
        what = f"the run has used up its time, {shown(meter, meter.most)}"
    else:
        per = f"in any {meter.per}" if meter.per in WINDOWS else f"per {meter.per}"
        most = f"{shown(meter, left)} of {shown(meter, meter.most)} {per} is left"
        what = f"the call needs {shown(meter, amount)} of the budget `{meter.name}`, and {most}"
    comes = f"wait: it comes back a {meter.per} later" if meter.per in WINDOWS else "ask for a larger budget"
    return BudgetExhaustedError(what, hint=f"spend less, or {comes}", where=meter.where)
