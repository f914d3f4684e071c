"""Whoever writes on a record without its key, takes from it or moves what is in it, is found out."""

from __future__ import annotations

import enum
import json
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import InvalidEpisodeError
from remit.evals.record import Record, RecordEntry, seal, spelling

KEY = b"k" * 32


class Word(enum.StrEnum):
    """A word that is text of a type of its own."""

    OK = "ok"


Damage = Callable[[list[RecordEntry]], list[RecordEntry]]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def a_record(calls: int = 4) -> Record:
    """A whole record of a few calls."""
    record = Record(KEY)
    record.append(0, "begun", {"instance": "i"})
    for step in range(calls):
        record.append(step, "called", {"tool": "work", "args": {"n": step}})
        record.append(step, "changed", {"kind": "added", "facts": {"n": step}, "irreversible": False, "by": "call"})
        record.append(step, "answered", {"failed": False, "text": "ok"})
    record.append(calls, "ended", {"why": "finished", "steps": calls, "final": "sha256:0"})
    return record


def guessed(entries: list[RecordEntry], at: int, facts: dict[str, object]) -> list[RecordEntry]:
    """One entry rewritten under a receipt made with a key that was guessed."""
    old = entries[at]
    changed = old._replace(facts=facts)
    before = entries[at - 1].receipt if at else ""
    said = (changed.number, changed.step, changed.kind, changed.facts)
    return [*entries[:at], changed._replace(receipt=seal(b"guess", before, said)), *entries[at + 1 :]]


DAMAGE: dict[str, Damage] = {
    "an edited call": lambda was: [*was[:1], was[1]._replace(facts={"tool": "other", "args": {}}), *was[2:]],
    "an edited step": lambda was: [*was[:4], was[4]._replace(step=9), *was[5:]],
    "another kind": lambda was: [*was[:1], was[1]._replace(kind="said"), *was[2:]],
    "another number": lambda was: [*was[:1], was[1]._replace(number=7), *was[2:]],
    "a forged receipt": lambda was: [*was[:1], was[1]._replace(receipt="0" * 32), *was[2:]],
    "a receipt under a guessed key": lambda was: guessed(was, 1, facts={"tool": "wait", "args": {}}),
    "an entry taken out": lambda was: [*was[:3], *was[4:]],
    "the first entry taken out": lambda was: was[1:],
    "a call taken out whole": lambda was: [*was[:4], *was[7:]],
    "the end cut off": lambda was: was[:-1],
    "a call cut off with its end": lambda was: was[:-4],
    "the middle cut off": lambda was: [*was[:4], was[-1]],
    "two entries changed places": lambda was: [*was[:1], was[2], was[1], *was[3:]],
    "an entry twice": lambda was: [*was[:4], was[3], *was[4:]],
    "an entry put in": lambda was: [*was[:1], was[1]._replace(facts={"tool": "x", "args": {}}), *was[1:]],
    "another end": lambda was: guessed(was, len(was) - 1, facts={"why": "left", "steps": 0, "final": ""}),
    "nothing left": lambda _was: [],
    "more after the end": lambda was: [*was, was[1]._replace(number=len(was))],
}


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_record_that_was_touched_is_found_out(damage: str) -> None:
    record = a_record()
    record.check()
    record.entries[:] = DAMAGE[damage](record.entries)
    with pytest.raises(InvalidEpisodeError):
        record.check()


@pytest.mark.requirement("EVAL-01")
def test_no_single_change_of_any_entry_goes_unseen() -> None:
    draw = random.Random(1)
    for number in range(len(a_record().entries)):
        for _ in range(20):
            record = a_record()
            entry = record.entries[number]
            match draw.randrange(4):
                case 0:
                    touched = entry._replace(facts={**entry.facts, "x": draw.random()})
                case 1:
                    touched = entry._replace(step=entry.step + draw.choice((-1, 1)))
                case 2:
                    touched = entry._replace(kind=entry.kind + "s")
                case _:
                    spot = draw.randrange(32)
                    other = "0" if entry.receipt[spot] != "0" else "1"
                    touched = entry._replace(receipt=entry.receipt[:spot] + other + entry.receipt[spot + 1 :])
            record.entries[number] = touched
            with pytest.raises(InvalidEpisodeError):
                record.check()


@pytest.mark.requirement("EVAL-01")
def test_calls_cut_off_while_the_episode_goes_on_are_missed_at_its_end() -> None:
    record = a_record()
    record.rewind(record.entries[:7])
    record.append(2, "called", {"tool": "cheat", "args": {}})
    del record.entries[-1]  # the receipts that are left are all good ones
    record.append(2, "ended", {"why": "finished", "steps": 2, "final": "sha256:0"})
    with pytest.raises(InvalidEpisodeError):
        record.check()


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize("other", [True, 1.0, "1", [1], None])
def test_a_value_that_is_only_equal_is_another(other: object) -> None:
    record = Record(KEY)
    facts: dict[str, object] = {"instance": "i", "n": 1}
    record.append(0, "begun", facts)
    record.append(0, "ended", {"why": "left", "steps": 0, "final": "sha256:0"})
    record.check()
    facts["n"] = other
    with pytest.raises(InvalidEpisodeError, match="entry 0 of the record has no valid receipt"):
        record.check()


def test_an_entry_that_only_looks_like_one_is_judged_by_what_it_shows() -> None:
    class Forged(RecordEntry):
        """An entry that shows another kind than it holds."""

        kind = "said"

    record = a_record()
    record.entries[1] = Forged(*record.entries[1])
    with pytest.raises(InvalidEpisodeError):
        record.check()


@pytest.mark.requirement("EVAL-01")
def test_text_of_a_type_of_its_own_is_checked_by_its_receipts() -> None:
    record = Record(KEY)
    record.append(0, "begun", {"instance": Word.OK})
    record.append(0, "answered", {"failed": False, "text": Word.OK})
    record.append(1, "ended", {"why": "left", "steps": 1, "final": "sha256:0"})
    record.check()
    record.entries[1] = record.entries[1]._replace(facts={"failed": True, "text": Word.OK})
    with pytest.raises(InvalidEpisodeError):
        record.check()


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize("value", [np.float64(1.5), np.str_("ok"), Word.OK, (1, 2), 2**70])
def test_a_value_of_a_type_of_its_own_cannot_be_changed_for_its_bytes(value: Any) -> None:
    record = Record(KEY)
    facts: dict[str, object] = {"instance": "i", "value": [value]}
    record.append(0, "begun", facts)
    record.append(0, "ended", {"why": "left", "steps": 0, "final": "sha256:0"})
    record.check()
    facts["value"] = [value.tobytes() if isinstance(value, np.generic) else b"ok"]
    with pytest.raises(InvalidEpisodeError, match="entry 0 of the record has no valid receipt"):
        record.check()


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize("value", [b"ok", np.int64(3), np.array([3]), bytearray(b"ok"), {1}, 1j, math.nan, object()])
def test_what_is_no_json_comes_on_no_record(value: object) -> None:
    record = Record(KEY)
    for facts in ({"value": value}, {"value": [value]}, {"value": {"inner": value}}):
        with pytest.raises((TypeError, ValueError)):
            record.append(0, "begun", facts)
    assert record.entries == []


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize("value", [b"", np.float64(1), np.int64(1), bytearray(b"1"), math.inf, {1}, object()])
def test_what_is_no_json_is_no_value_to_put_in_later(value: object) -> None:
    several: tuple[dict[str, object], ...] = ({"n": 1}, {"n": [1]}, {"n": {"inner": 1.0}})
    for facts in several:
        record = Record(KEY)
        record.append(0, "begun", facts)
        record.append(0, "ended", {"why": "left", "steps": 0, "final": "sha256:0"})
        facts["n"] = value
        with pytest.raises(InvalidEpisodeError):
            record.check()


@pytest.mark.requirement("EVAL-01")
def test_receipts_asked_for_late_are_those_of_what_was_given() -> None:
    early, late = a_record(), a_record()
    given = [entry.receipt for entry in early.entries]
    late.entries[1].facts["tool"] = "other"  # type: ignore[index]
    assert [entry.receipt for entry in late.entries] == given
    with pytest.raises(InvalidEpisodeError, match="entry 1 of the record has no valid receipt"):
        late.check()


@pytest.mark.requirement("EVAL-01")
def test_what_was_given_has_no_receipts_once_it_was_written_on() -> None:
    record, other = a_record(), a_record(3)
    record._given.said[1] = other._given.said[2]  # type: ignore[union-attr]
    assert {entry.receipt for entry in record.entries} == {""}
    record.entries[1] = record.entries[2]._replace(number=1)
    with pytest.raises(InvalidEpisodeError):
        record.check()


@pytest.mark.requirement("EVAL-01")
@pytest.mark.parametrize("entry", [None, (1, 0, "called", {}, ""), RecordEntry(1, 0, "called", {}, None)])
def test_what_is_no_entry_is_none_of_a_record(entry: Any) -> None:
    record = a_record()
    record.entries[1] = entry
    with pytest.raises(InvalidEpisodeError, match="entry 1 of the record has no valid receipt"):
        record.check()


def test_the_order_of_facts_is_no_edit() -> None:
    record = a_record()
    before = record.entries[1].facts
    after = dict(reversed(list(before.items())))
    assert after == before
    assert list(after) != list(before)
    record.entries[1] = record.entries[1]._replace(facts=after)
    record.check()


FACTS = st.one_of(
    st.tuples(
        st.just("called"),
        st.fixed_dictionaries({"tool": st.text() | JSON, "args": st.dictionaries(st.text(), JSON, max_size=2)}),
    ),
    st.tuples(st.just("answered"), st.fixed_dictionaries({"failed": st.booleans() | JSON, "text": st.text() | JSON})),
    st.tuples(
        st.just("changed"),
        st.fixed_dictionaries(
            {
                "kind": st.text() | JSON,
                "facts": JSON,
                "irreversible": st.booleans() | JSON,
                "by": st.just("call") | JSON,
            }
        ),
    ),
    st.tuples(
        st.sampled_from(["called", "answered", "changed", "said", "é"]), st.dictionaries(st.text(), JSON, max_size=3)
    ),
)


@given(st.lists(FACTS, max_size=4))
def test_every_receipt_given_is_the_one_that_is_made_again(given_facts: list[tuple[str, dict[str, object]]]) -> None:
    record, before = Record(KEY), ""
    for number, (kind, facts) in enumerate(given_facts):
        before = seal(KEY, before, (number, 3, kind, facts))
        assert record.append(3, kind, facts).receipt == before


def test_going_back_takes_the_end_along() -> None:
    record = a_record()
    moment = record.entries[:7]
    record.rewind(moment)
    record.append(2, "ended", {"why": "left", "steps": 2, "final": "sha256:0"})
    record.check()
    assert [entry.number for entry in record.entries] == list(range(8))


def test_another_key_gives_other_receipts_and_the_same_digest() -> None:
    first, second = Record(b"1" * 32), Record(b"2" * 32)
    for record in (first, second):
        record.append(0, "begun", {"instance": "i"})
        record.append(0, "ended", {"why": "left", "steps": 0, "final": "sha256:0"})
    assert first.digest == second.digest
    assert {entry.receipt for entry in first.entries}.isdisjoint(entry.receipt for entry in second.entries)


def test_what_was_said_is_no_part_of_the_digest() -> None:
    quiet, loud = a_record(), Record(KEY)
    for entry in quiet.entries:
        loud.append(entry.step, entry.kind, entry.facts)
        if entry.kind == "called":
            loud.append(entry.step, "said", {"characters": 12})
    assert loud.digest == quiet.digest


def test_a_record_does_not_show_its_key() -> None:
    assert "kkkk" not in repr(a_record())


def test_a_record_of_two_episodes_is_none_of_one() -> None:
    record = Record(KEY)
    for _ in range(2):
        record.append(0, "begun", {"instance": "i"})
        record.append(0, "ended", {"why": "left", "steps": 0, "final": "sha256:0"})
    with pytest.raises(InvalidEpisodeError, match="not of one episode"):
        record.check()


@given(JSON)
def test_the_fast_spelling_is_that_of_the_standard_library(value: object) -> None:
    plain = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    assert spelling(value) == plain


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_is_no_json_has_no_spelling_and_spoils_none_after_it(value: object) -> None:
    for _ in range(50):
        with pytest.raises((ValueError, TypeError)):
            spelling({"inner": [value]})
    assert spelling({"inner": [1]}) == '{"inner":[1]}'
