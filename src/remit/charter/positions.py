"""A document put together from parsing events, with the place of every key and item, inside fixed bounds.

Knows nothing of YAML's text: the reader feeds it scalars, starts, ends and aliases one by one, so that a hostile
document is refused while it is read and never built.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.charter.faults import error_from, fault
from remit.finding import Where

__all__ = ["CONTROL", "DEEPEST", "MOST_TEXT", "MOST_VALUES", "Bounds", "DocumentBuilder", "place_of"]

MOST_VALUES = 50_000
MOST_TEXT = 2 * 1024 * 1024
DEEPEST = 40

CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]{1,100}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,100}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)
_WORDS: Mapping[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_EXACT = 2**53

Plain = dict[str, object] | list[object] | str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a document may be: bytes of its file, and values and characters once aliases are written out."""

    size: int = 1024 * 1024
    values: int = MOST_VALUES
    text: int = MOST_TEXT


@dataclass(slots=True, kw_only=True)
class _Open:
    """A mapping or list that is still being filled."""

    value: dict[str, object] | list[object]
    path: str
    anchor: str | None
    key: str | None = None  # the key waiting for its value
    values_before: int
    text_before: int
    depth_below: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchored:
    """A finished value an alias may repeat, with what repeating it costs."""

    value: object
    values: int
    text: int
    depth: int


@dataclass(slots=True, kw_only=True)
class DocumentBuilder:
    """Builds plain values and remembers where each was written.

    ``places`` maps a dotted path (``grants.0.tool``) to the place of its key, or of the item for list entries. Raises
    ``CharterSyntaxError`` for a duplicate key, a key that is no text, a bad alias, or a crossed bound.
    """

    bounds: Bounds = Bounds()
    places: dict[str, Where] = field(default_factory=dict)
    root: object = None
    _stack: list[_Open] = field(default_factory=list)
    _anchors: dict[str, _Anchored] = field(default_factory=dict)
    _values: int = 0
    _text: int = 0

    def start(self, value: dict[str, object] | list[object], where: Where, anchor: str | None) -> None:
        """Open a mapping or list."""
        if self._expects_key():
            raise error_from([fault("bad-key", where, "a key must be text, not a list or mapping")])
        path = self._next_path(where)
        before, text = self._values, self._text
        self._count(1, 0, where)
        self._stack.append(_Open(value=value, path=path, anchor=anchor, values_before=before, text_before=text))
        if len(self._stack) > DEEPEST:
            raise _too_deep(where)

    def end(self) -> None:
        """Close the innermost mapping or list."""
        done = self._stack.pop()
        if done.anchor is not None:
            self._anchors[done.anchor] = _Anchored(
                value=done.value,
                values=self._values - done.values_before,
                text=self._text - done.text_before,
                depth=done.depth_below + 1,
            )
        if self._stack:
            self._stack[-1].depth_below = max(self._stack[-1].depth_below, done.depth_below + 1)
        self._put(done.value)

    def scalar(self, text: str, where: Where, *, plain: bool, anchor: str | None) -> None:
        """Add a key or a value; a plain (unquoted) one is resolved by the YAML 1.2 core schema."""
        self._count(1, len(text), where)
        _refuse_controls(text, where)
        if self._expects_key():
            self._key(text, where, plain=plain)
            return
        self._next_path(where)
        value = resolve(text, where) if plain else text
        if anchor is not None:
            self._anchors[anchor] = _Anchored(value=value, values=1, text=len(text), depth=0)
        self._put(value)

    def alias(self, name: str, where: Where) -> None:
        """Repeat an anchored value, at its full cost."""
        if self._expects_key():
            raise error_from([fault("bad-key", where, f"the alias `*{name}` cannot be a key")])
        if any(part.anchor == name for part in self._stack):
            raise error_from([fault("bad-alias", where, f"the alias `*{name}` contains itself")])
        if name not in self._anchors:
            raise error_from([fault("bad-alias", where, f"nothing above is anchored as `&{name}`")])
        known = self._anchors[name]
        self._count(known.values, known.text, where)
        if len(self._stack) + known.depth > DEEPEST:
            raise _too_deep(where)
        if self._stack:
            self._stack[-1].depth_below = max(self._stack[-1].depth_below, known.depth)
        self._next_path(where)
        self._put(copy.deepcopy(known.value))

    def _expects_key(self) -> bool:
        """Whether the next value is a key."""
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None

    def _key(self, text: str, where: Where, *, plain: bool) -> None:
        """Take a key of the innermost mapping."""
        part = self._stack[-1]
        if plain and text == "<<":
            raise error_from([fault("merge-key", where, "merge keys `<<` are not read")])
        if plain and not isinstance(resolve(text, where), str):
            shown = text or "(nothing)"
            raise error_from([fault("bad-key", where, f"the key `{shown}` is not text", f'quote it: `"{text}"`')])
        path = _join(part.path, text)
        if text in part.value:
            first = self.places[path]
            raise error_from(
                [
                    fault(
                        "duplicate-key", where, f"the key `{text}` is written twice",
                        f"the first one is on line {first.line}: merge them or delete one",
                    )
                ]
            )  # fmt: skip
        part.key = text
        self.places[path] = where

    def _next_path(self, where: Where) -> str:
        """The path of the value about to be added; list entries get their place here, keys already have it."""
        if not self._stack:
            self.places[""] = where
            return ""
        part = self._stack[-1]
        if isinstance(part.value, dict):
            return _join(part.path, part.key or "")
        path = _join(part.path, str(len(part.value)))
        self.places[path] = where
        return path

    def _put(self, value: object) -> None:
        """Add a finished value to the innermost container."""
        if not self._stack:
            self.root = value
            return
        part = self._stack[-1]
        if isinstance(part.value, list):
            part.value.append(value)
        elif part.key is not None:
            part.value[part.key] = value
            part.key = None

    def _count(self, values: int, text: int, where: Where) -> None:
        """Keep the bounds."""
        self._values += values
        self._text += text
        if self._values > self.bounds.values:
            raise error_from([fault("too-many-values", where, f"more than {self.bounds.values:,} values")])
        if self._text > self.bounds.text:
            most = self.bounds.text // 2**20
            message = f"more than {most} MiB of text once aliases are written out"
            raise error_from([fault("too-many-values", where, message)])


def place_of(places: Mapping[str, Where], path: str) -> Where:
    """The place of a path, or of the nearest part above it that was written.

    ``places`` must hold the root's place under ``""``.
    """
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places[path]


def resolve(text: str, where: Where) -> Plain:
    """The value of an unquoted scalar by the YAML 1.2 core schema (section 10.3.2): ``NO`` and dates are texts."""
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise error_from([fault("bad-number", where, f"`{text}` is not a finite number")])
    number: int | float
    if _INTEGER.fullmatch(text):
        number = int(text)
    elif _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        number = int(text, 0)
    elif _FLOAT.fullmatch(text) and len(text) <= 400:
        number = float(text)
    else:
        return text
    if not math.isfinite(number) or abs(number) >= _EXACT:
        raise error_from([fault("bad-number", where, f"`{_shorten(text)}` is too large to be exact")])
    return number


def _refuse_controls(text: str, where: Where) -> None:
    """Refuse characters that no text of a charter needs and that a terminal or a digest could stumble over."""
    found = CONTROL.search(text)
    if found is not None:
        raise error_from([fault("not-text", where, f"the character U+{ord(found[0]):04X} is not allowed in a charter")])


def _shorten(text: str) -> str:
    """A text short enough for a message."""
    return text if len(text) <= 40 else text[:39] + "…"


def _join(path: str, name: str) -> str:
    """A dotted path."""
    return f"{path}.{name}" if path else name


def _too_deep(where: Where) -> Exception:
    """The error for a document nested deeper than any charter."""
    return error_from([fault("too-deep", where, f"nested deeper than {DEEPEST} levels")])


def plain_copy(value: Mapping[str, object], where: Where) -> dict[str, object]:
    """A deep copy of plain values as dictionaries, lists and scalars, within the same bounds as a file's.

    Raises ``CharterSyntaxError`` for anything a charter file could not have held.
    """
    budget = [MOST_VALUES]
    copied = _copied(value, where, 1, budget)
    if not isinstance(copied, dict):
        raise error_from([fault("not-a-mapping", where, "the charter is not a mapping")])
    return copied


def _copied(value: object, where: Where, depth: int, budget: list[int]) -> object:
    """One value of a copy."""
    budget[0] -= 1
    if budget[0] < 0:
        raise error_from([fault("too-many-values", where, f"more than {MOST_VALUES:,} values")])
    if isinstance(value, str):
        _refuse_controls(value, where)
        return value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) >= _EXACT:
            raise error_from([fault("bad-number", where, f"`{value}` is not finite or too large to be exact")])
        return value
    if depth > DEEPEST:
        raise _too_deep(where)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise error_from([fault("bad-key", where, "a key is not text")])
        return {
            str(_copied(key, where, depth, budget)): _copied(item, where, depth + 1, budget)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_copied(item, where, depth + 1, budget) for item in value]
    raise error_from([fault("not-yaml", where, f"a charter cannot hold a value of type `{type(value).__name__}`")])
