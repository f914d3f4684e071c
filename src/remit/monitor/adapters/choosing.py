"""Which format a file has, found by looking at its first bytes; one nobody knows is an error, and nothing is scored."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from remit.errors import EvaluationError
from remit.monitor.adapters.bounded import CHUNK, Budget, Scanner, parsed
from remit.monitor.adapters.exporters import is_run
from remit.monitor.adapters.foreign import is_foreign
from remit.monitor.adapters.inspect_logs import read_archive, read_document
from remit.monitor.adapters.mcp_traffic import message_in, read_traffic
from remit.monitor.adapters.otel import read_runs, read_spans
from remit.monitor.adapters.plain import LISTS, read_records, read_session
from remit.monitor.adapters.records import Record, document_records, line_records
from remit.monitor.adapters.transcript import Transcript

__all__ = ["FORMATS", "Format", "Opened", "format_of", "open_transcripts"]

_HEAD = 1 << 20
_LINES_TRIED = 20


class Format(StrEnum):
    """The formats that can be read."""

    PLAIN = "plain"
    """``{"id", "steps": [...]}`` or ``{"messages": [...]}``, a line each, or one document of them."""

    SESSION = "session"
    """One message a line, or one list of messages: the file is one transcript."""

    INSPECT_ARCHIVE = "inspect-eval"
    """An ``.eval`` log of Inspect."""

    INSPECT_DOCUMENT = "inspect-json"
    """A ``.json`` log of Inspect."""

    OTEL = "otel"
    """Spans as OTLP JSON."""

    RUNS = "runs"
    """Runs and spans as tracers keep them, one a line or a tree: LangSmith, Langfuse, Phoenix, OpenAI Agents."""

    MCP = "mcp"
    """Messages of the Model Context Protocol, a line each."""


FORMATS = tuple(str(known) for known in Format)
"""Their names, as an option gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file whose format is known: ``lines`` says whether it is one record a line, or one document."""

    format: Format
    lines: bool


def open_transcripts(stream: BinaryIO, *, name: str, wanted: str = "") -> Iterator[Transcript]:
    """The transcripts of a file, read one after the other; ``wanted`` names a format, else it is found.

    Raises ``EvaluationError`` (code ``evaluation.transcript.unknown-format``) where nobody knows the format.
    """
    head = stream.read(_HEAD)
    stream.seek(0)
    found = format_of(head, name=name)
    if wanted:
        found = Opened(format=Format(wanted), lines=found.lines if found else b"\n" in head.strip())
    if found is None:
        raise _unknown(head, name)
    stem = Path(name).stem or "transcript"
    match found.format:
        case Format.PLAIN:
            return read_records(_records(stream, found, LISTS))
        case Format.SESSION:
            return read_session(_items(stream, found), stem)
        case Format.INSPECT_ARCHIVE:
            return read_archive(stream)
        case Format.INSPECT_DOCUMENT:
            return read_document(stream)
        case Format.OTEL:
            return read_spans(_records(stream, found, ("resourceSpans",)))
        case Format.RUNS:
            return read_runs(_records(stream, found, ()))
        case Format.MCP:
            return read_traffic(_records(stream, found, ()), stem)


def format_of(head: bytes, *, name: str = "") -> Opened | None:
    """The format of a file that begins with these bytes, ``None`` where it is none that is known."""
    if head.startswith(b"PK\x03\x04"):
        return Opened(format=Format.INSPECT_ARCHIVE, lines=False)
    if not head.strip():
        return None
    lines = head.removeprefix(b"\xef\xbb\xbf").splitlines()
    complete = lines if len(head) < _HEAD else lines[:-1]
    for line in [line for line in complete if line.strip()][:_LINES_TRIED]:
        value = _parsed(line)  # what stands in the first lines may be about the session, no message of it
        if not isinstance(value, dict):
            break
        found = _by_keys(value)
        if found is not None and found is not Format.INSPECT_DOCUMENT:
            return Opened(format=found, lines=True)
    found = _of_document(head)
    if found is not None:
        return Opened(format=found, lines=name.endswith(".jsonl") and found is not Format.SESSION)
    return _behind_a_broken_line([line for line in complete if line.strip()][:_LINES_TRIED])


def _behind_a_broken_line(lines: list[bytes]) -> Opened | None:
    """The format of lines most of which are whole, though the first is broken: whoever reads that one voids it."""
    whole = [value for value in map(_parsed, lines) if isinstance(value, dict)]
    if not lines or not lines[0].lstrip().startswith(b"{") or len(whole) * 2 <= len(lines):
        return None
    found = next((known for known in map(_by_keys, whole) if known is not None), None)
    return None if found is None else Opened(format=found, lines=True)


def _of_document(head: bytes) -> Format | None:
    """The format of one document, from as much of it as there is."""
    pieces = iter([head])
    scanner = Scanner(lambda: next(pieces, b""))
    found: dict[str, object] = {}
    try:
        if scanner.peek() == "[":
            next(scanner.elements())
        for key in scanner.members():
            found[key] = [] if scanner.peek() == "[" else ""
            value = scanner.value(Budget())
            found[key] = value
    except (EvaluationError, StopIteration):
        pass
    return _by_keys(found)


def _by_keys(value: Mapping[str, object]) -> Format | None:
    """The format of an object with these keys."""
    if message_in(value) is not None:
        return Format.MCP
    if "resourceSpans" in value:
        return Format.OTEL
    if is_run(value):
        return Format.RUNS
    if isinstance(value.get("eval"), Mapping) and ("samples" in value or "status" in value or "plan" in value):
        return Format.INSPECT_DOCUMENT
    if any(isinstance(value.get(key), list) for key in LISTS):
        return Format.PLAIN
    speaks = ("role" in value or "from" in value) and (
        "content" in value or "value" in value or "parts" in value or "tool" in value or "tool_calls" in value
    )
    inner = value.get("message")
    wrapped = isinstance(inner, Mapping) and ("type" in value or ("role" in inner and "content" in inner))
    stepped = ("action" in value or "observation" in value) and (
        "source" in value or "thought" in value or "args" in value
    )
    if speaks or wrapped or stepped or is_foreign(value):
        return Format.SESSION
    return Format.PLAIN if _saved(value) else None


def _saved(value: Mapping[str, object]) -> bool:
    """Whether an object is a state that was saved, with its messages one level deeper."""
    inner = value.get("values") or value.get("state")
    return isinstance(inner, Mapping) and isinstance(inner.get("messages"), list)


def _parsed(line: bytes) -> object:
    """The value of a line, ``None`` where it is none."""
    try:
        return parsed(line.decode("utf-8"))
    except (EvaluationError, UnicodeDecodeError):
        return None


def _records(stream: BinaryIO, found: Opened, lists: tuple[str, ...]) -> Iterator[Record]:
    """The records of a file."""
    return line_records(stream, lists) if found.lines else document_records(stream, lists)


def _items(stream: BinaryIO, found: Opened) -> Iterator[tuple[int, object, str]]:
    """The messages of a file that is one transcript: the number of each, itself, and what is wrong with it."""
    if found.lines:
        for record in line_records(stream, ()):
            for _ in record.items:
                pass
            yield record.line - 1, record.fields, record.fault and f"line {record.line}: {record.fault}"
        return
    scanner = Scanner(partial(stream.read, CHUNK))
    number = 0
    try:
        for _ in scanner.elements():
            budget = Budget()
            yield number, scanner.value(budget), "a message is larger than is read" if budget.cut else ""
            number += 1
        scanner.end()
    except EvaluationError as error:
        yield number, None, f"message {number}: {error.message}"


def _no_text(head: bytes) -> int | None:
    """The line in which a text is not UTF-8, ``None`` where it is, or is no text at all."""
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        return head.count(b"\n", 0, error.start) + 1
    return None


def _unknown(head: bytes, name: str) -> EvaluationError:
    """What to say of a file nobody can read."""
    hint = 'give JSON lines of {"id", "steps"} or {"messages"}, a session, an Inspect log, spans or MCP traffic'
    first = next((number for number, line in enumerate(BytesIO(head), start=1) if line.strip()), 0)
    if not first:
        message = f"`{name}` is empty"
    elif head.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        message, hint = f"`{name}` is compressed", "unpack it, or pipe it: `gzip -dc FILE | remit monitor score -`"
    elif (broken := _no_text(head)) is not None:
        message, hint = f"`{name}`, line {broken}: it is not UTF-8", "convert it, as `iconv -t UTF-8` does"
    else:
        message = f"`{name}`, line {first}: this is no transcript in a format that is known"
    return EvaluationError(message, code="evaluation.transcript.unknown-format", hint=hint)
