"""Whether a call can be written down exactly: what cannot be recorded cannot be decided."""

from __future__ import annotations

import math
from collections.abc import Mapping

__all__ = ["unwritable"]

_DEEPEST = 32
_MOST_PARTS = 100_000
_EXACT = 2**53 - 1  # what a JSON number holds exactly


def unwritable(tool: object, args: object) -> str:
    """Why a tool and its arguments have no exact JSON spelling, empty when they have one."""
    if not isinstance(tool, str) or not tool or not isinstance(args, Mapping):
        return "a call is the name of a tool and its arguments by name"
    if type(args) is dict and all(_simple(value) for value in args.values()) and all(map(_simple_name, args)):
        return ""
    pending: list[tuple[object, int]] = [(args, 0)]
    parts = 0
    while pending:
        value, depth = pending.pop()
        parts += 1
        if depth > _DEEPEST or parts + len(pending) > _MOST_PARTS:
            return "its arguments are nested too deep, or too many"
        if isinstance(value, Mapping):
            if not all(isinstance(key, str) and _is_text(key) for key in value):
                return "the name of an argument or field is not a text"
            pending.extend((part, depth + 1) for part in value.values())
        elif isinstance(value, list | tuple):
            pending.extend((part, depth + 1) for part in value)
        elif not _plain(value):
            return f"`{value!r:.60}` has no exact JSON spelling"
    return ""


def _simple(value: object) -> bool:
    """Whether a value is one of those most calls are made of: short ASCII texts, small whole numbers, yes and no."""
    if isinstance(value, str):
        return value.isascii()
    return isinstance(value, int) and -_EXACT <= value <= _EXACT


def _simple_name(name: object) -> bool:
    """Whether the name of an argument is an ASCII text."""
    return isinstance(name, str) and name.isascii()


def _plain(value: object) -> bool:
    """Whether a single value has an exact JSON spelling."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, int):
        return -_EXACT <= value <= _EXACT
    return isinstance(value, float) and math.isfinite(value)


def _is_text(value: str) -> bool:
    """Whether a text is Unicode: one with half a surrogate pair has no UTF-8 spelling."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
