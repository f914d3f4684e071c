"""A typed call as words: the last part of its name, what stands before it, and its fields with their values.

``alertRules.upsert``, ``mcp__pager__upsertAlertRule`` and ``PUT /v1/alert-rules`` are one act in three spellings. Texts
among the arguments that are JSON, settings or a statement of SQL are taken apart into fields; other long texts are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from remit.monitor.prompts.stems import stem
from remit.monitor.typed.lexicon import words_of

__all__ = ["Call", "Field", "call_of", "is_prose", "stems_of"]

_MOST, _DEEPEST, _LONGEST_TEXT, _LONGEST_VALUE = 64, 5, 4000, 80
_LARGEST = 10**40
_PARTS = re.compile(r"__|[./:]")
_SETTING = re.compile(
    r"(?m)^[ \t-]*[\"']?([A-Za-z][\w.-]{1,50})[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"',{}\[\]]{1,60})[\"',]?[ \t]*$"
)
_STATEMENT = re.compile(r"\s*(?:alter|update|insert|delete|drop|grant|revoke|set|truncate|create)\b", re.IGNORECASE)
_ASSIGNED = re.compile(r"(\w+)\s*=\s*'?([\w.-]+)'?")
_METHODS = {"PUT": "update", "PATCH": "update", "POST": "create", "DELETE": "delete", "GET": "get", "HEAD": "get"}
_PATH = re.compile(r"(?:https?://[^/\s]+)?(/[^\s?#]*)")
_STATEMENTS = ("sql", "query", "statement", "q")


class Field(NamedTuple):
    """One field of a call: the stems of its name, from the outermost to its own, and its value.

    ``own`` counts how many of the stems are of its own name. A list without anything in it is the value ``()``.
    """

    stems: tuple[str, ...]
    own: int
    value: object

    @property
    def name(self) -> tuple[str, ...]:
        """The stems of its own name; none where no word is in it."""
        return self.stems[-self.own :] if self.own else ()


class Call(NamedTuple):
    """A call in words: the stems of the last part of its name, of the parts before it, and its fields."""

    last: tuple[str, ...]
    before: tuple[str, ...]
    fields: tuple[Field, ...]


_PROSE = frozenset(map(stem, "reason note text comment message body description summary content thought".split()))


_SUBJECT = stem("subject")


@lru_cache(maxsize=8192)
def stems_of(name: str) -> tuple[str, ...]:
    """The stems of an identifier's words."""
    return tuple(stem(word) for word in words_of(name))


@lru_cache(maxsize=4096)
def is_prose(name: str) -> bool:
    """Whether what stands under a key is only said: a reason, a note, a text."""
    stems = stems_of(name)
    return bool(stems) and stems[-1] in _PROSE


def call_of(tool: str, args: Mapping[str, object]) -> Call:
    """A call taken apart; a request by its method and path, a statement by its words."""
    last, before = _named(tool)
    method, url = args.get("method"), args.get("url") or args.get("path") or args.get("endpoint")
    if isinstance(method, str) and isinstance(url, str) and method.upper() in _METHODS:
        found = _PATH.match(url)
        parts = [part for part in (found.group(1) if found else "").split("/") if part][-4:]
        last = (stem(_METHODS[method.upper()]), *(word for part in parts for word in stems_of(part)))
        args = {
            key: value for key, value in args.items() if key not in ("method", "url", "path", "endpoint", "headers")
        }
    for key in _STATEMENTS:
        text = args.get(key)
        if isinstance(text, str) and _STATEMENT.match(text):
            fields = tuple(
                Field(stems_of(name), len(stems_of(name)), _plain(value))
                for name, value in _ASSIGNED.findall(text[:_LONGEST_TEXT])
            )
            return Call(stems_of(text[:200])[:12], before, fields[:_MOST])
    return Call(last, before, tuple(_fields(args)))


@lru_cache(maxsize=4096)
def _named(tool: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stems of the last part of a tool's name, and those of the parts before it."""
    parts = [part for part in _PARTS.split(tool[:200]) if part]
    if parts and parts[0].lower() == "mcp":
        parts = parts[2:] or parts[1:]
    if not parts:
        return (), ()
    return stems_of(parts[-1]), tuple(word for part in parts[:-1] for word in stems_of(part))


def _fields(args: Mapping[str, object]) -> Iterator[Field]:
    """The fields of the arguments, inner ones after their outer ones; beside a text, a subject is said, too."""
    message = any(map(is_prose, map(str, args)))
    waiting = [
        (Field(stems_of(str(key)), len(stems_of(str(key))), value), 0) for key, value in list(args.items())[:_MOST]
    ]
    for at in range(_MOST):
        if at >= len(waiting):
            return
        field, depth = waiting[at]
        inner = _inside(field.value) if depth < _DEEPEST else None
        if inner is not None:
            for key, each in list(inner.items())[:_MOST]:
                own = stems_of(str(key))
                waiting.append((Field((*field.stems, *own), len(own), each), depth + 1))
        elif isinstance(field.value, list | tuple) and field.value and depth < _DEEPEST:
            waiting.extend((field._replace(value=each), depth + 1) for each in field.value[:16])
        elif not (_is_said(field) or (message and field.stems[-1:] == (_SUBJECT,))):
            yield field._replace(value=_held(field.value))


def _is_said(field: Field) -> bool:
    """Whether a field holds prose; the subject of a right is one word, that of a mail has several."""
    if not isinstance(field.value, str) or not field.stems:
        return False
    return field.stems[-1] in _PROSE or (field.stems[-1] == _SUBJECT and " " in field.value)


def _held(value: object) -> object:
    """A value as a field holds it: nothing of a list or a tuple, no number too long to be written down."""
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return float("inf") if value > 0 else float("-inf")
    return () if isinstance(value, list | tuple) else value


def _inside(value: object) -> Mapping[str, object] | None:
    """What a value holds as fields: an object, or a text that is one or a list of settings."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str) or not 4 < len(value) <= _LONGEST_TEXT:
        return None
    text = value.strip()
    if text[:1] == "{":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
    if "\n" in text or (":" in text and len(text) < _LONGEST_VALUE and " " in text) or "=" in text[:60]:
        settings = _SETTING.findall(text)
        return {key: _plain(each) for key, each in settings[:32]} if settings else None
    return None


def _plain(text: str) -> object:
    """A value of a text as the number it is, else as it stands."""
    try:
        return int(text) if len(text) < 19 else text
    except ValueError:
        return text
