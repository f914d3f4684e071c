"""A prompt as sentences, whatever form it stands in: prose, Markdown, lists, tables, sections of XML, JSON.

What a form leaves out is put back, so that a reader of sentences needs to know no form: an item is read with the line
that leads up to it (``You must never:``), a name with what is said of it (``reaper: ends idle runs``, a row of a table,
a key of JSON), a line that was wrapped with the next. Marks, tags and headings are none of it, and neither is code,
unless it is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["sentences", "statements"]

_LONGEST, _DEEPEST, _MOST_VALUES = 1 << 17, 12, 2000
_END = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)(?<!\bvs\.)(?<!\bcf\.)[\"')\]]{0,2}\s+")
_PART = re.compile(r"(?<=;)\s+")
_FENCE = re.compile(r"\s*(?:```+|~~~+)\s*([\w+-]*)")
_CODE = frozenset(
    "python py bash sh shell zsh console javascript js typescript ts go rust rs c cpp java ruby sql diff patch html "
    "css dockerfile makefile hcl".split()
)
_CLOSED = re.compile(r"</([A-Za-z][\w.:-]{0,60})\s*>")
_TAG = re.compile(r"</?([A-Za-z][\w.:-]{0,60})(?:\s[^<>\n]{0,300})?/?>")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_RULE = re.compile(r"[\s|:=*_+-]*\Z")
_ITEM = re.compile(r"\s*(?:[-*+•‣–]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[a-z]|[ivx]{2,4})[.)])\s+(?:\[[ xX]\]\s+)?(?=\S)")
_QUOTED = re.compile(r"\s*(?:>\s?)+")
_BOLD = re.compile(r"\*\*|(?<![\w*/.])\*(?=[A-Za-z])|(?<=[A-Za-z.,:])\*(?![\w*/.])")
_LEADS = re.compile(
    r"\b(?:not|never|to|by|may|can|must|should|will|shall|cannot|can't|don't|from|or|and|only|are|is|that|you|your)"
    r"(?:,? (?:(?:any of|one of)? ?the following|these|ever))?\s*:\Z",
    re.IGNORECASE,
)
_FOLLOWING = re.compile(r"(?:,? (?:(?:any of|one of)? ?the following|these))?\s*:\Z", re.IGNORECASE)
_SETTING = re.compile(r"\s*\"([^\"\n]{1,60})\"\s*:\s*(.+?),?\s*\Z")
_OF_NAME = re.compile(
    r"(`[^`\n]{2,80}`|[\w./*-]+(?: [\w./-]+){0,3}?)(?: \([^()\n]{1,80}\))?\s*(?::|—|–|--?)\s+"
    r"((?:(?:may|can|will|must|is|are|also|always|automatically)\b|(?!(?:this|its|yes|was|has|as)\b)[a-z]{2,}s\b).*)\Z",
    re.IGNORECASE,
)
_BARE = re.compile(r"[a-z][\w.-]*")
_IDENTIFIER = re.compile(r"`|[\w.-]*[a-z][_.-][a-z]")
_GOES_ON = re.compile(r"\s*[a-z(]")
_STANDS = re.compile(r"[.!?:;|]\W{0,3}\Z")
_SHORTEST_HEADING = 4


@lru_cache(maxsize=16)
def sentences(text: str, *, code: bool = False) -> tuple[str, ...]:
    """The sentences of a text in their order; of a very long one those of its first part."""
    return tuple(
        part.strip() for line in _lines(text[:_LONGEST], code=code) for part in _END.split(line) if part.strip()
    )


@lru_cache(maxsize=16)
def statements(text: str, *, code: bool = False) -> tuple[str, ...]:
    """The sentences of a text, those with semicolons in their parts."""
    return tuple(part for sentence in sentences(text, code=code) for part in _PART.split(sentence))


def _lines(text: str, *, code: bool) -> Iterator[str]:
    """What stands in a text, each paragraph, item, row or value of its own."""
    if text.lstrip()[:1] in ("{", "["):
        document = _document(text)
        if document is not None:
            yield from _said_in(document)
            return
    closed = frozenset(_CLOSED.findall(text))
    if closed:
        text = _TAG.sub(lambda tag: "\n" if tag[1] in closed else tag[0], text)
    yield from _led(_whole(_outside(text, code=code)))


def _document(text: str) -> object | None:
    """A text as JSON, ``None`` where it is none."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _said_in(document: object) -> Iterator[str]:
    """What a document of JSON says: each value with its key, as one would say it."""
    waiting: list[tuple[str, object, int]] = [("", document, 0)]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        key, value, depth = waiting.pop(0)
        if isinstance(value, dict) and depth < _DEEPEST:
            waiting.extend((str(name), each, depth + 1) for name, each in list(value.items())[:_MOST_VALUES])
        elif isinstance(value, list) and depth < _DEEPEST:
            waiting.extend((key, each, depth + 1) for each in value[:_MOST_VALUES])
        elif isinstance(value, str) and ("\n" in value or _STANDS.search(value)):
            yield from _lines(value, code=False)
        elif value is not None and not isinstance(value, bool | dict | list):
            yield _of_name(f"{key}: {value}" if key else str(value))


def _outside(text: str, *, code: bool) -> Iterator[str]:
    """The lines of a text without fences, and without the code in them unless it is wanted."""
    inside, skipped = False, False
    for line in text.split("\n"):
        fence = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence is not None:
            inside = not inside
            skipped = inside and not code and fence[1].lower() in _CODE
            yield ""
        elif not skipped:
            yield line


def _whole(lines: Iterator[str]) -> Iterator[str]:
    """Lines without the marks of their form, each put together with those it was wrapped into."""
    held = ""
    for line in lines:
        plain, kind = _unmarked(line)
        if kind == "text" and held and _GOES_ON.match(line) and not _STANDS.search(held):
            held = f"{held} {plain}"
            continue
        if held:
            yield held
        held = ""
        if kind == "blank":
            yield ""
        elif kind == "heading":
            yield plain if len(plain.split()) >= _SHORTEST_HEADING else ""
        else:
            held = f"\x01{plain}" if kind == "item" else plain
    if held:
        yield held


def _unmarked(line: str) -> tuple[str, str]:
    """A line without its marks, and what it is: an ``item``, a ``heading``, ``text``, or ``blank``."""
    if _RULE.match(line):
        return "", "blank"
    if line[:1] == ">" or line.lstrip()[:1] == ">":
        line = _QUOTED.sub("", line, count=1)
    heading = _HEADING.match(line)
    if heading is not None:
        return _BOLD.sub("", line[heading.end() :]).strip(), "heading"
    item = _ITEM.match(line)
    plain = _BOLD.sub("", line[item.end() if item else 0 :]).strip()
    if plain[:1] == "|" or plain.count(" | ") > 1:
        cells = [cell.strip() for cell in plain.strip("|").split("|") if cell.strip()]
        return _of_name(f"{cells[0]}: {', '.join(cells[1:])}") if len(cells) > 1 else "".join(cells), "item"
    setting = _SETTING.match(plain)
    if setting is not None:
        return _of_name(f"{setting[1]}: {setting[2].strip('[]{}').strip(chr(34))}"), "item"
    if item is not None:
        return _of_name(plain), "item"
    return _of_name(plain) if _IDENTIFIER.match(plain) else plain, "text"


def _led(lines: Iterator[str]) -> Iterator[str]:
    """Lines, each item with the half of a sentence that leads up to it."""
    lead, used = "", True
    for line in lines:
        if line[:1] == "\x01":
            item, used = line[1:], True
            yield f"{lead} {item[0].lower()}{item[1:]}" if lead and item[1:2].islower() else f"{lead} {item}".strip()
        elif line:
            if not used:
                yield lead
            lead = _FOLLOWING.sub("", line) if _LEADS.search(line) else ""
            used = not lead
            if not lead:
                yield line
    if not used:
        yield lead


def _of_name(line: str) -> str:
    """A name and what is said of it as a sentence (``reaper: ends idle runs``); a bare name in marks of code."""
    found = _OF_NAME.match(line)
    if found is None:
        return line
    return f"`{found[1]}` {found[2]}" if _BARE.fullmatch(found[1]) else f"{found[1]} {found[2]}"
