"""Whatever is changed in a ledger is found, with the entry it happened at; what cannot be shown is said."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.ledgers import Row, changed, filled, rows_of

from remit.errors import LedgerUnavailableError
from remit.ledger.anchoring import anchor, read_anchors, sign_checkpoint
from remit.ledger.entry import spell_entry
from remit.ledger.redaction import Redaction, Rule
from remit.ledger.signing import SigningKey
from remit.ledger.store import Ledger
from remit.ledger.tree import Frontier, leaf_hash
from remit.ledger.verification import Verification, verify

pytestmark = pytest.mark.requirement("LEDGER-07")

KEY = SigningKey(bytes(range(32)))
SIZE, ANCHORED = 24, (9, 21)
SETTINGS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A ledger of 24 entries, anchored at 9 and at 21 of them, and a place for a changed copy."""

    path: Path
    anchors: tuple[str, ...]
    copy: Path

    def after(self, change: Callable[[sqlite3.Connection], object], *, anchored: bool = True) -> Verification:
        """What a verification says after a change."""
        changed(self.path, self.copy, change)
        return verify(self.copy, anchors=self.anchors if anchored else (), public_key=KEY.public)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The ledger, made once: its anchors are entries of it, too."""
    folder = tmp_path_factory.mktemp("verification")
    path, place = folder / "ledger.db", folder / "anchors"
    with Ledger.open(path) as ledger:
        for number in range(1, SIZE - 1):
            ledger.record("intent", {"call": {"tool": "mail.send", "args": {"to": f"a{number}@acme.example"}}})
            if ledger.size in ANCHORED:
                anchor(ledger, KEY, place, name="mail")
        assert ledger.size == SIZE
    return Scene(path=path, anchors=read_anchors(place, name="mail"), copy=folder / "copy.db")


def put(connection: sqlite3.Connection, rows: list[Row], *, checkpoints: bool = True) -> None:
    """Put these rows in place of those that are there, and take the checkpoints kept in the ledger away or not."""
    if not checkpoints:
        connection.execute("DELETE FROM checkpoints")
    connection.execute("DELETE FROM entries")
    connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)


def rewritten(bodies: list[bytes]) -> list[Row]:
    """Rows that agree with one another in everything, as somebody would write them who knows how."""
    frontier = Frontier()
    return [(number, body, frontier.append(leaf_hash(body))) for number, body in enumerate(bodies, start=1)]


def test_an_untouched_ledger_holds_as_far_as_its_anchors_reach(original: Scene) -> None:
    said = verify(original.path, anchors=original.anchors, public_key=KEY.public.text(), thorough=True)
    assert said.ok
    assert (said.size, said.signed, said.anchored) == (24, 21, 21)
    assert said.unproved == ("the entries from 22 on are newer than the last anchor that holds",)
    with Ledger.open(original.path) as ledger:
        assert said.root == ledger.root()


def test_what_cannot_be_shown_is_said(original: Scene) -> None:
    said = verify(original.path)
    assert said.ok
    assert (said.signed, said.anchored) == (0, 0)
    assert len(said.unproved) == 2
    assert "no public key was given" in said.unproved[0]
    assert "no anchor was given" in said.unproved[1]


def test_an_empty_ledger_holds_and_shows_nothing(tmp_path: Path) -> None:
    said = verify(filled(tmp_path / "ledger.db", 0))
    assert (said.ok, said.size) == (True, 0)


@SETTINGS
@given(data=st.data())
def test_any_byte_changed_in_a_row_is_found_with_its_number(original: Scene, data: st.DataObject) -> None:
    rows = rows_of(original.path)
    number = data.draw(st.integers(min_value=1, max_value=SIZE))
    column = data.draw(st.sampled_from(["body", "tree"]))
    value = bytearray(rows[number - 1][1 if column == "body" else 2])
    place = data.draw(st.integers(min_value=0, max_value=len(value) - 1))
    value[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    query = {
        "body": "UPDATE entries SET body = ? WHERE number = ?",
        "tree": "UPDATE entries SET tree = ? WHERE number = ?",
    }
    said = original.after(lambda database: database.execute(query[column], (bytes(value), number)))
    assert said.faults[0].number == number
    assert said.faults[0].code in ("ledger.tampered.edited", "ledger.tampered.tree")


@SETTINGS
@given(number=st.integers(min_value=1, max_value=21), count=st.integers(min_value=1, max_value=24))
def test_deleted_entries_are_found_with_the_first_of_them(original: Scene, number: int, count: int) -> None:
    said = original.after(
        lambda database: database.execute(
            "DELETE FROM entries WHERE number BETWEEN ? AND ?", (number, number + count - 1)
        )
    )
    assert said.faults[0].number == number
    assert said.faults[0].code in ("ledger.tampered.deleted", "ledger.tampered.truncated")


@SETTINGS
@given(number=st.integers(min_value=1, max_value=21), renumbered=st.booleans())
def test_a_deleted_entry_is_found_when_the_others_move_up(original: Scene, number: int, *, renumbered: bool) -> None:
    rows = rows_of(original.path)
    kept = [row for row in rows if row[0] != number]
    if renumbered:
        bodies = [
            body.replace(b',"number":%d}' % was, b',"number":%d}' % now)
            for now, (was, body, _) in enumerate(kept, start=1)
        ]
        moved = rewritten(bodies)
    else:
        moved = [(now, body, tree) for now, (_, body, tree) in enumerate(kept, start=1)]
    said = original.after(lambda database: put(database, moved))
    first = said.faults[0]
    if not renumbered:
        assert first.number == number
    else:  # written anew throughout: the anchors tell between which of them
        assert first.number <= number <= (first.upto or first.number)
        assert first.code in ("ledger.tampered.root", "ledger.tampered.replaced", "ledger.tampered.truncated")


@SETTINGS
@given(
    pair=st.lists(st.integers(min_value=1, max_value=SIZE), min_size=2, max_size=2, unique=True), whole=st.booleans()
)
def test_entries_in_another_order_are_found(original: Scene, pair: list[int], *, whole: bool) -> None:
    rows = rows_of(original.path)
    first, second = sorted(pair)
    order = [row[0] for row in rows]
    order[first - 1], order[second - 1] = second, first
    bodies = [rows[was - 1][1] for was in order]
    swapped = rewritten(bodies) if whole else [(now, *rows[was - 1][1:]) for now, was in enumerate(order, start=1)]
    said = original.after(lambda database: put(database, swapped))
    assert said.faults[0].number == first
    assert {fault.code for fault in said.faults if fault.number == first} >= {"ledger.tampered.moved"} or first == 1


@SETTINGS
@given(size=st.integers(min_value=0, max_value=20))
def test_a_ledger_cut_off_before_an_anchor_is_found_with_the_first_missing_entry(original: Scene, size: int) -> None:
    cut = rows_of(original.path)[:size]
    said = original.after(lambda database: put(database, cut, checkpoints=False))
    assert {fault.code for fault in said.faults} == {"ledger.tampered.truncated"}
    assert {fault.number for fault in said.faults} == {size + 1}


def test_a_ledger_cut_off_after_the_last_anchor_is_said_to_be_unproved(original: Scene) -> None:
    said = original.after(lambda database: database.execute("DELETE FROM entries WHERE number > 22"))
    assert said.ok
    assert (said.size, said.anchored) == (22, 21)
    assert said.unproved == ("the entries from 22 on are newer than the last anchor that holds",)


@SETTINGS
@given(number=st.integers(min_value=1, max_value=21))
def test_an_entry_written_anew_with_every_digest_is_found_between_two_anchors(original: Scene, number: int) -> None:
    bodies = [body for _, body, _ in rows_of(original.path)]
    bodies[number - 1] = bodies[number - 1].replace(b"mail.send", b"mail.read").replace(b"place", b"palce")
    said = original.after(lambda database: put(database, rewritten(bodies), checkpoints=False))
    first = said.faults[0]
    low, high = (1, 9) if number <= 9 else (10, 21)
    assert first.number <= number <= (first.upto or 21)
    assert (first.number, first.code) == (low, "ledger.tampered.replaced" if number == 1 else "ledger.tampered.root")
    assert first.upto in (0, high)
    assert said.anchored == (0 if number <= 9 else 9)


def test_a_ledger_written_anew_without_anchors_is_only_unproved(original: Scene) -> None:
    bodies = [spell_entry(number, "2026-11-21T12:00:00+00:00", 1.0, "message", b"{}") for number in (1, 2)]
    said = original.after(
        lambda database: put(database, rewritten(bodies), checkpoints=False),
        anchored=False,
    )
    assert said.ok
    assert "written anew, would not be noticed" in said.unproved[0]


def test_a_forged_checkpoint_is_found(original: Scene) -> None:
    forged = SigningKey(bytes(32)).sign(KEY.public.verify(original.anchors[0]))
    said = original.after(lambda database: database.execute("UPDATE checkpoints SET note = ?", (forged,)))
    assert {(fault.step, fault.code) for fault in said.faults} == {(7, "ledger.tampered.signature")}


def test_a_spelling_that_is_not_canonical_is_found_when_looked_for(original: Scene) -> None:
    bodies = [body for _, body, _ in rows_of(original.path)]
    bodies[4] = bodies[4].replace(b'"tool":', b'"tool": ')
    bodies[6] = bodies[6].replace(b'"kind":"intent"', b'"kind":"whimsy"')
    changed(original.path, original.copy, lambda database: put(database, rewritten(bodies)))
    assert verify(original.copy, thorough=True).faults[0].code == "ledger.tampered.spelling"
    assert [fault.number for fault in verify(original.copy, thorough=True).faults if fault.step == 9] == [5, 7]
    assert not [fault for fault in verify(original.copy).faults if fault.step == 9]


def test_faults_in_a_ledger_of_many_chunks_are_told_with_their_numbers(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "a.db") as ledger:
        for _ in range(9001):
            ledger.submit("message", {})
        assert verify(ledger.path).root == ledger.root()
        sign_checkpoint(ledger, KEY)
    edits = (
        "UPDATE entries SET body = cast(replace(body, 'message', 'massage') AS BLOB) WHERE number IN (1, 5000, 8999)"
    )
    sown = changed(tmp_path / "a.db", tmp_path / "b.db", lambda database: database.execute(edits))
    assert [fault.number for fault in verify(sown).faults] == [1, 5000, 8999]
    gaps = "DELETE FROM entries WHERE number IN (4097, 8500)"
    sown = changed(tmp_path / "a.db", tmp_path / "c.db", lambda database: database.execute(gaps))
    assert {4097, 8500} <= {fault.number for fault in verify(sown).faults if fault.code == "ledger.tampered.deleted"}
    everything = "UPDATE entries SET body = x'00'"
    sown = changed(tmp_path / "a.db", tmp_path / "d.db", lambda database: database.execute(everything))
    assert verify(sown).size == 9001
    assert [fault.number for fault in verify(sown).faults[:100]] == list(range(1, 101))


def test_a_salt_that_belongs_to_nothing_is_found(tmp_path: Path) -> None:
    redaction = Redaction((Rule(name="secret", path="text"),))
    with Ledger.open(tmp_path / "a.db", redaction=redaction) as ledger:
        ledger.record("message", {"text": "hush"})
    assert verify(tmp_path / "a.db").ok
    for place, statement in enumerate(
        (
            "UPDATE salts SET salt = x'00'",
            "UPDATE salts SET digest = 'sha256:' || digest",
            "UPDATE salts SET entry = 2",
        )
    ):
        sown = changed(tmp_path / "a.db", tmp_path / f"{place}.db", methodcaller("execute", statement))
        assert [fault.code for fault in verify(sown).faults] == ["ledger.tampered.salt"]


def test_a_file_that_is_not_there_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError):
        verify(tmp_path / "ledger.db")


def contents(path: Path) -> object:
    """Everything a ledger says: its entries, its salts, its checkpoints."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        queries = ("SELECT * FROM entries", "SELECT * FROM salts", "SELECT * FROM checkpoints")
        return [connection.execute(query).fetchall() for query in queries]
    finally:
        connection.close()


def judged(original: Scene, data: bytes, place: int, mask: int) -> str:
    """What becomes of the ledger when one byte of its file is another: ``found`` or ``harmless``."""
    spoilt = bytearray(data)
    spoilt[place] ^= mask
    original.copy.write_bytes(spoilt)
    try:
        said = verify(original.copy, anchors=original.anchors, public_key=KEY.public)
    except LedgerUnavailableError:  # it says that the file cannot be opened, and why
        return "found"
    if said.faults:
        return "found"
    assert contents(original.copy) == contents(original.path), f"byte {place} ^ {mask} changed the ledger unnoticed"
    return "harmless"


@SETTINGS
@given(place=st.floats(min_value=0, max_value=1, exclude_max=True), mask=st.integers(min_value=1, max_value=255))
def test_any_byte_changed_in_the_file_is_found_or_changes_nothing(original: Scene, place: float, mask: int) -> None:
    data = original.path.read_bytes()
    assert judged(original, data, int(place * len(data)), mask) in ("found", "harmless")


HEADER = {18, *range(24, 28), *range(40, 47), *range(48, 52), *range(56, 59), *range(60, 64), *range(68, 72)} | set(
    range(72, 100)
)
"""Bytes of SQLite's header that say nothing of any entry: counters, the version that wrote it, room for extensions."""


@pytest.mark.slow
def test_every_byte_that_is_used_is_found_or_says_nothing_of_any_entry(original: Scene) -> None:
    data = original.path.read_bytes()
    used = [place for place, value in enumerate(data) if value]
    harmless = [place for place in used if judged(original, data, place, 0xFF) == "harmless"]
    assert len(used) > 6000
    assert set(harmless) <= HEADER
    unused = [place for place, value in enumerate(data) if not value][::29]
    assert all(judged(original, data, place, 0xFF) in ("found", "harmless") for place in unused)
