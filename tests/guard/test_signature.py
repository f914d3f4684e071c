"""What is known of a tool's arguments: read off a JSON Schema or a function, bound, looked up."""

from __future__ import annotations

from typing import Any

import pytest

from remit.guard.rules.signature import Signature


@pytest.mark.parametrize(
    ("schema", "names", "is_open"),
    [
        ({"type": "object", "properties": {"a": {}, "b": {}}}, ("a", "b"), False),
        ({"properties": {"a": {}}, "additionalProperties": False}, ("a",), False),
        ({"properties": {"a": {}}, "additionalProperties": True}, ("a",), True),
        ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, ("a",), True),
        ({"properties": {}}, (), False),
        ({"type": "object"}, (), True),
        ({"type": "object", "additionalProperties": False}, (), False),
        ({"properties": "broken"}, (), False),
        ({}, (), True),
    ],
)
def test_a_schema_lists_arguments_and_says_whether_there_are_others(
    schema: dict[str, Any],
    names: tuple[str, ...],
    is_open: bool,  # noqa: FBT001
) -> None:
    signature = Signature.of_schema(schema)
    assert (signature.names, signature.open) == (names, is_open)


def test_fields_are_known_as_deep_as_the_schema_goes() -> None:
    inner = {"properties": {"c": {"type": "array", "items": {"properties": {"d": {}}}}}}
    signature = Signature.of_schema({"properties": {"a": inner, "free": {"type": "object"}}})
    assert list(signature.unknown({"a": {"c": [{"d": 1}]}, "free": {"x": 1}})) == []
    assert list(signature.unknown({"a": {"c": [{"d": 1}, {"e": 1}], "f": 1}, "g": 1})) == ["a.c.e", "a.f", "g"]
    assert list(signature.unknown({"a": "a text where a mapping was meant"})) == []


def test_a_schema_that_refers_to_itself_without_end_ends() -> None:
    schema: dict[str, Any] = {"properties": {}}
    schema["properties"]["a"] = schema
    signature = Signature.of_schema(schema)
    assert signature.names == ("a",)


def test_a_function_gives_names_defaults_and_whether_it_takes_anything() -> None:
    def plain(a: int, /, b: int = 2, *, c: str = "x") -> None:
        """Take a few."""

    def anything(a: int, *rest: int, **more: int) -> None:
        """Take whatever comes."""

    assert Signature.of_function(plain) == Signature(names=("a", "b", "c"), defaults={"b": 2, "c": "x"})
    assert Signature.of_function(anything) == Signature(names=("a",), open=True)
    assert Signature.of_function(plain).bind((1,), {"c": "y"}) == {"a": 1, "b": 2, "c": "y"}
