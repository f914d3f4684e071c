"""Spans of the OpenTelemetry conventions for generative AI, as OTLP JSON: a document, or one export a line.

A conversation (else a trace) is a transcript. Its spans are put in order of time: ``execute_tool`` spans are calls with
their results, the messages of ``chat`` spans what was told and said. A call that a message announces and no span tells
of is a call all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from remit.monitor.adapters.envelopes import word
from remit.monitor.adapters.exporters import UNKNOWN, conventional, is_run, spans_in, value_of
from remit.monitor.adapters.foreign import Unwrapper, plain_blocks
from remit.monitor.adapters.messages import (
    AGENTS,
    ANSWERS,
    CALLS,
    TOOLS,
    arguments_of,
    call_in,
    given_in,
    role_of,
    text_of,
)
from remit.monitor.adapters.records import Record
from remit.monitor.adapters.transcript import Notes, Transcript, Writer
from remit.monitor.event import Event

__all__ = ["attributes_of", "read_runs", "read_spans"]

Span = tuple[str, Mapping[str, object]]

_MOST_SPANS = 200_000
_CALL = "gen_ai.tool.call.id"
_ARGUMENTS = ("gen_ai.tool.call.arguments", "input.value", "traceloop.entity.input", "tool.parameters")
_LISTED = (
    ("gen_ai.input.messages", "user"),
    ("gen_ai.output.messages", "assistant"),
    ("gen_ai.prompt", "user"),
    ("gen_ai.completion", "assistant"),
)
"""Where a span, or one of its events, lists messages, and who speaks where none of them says so."""


def read_spans(records: Iterable[Record]) -> Iterator[Transcript]:
    """A transcript for each conversation of an export, in the order in which they began."""
    return _read(records, _spans)


def read_runs(records: Iterable[Record]) -> Iterator[Transcript]:
    """A transcript for each trace of records of a tracer, one a line or a tree of them."""
    return _read(records, None)


def _read(
    records: Iterable[Record], within: Callable[[object], Iterator[Mapping[str, object]]] | None
) -> Iterator[Transcript]:
    """A transcript for each conversation; the spans are ``within`` the items of a record, or are the records."""
    groups: dict[str, list[Span]] = {}
    fault, count = "", 0
    for record in records:
        for span in _of(record, within):
            count += 1
            if count > _MOST_SPANS:
                fault = fault or f"only its first {_MOST_SPANS} spans are read"
                break
            start, attributes, group = _span(span)
            groups.setdefault(group, []).append((start or f"{count:020}", attributes))
        if record.fault or record.cut:
            fault = fault or record.said() or f"line {record.line}: a span is larger than is read"
    for number, (group, spans) in enumerate(groups.items(), start=1):
        notes = Notes(id=group, line=number, voided=fault)
        yield Transcript(events=_events(Writer(notes), spans), notes=notes)
    if fault and not groups:
        yield Transcript(events=iter(()), notes=Notes(id="spans", voided=fault))


def _of(
    record: Record, within: Callable[[object], Iterator[Mapping[str, object]]] | None
) -> Iterator[Mapping[str, object]]:
    """The spans of a record, and of its items."""
    for item in record.items:
        yield from spans_in(item) if within is None else within(item)
    if within is None:
        yield from spans_in(record.fields)
        if record.fields and not is_run(record.fields):
            record.fault = record.fault or "it is no span, as the others are"


def _spans(resource: object) -> Iterator[Mapping[str, object]]:
    """The spans of one resource, in the new and the old spelling of the format."""
    if not isinstance(resource, Mapping):
        return
    spellings = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans")
    for scope in _list(next((resource[key] for key in spellings if resource.get(key)), None)):
        if isinstance(scope, Mapping):
            yield from (span for span in _list(scope.get("spans")) if isinstance(span, Mapping))


def _span(span: Mapping[str, object]) -> tuple[str, Mapping[str, object], str]:
    """A span's start as text that sorts by time, its attributes with its events, and its conversation."""
    attributes = conventional(attributes_of(span.get("attributes")))
    attributes["."] = str(span.get("name") or "")
    status = span.get("status")
    attributes[".failed"] = isinstance(status, Mapping) and status.get("code") in (2, "STATUS_CODE_ERROR")
    attributes[".events"] = [
        (str(event.get("name") or ""), attributes_of(event.get("attributes")))
        for event in _list(span.get("events"))
        if isinstance(event, Mapping)
    ]
    given = str(span.get("startTimeUnixNano") or span.get("start_time_unix_nano") or "")
    start = given.zfill(25) if given.isdigit() and len(given) < 25 else str(span.get("start") or "")
    group = attributes.get("gen_ai.conversation.id") or attributes.get("session.id")
    return start, attributes, str(group or span.get("traceId") or span.get("trace_id") or "trace")[:200]


def _events(writer: Writer, spans: list[Span]) -> Iterator[Event]:
    """The events of a conversation."""
    spans.sort(key=lambda span: span[0])
    unnamed = _named_as_tools([attributes for _, attributes in spans])
    tools = [(tool, attributes) for _, attributes in spans if (tool := _tool(attributes))]
    announced = _announced(spans, {str(given.get(_CALL)) for _, given in tools if _bare(given)})
    executed = {_mark(attributes.get(_CALL), tool, _given(attributes)) for tool, attributes in tools}
    if tools and not announced and all(_bare(attributes) for _, attributes in tools):
        writer.notes.void("the arguments of its calls were not recorded")  # which they are only where somebody asks
    seen: set[str] = set()
    for index, (_, attributes) in enumerate(spans):
        writer.at = index
        tool = _tool(attributes)
        if tool:
            yield from _executed(writer, tool, attributes, announced)
            continue
        for role, parts in _messages(attributes):
            for part in parts:
                mark = json.dumps([role, part], sort_keys=True, default=str)
                if mark not in seen:  # every request repeats the whole conversation
                    seen.add(mark)
                    yield from _part(writer, role, part, executed)
        writer.look(attributes)
    if unnamed and not writer.acted:
        writer.notes.void("it holds spans of which nobody says whether they are calls")
    writer.close()


def _named_as_tools(spans: list[Mapping[str, object]]) -> bool:
    """Make spans of no kind those of the tools some message calls by their names; whether others are left."""
    loose = [span for span in spans if isinstance(span.get(UNKNOWN), Mapping)]
    called = {_call_in(part)[0] for span in spans if loose for _, parts in _messages(span) for part in parts}
    for span in loose:
        if span["."] in called and isinstance(span, dict):
            span.update({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": span[UNKNOWN]})
    return any(span["."] not in called for span in loose)


def _tool(attributes: Mapping[str, object]) -> str:
    """The tool a span executes, empty where it executes none."""
    named = attributes.get("gen_ai.tool.name") or attributes.get("tool.name") or attributes.get("traceloop.entity.name")
    operation = attributes.get("gen_ai.operation.name") or attributes.get("openinference.span.kind")
    kind = attributes.get("traceloop.span.kind")
    executes = str(operation).lower() in ("execute_tool", "tool") or str(kind).lower() == "tool"
    if not executes and not str(attributes["."]).startswith("execute_tool"):
        return ""
    return str(named or str(attributes["."]).removeprefix("execute_tool").strip() or "tool")


def _bare(attributes: Mapping[str, object]) -> bool:
    """Whether a tool's span keeps no arguments: the conventions leave that to whoever records."""
    return all(attributes.get(key) is None for key in _ARGUMENTS)


def _announced(spans: list[Span], names: set[str]) -> dict[str, object]:
    """The arguments messages give to the calls of these names; under no name those of any other."""
    found: dict[str, object] = {}
    for _, attributes in spans if names else ():
        for _role, parts in _messages(attributes):
            for part in parts:
                tool, args, name = _call_in(part)
                if tool and args is not None:
                    found[name if name in names else ""] = args
    return found


def _executed(
    writer: Writer, tool: str, attributes: Mapping[str, object], announced: Mapping[str, object]
) -> Iterator[Event]:
    """A tool's span: the call and what came of it; its arguments may stand only in the message that announced it."""
    bare = _bare(attributes)
    call = writer.call(tool, announced.get(str(attributes.get(_CALL))) if bare else _given(attributes))
    yield call
    answers = ("gen_ai.tool.call.result", "output.value", "traceloop.entity.output")
    result = next((attributes[key] for key in answers if key in attributes), None)
    if result is not None or attributes[".failed"]:
        yield writer.result(_text(result), tool=tool, of=call.step, failed=bool(attributes[".failed"]))


def _given(attributes: Mapping[str, object]) -> object:
    """The arguments of a tool's span."""
    return _handed(value_of(next((attributes[key] for key in _ARGUMENTS if key in attributes), None)))


def _mark(name: object, tool: str, args: object) -> str:
    """What a call is known by: its name, else its tool with its arguments."""
    return str(name) if name else json.dumps([tool, args], sort_keys=True, default=str)


def _handed(args: object) -> object:
    """The arguments themselves, out of what decorators put round those of the function they watch."""
    for key in ("inputs", "kwargs", "input", "arguments"):
        inner = args.get(key) if isinstance(args, Mapping) else None
        given = arguments_of(inner) if isinstance(inner, str) and inner.lstrip()[:1] == "{" else inner
        if isinstance(given, Mapping) and given and given != {"input": inner}:
            args = given
    return args


def _messages(attributes: Mapping[str, object]) -> Iterator[tuple[str, list[object]]]:
    """What a span tells of a conversation: roles with the parts of their messages."""
    system = value_of(attributes.get("gen_ai.system_instructions"))
    if system:
        yield "system", _list(system) or [system]
    yield from _spoken(attributes)
    events = [
        *_pairs(attributes[".events"]),
        *_listed(attributes.get("events") or attributes.get("all_messages_events")),
    ]
    for name, given in events:
        yield from _spoken(given)
        role = name.removeprefix("gen_ai.").removesuffix(".message")
        if name.startswith("gen_ai.") and role in ("system", "user", "assistant", "tool", "choice"):
            message = value_of(given.get("message")) or given
            yield (
                "assistant" if role == "choice" else role,
                _parts(message) if isinstance(message, Mapping) else [message],
            )


def _spoken(attributes: Mapping[str, object]) -> Iterator[tuple[str, list[object]]]:
    """The messages that are listed in attributes."""
    for key, role in _LISTED:
        for given in _list(value_of(attributes.get(key))):
            for message in Unwrapper().messages(given):
                if isinstance(message, Mapping):
                    yield role_of(message) or role, _parts(message)


def _pairs(given: object) -> list[tuple[str, Mapping[str, object]]]:
    """The events of a span: names with attributes."""
    return [one for one in _list(given) if isinstance(one, tuple)]


def _listed(given: object) -> list[tuple[str, Mapping[str, object]]]:
    """Events that are kept in an attribute."""
    found = [one for one in _list(value_of(given)) if isinstance(one, Mapping)]
    return [(str(one.get("event.name") or ""), one) for one in found]


def _parts(message: Mapping[str, object]) -> list[object]:
    """The parts of a message, whether it lists them or holds one content and calls."""
    if isinstance(message.get("parts"), list):
        return _list(message["parts"])
    if _call_in(message)[0] or str(message.get("type") or "") in ANSWERS:
        return [message]
    content, calls = value_of(message.get("content")), _list(value_of(message.get("tool_calls")))
    named = [{"type": "tool_call", **call} if isinstance(call, Mapping) else call for call in calls]
    return [*(content if isinstance(content, list) else [content] if content else []), *named]


def _part(writer: Writer, role: str, part: object, executed: set[str]) -> Iterator[Event]:
    """The events of one part."""
    given = _plain(part)
    tool, args, name = _call_in(part)
    if tool:
        if not executed & {_mark(name, tool, args), _mark(None, tool, args)}:
            yield writer.call(tool, args, name=name)
    elif word(given, "type") in ANSWERS | {"tool_call_response"} or role in TOOLS:
        named = str(given.get("id") or given.get("call_id") or given.get("tool_use_id") or "")
        if named not in executed:
            keys = ("response", "result", "content", "output")
            text = next((given[key] for key in keys if given.get(key) is not None), "")
            yield writer.result(_text(text), name=named)
    elif role in AGENTS:
        yield from writer.said(text_of(given), acts=given.get("type") not in ("reasoning", "thinking"))
    else:
        yield from writer.told(text_of(given), role)


def _plain(part: object) -> Mapping[str, object]:
    """A part as a block."""
    return next((one for one in plain_blocks(part) if isinstance(one, Mapping)), {"content": part})


def _call_in(part: object) -> tuple[str, object, str]:
    """The call a part announces: tool, arguments and name; the tool is empty where it announces none."""
    given = _plain(part)
    if word(given, "type") not in CALLS | {"function"}:
        return "", None, ""
    found = call_in(given)
    if found is None:
        return "", None, ""
    inner = given.get("function")
    source = inner if isinstance(inner, Mapping) else given
    tool, args, name = found
    return tool, args if given_in(source) is not None else None, str(given.get("call_id") or name)


def attributes_of(given: object) -> dict[str, object]:
    """Attributes as OTLP writes them (``[{"key", "value": {"stringValue": ...}}]``), or as a plain object."""
    if isinstance(given, Mapping):
        return dict(given)
    return {str(item.get("key")): _any(item.get("value")) for item in _list(given) if isinstance(item, Mapping)}


def _any(value: object) -> object:
    """A value as OTLP wraps it."""
    if not isinstance(value, Mapping):
        return value
    for key, inner in value.items():
        kind = key.removesuffix("Value").removesuffix("_value")
        if kind == "array" and isinstance(inner, Mapping):
            return [_any(item) for item in _list(inner.get("values"))]
        if kind == "kvlist" and isinstance(inner, Mapping):
            return attributes_of(inner.get("values"))
        if kind != key:
            return inner
    return None


def _text(given: object) -> str:
    """A result as text."""
    return given if isinstance(given, str) else "" if given is None else json.dumps(given, default=str)


def _list(given: object) -> list[object]:
    """A list, empty where something else stands."""
    return given if isinstance(given, list) else []
