"""Documents put together inside fixed bounds."""

import pytest

from remit.charter.positions import DEEPEST, MOST_VALUES, DocumentBuilder, place_of, resolve
from remit.errors import CharterSyntaxError
from remit.finding import Where

HERE = Where(file="remit.yaml", line=1)


@pytest.mark.requirement("CHARTER-08")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("nUll", "nUll"),
        ("true", True), ("FALSE", False), ("tRue", "tRue"), ("yes", "yes"), ("NO", "NO"), ("on", "on"),
        ("0", 0), ("-7", -7), ("+7", 7), ("007", 7), ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("1:30", "1:30"), ("2026-01-01", "2026-01-01"), ("٤", "٤"),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_resolved_by_the_core_schema(text: str, value: object) -> None:
    found = resolve(text, HERE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "9007199254740992", "-9007199254740993", "1e400", "9" * 300])
def test_a_number_that_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(CharterSyntaxError) as caught:
        resolve(text, HERE)
    assert caught.value.code == "charter.syntax.bad-number"


def test_the_place_of_a_path_is_its_own_or_the_nearest_above() -> None:
    two = Where(file="remit.yaml", line=2)
    places = {"": HERE, "grants.0": two}
    assert place_of(places, "grants.0.args.to") == two
    assert place_of(places, "grants.1") == HERE
    assert place_of(places, "") == HERE


def test_an_alias_inside_its_own_anchor_is_told_from_one_that_was_never_anchored() -> None:
    builder = DocumentBuilder()
    builder.start([], HERE, "self")
    with pytest.raises(CharterSyntaxError, match="contains itself"):
        builder.alias("self", HERE)
    with pytest.raises(CharterSyntaxError, match="nothing above is anchored"):
        builder.alias("other", HERE)


def test_as_many_values_as_allowed_are_built_and_one_more_is_not() -> None:
    builder = DocumentBuilder()
    builder.start([], HERE, None)
    for _ in range(MOST_VALUES - 1):
        builder.scalar("1", HERE, plain=True, anchor=None)
    with pytest.raises(CharterSyntaxError, match="more than 50,000 values"):
        builder.scalar("1", HERE, plain=True, anchor=None)


def test_as_many_levels_as_allowed_are_built_and_one_more_is_not() -> None:
    builder = DocumentBuilder()
    for _ in range(DEEPEST):
        builder.start([], HERE, None)
    with pytest.raises(CharterSyntaxError, match="nested deeper than 40"):
        builder.start([], HERE, None)
