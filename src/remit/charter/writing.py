"""Plain values as one line of YAML, in the style charters are written in: ``{tool: email.send, ask: [ops]}``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from remit.charter.positions import resolve
from remit.errors import CharterSyntaxError
from remit.finding import Where

__all__ = ["write_value"]

_BARE = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./@*<>=+()%€$;-]|:(?=[A-Za-z0-9_./])| (?=[A-Za-z0-9_./<>=(+*]))*")
_NOWHERE = Where(file="", line=1)


def write_value(value: object) -> str:
    """A plain value on one line, quoted only where YAML needs it; reading it back gives the same value.

    Raises ``TypeError`` for anything that is not made of mappings, lists, texts, numbers, booleans and ``None``.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return value if _is_bare(value) else _quoted(value)
        case Mapping():
            return "{" + ", ".join(f"{write_value(str(key))}: {write_value(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(write_value(item) for item in value) + "]"
        case _:
            raise TypeError(f"`{type(value).__name__}` is not a plain value")


def _is_bare(text: str) -> bool:
    """Whether a text means itself without quotes."""
    if not _BARE.fullmatch(text) or text in ("---", "...") or len(text) > 200:
        return False
    try:
        return isinstance(resolve(text, _NOWHERE), str)
    except CharterSyntaxError:
        return False


def _quoted(text: str) -> str:
    """A text in double quotes."""
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    """A letter inside double quotes (YAML 1.2.2 section 5.7)."""
    if letter in '"\\':
        return "\\" + letter
    if letter.isprintable() and letter != "\ufeff":
        return letter
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(letter)
    return named or (f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}")
