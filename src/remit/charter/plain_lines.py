"""A quick way through long documents written plainly: one ``key: value`` or ``- item`` a line, flow lists and mappings.

It reads a part of YAML in which there is nothing to argue about, and gives up at the first line that is not surely in
it: no anchors, no tags, no text over several lines, no rare escapes. Whoever calls it then reads the whole text with
the YAML parser instead, so that only the time differs and never what is read. Places are those the parser would give.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.charter.positions import DocumentBuilder
from remit.finding import Where

__all__ = ["read_plainly"]

_UNUSUAL = re.compile("[\t\r\x85\u2028\u2029\ufeff]|^(?:---|\\.\\.\\.|%)", re.MULTILINE)
_LINE = re.compile(r"( *)(.*?) *\Z")
_TEXT = r"""(?:"[^"\\]*(?:\\["\\nt][^"\\]*)*"|'[^']*')"""  # in quotes
_KEY = re.compile(rf"([A-Za-z_][A-Za-z0-9_./@-]*|{_TEXT}):(?: +|\Z)", re.ASCII)
_QUOTED = re.compile(rf"({_TEXT})(?: +#.*)?\Z")
_PLAIN = re.compile(r"[^\W_](?:(?!: |:\Z| #).)*|-?[0-9.](?:(?!: |:\Z| #).)*|[./(~](?:(?!: |:\Z| #).)*")
_COMMENT = re.compile(r" +#.*\Z")
_FLOW = re.compile(
    rf"\s*(?:(?P<mark>[\[\]{{}},])|(?P<quoted>{_TEXT})|(?P<plain>[A-Za-z0-9_./(]"
    r"""(?:[^,\[\]{}:#"'?&*!|>%@`]|:(?=[A-Za-z0-9])|(?<=\S)[@#"'])*))"""
)
_ESCAPE = re.compile(r"\\(.)")


class _NotPlainError(Exception):
    """A line that is not surely read the same way by everybody."""


def read_plainly(text: str, *, path: str, builder: DocumentBuilder) -> bool:
    """Feed a builder with a document written plainly; say whether it was, and leave the builder half full where not.

    Raises what the builder raises.
    """
    if _UNUSUAL.search(text):
        return False
    try:
        _Reading(path=path, builder=builder).run(text)
    except _NotPlainError:
        return False
    return True


class _Reading:
    """One pass over the lines; ``open`` are the indents of the mappings (``{}``) and lists (``[]``) being filled."""

    def __init__(self, *, path: str, builder: DocumentBuilder) -> None:
        """Start with nothing open."""
        self.path = path
        self.builder = builder
        self.open: list[tuple[int, str]] = []
        self.waiting = False  # a key waits for its value on the lines below
        self.lines: Iterator[tuple[int, str]] = iter(())
        self.line = 0
        self.content, self.at, self.column = "", 0, 0  # inside of brackets: a line, how much of it is read, its indent

    def run(self, text: str) -> None:
        """Read every line, then close what is open."""
        self.lines = enumerate(text.split("\n"), start=1)
        for number, line in self.lines:
            indent, content = _parted(line)
            if content and not content.startswith("#"):
                self.line = number
                self._take(indent, content)
        if not self.open:
            raise _NotPlainError
        self._close_to(-1)

    def _take(self, indent: int, content: str) -> None:
        """One line with something on it."""
        is_item = content.startswith("- ")
        self._close_to(indent, item=is_item)
        if is_item:
            if not self.open or self.open[-1] != (indent, "[]"):
                self._start(indent, "[]")
            after = content[2:].lstrip(" ")
            self._item(indent + len(content) - len(after), after)
        else:
            self._pair(indent, content)

    def _pair(self, indent: int, content: str) -> None:
        """A key with its value, or with none yet."""
        if not self.open or self.open[-1] != (indent, "{}"):
            self._start(indent, "{}")
        found = _KEY.match(content)
        if found is None:
            raise _NotPlainError
        self._scalar(found[1], indent)
        rest = content[found.end() :]
        if not rest or rest.startswith("#"):
            self.waiting = True
        else:
            self._value(rest, indent + found.end())

    def _item(self, column: int, content: str) -> None:
        """An item of a list: a mapping that begins on this line, or a value."""
        if content.startswith(("- ", "#")) or not content:
            raise _NotPlainError
        if content[0] not in "\"'[{" and _KEY.match(content):
            self._pair(column, content)
        else:
            self._value(content, column)

    def _start(self, indent: int, kind: str) -> None:
        """Open a mapping or list where one is waited for."""
        if self.open:
            inside, holder = self.open[-1]
            same_level = holder == "{}" and kind == "[]" and indent == inside
            if not (self.waiting or holder == "[]") or (indent <= inside and not same_level):
                raise _NotPlainError
            if holder == "[]" and self.waiting:
                raise _NotPlainError
        elif self.builder.places:
            raise _NotPlainError  # a second document
        self.waiting = False
        self.builder.start({} if kind == "{}" else [], self._where(indent), None)
        self.open.append((indent, kind))

    def _close_to(self, indent: int, *, item: bool = False) -> None:
        """Close what lies deeper than a line; a key without a value gets none."""
        if self.waiting and self.open:
            inside = self.open[-1][0]
            if indent < inside or (indent == inside and not item):
                self.builder.scalar("", self._where(inside), plain=True, anchor=None)
                self.waiting = False
        while self.open and (self.open[-1][0] > indent or (self.open[-1] == (indent, "[]") and not item)):
            self.open.pop()
            self.builder.end()
        if indent >= 0 and self.open and not self.waiting and self.open[-1][0] != indent:
            raise _NotPlainError

    def _value(self, content: str, column: int) -> None:
        """A value that ends on its line."""
        if content[0] in "[{":
            self._flow(content, column)
            return
        quoted = _QUOTED.match(content)
        if quoted is not None:
            self._scalar(quoted[1], column)
            return
        plain = _PLAIN.match(content)
        if plain is None or (content[plain.end() :] and not _COMMENT.match(content[plain.end() :])):
            raise _NotPlainError
        self._scalar(plain[0].rstrip(" "), column)

    def _flow(self, content: str, column: int) -> None:
        """Lists and mappings in brackets; a line may end behind a comma."""
        self.content, self.at, self.column = content, 0, column
        self._flow_value()
        rest = self.content[self.at :]
        if rest and not _COMMENT.match(rest):
            raise _NotPlainError

    def _flow_value(self) -> None:
        """One value inside of brackets."""
        found = self._flow_match()
        kind = found.lastgroup or ""
        if kind == "mark":
            if found[kind] not in "[{":
                raise _NotPlainError
            self.builder.start([] if found[kind] == "[" else {}, self._where(self.column + found.start(kind)), None)
            self._flow_parts(mapping=found[kind] == "{")
            return
        if self.content[self.at : self.at + 1] == ":":
            raise _NotPlainError  # a mapping of one pair without brackets
        self._scalar(found[kind].rstrip(" "), self.column + found.start(kind))

    def _flow_parts(self, *, mapping: bool) -> None:
        """What stands between two brackets, and the second one."""
        closing = "}" if mapping else "]"
        found = _FLOW.match(self.content, self.at)
        if found is not None and found["mark"] == closing:
            self.at = found.end()
            self.builder.end()
            return
        while True:
            if mapping:
                self._flow_key()
            self._flow_value()
            mark = self._flow_match()["mark"]
            if mark == closing:
                self.builder.end()
                return
            if mark != ",":
                raise _NotPlainError
            if self.at == len(self.content):
                self._flow_line()

    def _flow_key(self) -> None:
        """A key inside of brackets with its colon."""
        found = self._flow_match()
        if found.lastgroup == "mark" or self.content[self.at : self.at + 2] != ": ":
            raise _NotPlainError
        kind = found.lastgroup or ""
        if found[kind].endswith(" "):
            raise _NotPlainError
        self._scalar(found[kind], self.column + found.start(kind))
        self.at += 1

    def _flow_match(self) -> re.Match[str]:
        """The next sign or scalar inside of brackets."""
        found = _FLOW.match(self.content, self.at)
        if found is None:
            raise _NotPlainError
        self.at = found.end()
        return found

    def _flow_line(self) -> None:
        """Go on to the next line inside of brackets: deeper than what holds them, and no comment."""
        self.line, line = next(self.lines, (0, ""))
        self.column, self.content = _parted(line)
        self.at = 0
        if not self.content or self.content.startswith("#") or self.column <= self.open[-1][0]:
            raise _NotPlainError

    def _scalar(self, text: str, column: int) -> None:
        """One key or value."""
        quoted = text[0] in "\"'"
        if quoted:
            text = _ESCAPE.sub(_meant, text[1:-1]) if text[0] == '"' else text[1:-1]
        self.builder.scalar(text, self._where(column), plain=not quoted, anchor=None)

    def _where(self, column: int) -> Where:
        """A place on the current line; columns count from 1."""
        return Where(file=self.path, line=self.line, column=column + 1)


def _parted(line: str) -> tuple[int, str]:
    """The indent of a line and what stands behind it, without spaces at the end."""
    found = _LINE.match(line)
    if found is None:
        raise _NotPlainError
    return len(found[1]), found[2]


def _meant(escape: re.Match[str]) -> str:
    """The letter an escape stands for."""
    return {"n": "\n", "t": "\t"}.get(escape[1], escape[1])
