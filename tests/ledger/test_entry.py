"""The spelling of an entry: canonical, read back as it was, and nothing else is taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.digest import canonical_json
from remit.errors import TamperedError
from remit.ledger.entry import KINDS, SETTLING, read_entry, spell_entry, spell_facts
from remit.ledger.tree import leaf_hash

pytestmark = pytest.mark.requirement("LEDGER-01")

FACTS = st.dictionaries(
    st.text(max_size=6),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.text(),
        lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=4), parts, max_size=3),
        max_leaves=6,
    ).filter(lambda value: "inf" not in repr(value).lower()),
    max_size=4,
)
TIMES = st.floats(min_value=0, max_value=1e9, allow_nan=False).map(lambda value: round(value, 6))


@given(
    number=st.integers(1, 2**40),
    at=st.text(max_size=20),
    seconds=TIMES,
    kind=st.sampled_from(sorted(KINDS)),
    facts=FACTS,
)
def test_an_entry_is_spelled_canonically_and_read_back_as_it_was(
    number: int, at: str, seconds: float, kind: str, facts: dict[str, object]
) -> None:
    body = spell_entry(number, at, seconds, kind, canonical_json(facts))
    said = {"number": number, "at": at, "monotonic": seconds, "kind": kind, "facts": facts}
    assert body == canonical_json(said)
    entry = read_entry(number, body)
    head = (entry.number, entry.at, entry.monotonic, entry.kind)
    assert head == (number, at, seconds, kind)
    assert canonical_json(entry.facts) == canonical_json(facts)
    assert entry.spelled() == body
    assert entry.leaf == leaf_hash(body)


@pytest.mark.requirement("LEDGER-07")
@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_no_other_bytes_are_an_entry(body: bytes) -> None:
    with pytest.raises(TamperedError, match="entry 1 is not what was recorded") as refused:
        read_entry(1, body)
    assert refused.value.code == "ledger.tampered.edited"


WHOLE = {"at": "2026-11-21T12:00:00+00:00", "facts": {}, "kind": "message", "monotonic": 1.5, "number": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"number": 2},
        {"number": "1"},
        {"kind": "whim"},
        {"kind": ["message"]},
        {"facts": []},
        {"at": 1},
        {"monotonic": "soon"},
        {"monotonic": {}},
        {"more": 1},
        {"facts": None},
    ],
)
def test_an_entry_of_another_form_is_none(change: dict[str, object]) -> None:
    assert read_entry(1, canonical_json(WHOLE)).kind == "message"
    with pytest.raises(TamperedError):
        read_entry(1, canonical_json({**WHOLE, **change}))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_an_entry_that_lacks_a_part_is_none(name: str) -> None:
    with pytest.raises(TamperedError):
        read_entry(1, canonical_json({key: value for key, value in WHOLE.items() if key != name}))


def test_facts_nested_without_end_are_unwritable() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert spell_facts("message", {"list": endless}) == b'{"unwritable":"RecursionError in the facts of this entry"}'


def test_what_settles_an_intent_is_a_kind() -> None:
    assert set(KINDS) > SETTLING
