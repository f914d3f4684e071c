"""Which format a file has, found by looking at its first bytes; one nobody knows is an error, and nothing is scored."""

from __future__ import annotations

import codecs
import re
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
from remit.monitor.adapters.plain import LISTS, read_records, read_session, speaks_within
from remit.monitor.adapters.records import Record, document_records, line_records
from remit.monitor.adapters.transcript import Transcript

__all__ = ["FORMATS", "Format", "Opened", "format_of", "open_transcripts"]

_HEAD = 1 << 20
_LINES_TRIED = 20
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
"""What packed files begin with, and what unpacks them."""
_SIGNS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # no text holds them; a recorded terminal holds escapes
_EXPORTED = ("resourceSpans", "resource_spans", "batches")  # as OTLP, its protobuf names, and Tempo write them


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
            return read_archive(stream, name)
        case Format.INSPECT_DOCUMENT:
            return read_document(stream)
        case Format.OTEL:
            return read_spans(_records(stream, found, _EXPORTED))
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
    tried = [line for line in complete if line.strip()][:_LINES_TRIED]
    for line in tried:
        value = _parsed(line)  # what stands in the first lines may be about the session, no message of it
        if isinstance(value, list) and len(tried) > 1:
            value = _as_record(value)
        if not isinstance(value, dict):
            break
        found = _by_keys(value)
        if found is not None and found is not Format.INSPECT_DOCUMENT:
            return Opened(format=found, lines=True)
    found = _of_document(head)
    if found is not None:
        return Opened(format=found, lines=name.endswith(".jsonl") and found is not Format.SESSION)
    return _behind_a_broken_line(tried)


def _as_record(value: list[object]) -> object:
    """A list as the object it stands for: a batch of JSON-RPC its first message, a list of messages a transcript."""
    first = value[0] if value else None
    if not isinstance(first, dict) or _by_keys(first) is None:
        return None
    return first if message_in(first) is not None else {"messages": value}


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
    try:
        if scanner.peek() != "[":
            return _by_keys(_members(scanner))
        for number, _ in enumerate(scanner.elements()):
            inside = scanner.peek() == "["
            if inside:
                next(scanner.elements())
            found = _by_keys(_members(scanner))
            if found is not None or inside or number == _LINES_TRIED:
                return Format.PLAIN if inside and found is Format.SESSION else found
    except (EvaluationError, StopIteration):
        pass
    return None


def _members(scanner: Scanner) -> dict[str, object]:
    """The members of an object, as many of them as there are."""
    found: dict[str, object] = {}
    try:
        for key in scanner.members():
            found[key] = [] if scanner.peek() == "[" else ""
            found[key] = scanner.value(Budget())
    except EvaluationError:
        pass
    return found


def _by_keys(value: Mapping[str, object]) -> Format | None:
    """The format of an object with these keys."""
    if message_in(value) is not None:
        return Format.MCP
    if any(isinstance(value.get(key), list) and _is_exported(key, value[key]) for key in _EXPORTED):
        return Format.OTEL
    if is_run(value):
        return Format.RUNS
    if isinstance(value.get("eval"), Mapping) and ("samples" in value or "status" in value or "plan" in value):
        return Format.INSPECT_DOCUMENT
    if any(isinstance(value.get(key), list) for key in LISTS) or _spells_a_list(value):
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
    return Format.PLAIN if speaks_within(value) else None


def _spells_a_list(value: Mapping[str, object]) -> bool:
    """Whether the list of steps is written as a text, as in a column of a table."""
    texts = (value.get(key) for key in LISTS)
    return any(isinstance(text, str) and re.match(r"\s*\[\s*\{", text) for text in texts)


def _is_exported(key: str, listed: object) -> bool:
    """Whether a list under this key holds spans: ``batches`` may be of anything."""
    first = listed[0] if isinstance(listed, list) and listed else None
    return key != "batches" or (isinstance(first, Mapping) and ("scopeSpans" in first or "resource" in first))


def _parsed(line: bytes) -> object:
    """The value of a line, ``None`` where it is none."""
    try:
        return parsed(line.decode("utf-8"), constants=True)
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
    """The line in which a text is not UTF-8, ``None`` where it is."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        return head.count(b"\n", 0, error.start) + 1
    return None


def _is_utf16(head: bytes) -> bool:
    """Whether a text is UTF-16, with its mark or without."""
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return marked or head[:4].count(0) == len(head[:4]) // 2 == 2


def _unknown(head: bytes, name: str) -> EvaluationError:
    """What to say of a file nobody can read: where it stops being one, and what to do."""
    hint = 'give JSON lines of {"id", "steps"} or {"messages"}, a session, an Inspect log, spans or MCP traffic'
    first = next((number for number, line in enumerate(BytesIO(head), start=1) if line.strip()), 0)
    packed = next((tool for magic, tool in _PACKED.items() if head.startswith(magic)), "")
    if not first:
        message = f"`{name}` is empty"
    elif packed:
        message, hint = f"`{name}` is compressed", f"unpack it, or pipe it: `{packed} -dc FILE | remit monitor score -`"
    elif _is_utf16(head):
        message, hint = f"`{name}`, line 1: it is not UTF-8", "convert it, as `iconv -f UTF-16 -t UTF-8` does"
    elif _SIGNS.search(head):
        message = f"`{name}` is no text, so no transcript in a format that is known"
        hint = "write what it holds as JSON lines first; of spans the JSON form is read, not the binary one"
    elif (broken := _no_text(head)) is not None:
        message, hint = f"`{name}`, line {broken}: it is not UTF-8", "convert it, as `iconv -t UTF-8` does"
    else:
        message = f"`{name}`, line {first}: {_strange(head)}this is no transcript in a format that is known"
    return EvaluationError(message, code="evaluation.transcript.unknown-format", hint=hint)


def _strange(head: bytes) -> str:
    """What stands there instead of a transcript, in words that end in a colon."""
    line = next(line for line in head.splitlines() if line.strip())
    value = _parsed(line) if line.lstrip()[:1] in b"{[" else None
    if value is None and head.lstrip()[:1] in b"{[":
        value = _parsed(head)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict) and value:
        keys = ", ".join(f"`{key[:40]}`" for key in list(value)[:5] if key.isprintable())
        return f"an object with the keys {keys}: " if keys else ""
    try:
        parsed(line.decode("utf-8-sig"), constants=True)
    except (EvaluationError, UnicodeDecodeError) as error:
        return f"{error.message}: " if isinstance(error, EvaluationError) else ""
    return ""
