"""What a record may speak of: the parts of a subject, and how a foreign format names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["PREFIX", "SUBJECT_KEYS", "stated"]

SUBJECT_KEYS = ("charter", "image", "model", "prompt", "tools", "envelope")
"""The parts of a subject a case can state."""
PREFIX = "remit.subject."
"""How a property of a foreign format that states a part begins: ``remit.subject.image``."""
_LONGEST = 300


def stated(properties: Iterable[tuple[object, object]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parts of a subject that properties state, and the parts they state in two ways, which then are left out."""
    found: dict[str, str] = {}
    torn: set[str] = set()
    for name, value in properties:
        if not isinstance(name, str) or not isinstance(value, str) or not name.startswith(PREFIX):
            continue
        key = name.removeprefix(PREFIX)
        fits = 0 < len(value) <= _LONGEST and value.isprintable()
        if key in SUBJECT_KEYS and fits and found.setdefault(key, value) != value:
            torn.add(key)
    return {key: value for key, value in found.items() if key not in torn}, tuple(sorted(torn))


def members(value: object) -> Iterable[tuple[object, object]]:
    """The members of an object, none where something else stands."""
    return value.items() if isinstance(value, Mapping) else ()
