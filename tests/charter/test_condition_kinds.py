"""Conditions compare like with like: what CEL would quietly call different cannot be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.answer import Undecidable
from remit.charter.condition import compile_condition
from remit.charter.expression import likenesses, tokenize

UNKNOWN = "cannot be told"


def answer(text: str, **args: object) -> object:
    """What a condition says of a call with these arguments."""
    found = compile_condition(text, names=()).evaluate(call={"args": args}, budget={}, session={})
    return UNKNOWN if isinstance(found, Undecidable) else found


@pytest.mark.requirement("DECIDE-08")
@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("call.args.a == 1000000", "1,000,000", UNKNOWN),
        ("call.args.a == 1000000", 1000000.0, True),
        ("1000000 != call.args.a", "x", UNKNOWN),
        ("call.args.a == 'x'", ["x"], UNKNOWN),
        ("call.args.a == 'x'", None, UNKNOWN),
        ("call.args.a == 'x'", {"x": 1}, UNKNOWN),
        ("call.args.a == 'x'", "y", False),
        ("call.args.a == -3", "-3", UNKNOWN),
        ("call.args.a == -3", -3, True),
        ("call.args.a == true", 1, UNKNOWN),
        ("call.args.a in ['x', 3]", True, UNKNOWN),
        ("call.args.a in ['x', 3]", 4, False),
        ("call.args.a in []", 4, False),
        ("call.args.a == null", 4, False),
        ("call.args.a == null", None, True),
        ("call.args.a.size() == 3", "abc", True),
        ("call.args.a.exists(r, r == 'x')", ["x"], True),
        ("call.args.a.b == 'x'", {"b": 7}, UNKNOWN),
        ("call.args.a == 'x' || call.args.a == 'y'", "y", True),
    ],
)
def test_values_of_different_kinds_are_not_compared(text: str, value: object, expected: object) -> None:
    assert answer(text, a=value) == expected


def test_two_arguments_are_compared_when_they_are_of_one_kind() -> None:
    assert answer("call.args.a == call.args.b", a=3, b=3.0) is True
    assert answer("call.args.a == call.args.b", a=3, b="3") == UNKNOWN


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("call.args.a > 3 && call.args.b.c == 'x'", {"a", "b"}),
        ("call.recipients > 3", set()),
        ("has(call.args.a)", {"a"}),
        ("call.args.a.startsWith('x')", {"a"}),
        ("call.args['a'] == 3", None),
        ("call.args.exists(k, k == 'a')", None),
        ("size(call.args) > 3", None),
        ("call.args == {}", None),
    ],
)
def test_a_condition_says_which_arguments_it_reads(text: str, arguments: set[str] | None) -> None:
    assert compile_condition(text, names=()).arguments == arguments


@given(text=st.text(alphabet="ab.()[]'\"=!<>&| ,-0123456789intrue", max_size=40))
def test_looking_for_comparisons_is_total(text: str) -> None:
    assert all(pair.paths for pair in likenesses(tokenize(text)))
