"""The SQLite file of a ledger: its tables, how it is opened, and what its faults mean."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from remit.errors import LedgerUnavailableError, RemitError, TamperedError
from remit.ledger.holding import holder_of

__all__ = ["FAULTS", "PATIENCE", "TABLES", "begin", "check_tables", "connect", "connect_reading", "explain", "is_full"]

PATIENCE = 30.0
"""How long, in seconds, a writer waits for other processes that write to the same file."""

FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second where it quotes a damaged schema that is no text any more."""

TABLES = {
    "entries": "CREATE TABLE entries (number INTEGER PRIMARY KEY, body BLOB NOT NULL, tree BLOB NOT NULL)",
    "salts": "CREATE TABLE salts (entry INTEGER NOT NULL, digest TEXT NOT NULL, salt BLOB NOT NULL)",
    "checkpoints": "CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL)",
}
"""The whole schema: ``tree`` is the leaf digest and those of the whole nodes the entry completes, lowest first."""

_APPLICATION = 0x724C4731  # "rLG1": what `file` and a curious reader can tell it by
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_MISMATCH})


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a ledger's file for appending, made for its owner only where it does not exist.

    Every commit is on the disk when it returns (WAL, ``synchronous=FULL``). Raises ``LedgerUnavailableError`` and
    ``TamperedError``.
    """
    try:
        made = _make(path, create=create)
        connection = _connect(path, "rw")
    except OSError as error:
        raise explain(error, path) from error
    except FAULTS as error:
        raise explain(error, path) from error
    try:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {setting}").fetchone()
        _prepare(connection, path)
        connection.execute("PRAGMA busy_timeout=0").fetchone()  # from here on `begin` waits
        if made:
            _sync_folder(path.parent)
    except (OSError, *FAULTS) as error:
        connection.close()
        raise explain(error, path) from error
    except RemitError:
        connection.close()
        raise
    return connection


def begin(connection: sqlite3.Connection) -> None:
    """Begin to write, after whoever writes now; raises what SQLite raises once ``PATIENCE`` is over.

    It asks twice a millisecond: SQLite's own waiting grows to a tenth of a second, and whoever waits so is overtaken
    again and again. No lock is waited for without an end, for its holder may be frozen.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.0005)
        else:
            return


def connect_reading(path: Path) -> sqlite3.Connection:
    """Open a ledger's file for reading, also while others write to it and where nothing can be written at all."""
    try:
        connection = _connect(path, "ro")
        try:
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError:
                if path.with_name(path.name + "-wal").exists() or not path.is_file():
                    raise
                connection.close()
                connection = _connect(path, "ro&immutable=1")  # a closed ledger in a folder that cannot be written
            check_tables(connection, path)
        except BaseException:
            connection.close()
            raise
    except FAULTS as error:
        raise explain(error, path) from error
    return connection


def check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Demand exactly the tables a ledger has, no trigger, no view, no index; raises ``TamperedError``."""
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master").fetchall())
    if found != TABLES:
        raise TamperedError(
            f"`{path.name}` does not have the tables of a ledger",
            code="ledger.tampered.tables",
            hint="it is no ledger, or somebody changed its schema",
            where=path,
        )


def is_full(error: Exception) -> bool:
    """Whether an error says that there is no room left."""
    return isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _FULL


def explain(error: Exception, path: Path) -> RemitError:
    """The error of remit for one of SQLite or of the system."""
    if isinstance(error, OSError):
        said = error.strerror or type(error).__name__
    elif isinstance(error, UnicodeDecodeError):
        said = "its schema is no text"
    else:
        said = " ".join(str(error).split()) or type(error).__name__
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if (
        code in _BROKEN
        or isinstance(error, UnicodeDecodeError)
        or "unsupported file format" in said
        or "malformed" in said
    ):
        return TamperedError(
            f"the ledger cannot be read: {said}",
            code="ledger.tampered.file",
            hint="the file was damaged or changed by something else than remit",
            where=path,
        )
    if code == sqlite3.SQLITE_BUSY:
        return _busy(path)
    if _is_read_only(path):
        said = f"{said} (its disk is mounted read-only)"
    return LedgerUnavailableError(
        f"the ledger cannot be used: {said}",
        hint="free space, or set XDG_STATE_HOME to a folder that can be written",
        where=path,
    )


def _busy(path: Path) -> LedgerUnavailableError:
    """The error of a writer that waited as long as it may for another one, with the name of that one."""
    holder = holder_of(path)
    return LedgerUnavailableError(
        f"the ledger cannot be used: {holder or 'another process'} has kept it locked for {PATIENCE:g} s",
        hint="see whether that process is stopped or waits for its disk: everybody who writes here waits for it",
        where=path,
    )


def _is_read_only(path: Path) -> bool:
    """Whether nothing can be written where a ledger lies."""
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _make(path: Path, *, create: bool) -> bool:
    """Make the file where there is none; true when it was made. Never opens a file that exists (POSIX locks)."""
    if path.is_symlink():
        raise OSError(0, "it is a symbolic link")
    if path.exists():
        return False
    if not create:
        raise OSError(0, "there is no such ledger")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:  # somebody else was quicker
        return False
    return True


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file; the schema is not trusted, pages are checked as they are read."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = _text
    try:
        for setting in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            connection.execute(f"PRAGMA {setting}").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _text(data: bytes) -> str:
    """Text as it lies in the file: what is no UTF-8 is found by whoever compares it, not by a failing read."""
    return data.decode("utf-8", errors="surrogateescape")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new ledger, demand those of an old one."""
    begin(connection)
    try:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            connection.execute(f"PRAGMA application_id={_APPLICATION}")
            for statement in TABLES.values():
                connection.execute(statement)
        check_tables(connection, path)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _sync_folder(folder: Path) -> None:
    """Make the file's name durable, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
