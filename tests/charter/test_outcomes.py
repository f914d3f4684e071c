"""Conditions on outcome facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.model import Condition
from remit.charter.outcomes import parse_conditions, write_condition
from remit.errors import CharterSchemaError

CONDITIONS = st.builds(
    Condition,
    fact=st.sampled_from(["out.tickets", "out.refund", "out.service_up"]),
    at_least=st.integers(1, 9),
    holds=st.booleans(),
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("out.refund", [("out.refund", 1, True)]),
        ("not out.refund", [("out.refund", 1, False)]),
        ("out.tickets >= 2", [("out.tickets", 2, True)]),
        ("out.tickets>=2", [("out.tickets", 2, True)]),
        ("not out.tickets >= 3", [("out.tickets", 3, False)]),
        ("out.a and not out.b and out.c >= 9", [("out.a", 1, True), ("out.b", 1, False), ("out.c", 9, True)]),
        (["out.a", "out.b >= 2"], [("out.a", 1, True), ("out.b", 2, True)]),
    ],
)
def test_literals_are_read(text: object, read: list[tuple[str, int, bool]]) -> None:
    assert [(one.fact, one.at_least, one.holds) for one in parse_conditions(text)] == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tickets",
        "out.",
        "out.A",
        "out.a >= 0",
        "out.a >= 10",
        "out.a > 2",
        "out.a or out.b",
        "cap.shell",
        "not not out.a",
        "out.a and",
        [],
        [1],
        None,
        3,
        "out." + "a" * 600,
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(CharterSchemaError) as caught:
        parse_conditions(text)
    assert caught.value.code == "charter.schema.bad-outcome"


@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=4))
def test_what_is_written_is_read_back(conditions: list[Condition]) -> None:
    texts = [write_condition(condition) for condition in conditions]
    assert parse_conditions(texts) == tuple(conditions)
    assert parse_conditions(" and ".join(texts)) == tuple(conditions)
