"""A real PostgreSQL server for the tests: made in a temporary folder, reached by a socket there, ended by its id.

``initdb`` refuses to run as root, so root hands the server to the account ``nobody``; the folder is closed to everybody
else, and the server listens on no port. Should the tests be killed, the kernel ends the server with them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from remit.errors import LedgerUnavailableError
from remit.ledger.postgres import PostgresLedger

ACCOUNT = "nobody"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "max_wal_size": "256MB",
    "logging_collector": "off",
    "restart_after_crash": "on",  # a backend that is killed takes the others with it; the server comes back
}


def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, the newest where there are several; ``None`` where there is none."""
    found = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if packaged:
        return packaged[-1].parent
    return Path(found).resolve().parent if found else None


def obstacle() -> str:
    """What keeps this host from starting a server, empty where nothing does."""
    if programs() is None:
        return "no PostgreSQL server is installed: scripts/system-packages tests"
    if shutil.which("setpriv") is None:
        return "setpriv is missing, which ends the server with the tests: scripts/system-packages tests"
    return ""


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One server: its folder (data and socket), and the process that was started last."""

    folder: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    _process: subprocess.Popen[bytes] | None = None
    _databases: int = 0

    def dsn(self, database: str = "postgres", user: str = "owner") -> str:
        """How a client reaches a database."""
        return f"postgresql:///{database}?host={self.folder}&user={user}"

    def make(self) -> None:
        """Make the data of a new server."""
        if os.getuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._do("initdb", "--auth=trust", "--username=owner", "--no-locale", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start the server and wait until it answers; after a crash it replays its log first."""
        words = [f"-c{name}={value}" for name, value in self.settings.items()]
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [*self._as_account("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        self._await_answer()

    def crash(self) -> None:
        """Kill every process of the server at once, as a power cut would end them."""
        assert self._process is not None
        family = [self._process.pid, *_children(self._process.pid)]
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait(timeout=60)
        end = time.monotonic() + 60
        while any(Path(f"/proc/{process}").exists() for process in family):
            if time.monotonic() > end:
                pytest.fail("a process of the server outlived SIGKILL")
            time.sleep(0.005)
        self._process = None

    def freeze(self, *, frozen: bool) -> None:
        """Let the whole server stand still, or go on."""
        assert self._process is not None
        for process in (self._process.pid, *_children(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP if frozen else signal.SIGCONT)

    def end(self) -> None:
        """End the server at once; nothing of it is kept."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=60)
            self._process = None

    def connect(self, database: str = "postgres", user: str = "owner") -> psycopg.Connection[tuple[object, ...]]:
        """A connection for the test itself, each statement its own transaction."""
        return psycopg.connect(self.dsn(database, user), autocommit=True, connect_timeout=60)

    def new_database(self) -> str:
        """Make a database nobody used yet and give its name."""
        self._databases += 1
        name = f"test_{self._databases}"
        with self.connect() as connection:
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
        return name

    def _await_answer(self) -> None:
        """Wait until the server answers; the test fails with its log when it does not."""
        end = time.monotonic() + 60
        while True:
            assert self._process is not None
            gone = self._process.poll() is not None
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return
            if gone or time.monotonic() > end:
                pytest.fail(f"the server does not answer: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def _do(self, program: str, *words: str) -> None:
        """Run one of the server's programs on its data."""
        command = [*self._as_account(program), "-D", str(self.folder / "data"), *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def _as_account(self, program: str) -> list[str]:
        """The words that start a program as an account the server accepts, and end it with the tests."""
        folder = programs()
        assert folder is not None
        words = ["setpriv", "--pdeathsig=QUIT"]
        if os.getuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            words += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        return [*words, str(folder / program)]


@contextmanager
def running() -> Iterator[Cluster]:
    """A server of its own, ended and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="remit-pg-"))
    cluster = Cluster(folder=folder)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.end()
        shutil.rmtree(folder, ignore_errors=True)


def _children(process: int) -> list[int]:
    """The processes a server started: each connection has one."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def hasty_ledger(dsn: str, patience: float) -> PostgresLedger:
    """A ledger that gives the server so many seconds for an answer, opened as often as a busy machine makes it late."""
    for _ in range(40):
        with contextlib.suppress(LedgerUnavailableError):
            return PostgresLedger.open(dsn, patience=patience)
    pytest.fail("the ledger does not open")
