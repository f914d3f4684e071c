"""Anchors in a second place: each continues the one before, and a ledger that went another way is not signed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ledger.ledgers import changed, filled

from remit.clock import FixedClock
from remit.errors import LedgerError, LedgerUnavailableError, TamperedError
from remit.ledger.anchoring import anchor, checkpoint_of, read_anchors, sign_checkpoint
from remit.ledger.signing import SigningKey
from remit.ledger.store import Ledger
from remit.ledger.verification import verify

pytestmark = pytest.mark.requirement("LEDGER-12")

KEY = SigningKey(bytes(range(32)))
NOON = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))


def anchored(path: Path, place: Path, *, entries: int = 5) -> Path:
    """A closed ledger that was anchored and went on by an entry ``anchored``."""
    filled(path, entries)
    with Ledger.open(path) as ledger:
        anchor(ledger, KEY, place, name="mail", clock=NOON)
    return path


def test_an_anchor_is_a_line_in_another_place_and_an_entry_in_the_ledger(tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    path = anchored(tmp_path / "ledger.db", place)
    line = json.loads(place.read_text())
    assert (line["at"], line["ledger"]) == ("2026-11-21T12:00:00+00:00", "mail")
    assert place.stat().st_mode & 0o777 == 0o600
    assert read_anchors(place, name="mail") == (line["note"],)
    assert read_anchors(place, name="other") == ()
    with Ledger.open(path) as ledger:
        assert ledger.checkpoints() == (line["note"],)
        last = next(ledger.entries(6))
        assert (last.kind, last.facts) == (
            "anchored",
            {"size": 5, "root": ledger.root(5).hex(), "place": str(place)},
        )


def test_anchors_follow_one_another_and_verify(tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        for _ in range(5):
            ledger.record("message", {})
            anchor(ledger, KEY, place, name="mail")
        notes = read_anchors(place, name="mail")
        said = verify(ledger.path, anchors=notes, public_key=KEY.public)
    assert [KEY.public.verify(note).size for note in notes] == [1, 3, 5, 7, 9]
    assert (said.ok, said.anchored, said.signed, said.size) == (True, 9, 9, 10)


def test_two_ledgers_share_a_place(tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    for name in ("a", "b"):
        with Ledger.open(tmp_path / f"{name}.db") as ledger:
            ledger.record("message", {"name": name})
            anchor(ledger, KEY, place, name=name)
            assert verify(ledger.path, anchors=read_anchors(place, name=name), public_key=KEY.public).ok


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM entries WHERE number > 3", "entry 4 is missing: 5 entries were signed and 3 are there"),
        ("DELETE FROM entries", "a ledger without entries has no checkpoint"),
    ],
)
def test_a_ledger_that_lost_its_end_is_not_signed_again(tmp_path: Path, statement: str, message: str) -> None:
    place = tmp_path / "anchors.jsonl"
    anchored(tmp_path / "a.db", place)
    cut = changed(tmp_path / "a.db", tmp_path / "b.db", lambda database: database.execute("DELETE FROM checkpoints"))
    cut = changed(cut, tmp_path / "c.db", lambda database: database.execute(statement))
    with Ledger.open(cut) as ledger:
        with pytest.raises(LedgerError, match=message):
            anchor(ledger, KEY, place, name="mail")
        assert len(read_anchors(place, name="mail")) == 1
        assert ledger.checkpoints() == ()


def test_a_fork_is_not_signed_again(tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    anchored(tmp_path / "a.db", place)

    def fork(folder: str) -> Path:
        """A copy that goes on from entry 3 in its own way."""
        statements = "DELETE FROM entries WHERE number > 3; DELETE FROM checkpoints"
        return changed(tmp_path / "a.db", tmp_path / folder, lambda database: database.executescript(statements))

    with Ledger.open(fork("b.db")) as ledger:
        for _ in range(6):
            ledger.record("message", {"text": "another history"})
        with pytest.raises(TamperedError, match="the first 5 entries are not those that were signed"):
            anchor(ledger, KEY, place, name="mail")
        note = sign_checkpoint(ledger, KEY)  # nobody kept this key from signing the fork: the anchors give it away
        assert not verify(ledger.path, anchors=read_anchors(place, name="mail"), public_key=KEY.public).ok
        assert KEY.public.verify(note).origin == KEY.public.verify(read_anchors(place, name="mail")[0]).origin


def test_another_ledger_under_the_same_name_is_found(tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    anchored(tmp_path / "a.db", place)
    filled(tmp_path / "b.db", 9)
    with (
        Ledger.open(tmp_path / "b.db") as ledger,
        pytest.raises(TamperedError, match="another ledger than the one that was anchored"),
    ):
        anchor(ledger, KEY, place, name="mail")
    said = verify(tmp_path / "b.db", anchors=read_anchors(place, name="mail"), public_key=KEY.public)
    assert [(fault.step, fault.number, fault.code) for fault in said.faults] == [(8, 1, "ledger.tampered.replaced")]


def test_a_newer_checkpoint_in_the_ledger_must_be_continued_too(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.db", 5)
    with Ledger.open(path) as ledger:
        sign_checkpoint(ledger, KEY)
        other = KEY.sign(checkpoint_of(ledger, 3))
        ledger.keep_checkpoint(5, other.replace("\n3\n", "\n5\n"))
        with pytest.raises(TamperedError, match="the first 5 entries are not those that were signed"):
            sign_checkpoint(ledger, KEY)


def test_an_empty_ledger_has_no_checkpoint(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "a.db") as ledger, pytest.raises(LedgerError, match="without entries") as refused:
        checkpoint_of(ledger)
    assert refused.value.code == "ledger.error.empty"


@pytest.mark.parametrize("line", ["{}", "[]", "x", '{"ledger": "mail", "note": "x"}', '{"ledger": "mail", "note": 1}'])
def test_a_line_that_is_no_anchor_is_found(tmp_path: Path, line: str) -> None:
    place = tmp_path / "anchors.jsonl"
    anchored(tmp_path / "ledger.db", place)
    with place.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(TamperedError, match=r"anchors\.jsonl:2: a line of the anchors is no anchor"):
        read_anchors(place, name="mail")


def test_half_a_line_left_by_a_crash_is_left_out_and_taken_away(tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    path = anchored(tmp_path / "ledger.db", place)
    with place.open("a") as file:
        file.write('{"at": "20')
    assert len(read_anchors(place, name="mail")) == 1
    with Ledger.open(path) as ledger:
        anchor(ledger, KEY, place, name="mail")
    assert len(read_anchors(place, name="mail")) == 2


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    assert read_anchors(tmp_path / "nowhere", name="mail") == ()
    filled(tmp_path / "ledger.db", 1)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        for place in (tmp_path, tmp_path / "nowhere" / "anchors"):
            with pytest.raises(LedgerUnavailableError, match="the anchors cannot be used") as refused:
                anchor(ledger, KEY, place, name="mail")
            assert refused.value.code == "ledger.unavailable.anchor"
        assert ledger.size == 1
