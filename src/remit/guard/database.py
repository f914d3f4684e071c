"""One small SQLite file of the guard's own: private, shared by every process of the host, safe against ``kill -9``.

A write is one transaction that takes the file's write lock before it reads (``BEGIN IMMEDIATE``), so that what it read
still holds when it writes. The file is in WAL mode: a process that is killed leaves either all of a transaction or
nothing of it. ``durable`` adds what a power cut asks for (``synchronous=FULL``: a wait for the disk per transaction).
"""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from remit.errors import RemitError

__all__ = ["Database"]

_PATIENCE = 5.0  # seconds another process may keep the write lock before this one gives up
_AGAIN = 0.005  # seconds between two tries to open a file somebody else is just making
_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF")


class Database:
    """A connection to one file, usable from several threads, and made anew in a process that was forked.

    ``tables`` are the statements that make its tables where they are missing and ``version`` is the number of that
    form: a file of another form is not touched. Whatever goes wrong is raised as what ``unavailable`` makes of the
    reason, an error that refuses. Who forgets to close it has it closed when nobody refers to it any more.
    """

    def __init__(
        self,
        path: Path,
        *,
        tables: Sequence[str],
        version: int,
        unavailable: Callable[[str], RemitError],
        durable: bool = False,
        patience: float = _PATIENCE,
    ) -> None:
        """Open the file, readable by its owner only, and make it where there is none."""
        self.path = path
        self._tables = tuple(tables)
        self._version = version
        self._unavailable = unavailable
        self._durable = durable
        self._patience = patience
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._settled = -math.inf
        with self._said():
            self._make()
            self._connection = self._connect()
            self._prepare()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Read and write in one step: all of it happens, or, where an exception leaves the block, none of it."""
        with self._lock, self._said():
            connection = self._own()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read only: each statement sees the file as it stands at one moment, and waits for no writer."""
        with self._lock, self._said():
            yield self._own()

    def settle(self, *, every: float) -> None:
        """Wait for the disk to have what was committed so far, where the last wait is ``every`` seconds ago or more.

        What a power cut can take from a file that is not ``durable`` is what was committed since. A disk that cannot
        be waited for is not waited for: nothing that was committed is undone by it.
        """
        if self._durable or time.monotonic() - self._settled < every:
            return
        self._settled = time.monotonic()
        with contextlib.suppress(OSError):  # SQLite's locks lie on other files, so closing this one drops none
            file = os.open(self.path.with_name(f"{self.path.name}-wal"), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fdatasync(file)
            finally:
                os.close(file)

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        with self._lock, self._said():
            if self._process == os.getpid():
                self._close()

    def _own(self) -> sqlite3.Connection:
        """The connection of this process: one that was forked must not use its parent's."""
        if self._process != os.getpid():
            self._abandoned = self._connection  # kept: closing it here would drop the locks its owner holds
            self._process = os.getpid()
            self._close.detach()
            self._connection = self._connect()
        return self._connection

    def _make(self) -> None:
        """Make the folder and the file, closed to everybody else; the files beside it take its mode."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(self.path, flags, 0o600))

    def _connect(self) -> sqlite3.Connection:
        """A new connection with the settings of this file."""
        connection = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        self._close = weakref.finalize(self, connection.close)
        self._close.atexit = False
        until = time.monotonic() + self._patience
        for setting in (*_SETTINGS, f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}"):
            while not _done(connection, setting, last=time.monotonic() > until):
                time.sleep(_AGAIN)
        return connection

    def _prepare(self) -> None:
        """Make the tables of a new file; refuse a file of another form."""
        with self.transaction() as rows:
            found = rows.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, self._version):
                raise self._unavailable(
                    f"`{self.path}` has form {found}, and this version of remit knows {self._version}"
                )
            for table in self._tables if found == 0 else ():
                rows.execute(table)
            rows.execute(f"PRAGMA user_version={self._version}")

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Say what the library or the system said in the words of whoever owns the file."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self._unavailable(f"`{self.path}` cannot be used: {reason.lower()}") from error


def _done(connection: sqlite3.Connection, setting: str, *, last: bool) -> bool:
    """Whether a setting was made; a file that another process is just turning to WAL is busy, and SQLite does not wait.

    Raises ``sqlite3.Error`` for whatever else is wrong, and for that too where this was the ``last`` time.
    """
    try:
        connection.execute(setting)
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
