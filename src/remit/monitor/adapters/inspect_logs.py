"""Logs of Inspect, ``.eval`` and ``.json``, read as the files they are: Inspect itself is not needed, nor run.

An ``.eval`` file is a zip with ``header.json`` and ``samples/ID_epoch_N.json``; a ``.json`` log holds the same samples
in one document. A sample's messages are its transcript; where its events tell of calls that its messages do not (a
sub-agent, a context that was compacted), the events are. Texts kept apart as attachments are put back.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import IO, Any, BinaryIO

from remit.errors import EvaluationError
from remit.monitor.adapters.bounded import CHUNK, Budget, Scanner, parsed
from remit.monitor.adapters.envelopes import word
from remit.monitor.adapters.messages import read_message, text_of
from remit.monitor.adapters.records import WHOLE
from remit.monitor.adapters.transcript import Notes, Transcript, Writer
from remit.monitor.event import Event

__all__ = ["read_archive", "read_document", "read_member"]

_ZSTANDARD = 93  # zip's number for it; Inspect compresses with it since 0.3.2
_HEADER = "header.json"  # written when a log is finished
_ATTACHMENT = "attachment://"
_LISTED = b"PK\x01\x02"  # how an entry of a zip's list begins
_MOST_FILES = 100_000
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError)
_CHARACTERS, _NODES = 1 << 25, 1 << 20  # of one sample


def read_archive(stream: BinaryIO, name: str = "the log") -> Iterator[Transcript]:
    """A transcript for each sample of an ``.eval`` file.

    Raises ``EvaluationError`` where the file is no whole zip, as when it was cut off.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _unreadable(f"`{name}`: the archive is damaged or was cut off") from None
    samples = [entry for entry in archive.infolist() if entry.filename.startswith("samples/") and not entry.is_dir()]
    if not samples:
        raise _unreadable(
            f"`{name}`: the archive holds no samples of Inspect", "give an .eval log; unpack any other archive first"
        )
    for number, entry in enumerate(samples, start=1):
        sample = entry.filename.removeprefix("samples/").removesuffix(".json")
        yield _transcript(partial(_from_archive, archive, stream, entry), name=sample, line=number)
    if _HEADER not in archive.namelist():
        notes = Notes(id=_HEADER, line=len(samples) + 1, voided=f"the log has no `{_HEADER}`: it was never finished")
        yield Transcript(events=iter(()), notes=notes)


def read_member(data: bytes, name: str, *, most: int) -> bytes:
    """One file of an ``.eval`` archive, unpacked to at most ``most`` bytes.

    Raises ``EvaluationError`` where the archive is damaged, has no such file, or holds more in it.
    """
    stream = io.BytesIO(data)
    if data.count(_LISTED) > _MOST_FILES:
        raise _unreadable("the archive lists more files than are read")
    try:
        archive = zipfile.ZipFile(stream)
        entry = archive.getinfo(name)
        with _opened(archive, stream, entry) as opened:
            read = opened.read(most + 1)
    except KeyError:
        raise _unreadable(f"the archive holds no `{name}`, as when the log was cut off") from None
    except (*_DAMAGED, ValueError):
        raise _unreadable("the archive is damaged or was cut off") from None
    if len(read) > most:
        raise _unreadable(f"`{name}` unpacks to more than is read")
    if zlib.crc32(read) != entry.CRC:
        raise _unreadable("the archive is damaged or was cut off")
    return read


def read_document(stream: BinaryIO) -> Iterator[Transcript]:
    """A transcript for each sample of a ``.json`` log."""
    scanner = Scanner(partial(stream.read, CHUNK))
    number = 0
    try:
        for key in scanner.members():
            if key != "samples" or scanner.peek() != "[":
                scanner.value(Budget(characters=0, nodes=0))
                continue
            for _ in scanner.elements():
                budget = Budget(characters=_CHARACTERS, nodes=_NODES)
                sample = scanner.value(budget)
                number += 1
                yield _transcript(partial(_given, sample, budget.cut), name=f"sample-{number}", line=number)
    except EvaluationError as error:
        why = f"line {scanner.line}: {error.message}"
        yield Transcript(events=iter(()), notes=Notes(id=f"sample-{number + 1}", line=number + 1, voided=why))


def _unreadable(message: str, hint: str = "copy the log again, or make it anew") -> EvaluationError:
    """An archive nothing can be read of."""
    return EvaluationError(message, code="evaluation.transcript.unreadable", hint=hint)


def _given(sample: object, cut: int) -> tuple[object, int]:
    """A sample that was read already."""
    return sample, cut


def _from_archive(archive: zipfile.ZipFile, stream: BinaryIO, entry: zipfile.ZipInfo) -> tuple[object, int]:
    """A sample of an archive and how many pieces of it were too large to keep."""
    try:
        with _opened(archive, stream, entry) as opened:
            head = opened.read(WHOLE + 1)
            if len(head) <= WHOLE:
                return parsed(head.decode("utf-8"), constants=True), 0
            pieces = iter([head])
            budget = Budget(characters=_CHARACTERS, nodes=_NODES)
            scanner = Scanner(lambda: next(pieces, None) or opened.read(CHUNK))
            return scanner.value(budget), budget.cut
    except (*_DAMAGED, UnicodeDecodeError) as error:
        message = f"the sample cannot be unpacked: {str(error)[:80].lower()}"
        raise EvaluationError(message, code="evaluation.transcript.malformed") from None


def _opened(archive: zipfile.ZipFile, stream: BinaryIO, entry: zipfile.ZipInfo) -> IO[bytes]:
    """A reader of one entry, also of one compressed as the standard library cannot before Python 3.14."""
    if entry.compress_type != _ZSTANDARD:
        return archive.open(entry)
    try:
        import zstandard
    except ImportError:
        message = "the log is compressed with zstandard, which is not installed"
        raise EvaluationError(message, code="evaluation.transcript.unreadable", hint="pip install zstandard") from None
    stream.seek(entry.header_offset + 26)
    lengths = stream.read(4)
    stream.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), io.SEEK_CUR)
    raw = io.BytesIO(stream.read(entry.compress_size))
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(raw)
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from None
    return io.BufferedReader(_Unpacked(reader, zstandard.ZstdError))


class _Unpacked(io.RawIOBase):
    """What is unpacked from a stream; a fault of the packing is an ``OSError``, as it is of other packings."""

    def __init__(self, reader: BinaryIO, fault: type[Exception]) -> None:
        """Read from ``reader``, which raises ``fault``."""
        self._reader, self._fault = reader, fault

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there is something."""
        view = memoryview(buffer).cast("B")
        try:
            piece = self._reader.read(len(view))
        except self._fault as error:
            raise OSError(str(error)) from None
        view[: len(piece)] = piece
        return len(piece)


def _transcript(read: partial[tuple[object, int]], *, name: str, line: int) -> Transcript:
    """The transcript of one sample, read when its events are asked for."""
    notes = Notes(id=name, line=line)
    return Transcript(events=_sample(read, notes), notes=notes)


def _sample(read: partial[tuple[object, int]], notes: Notes) -> Iterator[Event]:
    """The events of a sample, and afterwards what was wrong with it."""
    try:
        sample, cut = read()
    except EvaluationError as error:
        notes.void(error.message)
        return
    if not isinstance(sample, Mapping):
        notes.void("it is not an object")
        return
    notes.id = _name(sample, notes.id)
    messages, events = sample.get("messages"), sample.get("events")
    attachments = sample.get("attachments")
    texts = attachments if isinstance(attachments, Mapping) else {}
    writer = Writer(notes)
    if isinstance(events, list) and _tells_more(messages, events):
        yield from _from_events(writer, messages, events, texts)
    elif isinstance(messages, list):
        for index, message in enumerate(messages):
            writer.at = index
            yield from read_message(writer, _attached(message, texts))
            writer.look(message)
        writer.close()
    else:
        notes.void("it has no messages")
    if cut:
        notes.void("a sample is larger than is read")


def _name(sample: Mapping[str, object], otherwise: str) -> str:
    """A sample's id, with its epoch from the second on."""
    given, epoch = sample.get("id"), sample.get("epoch")
    if not isinstance(given, str | int):
        return otherwise
    return f"{given}:{epoch}"[:200] if isinstance(epoch, int) and epoch > 1 else str(given)[:200]


def _tells_more(messages: object, events: list[object]) -> bool:
    """Whether events tell of calls that the messages leave out."""
    listed = messages if isinstance(messages, list) else []
    answered = {word(message, "tool_call_id") for message in listed if isinstance(message, Mapping)}
    calls = [event for event in events if isinstance(event, Mapping) and event.get("event") == "tool"]
    return any(word(call, "id") not in answered for call in calls)


def _from_events(
    writer: Writer, messages: object, events: list[object], texts: Mapping[str, object]
) -> Iterator[Event]:
    """What the agent was told, then what it said and did in the order of the events."""
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, Mapping) and message.get("role") in ("system", "user"):
            yield from read_message(writer, _attached(message, texts))
    for index, given in enumerate(events):
        writer.at = index
        event = _attached(given, texts)
        if not isinstance(event, Mapping):
            continue
        if event.get("event") == "tool":
            args = event.get("arguments")
            call = writer.call(str(event.get("function") or ""), args if isinstance(args, Mapping) else {})
            yield call
            yield writer.result(text_of(event.get("result")), of=call.step, failed=bool(event.get("error")))
        elif event.get("event") == "model":
            yield from writer.said(_output(event.get("output")), acts=False)


def _output(output: object) -> str:
    """The prose of a model's answer."""
    choices = output.get("choices") if isinstance(output, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    return text_of(message.get("content")) if isinstance(message, Mapping) else ""


def _attached(value: object, texts: Mapping[str, object], depth: int = 0) -> object:
    """A value with the texts its attachments stand for."""
    if not texts or depth > 8:
        return value
    if isinstance(value, str):
        return texts.get(value.removeprefix(_ATTACHMENT), value) if value.startswith(_ATTACHMENT) else value
    if isinstance(value, Mapping):
        return {key: _attached(inner, texts, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_attached(inner, texts, depth + 1) for inner in value]
    return value
