r"""What is shown to an overseer: the exact bytes, with nothing in them that could show something else.

The bytes are canonical JSON. Every sign that is invisible, moves the cursor, turns the direction of writing or hides
behind another is written as JSON's own escape (``\u202e``), so that the line on the screen is still JSON and still
means exactly what will run. What cannot be escaped away (a Cyrillic ``а`` in a Latin word) is said in a note.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator

__all__ = ["escaped", "notes", "shown_lines"]

_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")  # letters and marks that print nothing
_WORD = re.compile(r"[^\W\d_]{2,}")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "GEORGIAN", "DESERET")
_LIKE_LATIN = frozenset("авеѕіјкмнорстухһԁԛԝьӏАВЕЅІЈКМНОРСТУХԚԜαιοκνρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_MARKS_IN_A_ROW = 2
_MOST_NOTES = 8


def escaped(text: str) -> str:
    r"""The text with every sign that could deceive written as ``\uXXXX``; a line break and a tab too."""
    return "".join(_sign(sign, text[max(0, place - _MARKS_IN_A_ROW) : place]) for place, sign in enumerate(text))


def shown_lines(shown: bytes) -> tuple[str, ...]:
    """The exact bytes laid out for reading: JSON, one member per line, escaped; parsing the lines gives the same call.

    Raises ``ValueError`` for bytes that are not JSON.
    """
    laid_out = json.dumps(json.loads(shown), ensure_ascii=False, indent=2)
    return tuple(escaped(line) for line in laid_out.split("\n"))


def notes(shown: bytes) -> tuple[str, ...]:
    """What a reader would not see: invisible signs, look-alike letters, names that read otherwise.

    At most eight, one line each. Raises ``ValueError`` for bytes that are not UTF-8.
    """
    text = shown.decode("utf-8")
    found = dict.fromkeys([*_hidden(text), *_mixed(text), *_encoded(text)])
    return tuple(found)[:_MOST_NOTES]


def _sign(sign: str, before: str) -> str:
    """One sign, escaped where it could deceive; of many marks on one letter only the first two are drawn."""
    stacked = unicodedata.combining(sign) and len(before) == _MARKS_IN_A_ROW and all(map(unicodedata.combining, before))
    if sign == " " or not (_is_hidden(sign) or stacked):
        return sign
    if ord(sign) <= 0xFFFF:
        return f"\\u{ord(sign):04x}"
    high, low = divmod(ord(sign) - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _is_hidden(sign: str) -> bool:
    """Whether a sign is no visible sign: control, format, private, unassigned, a separator, a blank letter."""
    category = unicodedata.category(sign)
    return category[0] in "CZ" or sign in _BLANK or 0xFE00 <= ord(sign) <= 0xFE0F or 0xE0100 <= ord(sign) <= 0xE01EF


def _hidden(text: str) -> Iterator[str]:
    """A note for each kind of sign that had to be escaped."""
    kinds = {sign for sign in set(text) if sign != " " and _is_hidden(sign)}
    if kinds:
        names = ", ".join(
            sorted(f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name').lower()}" for sign in kinds)
        )
        yield f"invisible or turning signs, shown as escapes: {names[:200]}"


def _mixed(text: str) -> Iterator[str]:
    """A note for each word whose letters are not what they look like."""
    for word in dict.fromkeys(_WORD.findall(text)):
        scripts = {_script(letter) for letter in word} - {""}
        if len(scripts) > 1:
            yield f"`{_code_points(word)}` mixes {' and '.join(sorted(scripts))} letters"
        elif scripts and "Latin" not in scripts and all(letter in _LIKE_LATIN for letter in word):
            yield f"`{_code_points(word)}` looks Latin and is written in {scripts.pop()} letters"
        elif unicodedata.normalize("NFKC", word) != unicodedata.normalize("NFC", word):
            yield f"`{_code_points(word)}` has letters that only look like `{unicodedata.normalize('NFKC', word)[:40]}`"


def _encoded(text: str) -> Iterator[str]:
    """A note for each host name that is written in Punycode (RFC 3492)."""
    for label in dict.fromkeys(re.findall(r"xn--[a-z0-9-]{1,59}", text, re.IGNORECASE)):
        try:
            reads = label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError, OverflowError):
            continue
        yield f"`{label}` is shown by a browser as `{escaped(reads)}` ({_code_points(reads)})"


def _script(letter: str) -> str:
    """The script of a letter, of those that are mistaken for each other; empty for every other."""
    name = unicodedata.name(letter, "")
    first = name.partition(" ")[0]
    return first.capitalize() if first in _SCRIPTS else ""


def _code_points(word: str) -> str:
    """A word with everything but ASCII as an escape."""
    return "".join(sign if ord(sign) < 128 else f"\\u{ord(sign):04x}" for sign in word[:40])
