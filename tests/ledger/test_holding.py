"""Who keeps others from writing to a ledger is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from remit.errors import LedgerUnavailableError
from remit.ledger.holding import holder_of
from remit.ledger.store import Ledger

HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_process_that_holds_a_ledger_is_named_to_whoever_waits_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.db"
    monkeypatch.setattr("remit.ledger.database.PATIENCE", 0.01)
    with Ledger.open(path) as ledger:
        assert holder_of(path) == "", "nobody writes"
        with subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            assert holder_of(path).startswith(f"the process {other.pid} (`")
            with pytest.raises(LedgerUnavailableError, match=rf"the process {other.pid} \(`.*has kept it locked"):
                ledger.record("message", {"text": "late"})
            other.communicate()
    assert holder_of(path) == ""


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ("POSIX  ADVISORY  WRITE {pid} {place} 120 120", True),
        ("POSIX  ADVISORY  WRITE {pid} {place} 0 EOF", True),
        ("-> POSIX  ADVISORY  WRITE {pid} {place} 120 120", False),
        ("POSIX  ADVISORY  READ {pid} {place} 120 120", False),
        ("POSIX  ADVISORY  WRITE {pid} {place} 128 128", False),
        ("POSIX  ADVISORY  WRITE {pid} 00:00:1 120 120", False),
        ("POSIX  ADVISORY  WRITE 0 {place} 120 120", False),
        ("POSIX  ADVISORY  WRITE -1 {place} 120 120", False),
        ("no lock at all", False),
    ],
)
def test_only_a_writer_of_this_very_ledger_is_named(tmp_path: Path, held: str, found: bool) -> None:  # noqa: FBT001
    index = tmp_path / "ledger.db-shm"
    index.touch()
    status = index.stat()
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    locks = tmp_path / "locks"
    locks.write_text(f"1: {held.format(pid=os.getppid(), place=place)}\n", encoding="ascii")
    assert bool(holder_of(tmp_path / "ledger.db", locks)) is found
