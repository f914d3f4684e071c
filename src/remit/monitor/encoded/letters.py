"""Letters written as escapes, in hexadecimal, octal or by name."""

from __future__ import annotations

import re

__all__ = ["unescape"]

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(0[0-7]{1,3}|[0-7]{1,3})|c(.)|(\n)|(.))",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


def unescape(text: str) -> str:
    """The letters of a ``$'…'`` string, of a format of ``printf``, or of an argument of ``echo -e``."""
    return _ESCAPE.sub(_letter, text) if "\\" in text else text


def _letter(match: re.Match[str]) -> str:
    """The letter an escape stands for."""
    byte, short, long, octal, control, line, other = match.groups()
    for digits in (byte, short, long):
        if digits:
            number = int(digits, 16)
            return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else ""
    if octal:
        return chr(int(octal, 8) & 0xFF)
    if control:
        return chr(ord(control) & 0x1F)
    if line is not None:
        return ""
    return _LETTERS.get(other, other if other in "\\'\"?" else "\\" + other)
