"""A ledger that is closed, missing, damaged, locked, replaced or changed behind its back takes nothing and says why."""

import sqlite3
from operator import methodcaller
from pathlib import Path

import pytest
from tests.ledger.ledgers import changed, filled

from remit.errors import LedgerUnavailableError, TamperedError
from remit.ledger.anchoring import sign_checkpoint
from remit.ledger.signing import SigningKey
from remit.ledger.store import Ledger, read_checkpoints, read_entries
from remit.ledger.verification import verify

pytestmark = pytest.mark.requirement("LEDGER-10")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger may lie."""
    return tmp_path / "ledger.db"


def test_what_cannot_be_read_settles_nothing(path: Path, tmp_path: Path) -> None:
    filled(path, 7)
    bodies: list[object] = [b"\0", "text", b'{"facts":1,"kind":"outcome","number":4}']
    for place, body in enumerate(bodies):
        sown = changed(
            path,
            tmp_path / f"{place}.db",
            methodcaller("execute", "UPDATE entries SET body = ? WHERE number = 4", (body,)),
        )
        with Ledger.open(sown) as ledger, pytest.raises(TamperedError, match="entry 4 ") as refused:
            ledger.unsettled()
        assert refused.value.code == "ledger.tampered.edited"


def test_a_closed_ledger_takes_nothing(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.close()
    ledger.close()
    for append in (ledger.record, ledger.submit, ledger.entry):
        with pytest.raises(LedgerUnavailableError, match="is closed"):
            append("message", {})
    with pytest.raises(LedgerUnavailableError, match="is closed"):
        _ = ledger.size


def test_a_ledger_that_is_not_there_or_not_a_file_is_unavailable(path: Path, tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError, match="there is no such ledger"):
        Ledger.open(path, create=False)
    with pytest.raises(LedgerUnavailableError, match="No such file"):
        Ledger.open(tmp_path / "nowhere" / "ledger.db")
    with pytest.raises(LedgerUnavailableError, match="unable to open"):
        list(read_entries(path))
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerUnavailableError, match="symbolic link"):
        Ledger.open(path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("content", [b"no ledger" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_ledger_is_told_so(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(TamperedError) as refused:
        Ledger.open(path)
    assert refused.value.code == "ledger.tampered.file"
    assert path.read_bytes() == content
    assert not verify(path).ok


def test_another_database_or_one_with_a_trigger_is_no_ledger(path: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY)")
    connection.close()
    trigger = "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE number < new.number; END"
    sown = changed(filled(tmp_path / "a.db", 2), tmp_path / "b.db", lambda database: database.execute(trigger))
    for file in (path, sown):
        with pytest.raises(TamperedError, match="does not have the tables of a ledger") as refused:
            Ledger.open(file)
        assert refused.value.code == "ledger.tampered.tables"
        assert [fault.code for fault in verify(file).faults] == ["ledger.tampered.tables"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entries SET body = replace(body, 'mail', 'mall') WHERE number = 7", "edited"),
        ("UPDATE entries SET tree = zeroblob(32) WHERE number = 7", "edited"),
        ("UPDATE entries SET tree = x'00' || tree WHERE number = 6", "tree"),
        ("DELETE FROM entries WHERE number = 6", "deleted"),
    ],
)
def test_a_changed_tail_is_found_when_the_ledger_is_opened(tmp_path: Path, statement: str, code: str) -> None:
    sown = changed(filled(tmp_path / "a.db", 7), tmp_path / "b.db", lambda database: database.execute(statement))
    with pytest.raises(TamperedError, match=r"entry [67]") as refused:
        Ledger.open(sown)
    assert refused.value.code == f"ledger.tampered.{code}"


@pytest.mark.requirement("LEDGER-07")
def test_a_ledger_shorter_than_its_own_checkpoint_is_not_opened(path: Path, tmp_path: Path) -> None:
    filled(path, 7)
    with Ledger.open(path) as ledger:
        note = sign_checkpoint(ledger, SigningKey(bytes(32)))
        assert read_checkpoints(path) == (note,)
    cut = changed(path, tmp_path / "cut.db", lambda database: database.execute("DELETE FROM entries WHERE number > 5"))
    with pytest.raises(TamperedError, match="entry 6 is missing: a checkpoint speaks of 7 entries"):
        Ledger.open(cut)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM entries WHERE number > 3", "entry 4 was there and is not any more"),
        ("UPDATE entries SET tree = zeroblob(32) WHERE number = 5", "entry 5 was there and is not any more"),
        ("INSERT INTO entries VALUES (9, x'00', x'00')", "is missing"),
    ],
)
def test_a_change_behind_an_open_ledger_stops_it(path: Path, statement: str, message: str) -> None:
    filled(path, 4)
    with Ledger.open(path) as ledger:
        ledger.record("message", {})
        other = sqlite3.connect(path, isolation_level=None)
        other.execute(statement)
        other.close()
        for _ in range(2):
            with pytest.raises(TamperedError, match=message):
                ledger.record("message", {})


def test_a_file_put_in_place_of_an_open_ledger_stops_it(path: Path, tmp_path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record("message", {})
        filled(tmp_path / "other.db", 3).replace(path)
        with pytest.raises(TamperedError, match="was replaced while it was open"):
            ledger.record("message", {})
        path.unlink()
        with pytest.raises(TamperedError, match="was replaced while it was open"):
            ledger.record("message", {})


def test_a_ledger_somebody_else_keeps_locked_is_unavailable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.ledger.database.PATIENCE", 0.1)
    with Ledger.open(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailableError, match="locked"):
            ledger.record("message", {})
        other.execute("ROLLBACK")
        other.close()
        assert ledger.record("message", {}) == 1
