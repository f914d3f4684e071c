"""From the validator's error details to findings a person can act on, for the schema of the safety case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from remit.assurance.rules import case_fault
from remit.assurance.schema import json_schema
from remit.charter.explaining import clip, show
from remit.charter.faults import listed, nearest
from remit.charter.positions import place_of
from remit.finding import Finding, Where

__all__ = ["explain"]

_WANTED = {
    "string_type": "a text", "int_type": "a whole number", "float_type": "a number", "bool_type": "`true` or `false`",
    "list_type": "a list", "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping",
    "int_from_float": "a whole number",
}  # fmt: skip
_RANGE = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}


def explain(details: Mapping[str, Any], places: Mapping[str, Where]) -> Finding:
    """One finding for one error of the validator; ``places`` maps dotted paths to places, the root under ``""``."""
    location = [part for part in details["loc"] if part != "[key]"]
    path = ".".join(str(part) for part in location)
    where = place_of(places, path)
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    inside = f"`{clip(path)}`: " if path else ""
    if kind == "extra_forbidden":
        return _unknown_key(location, where)
    if kind == "missing":
        holder = f"`{clip('.'.join(str(part) for part in location[:-1]))}`" if location[1:] else "the case"
        return case_fault("missing-key", where, f"{holder} has no `{location[-1]}`", f"add it; {_about(location)}")
    if kind == "literal_error":
        return _not_allowed(inside, value, context["expected"], where)
    if kind in _RANGE:
        name, words = _RANGE[kind]
        return case_fault(
            "out-of-range", where, f"{inside}{show(value)} must be {words} {context[name]}", _about(location)
        )
    if kind == "value_error":
        return case_fault("bad-form", where, f"{inside}{show(value)} cannot be read", str(context.get("error", "")))
    if kind == "string_pattern_mismatch":
        hint = "a digest is `sha256:` and 64 of the digits 0 to 9 and a to f"
        return case_fault("bad-form", where, f"{inside}{show(value)} is not a digest", hint)
    if kind.endswith(("too_short", "too_long")):
        words = "is empty" if kind.endswith("short") else f"is longer than {context['max_length']}"
        return case_fault("out-of-range", where, f"{inside}{words}".replace(": is", " is"), _about(location))
    wanted = _WANTED.get(kind, "what can stand here")
    return case_fault(
        "wrong-type", where, f"{inside}{show(value)} is not {wanted}", _spelling(wanted, value) or _about(location)
    )


def _spelling(wanted: str, value: object) -> str:
    """The hint for a value that is right but for its spelling."""
    if wanted == "a list" and isinstance(value, str | Mapping):
        return "write `- ` in front of each entry, or put them in `[ ]`"
    if isinstance(value, str) and "`true`" in wanted and value.lower() in ("yes", "no", "on", "off"):
        return f"write `true` or `false`: `{value}` is a text in YAML 1.2"
    numeric = isinstance(value, str) and "number" in wanted and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)
    return "take away the quotes" if numeric else ""


def _unknown_key(location: list[Any], where: Where) -> Finding:
    """An unknown key, with the nearest known one."""
    key, parent = str(location[-1]), location[:-1]
    known = list(_node(parent).get("properties", {}))
    close = nearest(key[:80], known)
    suggestion = f"did you mean `{close}`? " if close else ""
    inside = f" in `{clip('.'.join(str(part) for part in parent))}`" if parent else ""
    hint = f"{suggestion}keys are {listed(known, most=24)}"
    return case_fault("unknown-key", where, f"unknown key `{clip(key)}`{inside}", hint)


def _not_allowed(inside: str, value: object, expected: str, where: Where) -> Finding:
    """A value that is not one of a few."""
    allowed = re.findall(r"'([^']*)'", expected)
    close = nearest(value[:80], allowed) if isinstance(value, str) else None
    suggestion = f"did you mean `{close}`? " if close else ""
    hint = f"{suggestion}allowed: {listed(allowed)}"
    return case_fault("not-allowed", where, f"{inside}{show(value)} is not allowed", hint)


def _about(location: list[Any]) -> str:
    """What the schema says about the field at a path."""
    text = str(_node(location).get("description", "")).removesuffix(".")
    return f"`{location[-1]}`: {text}" if text and location else ""


@cache
def _schema() -> dict[str, Any]:
    """The JSON Schema, made once."""
    return json_schema()


def _node(location: list[Any]) -> dict[str, Any]:
    """The part of the schema that governs a path; an empty one where the path leaves it."""
    node: dict[str, Any] = _schema()
    for part in location:
        known = node.get("properties", {})
        named = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
        below = known.get(part) if part in known else node.get("items") if isinstance(part, int) else named[0]
        if not isinstance(below, dict):
            return {}
        node = _followed(below)
    return node


def _followed(node: dict[str, Any]) -> dict[str, Any]:
    """A part of the schema with its reference followed, keeping its own description."""
    reference = node.get("$ref", "")
    if not reference:
        return node
    found: dict[str, Any] = _schema()["$defs"][reference.rpartition("/")[2]]
    return {**found, "description": node.get("description", found.get("description", ""))}
