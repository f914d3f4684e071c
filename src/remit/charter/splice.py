"""Edits of a charter's text in place: only what changes is touched, every comment and space elsewhere stays.

Works on spans (where each value stands in the text) and knows nothing of YAML's grammar; whoever calls it reads the
result back and compares, so an edit that went wrong is never used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from remit.charter.writing import write_value

__all__ = ["Entry", "Span", "append_item", "remove_entry", "set_value"]

Path = Sequence[str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value's place in a text: offsets, whether it is written in flow style, and the entries of a container.

    ``end`` of a block container reaches to the next word of the document; use ``content_end``.
    """

    kind: str  # "mapping" | "list" | "scalar"
    start: int
    end: int
    flow: bool
    entries: tuple[Entry, ...] = field(default=())

    def content_end(self, text: str) -> int:
        """The offset behind the last character that belongs to the value."""
        if self.kind == "scalar" or self.flow:
            return self.start + len(text[self.start : self.end].rstrip())
        return self.entries[-1].value.content_end(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a container: its key (or index), where the key starts and ends, and its value."""

    key: str | int
    start: int
    key_end: int
    value: Span


def set_value(text: str, root: Span, path: Path, value: object) -> str:
    """The text with the value at a path replaced, or added when the path ends in a new key."""
    parent, rest = _deepest(root, path)
    if not rest:
        owner, _ = _deepest(root, path[:-1])
        return _replace(text, _entry_of(owner, path[-1]), value)
    for name in reversed(rest[1:]):
        value = {str(name): value}
    if parent.kind != "mapping":
        return _replace(
            text, _entry_of(_deepest(root, path[: -len(rest) - 1])[0], path[-len(rest) - 1]), {str(rest[0]): value}
        )
    return _add_key(text, parent, str(rest[0]), value, top=parent is root)


def append_item(text: str, root: Span, path: Path, value: object) -> str:
    """The text with a value added at the end of the list at a path; the list is made when it is missing."""
    target, rest = _deepest(root, path)
    if rest or target.kind != "list":
        return set_value(text, root, path, [value])
    if target.flow:
        return _add_flow(text, target, write_value(value))
    column = _column(text, _dash(text, target.entries[0].start))
    return _add_line(text, target, " " * column + "- " + write_value(value))


def remove_entry(text: str, root: Span, path: Path) -> str:
    """The text without the entry at a path; a container that would be left empty is written ``{}`` or ``[]``."""
    parent, _ = _deepest(root, path[:-1])
    index = [entry.key for entry in parent.entries].index(path[-1])
    entry = parent.entries[index]
    if parent.flow:
        return _remove_flow(text, parent, index)
    if len(parent.entries) == 1:
        owner, _ = _deepest(root, path[:-2])
        return _replace(text, _entry_of(owner, path[-2]), {} if parent.kind == "mapping" else [])
    start = entry.start if parent.kind == "mapping" else _dash(text, entry.start)
    line_start = text.rfind("\n", 0, start) + 1
    if text[line_start:start].strip():
        return text[:start] + text[parent.entries[index + 1].start :]
    return text[:line_start] + text[_line_end(text, entry.value.content_end(text)) :]


def _replace(text: str, entry: Entry, value: object) -> str:
    """Replace an entry's value."""
    span = entry.value
    end = span.content_end(text)
    if (span.flow or span.kind == "scalar") and end > span.start:
        return text[: span.start] + write_value(value) + text[end:]
    head = text[: entry.key_end]
    colon = ":" if isinstance(entry.key, str) else ""
    return head + colon + " " + write_value(value) + text[max(end, entry.key_end + len(colon)) :]


def _add_key(text: str, parent: Span, key: str, value: object, *, top: bool) -> str:
    """Add a key to a mapping."""
    written = f"{write_value(key)}: {write_value(value)}"
    if parent.flow:
        return _add_flow(text, parent, written)
    column = _column(text, parent.entries[0].start)
    margin = " " * column
    if top and isinstance(value, dict) and value:
        inner = [f"{write_value(name)}: {write_value(item)}" for name, item in value.items()]
        written = "\n".join([f"{write_value(key)}:", *(f"{margin}  {line}" for line in inner)])
    elif top and isinstance(value, list) and value:
        written = "\n".join([f"{write_value(key)}:", *(f"{margin}  - {write_value(item)}" for item in value)])
    return _add_line(text, parent, margin + written)


def _add_flow(text: str, span: Span, written: str) -> str:
    """Add an entry at the end of a flow container."""
    if not span.entries:
        return text[: span.start + 1] + written + text[span.end - 1 :]
    end = max(span.entries[-1].value.content_end(text), span.entries[-1].key_end)
    return text[:end] + ", " + written + text[end:]


def _add_line(text: str, span: Span, line: str) -> str:
    """Add a line behind the last one of a block container."""
    end = _line_end(text, max(span.content_end(text), span.entries[-1].key_end))
    before = text[:end] if text[:end].endswith("\n") else text[:end] + "\n"
    return before + line + "\n" + text[end:]


def _remove_flow(text: str, parent: Span, index: int) -> str:
    """Remove an entry of a flow container with one comma."""
    entry = parent.entries[index]
    if index + 1 < len(parent.entries):
        return text[: entry.start] + text[parent.entries[index + 1].start :]
    end = max(entry.value.content_end(text), entry.key_end)
    start = entry.start
    if index:
        before = parent.entries[index - 1]
        start = max(before.value.content_end(text), before.key_end)
    return text[:start] + text[end:]


def _deepest(root: Span, path: Path) -> tuple[Span, list[str | int]]:
    """The deepest existing container or value on a path, and what is left of the path."""
    span = root
    for depth, part in enumerate(path):
        below = next((entry.value for entry in span.entries if entry.key == part), None)
        if below is None:
            return span, list(path[depth:])
        span = below
    return span, []


def _entry_of(parent: Span, key: str | int) -> Entry:
    """The entry of a container with a key; raises ``LookupError``."""
    for entry in parent.entries:
        if entry.key == key:
            return entry
    raise LookupError(key)


def _dash(text: str, start: int) -> int:
    """The offset of the dash in front of a block list's item."""
    return text.rindex("-", text.rfind("\n", 0, start) + 1, start)


def _column(text: str, offset: int) -> int:
    """Characters between an offset and the start of its line."""
    return offset - (text.rfind("\n", 0, offset) + 1)


def _line_end(text: str, offset: int) -> int:
    """The offset behind the line an offset stands in."""
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1
