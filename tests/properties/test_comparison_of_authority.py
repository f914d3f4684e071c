"""A call only the new charter lets through, found by trying calls, is always announced as a widening."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.charter.comparison import compare_authority
from remit.charter.matching import matches
from remit.charter.model import Charter
from remit.charter.reader import charter_from_document

VALUES: dict[str, list[object]] = {
    "amount": [0, 1, 5, 50, 500],
    "region": ["eu", "us", "EU", ""],
    "path": ["work", "work/a", "work/../etc", "etc", "/work"],
    "to": ["a@acme.example", "b@mail.acme.example", "c@evil.example"],
}
CONSTRAINTS: dict[str, list[dict[str, Any]]] = {
    "amount": [{"max": 5}, {"max": 50}, {"min": 1}, {"min": 5, "max": 50}, {"equals": 5}, {"in": [1, 50]}],
    "region": [{"equals": "eu"}, {"in": ["eu", "us"]}, {"prefix": "e"}, {"matches": "[a-z]+"}, {"length": 1}],
    "path": [{"under": "work"}, {"under": ["work/a", "etc"]}, {"under": "."}, {"prefix": "work"}],
    "to": [{"domain": "acme.example"}, {"domain": ["*.acme.example", "acme.example"]}, {"domain": "evil.example"}],
}
PEOPLE = ["ops", "boss"]


def constraint_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A constraint for one argument."""
    return st.sampled_from(CONSTRAINTS[name])


GRANTS = st.lists(
    st.builds(
        lambda tool, args, ask: {"tool": tool, "args": args, "ask": ask},
        st.sampled_from(["pay", "send", "*"]),
        st.fixed_dictionaries({}, optional={name: constraint_of(name) for name in VALUES}),
        st.lists(st.sampled_from(PEOPLE), unique=True),
    ),
    max_size=3,
)
CALLS = st.builds(
    lambda tool, args: (tool, args),
    st.sampled_from(["pay", "send", "other"]),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}),
)


def charter_of(grants: list[dict[str, Any]]) -> Charter:
    """A charter with these grants."""
    people = {name: {"channels": ["cli"]} for name in PEOPLE}
    head = {"remit": 1, "agent": {"name": "a"}, "purpose": {"text": "x"}, "overseers": people}
    return charter_from_document({**head, "grants": grants})


def ways(charter: Charter, tool: str, args: dict[str, object]) -> set[frozenset[str]]:
    """Who is asked under each grant that lets a call through; empty when none does."""
    return {
        frozenset(grant.ask)
        for grant in charter.grants
        if grant.tool in ("*", tool) and all(matches(part, args[name]) is True for name, part in grant.args.items())
    }


def is_easier(old: set[frozenset[str]], new: set[frozenset[str]]) -> bool:
    """Whether some way of the new charter asks for less than every way of the old one did."""
    return any(not any(asked <= way for asked in old) for way in new)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Grants, and the same grants after one small edit: another condition, one fewer, one more, another person asked."""
    old = draw(GRANTS.filter(bool))
    number = draw(st.integers(0, len(old) - 1))
    grant, name = old[number], draw(st.sampled_from(sorted(VALUES)))
    args = {other: part for other, part in grant["args"].items() if other != name}
    if draw(st.booleans()):
        args[name] = draw(constraint_of(name))
    asks = draw(st.sampled_from([grant["ask"], grant["ask"], [], ["ops"], PEOPLE]))
    return old, [*old[:number], {**grant, "args": args, "ask": asks}, *old[number + 1 :]]


@pytest.mark.requirement("CHARTER-19", "CHARTER-10")
@settings(max_examples=examples(150), deadline=None)
@given(pair=pairs(), calls=st.lists(CALLS, min_size=10, max_size=30))
def test_a_call_only_the_new_charter_lets_through_is_announced(
    pair: tuple[list[dict[str, Any]], list[dict[str, Any]]], calls: list[tuple[str, dict[str, object]]]
) -> None:
    before, after = charter_of(pair[0]), charter_of(pair[1])
    easier = [call for call in calls if is_easier(ways(before, *call), ways(after, *call))]
    if easier:
        assert any(change.kind == "widened" for change in compare_authority(before, after))


@settings(max_examples=examples(60), deadline=None)
@given(grants=GRANTS, data=st.data())
def test_taking_away_grants_that_ask_nobody_never_widens(grants: list[dict[str, Any]], data: st.DataObject) -> None:
    grants = [{**grant, "ask": []} for grant in grants]
    kept = data.draw(st.lists(st.sampled_from(grants), unique_by=id) if grants else st.just([]))
    kept = [grant for grant in grants if any(grant is other for other in kept)]
    assert not any(change.kind == "widened" for change in compare_authority(charter_of(grants), charter_of(kept)))


@settings(max_examples=examples(60), deadline=None)
@given(old=GRANTS, new=GRANTS)
def test_a_comparison_turned_round_finds_a_difference_too(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    before, after = charter_of(old), charter_of(new)
    assert bool(compare_authority(before, after)) is bool(compare_authority(after, before))
