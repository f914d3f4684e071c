"""The records of a file: one per line, or one per element of a document, each with a list that is read piece by piece.

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


@dataclass(slots=True, kw_only=True)
class Record:
    """One object of a file.

    ``fields`` are its other members, complete only once ``items`` (the members of its list) were read to the end;
    ``fault`` says then what was wrong with it, and ``cut`` how many pieces were too large to keep.
    """

    line: int
    fields: dict[str, object] = field(default_factory=dict)
    items: Iterator[object] = field(default_factory=lambda: iter(()))
    fault: str = ""
    cut: int = 0


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
        yield _pulled(Scanner(rest.more), number, lists)
        rest.skip()


def document_records(stream: BinaryIO, lists: Collection[str]) -> Iterator[Record]:
    """The records of one JSON document: of its elements where it is an array, else its own.

    A small one is read whole, as a line is: which of several lists is read does not depend on how a file is laid out.
    """
    head = stream.read(WHOLE + 1)
    value = _whole_value(head) if len(head) <= WHOLE else None
    if value is not None:
        for number, one in enumerate(value if isinstance(value, list) else [value], start=1):
            yield _of_value(one, number, lists)
        return
    pieces = iter([head])
    scanner = Scanner(lambda: next(pieces, None) or stream.read(CHUNK))
    if scanner.peek() != "[":
        record = _pulled(scanner, 1, lists)
        yield record
        return
    number = 0
    try:
        for _ in scanner.elements():
            number += 1
            record = _pulled(scanner, number, lists, last=False)
            yield record
            for _ in record.items:
                pass
            if record.fault:
                return
    except EvaluationError as error:
        yield Record(line=number + 1, fault=error.message)


def _whole(data: bytes, number: int, lists: Collection[str]) -> Record:
    """The record of a line that is in memory."""
    try:
        value = parsed(data.decode("utf-8-sig"))
    except EvaluationError as error:
        return Record(line=number, fault=error.message)
    except UnicodeDecodeError:
        return Record(line=number, fault="it is not UTF-8")
    return _of_value(value, number, lists)


def _whole_value(data: bytes) -> object:
    """The value of a whole document, ``None`` where it is none: it is read as far as it goes, then."""
    try:
        return parsed(data.decode("utf-8-sig"))
    except (EvaluationError, UnicodeDecodeError):
        return None


def _of_value(value: object, number: int, lists: Collection[str]) -> Record:
    """The record of a value that is in memory."""
    if not isinstance(value, dict):
        return Record(line=number, fault="it is not an object")
    key = _list_key(value, lists)
    items = value.pop(key) if key else None
    if not isinstance(items, list):
        return Record(line=number, fields=value, fault=NO_LIST if lists else "")
    return Record(line=number, fields=value, items=iter(items))


def _list_key(value: Mapping[str, object], lists: Collection[str]) -> str:
    """The key whose list is the record's, the first in the order they are given."""
    return next((key for key in lists if isinstance(value.get(key), list)), "")


def _pulled(scanner: Scanner, number: int, lists: Collection[str], *, last: bool = True) -> Record:
    """The record of a value that is pulled out of a stream."""
    record = Record(line=number)
    record.items = _items(scanner, record, lists, last=last)
    return record


def _items(scanner: Scanner, record: Record, lists: Collection[str], *, last: bool) -> Iterator[object]:
    """The items of the record's list as they come; its other members are kept on the way."""
    try:
        if scanner.peek() != "{":
            scanner.value(Budget())
            record.fault = "it is not an object"
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
        record.fault = error.message


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
