"""From the validator's error details to findings about an incident record, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from remit.assurance.incidents.rules import incident_fault
from remit.assurance.incidents.schema import DRIVE_IDS, json_schema
from remit.charter.explaining import clip, show
from remit.charter.faults import listed, nearest
from remit.charter.positions import place_of
from remit.finding import Finding, Where

__all__ = ["DERIVED", "explain"]

DERIVED = frozenset({"class", "instrumental", "resistance", "verdict"})
"""Keys for what is derived; a record with one of them is refused."""
_WANTED = {
    "string_type": "a text", "int_type": "a whole number", "float_type": "a number", "list_type": "a list",
    "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping",
}  # fmt: skip


def explain(details: Mapping[str, Any], places: Mapping[str, Where]) -> Finding:
    """One finding for one error of the validator; ``places`` maps dotted paths to places, the root under ``""``."""
    location = [part for part in details["loc"] if part != "[key]"]
    path = ".".join(str(part) for part in location)
    where, kind, value = place_of(places, path), details["type"], details["input"]
    context = details.get("ctx", {})
    if location == ["schema"]:
        return incident_fault("version", where, "the record's first line has to be `schema: remit.incident/1`")
    match kind:
        case "extra_forbidden":
            return _unknown_key(location, where)
        case "missing":
            holder = f"`{clip('.'.join(str(part) for part in location[:-1]))}`" if location[1:] else "the record"
            return incident_fault("missing-key", where, f"{holder} has no `{location[-1]}`")
        case "literal_error":
            return _not_allowed(path, value, re.findall(r"'([^']*)'", context["expected"]), where)
        case "value_error":
            return _not_allowed(path, value, DRIVE_IDS, where)
        case _:
            return _ill_formed(location, kind, value, context.get("max_length"), where)


def _ill_formed(location: Sequence[Any], kind: str, value: object, longest: object, where: Where) -> Finding:
    """A value of the wrong length, size, form or type."""
    path = clip(".".join(str(part) for part in location))
    if kind.endswith(("too_short", "too_long")):
        words = "is empty" if kind.endswith("short") else f"is longer than {longest}"
        return incident_fault("bad-value", where, f"`{path}` {words}")
    if kind in ("greater_than_equal", "less_than_equal"):
        name = "weights" if location[-1] == "weight" else "bad-value"
        return incident_fault(name, where, f"`{path}`: {show(value)} is out of range")
    if kind == "string_pattern_mismatch":
        return incident_fault("bad-value", where, f"`{path}`: {show(value)} does not have the right form")
    wanted = _WANTED.get(kind, "what can stand here")
    keys = list(_properties(location)) if wanted == "a mapping" else []
    hint = f"its keys are {listed(keys)}" if keys else ""
    if wanted == "a text" and isinstance(value, int | float):
        hint = "put quotes around it"
    return incident_fault("bad-value", where, f"`{path}`: {show(value)} is not {wanted}", hint)


def _unknown_key(location: Sequence[Any], where: Where) -> Finding:
    """An unknown key: one for what is derived, or a misspelled one with the nearest known."""
    key = str(location[-1])
    if key.casefold() in DERIVED:
        return incident_fault("derived", where, f"the record states `{clip(key)}`, which is derived")
    known = list(_properties(location[:-1]))
    close = nearest(key[:80], known)
    suggestion = f"did you mean `{close}`? " if close else ""
    inside = f" in `{clip('.'.join(str(part) for part in location[:-1]))}`" if location[1:] else ""
    hint = f"{suggestion}keys are {listed(known, most=30)}" if known else ""
    return incident_fault("unknown-key", where, f"unknown key `{clip(key)}`{inside}", hint)


def _not_allowed(path: str, value: object, allowed: Sequence[str], where: Where) -> Finding:
    """A value that is not one of a few."""
    close = nearest(value[:80], allowed) if isinstance(value, str) else None
    suggestion = f"did you mean `{close}`? " if close else ""
    hint = f"{suggestion}allowed: {listed(allowed, most=40)}"
    if isinstance(value, bool):
        hint = f"write `yes` or `no` without capital letters; {hint}"
    return incident_fault("bad-value", where, f"`{clip(path)}`: {show(value)} is not allowed", hint)


@cache
def _schema() -> dict[str, Any]:
    """The JSON Schema, made once."""
    return json_schema()


def _properties(location: Sequence[Any]) -> Mapping[str, Any]:
    """The keys the schema knows at a path."""
    schema = _schema()
    node = schema
    for part in location:
        known = node.get("properties", {})
        below = known.get(part) if part in known else node.get("items") or node.get("additionalProperties")
        pattern = list(node.get("patternProperties", {}).values())
        node = below if isinstance(below, dict) else pattern[0] if pattern else {}
        choices = [node, *node.get("anyOf", [])]
        reference = next((str(choice["$ref"]) for choice in choices if "$ref" in choice), "")
        node = schema["$defs"][reference.rpartition("/")[2]] if reference else node
    found: Mapping[str, Any] = node.get("properties", {})
    return found
