"""What exporters write that the conventions do not know, turned into attributes of the conventions.

OpenLLMetry and OpenInference write a message as many attributes with dots and numbers (``gen_ai.prompt.0.content``,
``llm.output_messages.0.message.role``), Logfire and the Vercel AI SDK have names of their own. LangSmith, Langfuse,
Phoenix, the OpenAI Agents SDK and exporters to a console write one record a span, or one tree of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from remit.monitor.adapters.envelopes import word

__all__ = ["UNKNOWN", "conventional", "is_run", "spans_in", "value_of"]

UNKNOWN = ".given"
"""Where what a span was given stands if nobody says whether it is a call: its name may, beside those of tools."""

_ARGUMENTS = ("tool_arguments", "ai.toolCall.args", "ai.toolCall.input", "gen_ai.tool.arguments", "tool.arguments")
_RESULTS = ("tool_response", "ai.toolCall.result", "ai.toolCall.output", "gen_ai.tool.result", "gen_ai.tool.output")
_LISTS = (
    ("gen_ai.prompt.", "gen_ai.input.messages"),
    ("gen_ai.completion.", "gen_ai.output.messages"),
    ("llm.input_messages.", "gen_ai.input.messages"),
    ("llm.output_messages.", "gen_ai.output.messages"),
)
_ALIASES = (
    ("gen_ai.input.messages", ("ai.prompt.messages", "pydantic_ai.all_messages", "mlflow.spanInputs")),
    ("gen_ai.tool.name", ("ai.toolCall.name",)),
    ("gen_ai.tool.call.id", ("ai.toolCall.id",)),
    ("gen_ai.tool.call.arguments", _ARGUMENTS),
    ("gen_ai.tool.call.result", _RESULTS),
)
_CHILDREN = ("child_runs", "children", "spans", "observations", "child_spans", "data")
_OBSERVED = frozenset("GENERATION SPAN EVENT TOOL AGENT CHAIN RETRIEVER EMBEDDING EVALUATOR GUARDRAIL".split())
"""Kinds of observations as Langfuse writes them."""
_MOST_NUMBERED = 10_000
_DEEPEST = 100


def conventional(attributes: dict[str, object]) -> dict[str, object]:
    """Attributes with what exporters name otherwise under the names of the conventions as well."""
    for name, others in _ALIASES:
        if name not in attributes:
            found = next((attributes[other] for other in others if attributes.get(other) is not None), None)
            if found is not None:
                attributes[name] = found
    for prefix, name in _LISTS:
        if name not in attributes and any(key.startswith(prefix) for key in attributes):
            numbered = {key.removeprefix(prefix): inner for key, inner in attributes.items() if key.startswith(prefix)}
            attributes[name] = _numbered(numbered)
    if "gen_ai.tool.call.arguments" in attributes and "gen_ai.tool.name" in attributes:
        attributes.setdefault("gen_ai.operation.name", "execute_tool")
    if attributes.get("ai.operationId") == "ai.toolCall" or "tool_arguments" in attributes:
        attributes["gen_ai.operation.name"] = "execute_tool"
    if "ai.response.toolCalls" in attributes and "gen_ai.output.messages" not in attributes:
        calls = value_of(attributes["ai.response.toolCalls"])
        attributes["gen_ai.output.messages"] = [
            {"role": "assistant", "parts": calls if isinstance(calls, list) else []}
        ]
    return attributes


def _numbered(given: Mapping[str, object]) -> list[object]:
    """Messages from attributes like ``0.message.tool_calls.1.tool_call.function.name``."""
    tree: dict[str, object] = {}
    for path, inner in list(given.items())[:_MOST_NUMBERED]:
        place = tree
        *parents, last = path.split(".")[:20]
        for part in parents:
            under = place.setdefault(part, {})
            if not isinstance(under, dict):
                under = place[part] = {}
            place = under
        place[last] = inner
    return [_message(one) for one in _ordered(tree)]


def _message(one: object) -> object:
    """One message of such a tree."""
    inner = one.get("message", one) if isinstance(one, Mapping) else {}
    message = inner if isinstance(inner, Mapping) else {}
    calls = message.get("tool_calls")
    listed = [call.get("tool_call", call) for call in _ordered(calls) if isinstance(call, Mapping)]
    parts = [
        part.get("message_content", part) for part in _ordered(message.get("contents")) if isinstance(part, Mapping)
    ]
    parts = [{"type": "text", "text": part.get("text")} for part in parts if isinstance(part, Mapping)]
    content = message.get("content")
    named = [{"type": "function", **call} for call in listed if isinstance(call, Mapping)]
    return {"role": message.get("role"), "content": content if content is not None else parts, "tool_calls": named}


def _ordered(tree: object) -> list[object]:
    """The values of an object whose keys are numbers, in their order."""
    if isinstance(tree, list):
        return tree
    if not isinstance(tree, Mapping):
        return []
    return [tree[key] for key in sorted((key for key in tree if key.isdigit() and len(key) < 9), key=int)]


def is_run(value: Mapping[str, object]) -> bool:
    """Whether an object is a span or a run as some tracer writes it, one a line or a tree of them."""
    return (
        "run_type" in value
        or isinstance(value.get("span_data"), Mapping)
        or value.get("object") in ("trace", "trace.span")
        or isinstance(value.get("observations"), list)
        or ("traceId" in value and word(value, "type") in _OBSERVED)
        or ("traceID" in value and isinstance(value.get("spans"), list))
        or (
            isinstance(listed := value.get("data"), list)
            and any(isinstance(one, Mapping) and is_run(one) for one in listed[:1])
        )
        or ("span_kind" in value and "context.trace_id" in value)
        or (isinstance(value.get("context"), Mapping) and isinstance(value.get("attributes"), Mapping))
    )


def spans_in(record: object, trace: str = "", depth: int = 0) -> Iterator[Mapping[str, object]]:
    """The spans of a record and of those inside it, as OTLP would write them."""
    if not isinstance(record, Mapping) or depth > _DEEPEST:
        return
    group = _group(record) or trace or str(record.get("id") or "")
    span = _span(record, group)
    if span is not None:
        yield span
    for key in _CHILDREN:
        inner = record.get(key)
        for child in inner if isinstance(inner, list) else []:
            yield from spans_in(child, group, depth + 1)


def _group(record: Mapping[str, object]) -> str:
    """The trace a record names, empty where it names none."""
    context = record.get("context")
    inner = context.get("trace_id") if isinstance(context, Mapping) else None
    given = (inner, *(record.get(key) for key in ("trace_id", "traceId", "traceID", "context.trace_id", "session_id")))
    return next((str(one) for one in given if one), "")


def _span(record: Mapping[str, object], group: str) -> Mapping[str, object] | None:
    """One record as a span, ``None`` where it tells of nothing."""
    attributes = _attributes(record)
    if attributes is None:
        return None
    start = next((record[key] for key in ("start_time", "startTime", "started_at") if record.get(key)), "")
    error = record.get("error")
    return {
        "traceId": group or "trace", "name": str(record.get("name") or record.get("operationName") or ""),
        "start": str(start),
        "attributes": attributes, "events": record.get("events"),
        "status": {"code": 2} if error else record.get("status"),
    }  # fmt: skip


def _attributes(record: Mapping[str, object]) -> dict[str, object] | None:
    """The attributes of a record, in the names of the conventions."""
    given = record.get("attributes")
    if isinstance(given, Mapping):
        return dict(given)
    tags = record.get("tags")
    if "operationName" in record and isinstance(tags, list):  # Jaeger
        return {str(tag.get("key")): tag.get("value") for tag in tags if isinstance(tag, Mapping)}
    flat = {key.removeprefix("attributes."): inner for key, inner in record.items() if key.startswith("attributes.")}
    if flat:
        return {"openinference.span.kind": record.get("span_kind"), **flat}
    data = record.get("span_data")
    told = data if isinstance(data, Mapping) else record
    kind = str(told.get("run_type") or told.get("type") or record.get("as_type") or "").lower()
    asked = next((told[key] for key in ("inputs", "input") if told.get(key) is not None), None)
    came = next((told[key] for key in ("outputs", "output") if told.get(key) is not None), None)
    if kind in ("tool", "function"):
        return {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": told.get("name"),
            "gen_ai.tool.call.arguments": asked, "gen_ai.tool.call.result": came,
        }  # fmt: skip
    if asked is None and came is None:
        return None
    said: dict[str, object] = {
        "gen_ai.input.messages": _spoken(asked, "user"),
        "gen_ai.output.messages": _spoken(came, "assistant"),
    }
    given = value_of(asked)
    loose = kind in ("", "span", "event") and isinstance(given, Mapping) and "messages" not in given
    return {**said, UNKNOWN: given, "gen_ai.tool.call.result": came} if loose else said


def _spoken(given: object, role: str) -> list[object]:
    """The messages among what a model was given or gave."""
    value = value_of(given)
    if isinstance(value, Mapping) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, Mapping) and isinstance(choices := value.get("choices"), list):
        value = [choice.get("message") for choice in choices if isinstance(choice, Mapping)]
    if isinstance(value, Mapping) and isinstance(listed := value.get("generations"), list):  # LangChain
        flat = [one for each in listed for one in (each if isinstance(each, list) else [each])]
        value = [one.get("message") or one.get("text") for one in flat if isinstance(one, Mapping)]
    items = value if isinstance(value, list) else [value]
    flat = [one for item in items for one in (item if isinstance(item, list) else [item])]
    return [one if isinstance(one, Mapping) else {"role": role, "content": one} for one in flat if one]


def value_of(given: object) -> object:
    """A value that may be written as JSON text."""
    if isinstance(given, str) and given[:1] in ("{", "["):
        try:
            value: object = json.loads(given)
        except (ValueError, RecursionError):
            return given
        return value
    return given
