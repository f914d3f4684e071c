"""The records of a file: one per line, or one per element of a document, each with a list that is read piece by piece.

A record that is itself a list is one of nothing but that. A document may be followed by others, as consoles print them.

A line is read whole where it is small; a longer one, and a document over many lines, is pulled through a scanner, so
that nothing is kept but one item of its list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from remit.errors import EvaluationError
from remit.monitor.adapters.bounded import CHUNK, Budget, Scanner, parsed

__all__ = ["NO_LIST", "WHOLE", "Record", "document_records", "line_records"]

WHOLE = 1 << 24
"""Bytes of a line, or of a document, that are read at once."""
NO_LIST = "it has no list of steps"
"""The fault of a record without any of the lists that were asked for."""
_NO_OBJECT = "it is not an object"


@dataclass(slots=True, kw_only=True)
class Record:
    """One object of a file.

    ``fields`` are its other members, complete only once ``items`` (the members of its list) were read to the end;
    ``fault`` says then what was wrong with it, and ``cut`` how many pieces were too large to keep. ``line`` is its
    line, or its number in a document, and ``place`` is where to look in words.
    """

    line: int
    place: str = ""
    fields: dict[str, object] = field(default_factory=dict)
    items: Iterator[object] = field(default_factory=lambda: iter(()))
    fault: str = ""
    cut: int = 0

    def said(self) -> str:
        """What was wrong with it and where, empty where nothing was."""
        return self.fault and f"{self.place or f'line {self.line}'}: {self.fault}"


def line_records(stream: BinaryIO, lists: Collection[str]) -> Iterator[Record]:
    """A record for each line that is not empty; ``lists`` are the keys whose value is read piece by piece.

    A line that is no JSON object is a record with a fault. Each record has to be read to its end before the next.
    """
    number = 0
    while data := stream.readline(WHOLE):
        number += 1
        if not data.strip():
            continue
        if data.endswith(b"\n") or len(data) < WHOLE:
            yield _whole(data, number, lists)
            continue
        rest = _Line(data, stream)
        yield _pulled(Scanner(rest.more, line=number), number, lists)
        rest.skip()


def document_records(stream: BinaryIO, lists: Collection[str]) -> Iterator[Record]:
    """The records of a JSON document: of its elements where it is an array, else its own; of all where several follow.

    A small one is read whole, as a line is: which of several lists is read does not depend on how a file is laid out.
    """
    head = stream.read(WHOLE + 1)
    value = _whole_value(head) if len(head) <= WHOLE else None
    if value is not None:
        for number, one in enumerate(value if isinstance(value, list) else [value], start=1):
            yield _of_value(one, number, lists, place=f"record {number}")
        return
    pieces = iter([head])
    scanner = Scanner(lambda: next(pieces, None) or stream.read(CHUNK))
    number = 0
    try:
        while sign := scanner.peek():
            for _ in scanner.elements() if sign == "[" else (None,):
                number += 1
                record = _pulled(scanner, number, lists, last=False)
                yield record
                for _ in record.items:
                    pass
                if record.fault not in ("", NO_LIST, _NO_OBJECT):
                    return
    except EvaluationError as error:
        yield Record(line=number + 1, fault=error.message, place=f"line {scanner.line}")


def _whole(data: bytes, number: int, lists: Collection[str]) -> Record:
    """The record of a line that is in memory."""
    try:
        value = parsed(data.decode("utf-8-sig"), constants=True)
    except EvaluationError as error:
        return Record(line=number, fault=error.message)
    except UnicodeDecodeError:
        return Record(line=number, fault="it is not UTF-8")
    return _of_value(value, number, lists)


def _whole_value(data: bytes) -> object:
    """The value of a whole document, ``None`` where it is none: it is read as far as it goes, then."""
    try:
        return parsed(data.decode("utf-8-sig"), constants=True)
    except (EvaluationError, UnicodeDecodeError):
        return None


def _of_value(value: object, number: int, lists: Collection[str], place: str = "") -> Record:
    """The record of a value that is in memory; a list is a record that is nothing but its list."""
    if isinstance(value, list):
        return Record(line=number, place=place, items=iter(value))
    if not isinstance(value, dict):
        return Record(line=number, place=place, fault=_NO_OBJECT)
    key = _list_key(value, lists)
    items = value.pop(key) if key else _spelled(value, lists)
    if not isinstance(items, list):
        return Record(line=number, place=place, fields=value, fault=NO_LIST if lists else "")
    return Record(line=number, place=place, fields=value, items=iter(items))


def _list_key(value: Mapping[str, object], lists: Collection[str]) -> str:
    """The key whose list is the record's: the first in the order they are given, an empty one only where all are."""
    found = [key for key in lists if isinstance(value.get(key), list)]
    return next((key for key in found if value[key]), found[0] if found else "")


def _spelled(value: dict[str, object], lists: Collection[str]) -> object:
    """A list that is written as a text, as in a column of a table; ``None`` where there is none."""
    for key in lists:
        text = value.get(key)
        if (
            isinstance(text, str)
            and text.lstrip()[:1] == "["
            and isinstance(items := _whole_value(text.encode("utf-8", "replace")), list)
        ):
            del value[key]
            return items
    return None


def _pulled(scanner: Scanner, number: int, lists: Collection[str], *, last: bool = True) -> Record:
    """The record of a value that is pulled out of a stream."""
    record = Record(line=number)
    record.items = _items(scanner, record, lists, last=last)
    return record


def _items(scanner: Scanner, record: Record, lists: Collection[str], *, last: bool) -> Iterator[object]:
    """The items of the record's list as they come; its other members are kept on the way."""
    try:
        sign = scanner.peek()
        if sign == "[":
            for _ in scanner.elements():
                yield _value(scanner, record)
        elif sign != "{":
            scanner.value(Budget())
            record.fault = _NO_OBJECT
        else:
            taken = False
            for key in scanner.members():
                if key in lists and not taken and scanner.peek() == "[":
                    taken = True
                    for _ in scanner.elements():
                        yield _value(scanner, record)
                else:
                    record.fields[key] = _value(scanner, record)
            record.fault = "" if taken or not lists else NO_LIST
        if last:
            scanner.end()
    except EvaluationError as error:
        record.fault, record.place = error.message, f"line {scanner.line}"


def _value(scanner: Scanner, record: Record) -> object:
    """One value within a budget of its own."""
    budget = Budget()
    value = scanner.value(budget)
    record.cut += budget.cut
    return value


class _Line:
    """The bytes of one line that is longer than is read at once."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        """Begin with what was read already."""
        self._head, self._stream, self._over = head, stream, False

    def more(self) -> bytes:
        """The next bytes of the line, none at its end."""
        if self._head:
            head, self._head = self._head, b""
            return head
        if self._over:
            return b""
        data = self._stream.readline(CHUNK)
        self._over = not data or data.endswith(b"\n")
        return data

    def skip(self) -> None:
        """Go to the end of the line."""
        while self.more():
            pass
