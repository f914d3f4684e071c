"""``remit log verify``, ``prove``, ``anchor`` and ``key``: what is said of a ledger, and what that is worth."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.small_ledgers import small_ledger

from remit.ledger.store import Ledger

Typed = Callable[..., Any]


@pytest.fixture
def mailer(state: Path) -> Path:
    """The ledger of a run."""
    assert state.name == "runs"
    return small_ledger("mailer-3f2a9c")


@pytest.fixture
def anchors(typed: Typed, mailer: Path, tmp_path: Path) -> Path:
    """A checkpoint of it in a second place."""
    place = tmp_path / "anchors.jsonl"
    answer = typed("log", "anchor", "mailer", "--to", str(place))
    assert (answer.code, answer.out.splitlines()[0].split(",")[0]) == (0, "anchored  mailer-3f2a9c  12 entries")
    assert mailer.is_file()
    return place


def change(place: Path, statement: str) -> None:
    """Change the file of a ledger."""
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(statement)


def steps(out: str) -> dict[int, str]:
    """What is said of each step: its number and the word before it."""
    rows = [line.split(maxsplit=2) for line in out.splitlines() if line[:3].strip().isdigit()]
    return {int(row[0]): row[1] for row in rows}


@pytest.mark.requirement("LOG-03")
def test_without_an_anchor_nobody_can_tell_and_it_is_no_yes(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    answer = typed("log", "verify", "mailer")
    assert answer.code == 10
    assert steps(answer.out) == {**dict.fromkeys(range(1, 7), "ok"), 7: "-", 8: "-"}
    assert "UNKNOWN  nothing wrong was found" in answer.out
    assert "remit log anchor mailer-3f2a9c --to FILE" in answer.out
    document = json.loads(typed("log", "verify", "mailer", "--json").out)
    assert (document["verdict"], document["entries"], len(document["unknown"])) == ("unknown", 12, 2)


@pytest.mark.requirement("LOG-03")
def test_with_an_anchor_and_a_key_it_is_what_was_recorded(typed: Typed, anchors: Path) -> None:
    answer = typed("log", "verify", "mailer", "--anchor", str(anchors), "--thorough")
    assert answer.code == 0
    assert steps(answer.out) == dict.fromkeys(range(1, 10), "ok")
    assert answer.out.splitlines()[-1] == "VERIFIED  this is what was recorded, up to entry 12"
    document = json.loads(typed("log", "verify", "mailer", "--anchor", str(anchors), "--json").out)
    assert (document["verdict"], document["anchored"], document["faults"]) == ("verified", 12, [])


@pytest.mark.requirement("LOG-03")
def test_what_is_newer_than_the_anchor_is_unknown_unless_it_is_left_out(
    typed: Typed, mailer: Path, anchors: Path
) -> None:
    with Ledger.open(mailer) as ledger:
        ledger.record("message", {})
    answer = typed("log", "verify", "mailer", "--anchor", str(anchors))
    assert answer.code == 10
    assert "the entries from 13 on are newer than the last anchor" in answer.out
    assert typed("log", "verify", "mailer", "--anchor", str(anchors), "--anchored").code == 0


@pytest.mark.requirement("LOG-03")
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("update entries set body = cast(replace(body, 'alice', 'malice') as blob) where number = 5", (3, "entry 5 is not what was recorded")),
        ("delete from entries where number = 7", (2, "entry 7 is missing")),
        ("delete from entries where number > 9", (8, "entry 10 is missing: an anchor speaks of 12 entries")),
    ],
)  # fmt: skip
def test_what_was_changed_is_named_at_its_step(
    typed: Typed, mailer: Path, anchors: Path, statement: str, found: tuple[int, str]
) -> None:
    step, said = found
    change(mailer, statement)
    answer = typed("log", "verify", "mailer", "--anchor", str(anchors))
    assert answer.code == 1
    assert steps(answer.out)[step] == "no"
    assert said in answer.out
    assert "TAMPERED  this is not what was recorded" in answer.out
    document = json.loads(typed("log", "verify", "mailer", "--anchor", str(anchors), "--json").out)
    assert document["verdict"] == "tampered"
    assert said in " ".join(fault["what"] for fault in document["faults"])


def test_many_faults_are_counted_not_printed(typed: Typed, mailer: Path) -> None:
    change(mailer, "update entries set body = cast(body || ' ' as blob)")
    out = typed("log", "verify", "mailer").out
    assert "and 4 more: --json lists them" in out
    assert len(json.loads(typed("log", "verify", "mailer", "--json").out)["faults"]) >= 12


def test_a_copy_is_verified_under_the_name_it_was_anchored_with(typed: Typed, mailer: Path, anchors: Path) -> None:
    copy = mailer.rename(mailer.with_name("copy.db"))
    for companion in mailer.parent.glob("ledger.db-*"):
        companion.unlink()
    answer = typed("log", "verify", str(copy), "--anchor", str(anchors))
    assert answer.code == 10
    assert "has no anchor under the name `copy`" in " ".join(answer.err.split())
    assert typed("log", "verify", str(copy), "--anchor", str(anchors), "--as", "mailer-3f2a9c").code == 0


def test_the_key_of_somebody_else_vouches_for_nothing(typed: Typed, anchors: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pub"
    from remit.ledger.signing import SigningKey

    other.write_text(SigningKey(bytes(32)).public.text() + "\n", encoding="ascii")
    answer = typed("log", "verify", "mailer", "--anchor", str(anchors), "--key", str(other))
    assert answer.code == 1
    assert "is not signed by the key" in " ".join(answer.out.split())
    nonsense = typed("log", "verify", "mailer", "--key", "nonsense")
    assert nonsense.code == 3
    assert "no Ed25519 key" in " ".join(nonsense.err.split())


@pytest.mark.parametrize("place", ["/nowhere/ledger.db", "no-such.db"])
def test_a_ledger_that_is_not_there_is_unreadable(typed: Typed, mailer: Path, place: str) -> None:
    assert mailer.is_file()
    assert typed("log", "verify", place).code == 3
    assert typed("log", "verify", "mailer", "--anchor", place).code == 3
    assert json.loads(typed("log", "verify", place, "--json").out)["code"].startswith("ledger.unavailable")


@pytest.mark.requirement("LOG-04")
def test_a_proof_shows_one_entry_to_whoever_has_the_key_and_nothing_else(
    typed: Typed, mailer: Path, tmp_path: Path
) -> None:
    proof, key = tmp_path / "proof.json", tmp_path / "mailer.pub"
    assert typed("log", "prove", "mailer", "7", "--output", str(proof)).code == 0
    key.write_text(typed("log", "key").out, encoding="ascii")
    mailer.unlink()
    answer = typed("log", "verify", "--proof", str(proof), "--key", str(key))
    assert answer.code == 0
    assert steps(answer.out) == {1: "ok", 2: "ok", 3: "ok", 7: answer.out.split("  7  ")[1].split()[0]}
    assert "shell.run" in answer.out
    assert answer.out.splitlines()[-1].startswith("VERIFIED  entry 7 was recorded in remit.ledger/")
    assert "alice" not in proof.read_text(encoding="utf-8")
    document = json.loads(typed("log", "verify", "--proof", str(proof), "--key", str(key), "--json").out)
    assert (document["verdict"], document["entry"]["number"], document["entry"]["kind"]) == ("verified", 7, "denied")


@pytest.mark.requirement("LOG-04")
@pytest.mark.parametrize(
    ("old", "new"), [("curl", "wget"), ('"number": 7', '"number": 6'), ('"version": 1', '"version": 2')]
)
def test_a_proof_somebody_changed_proves_nothing(
    typed: Typed, mailer: Path, tmp_path: Path, old: str, new: str
) -> None:
    assert mailer.is_file()
    proof = tmp_path / "proof.json"
    text = typed("log", "prove", "mailer", "7").out
    assert old in text
    proof.write_text(text.replace(old, new), encoding="utf-8")
    answer = typed("log", "verify", "--proof", str(proof))
    assert answer.code == 1
    assert "the proof proves nothing" in answer.err
    assert json.loads(typed("log", "verify", "--proof", str(proof), "--json").out)["verdict"] == "refused"


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_a_file_that_is_no_proof_is_unreadable(typed: Typed, mailer: Path, tmp_path: Path, text: str) -> None:
    assert mailer.is_file()
    typed("log", "key")
    (tmp_path / "proof.json").write_text(text, encoding="utf-8")
    assert typed("log", "verify", "--proof", str(tmp_path / "proof.json")).code == 3
    assert typed("log", "verify", "--proof", str(tmp_path / "none.json")).code == 3


@pytest.mark.usefixtures("state")
def test_a_proof_without_a_key_is_no_yes(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text("{}", encoding="utf-8")
    answer = typed("log", "verify", "--proof", str(tmp_path / "proof.json"))
    assert answer.code == 10
    assert "no key was given" in answer.err


@pytest.mark.parametrize(
    ("words", "said"), [(["mailer", "13"], "has 12 entries"), (["mailer"], "which entry?"), (["mailer", "0"], "")]
)
def test_an_entry_that_is_not_there_cannot_be_proved(typed: Typed, mailer: Path, words: list[str], said: str) -> None:
    assert mailer.is_file()
    answer = typed("log", "prove", *words)
    assert answer.code == 2
    assert said in answer.err


def test_a_ledger_that_lost_its_end_is_not_anchored_again(typed: Typed, mailer: Path, anchors: Path) -> None:
    change(mailer, "delete from entries where number > 9")
    change(mailer, "delete from checkpoints")
    before = anchors.read_bytes()
    answer = typed("log", "anchor", "mailer", "--to", str(anchors))
    assert answer.code == 1
    assert "entry 10 is missing" in " ".join(answer.err.split())
    assert anchors.read_bytes() == before


def test_where_to_keep_an_anchor_must_be_said(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    answer = typed("log", "anchor", "mailer")
    assert answer.code == 2
    assert "where to? remit log anchor mailer-3f2a9c --to FILE" in " ".join(answer.err.split())
    assert typed("log", "anchor", "mailer", "--to", "/nowhere/anchors").code == 3


@pytest.mark.usefixtures("state")
def test_the_key_is_the_same_every_time_and_only_its_public_half_is_printed(typed: Typed) -> None:
    first = typed("log", "key").out
    assert typed("log", "key").out == first
    assert json.loads(typed("log", "key", "--json").out)["key"] == first.strip()
    assert "PRIVATE" not in first
