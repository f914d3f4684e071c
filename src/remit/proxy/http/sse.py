"""Server-sent events, read within bounds and written (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from remit.errors import ProxyError

__all__ = ["LARGEST_EVENT", "Event", "EventReader", "comment", "written_event"]

LARGEST_EVENT = 32 * 1024 * 1024
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_FIELD = 1024  # an id or a name is short; only data is long


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. ``id`` is ``None`` where the event named none; ``retry`` is in milliseconds."""

    data: bytes
    name: str = "message"
    id: str | None = None
    retry: int | None = None


class EventReader:
    """Cuts a stream of bytes into events; never holds more than ``largest`` bytes.

    ``feed`` raises ``ProxyError`` (code ``proxy.error.events``) when an event is larger, or is no UTF-8.
    """

    def __init__(self, largest: int = LARGEST_EVENT) -> None:
        """Start with nothing read."""
        self._largest = largest
        self._kept = bytearray()
        self._searched = 0
        self._fresh = True
        self._data: list[bytes] = []
        self._size = 0
        self._name = ""
        self._id: str | None = None
        self._retry: int | None = None

    def feed(self, data: bytes) -> tuple[Event, ...]:
        """Take in bytes as they come; the events they complete."""
        self._kept += data
        if self._fresh:
            if len(self._kept) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(self._kept):
                return ()
            self._fresh = False
            if self._kept.startswith(_BYTE_ORDER_MARK):
                del self._kept[:3]
        events = tuple(event for line in self._lines() if (event := self._line(line)) is not None)
        if len(self._kept) + self._size > self._largest:
            raise _too_large(self._largest)
        return events

    def _lines(self) -> Iterator[bytes]:
        """The lines that are complete; a carriage return at the end may be half of a line's end."""
        start = 0
        while (end := _LINE_END.search(self._kept, max(start, self._searched))) is not None:
            if end.group() == b"\r" and end.end() == len(self._kept):
                break
            line = bytes(self._kept[start : end.start()])
            start = end.end()
            yield line
        del self._kept[:start]
        self._searched = max(len(self._kept) - 1, 0)

    def _line(self, line: bytes) -> Event | None:
        """Take in a line; an empty one ends an event."""
        if not line:
            return self._dispatched()
        if line.startswith(b":"):
            return None
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > self._largest:
                raise _too_large(self._largest)
        elif len(value) <= _LONGEST_FIELD:
            self._short_field(field, value)
        return None

    def _short_field(self, field: bytes, value: bytes) -> None:
        """Take in an id, a name or a delay."""
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            raise ProxyError("an event is not UTF-8", code="proxy.error.events") from None
        if field == b"id" and "\0" not in text:
            self._id = text
        elif field == b"event":
            self._name = text
        elif field == b"retry" and value.isdigit() and len(value) < 10:
            self._retry = int(value)

    def _dispatched(self) -> Event | None:
        """The event that ends here, if it has data."""
        event = None
        if self._data:
            event = Event(data=b"\n".join(self._data), name=self._name or "message", id=self._id, retry=self._retry)
        self._clear()
        return event

    def _clear(self) -> None:
        """Start the next event."""
        self._data = []
        self._size = 0
        self._name = ""
        self._id = None
        self._retry = None


def written_event(data: bytes, *, id: str = "", retry: int | None = None) -> bytes:  # noqa: A002 - the field's name
    """An event as bytes; ``data`` is one line of JSON (or empty), ``id`` has no line break.

    Raises ``ValueError`` for data or an id that would end its line.
    """
    if _LINE_END.search(data) or _LINE_END.search(id.encode()):
        raise ValueError("an event's line cannot hold a line break")
    head = (b"id: " + id.encode() + b"\n") if id else b""
    pause = b"" if retry is None else b"retry: %d\n" % retry
    return b"event: message\n" + head + pause + b"data: " + data + b"\n\n"


def comment(text: str) -> bytes:
    """A line that says nothing to the reader and keeps the connection in use."""
    return b": " + text.encode() + b"\n\n"


def _too_large(largest: int) -> ProxyError:
    """The error for an event that does not end."""
    return ProxyError(f"an event is larger than {largest} bytes", code="proxy.error.events")
