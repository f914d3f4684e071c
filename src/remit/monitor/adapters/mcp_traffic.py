"""Traffic between an agent and MCP servers, one JSON-RPC message a line, bare or in an envelope.

An envelope holds the message, as an object or as text, under ``message``, ``payload`` or whatever its recorder calls
it (under ``request`` the answer may stand beside it as ``response``) and may name the server. A line may be a batch.
A ``tools/call`` request is a call, the answer with its id the result; a cancelled request is a signal. A file is one
transcript.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from remit.monitor.adapters.messages import text_of
from remit.monitor.adapters.records import Record
from remit.monitor.adapters.transcript import Notes, Transcript, Writer
from remit.monitor.event import Event

__all__ = ["message_in", "read_traffic"]

_FIRST = ("message", "payload", "request")  # where several members of an envelope are messages
_MOST_WAITING = 10_000


def message_in(line: Mapping[str, object]) -> Mapping[str, object] | None:
    """The JSON-RPC message of a line, ``None`` where it holds none."""
    if "jsonrpc" in line:
        return line
    for key in (*_FIRST, *line):
        inner = line.get(key)
        if isinstance(inner, str) and inner.startswith("{") and '"jsonrpc"' in inner:
            try:
                inner = json.loads(inner)
            except (ValueError, RecursionError):
                continue
        if isinstance(inner, Mapping) and "jsonrpc" in inner:
            return inner
    return None


def read_traffic(records: Iterable[Record], name: str) -> Iterator[Transcript]:
    """The one transcript of a file."""
    notes = Notes(id=name)
    yield Transcript(events=_events(records, notes), notes=notes)


def _events(records: Iterable[Record], notes: Notes) -> Iterator[Event]:
    """The events of the messages, in the order in which they were recorded."""
    writer = Writer(notes)
    waiting: set[str] = set()
    for record in records:
        writer.at = record.line - 1
        batch = list(record.items)
        for line in batch if batch and not record.fields else [record.fields]:
            message = message_in(line) if isinstance(line, Mapping) and not record.fault else None
            if message is None or not isinstance(line, Mapping):
                notes.void(record.said() or f"line {record.line}: it is no message of JSON-RPC")
                continue
            server = line.get("server")
            name = str(server) if isinstance(server, str) else ""
            yield from _message(writer, message, name, waiting)
            answer = line.get("response")  # some proxies keep both in one line
            if isinstance(answer, Mapping) and answer is not message and "jsonrpc" in answer:
                yield from _message(writer, answer, name, waiting)


def _message(writer: Writer, message: Mapping[str, object], server: str, waiting: set[str]) -> Iterator[Event]:
    """The events of one message."""
    method, given = message.get("method"), message.get("params")
    params = given if isinstance(given, Mapping) else {}
    identity = f"{server}/{message.get('id')}"
    if method == "tools/call":
        if len(waiting) < _MOST_WAITING:
            waiting.add(identity)
        yield writer.call(str(params.get("name") or ""), params.get("arguments"), name=identity, server=server)
    elif method == "resources/read":
        yield writer.call("resources/read", {"uri": params.get("uri")}, name=identity, server=server)
        waiting.add(identity)
    elif method == "notifications/cancelled":
        yield writer.signal("cancelled")
    elif method is None and identity in waiting:
        waiting.discard(identity)
        result, error = message.get("result"), message.get("error")
        body = result if isinstance(result, Mapping) else {}
        text = (
            text_of(body.get("content") or body.get("contents")) if result is not None else json.dumps(error)[:10_000]
        )
        failed = error is not None or bool(body.get("isError"))
        yield writer.result(text, name=identity, failed=failed)
    elif method is None and isinstance(result := message.get("result"), Mapping) and "serverInfo" in result:
        yield from writer.told(text_of(result.get("instructions")), "server")
