"""OpenTelemetry spans as OTLP JSON: that calls of tools took place, in which build. A trace is no test of anything.

Spans of tools follow the conventions for generative AI (``gen_ai.operation.name`` is ``execute_tool``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.bounds import entries, text_of
from remit.assurance.records.foreign import foreign_record, verdict
from remit.assurance.records.moments import nanoseconds
from remit.assurance.records.subjects import stated
from remit.errors import EvidenceError
from remit.monitor.adapters.otel import attributes_of

__all__ = ["read_spans"]

_MOST = 200_000


def read_spans(document: Mapping[str, Any]) -> Record:
    """The record of an OTLP export: ``n`` calls of tools, ``k`` of which ended without an error.

    It passes where there is a call and none ended in an error, it never fails: whose error it was, a trace does not
    say. Raises ``EvidenceError`` for spans without ids or times.
    """
    said: list[tuple[object, object]] = []
    models: set[str] = set()
    services: dict[str, None] = {}
    traces: dict[str, None] = {}
    made: list[datetime] = []
    spans = calls = errors = 0
    for resource, span in _spans(document):
        spans += 1
        own = attributes_of(span.get("attributes"))
        said += [*resource.items(), *own.items()]
        if digest := text_of(resource.get("oci.manifest.digest")):
            said.append(("remit.subject.image", digest))
        services[text_of(resource.get("service.name"))] = None
        traces[text_of(span.get("traceId"), 64)] = None
        made.append(_ended(span))
        model = text_of(own.get("gen_ai.response.model")) or text_of(own.get("gen_ai.request.model"))
        models |= {model} if model else set()
        if _calls_tool(span, own):
            calls += 1
            errors += _failed(span)
        said = list(dict.fromkeys((key, value) for key, value in said if _speaks(key, value)))
    said += [("remit.subject.model", model) for model in models if not any(k == "remit.subject.model" for k, _ in said)]
    subject, torn = stated(said)
    unknown = [] if calls else ["no span tells of a call of a tool"]
    unknown += [f"{errors} of {calls} calls ended in an error"] if errors else []
    return foreign_record(
        form="otlp", kind="trace", subject=subject, torn=torn, tool=next(filter(None, services), "opentelemetry"),
        run=next(filter(None, traces), ""), made=min(made, default=None),
        found=verdict([], unknown, [f"{calls} calls ended without an error"]), n=calls, k=calls - errors,
        details={"spans": spans, "traces": len(traces)},
    )  # fmt: skip


def _speaks(key: object, value: object) -> bool:
    """Whether an attribute states a part of a subject."""
    return isinstance(key, str) and key.startswith("remit.subject.") and isinstance(value, str)


def _spans(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, object], Mapping[str, Any]]]:
    """Each span with the attributes of its resource."""
    count = 0
    for resource in entries(document.get("resourceSpans"), "resourceSpans"):
        if not isinstance(resource, Mapping):
            raise EvidenceError("a resource is no object")
        inner = resource.get("resource")
        about = attributes_of(inner.get("attributes")) if isinstance(inner, Mapping) else {}
        scopes = resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")
        for scope in entries(scopes, "scopeSpans"):
            for span in entries(scope.get("spans") if isinstance(scope, Mapping) else 0, "spans"):
                count += 1
                if count > _MOST or not isinstance(span, Mapping) or not span.get("traceId") or not span.get("spanId"):
                    raise EvidenceError("a span has no ids, or there are more than are read")
                yield about, span


def _ended(span: Mapping[str, Any]) -> datetime:
    """When a span ended; raises ``EvidenceError`` where it does not say or ended before it began."""
    start, end = nanoseconds(span.get("startTimeUnixNano")), nanoseconds(span.get("endTimeUnixNano"))
    if start is None or end is None or end < start:
        raise EvidenceError("a span does not say when it began and ended")
    return end


def _calls_tool(span: Mapping[str, Any], own: Mapping[str, object]) -> bool:
    """Whether a span is a call of a tool."""
    name = text_of(span.get("name"))
    return own.get("gen_ai.operation.name") == "execute_tool" or name.startswith("execute_tool ")


def _failed(span: Mapping[str, Any]) -> bool:
    """Whether a span ended in an error."""
    status = span.get("status")
    return isinstance(status, Mapping) and status.get("code") in (2, "STATUS_CODE_ERROR")
