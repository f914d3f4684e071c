"""From the validator's error details to findings a person can act on: the place, what was found, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from remit.charter.faults import fault, listed, nearest, rule_named
from remit.charter.positions import place_of
from remit.charter.schema import json_schema
from remit.errors import CharterSchemaError
from remit.finding import Finding, Where

__all__ = ["allowed_keys", "clip", "explain", "show"]

_WANTED = {
    "string_type": "a text", "int_type": "a whole number", "float_type": "a number", "bool_type": "`true` or `false`",
    "list_type": "a list", "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping",
    "int_from_float": "a whole number",
}  # fmt: skip
_RANGE = {
    "greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"), "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}  # fmt: skip


def explain(details: Mapping[str, Any], places: Mapping[str, Where]) -> Finding:
    """One finding for one error of the validator.

    ``places`` maps dotted paths to places, the root under ``""``.
    """
    location = [part for part in details["loc"] if part != "[key]"]
    path = ".".join(str(part) for part in location)
    where = place_of(places, path)
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    cause = getattr(context.get("error"), "__cause__", None)
    if isinstance(cause, CharterSchemaError):
        return fault(rule_named(cause.code).name, where, f"{_in(path)}{cause.message}", cause.hint)
    if kind == "extra_forbidden":
        return _unknown_key(location, where)
    if kind == "missing":
        return _missing(location, where)
    if kind == "literal_error":
        return _not_allowed(path, value, context["expected"], where)
    if kind in _RANGE:
        name, words = _RANGE[kind]
        return fault(
            "out-of-range", where, f"{_in(path)}{show(value)} must be {words} {context[name]:g}", _about(location)
        )
    if kind in ("string_too_short", "too_short", "string_too_long", "too_long"):
        return _length(path, kind, context, where, location)
    if kind in _WANTED:
        hint = _spelling(_WANTED[kind], value, allowed_keys(location)) or _about(location)
        return fault("wrong-type", where, f"{_in(path)}{show(value)} is not {_WANTED[kind]}", hint)
    return fault("wrong-type", where, f"{_in(path)}{show(value)} cannot stand here", _about(location))


def _spelling(wanted: str, value: object, keys: list[str]) -> str:
    """The hint for a value that is right but for its spelling; ``keys`` are those of the mapping wanted."""
    if wanted == "a mapping" and keys:
        return ("write `{}` if there is nothing to say; " if value is None else "") + f"its keys are {listed(keys)}"
    if wanted == "a list" and isinstance(value, str | Mapping):
        return "write `- ` in front of each entry, or put them in `[ ]`"
    if not isinstance(value, str):
        return ""
    if "`true`" in wanted and value.lower() in ("yes", "no", "on", "off", "y", "n"):
        return f"write `true` or `false`: `{value}` is a text in YAML 1.2"
    if "`true`" in wanted and value.lower() in ("true", "false"):
        return "take away the quotes"
    return "take away the quotes" if "number" in wanted and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else ""


def _unknown_key(location: list[Any], where: Where) -> Finding:
    """An unknown key, with the nearest known one."""
    key, parent = str(location[-1]), location[:-1]
    known = allowed_keys(parent)
    close = nearest(key, known)
    suggestion = f"did you mean `{close}`? " if close else ""
    inside = f" in `{'.'.join(str(part) for part in parent)}`" if parent else ""
    return fault(
        "unknown-key", where, f"unknown key `{clip(key)}`{inside}", f"{suggestion}keys are {listed(known, most=24)}"
    )


def _missing(location: list[Any], where: Where) -> Finding:
    """A required key that is not there."""
    key, parent = str(location[-1]), location[:-1]
    if location == ["remit"]:
        return fault("version", where, "the key `remit` is missing")
    inside = f"`{'.'.join(str(part) for part in parent)}`" if parent else "the charter"
    return fault("missing-key", where, f"{inside} has no `{key}`", f"add it; {_about(location)}")


def _not_allowed(path: str, value: object, expected: str, where: Where) -> Finding:
    """A value that is not one of a few."""
    allowed = re.findall(r"'([^']*)'", expected)
    close = nearest(value, allowed) if isinstance(value, str) else None
    suggestion = f"did you mean `{close}`? " if close else ""
    return fault(
        "not-allowed", where, f"{_in(path)}{show(value)} is not allowed", f"{suggestion}allowed: {listed(allowed)}"
    )


def _length(path: str, kind: str, context: Mapping[str, Any], where: Where, location: list[Any]) -> Finding:
    """A text or list that is too short or too long."""
    if kind.endswith("short"):
        return fault("says-nothing", where, f"`{path}` is empty", _about(location))
    return fault("out-of-range", where, f"`{path}` is longer than {context['max_length']} characters", _about(location))


def _in(path: str) -> str:
    """The start of a message about the value at a path."""
    return f"`{clip(path)}`: " if path else ""


def show(value: object) -> str:
    """What was written, as the author would recognise it."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f"the text `{clip(value)}`" if value else "an empty text"
        case Mapping():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return f"`{clip(str(value))}`"


def clip(text: str) -> str:
    """A text on one line and short enough for a message."""
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def allowed_keys(location: list[Any]) -> list[str]:
    """The keys the schema knows at a path of the document."""
    properties = _node(location).get("properties", {})
    return list(properties)


def _about(location: list[Any]) -> str:
    """What the schema says about the field at a path."""
    text = str(_node(location).get("description", "")).removesuffix(".")
    if not text or not location:
        return ""
    return text[:1].lower() + text[1:] if isinstance(location[-1], int) else f"`{location[-1]}`: {text}"


@cache
def _schema() -> dict[str, Any]:
    """The JSON Schema, made once."""
    return json_schema()


def _node(location: list[Any]) -> dict[str, Any]:
    """The part of the schema that governs a path; the last part with a meaning when the path goes beyond."""
    node: dict[str, Any] = _schema()
    for part in location:
        below = _below(node, part)
        if below is None:
            return {"description": node.get("description", "")}
        node = below
    return _resolved(node)


def _below(node: dict[str, Any], part: object) -> dict[str, Any] | None:
    """The schema of a key or item."""
    for choice in _choices(node):
        properties = choice.get("properties", {})
        if isinstance(part, str) and part in properties:
            return dict(properties[part])
        more = choice.get("items") if isinstance(part, int) else choice.get("additionalProperties")
        named = list(choice.get("patternProperties", {}).values())
        more = more if isinstance(more, dict) else named[0] if named else None
        if isinstance(more, dict):
            return more
    return None


def _choices(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The alternatives a schema stands for, references followed."""
    found: list[dict[str, Any]] = []
    for choice in node.get("anyOf", [node]):
        reference = choice.get("$ref", "")
        found.append(_schema()["$defs"][reference.rpartition("/")[2]] if reference else choice)
    return found


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A schema with its own description and the keys of the mapping it refers to."""
    for choice in _choices(node):
        if "properties" in choice:
            return {**choice, "description": node.get("description", choice.get("description", ""))}
    return node
