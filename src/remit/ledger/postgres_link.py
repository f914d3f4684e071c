"""The connection to a PostgreSQL server: every wait has an end, and what went wrong is said in remit's words."""

from __future__ import annotations

import os
import re
import select
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.waiting import Ready

from remit.errors import LedgerUnavailableError, RemitError, TamperedError

__all__ = ["Link", "Place", "explain", "place_of"]

Result = TypeVar("Result")
Connection = psycopg.Connection[Any]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_SETTINGS = {
    "synchronous_commit": "on",  # a commit that returned is on the disk, whatever the server's own setting is
    "search_path": "pg_catalog",  # no table of somebody else is taken for one of ours
    "bytea_output": "hex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a ledger is kept: how to reach the database, and the schema that holds its tables."""

    dsn: str
    schema: str

    @property
    def shown(self) -> str:
        """The place without a password, as messages show it."""
        parts = conninfo_to_dict(self.dsn)
        name = parts.get("dbname") or parts.get("user") or ""
        return f"postgresql://{parts.get('host') or 'localhost'}/{name}#{self.schema}"


def place_of(url: str) -> Place:
    """Read ``postgresql://HOST/DATABASE``, with ``#NAME`` behind it for one of several ledgers (default ``remit``).

    Raises ``LedgerUnavailableError`` for what is no address.
    """
    dsn, _, name = url.partition("#")
    schema = name or "remit"
    try:
        conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise LedgerUnavailableError(
            f"the address of the ledger cannot be read: {_first_line(error)}",
            code="ledger.unavailable.address",
            hint="write it as postgresql://USER@HOST/DATABASE",
        ) from None
    if not _NAME.match(schema) or schema.startswith("pg_"):
        raise LedgerUnavailableError(
            f"`{schema}` is no name for a ledger in a database",
            code="ledger.unavailable.name",
            hint="a lower-case letter, then letters, digits and `_`, at most 40 of them",
        )
    return Place(dsn=dsn, schema=schema)


class _Silent(psycopg.OperationalError):
    """Nothing was heard in time; unlike a connection that broke, this one is not tried again at once."""

    sqlstate = "REMIT"


class _Bounded(psycopg.Connection[Any]):
    """A connection that gives up when the server has not answered in time."""

    patience: float = 10.0

    def wait(self, gen: Generator[Any, Any, Result], *arguments: Any, **named: Any) -> Result:
        """Run an exchange with the server to its end, or raise ``OperationalError`` once patience is over."""
        return super().wait(_within(gen, monotonic() + self.patience), *arguments, **named)


def _within(exchange: Generator[Any, Any, Result], end: float) -> Generator[Any, Any, Result]:
    """The same exchange, ended by an error where it waits beyond a moment of the monotonic clock."""
    try:
        state = next(exchange)
        while True:
            ready = yield state
            if ready == Ready.NONE and monotonic() > end:
                exchange.close()
                raise _Silent("the server does not answer")
            state = exchange.send(ready)
    except StopIteration as done:
        result: Result = done.value
        return result


class Link:
    """A connection that is made when it is needed, made anew when it was lost, and never shared with a child process.

    ``patience`` bounds every answer of the server, in seconds. ``greet`` is called with each new connection.
    """

    def __init__(self, place: Place, *, patience: float, greet: Callable[[Connection], None]) -> None:
        self._place = place
        self._patience = patience
        self._greet = greet
        self._lock = threading.RLock()
        self._connection: _Bounded | None = None
        self._process = 0
        self._left: list[object] = []

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """The connection, for one thread at a time; one that failed is closed, the next use makes another.

        Raises ``LedgerUnavailableError`` and ``TamperedError`` for whatever the server or the network did.
        """
        with self._lock:
            connection = self._connected()
            try:
                yield connection
            except psycopg.Error as error:
                self.drop()
                raise explain(error, self._place) from error
            except BaseException:
                if connection.info.transaction_status != TransactionStatus.IDLE:
                    self.drop()  # an exchange that was left in the middle is not taken up again
                raise

    def drop(self) -> None:
        """Close the connection, if there is one of this process."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._process == os.getpid():
                with suppress(psycopg.Error):
                    connection.close()

    def _connected(self) -> Connection:
        """The open connection, or a new one."""
        connection = self._connection
        if connection is not None and self._process == os.getpid() and not _is_cut(connection):
            return connection
        if self._process not in (0, os.getpid()):
            self._left.append(connection)  # what was inherited belongs to the parent: it is left, not closed
        self._connection = None
        try:
            self._connection = connection = self._connect()
            self._process = os.getpid()
            self._greet(connection)
        except psycopg.Error as error:
            self.drop()
            found = explain(error, self._place)
            if found.code == "ledger.unavailable.lost":
                found.code = "ledger.unavailable.unreachable"
                found.hint = "start the server, or mend the address: host, database, user and password"
            raise found from error
        return connection

    def _connect(self) -> _Bounded:
        """Open a connection with the settings durability stands on."""
        whole = str(max(2, round(self._patience)))  # libpq takes whole seconds, and two at least
        given: dict[str, Any] = {
            "connect_timeout": whole,
            "application_name": "remit",
            "tcp_user_timeout": f"{whole}000",
            "keepalives_idle": whole,
            **conninfo_to_dict(self._place.dsn),
            "client_encoding": "UTF8",
        }
        connection = _Bounded.connect(make_conninfo(**given), autocommit=True, prepare_threshold=None)
        connection.patience = self._patience
        settings = {
            **_SETTINGS,
            "lock_timeout": f"{max(1, round(self._patience * 800))}ms",
            # a writer that stands still with the lock in its hand loses both, so that the others go on
            "idle_in_transaction_session_timeout": f"{max(1, round(self._patience * 1500))}ms",
        }
        names = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        connection.execute(f"select {names}".encode(), [word for pair in settings.items() for word in pair])
        return connection


def _is_cut(connection: Connection) -> bool:
    """Whether the server spoke unasked: to hang up, mostly (or of a changed setting: a new connection costs little)."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return False
    connection.close()
    return True


def explain(error: psycopg.Error, place: Place) -> RemitError:
    """The error of remit for one of the server, the network or the driver."""
    state = error.sqlstate or ""
    if state.startswith("XX0"):
        return TamperedError(
            f"the server cannot read the ledger: {_first_line(error)}",
            code="ledger.tampered.file",
            hint="its files are damaged: restore a copy, then `remit log verify` against an anchored checkpoint",
            where=place.shown,
        )
    code, hint = _ADVICE.get(state) or _ADVICE.get(state[:2]) or _ADVICE["other" if state else ""]
    return LedgerUnavailableError(
        f"the ledger cannot be used: {_first_line(error)}", code=code, hint=hint, where=place.shown
    )


_ADVICE = {
    "": ("ledger.unavailable.lost", "start the server, or wait until it is reached again"),
    "other": ("ledger.unavailable", "the log of the server says more"),
    "23": ("ledger.unavailable.lost", "something appends without taking the ledger's lock: see pg_stat_activity"),
    "08": ("ledger.unavailable.lost", "start the server, or wait until it is reached again"),
    "57": ("ledger.unavailable.lost", "the server was stopped, or is starting: try again"),
    "42501": ("ledger.unavailable.rights", "the role needs usage of the schema, and select and insert on its tables"),
    "3F000": ("ledger.unavailable.missing", "its owner makes the ledger: `remit log setup` prints the statements"),
    "42P01": ("ledger.unavailable.missing", "its owner makes the ledger: `remit log setup` prints the statements"),
    "25P03": ("ledger.unavailable.lost", "this host stood still in the middle of an append: try again"),
    "25006": ("ledger.unavailable.read-only", "this server is a standby: write the address of the primary"),
    "REMIT": ("ledger.unavailable.silent", "look at the server and the network between"),
    "53100": ("ledger.unavailable.full", "the disk of the server is full: free space there"),
    "55P03": ("ledger.unavailable.busy", "another writer holds the ledger: see pg_locks and pg_stat_activity"),
}


def _first_line(error: psycopg.Error) -> str:
    """What the server or the driver said, in one line."""
    said = error.diag.message_primary or str(error).strip().partition("\n\tIs the server")[0]
    for opening in ("connection is bad: ", "connection failed: "):
        said = said.removeprefix(opening)
    return " ".join(said.split())[:300] or type(error).__name__
