"""The calls of a ledger as OpenTelemetry spans, sent to a collector over OTLP/HTTP: a copy, never the record.

A call becomes one span named ``execute_tool TOOL`` with the attributes of the conventions for generative AI
(``gen_ai.*``, still "in development" at OpenTelemetry) and remit's own (``remit.*``). Ids are taken from the ledger
itself, so the same ledger sent twice gives the same spans. Nothing is batched behind anybody's back: what a collector
did not take is counted and said. Messages are built straight from the protocol's own definitions (opentelemetry-proto).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from itertools import islice
from typing import TYPE_CHECKING

from remit.errors import LedgerError
from remit.ledger.query import REFUSALS, CallRecord, call_of, call_records, moment, reasons_of

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from remit.ledger.entry import Entry

__all__ = ["Exported", "export_spans"]

_BATCH = 256
_TRIES = 4
_LONGEST = 4096  # characters of one attribute: a collector is no place for whole files
_LARGEST_ANSWER = 1 << 20
_AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE,
          HTTPStatus.GATEWAY_TIMEOUT}  # fmt: skip
_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What became of an export, in spans: ``sent`` were taken, ``dropped`` were not, each reason with its count.

    ``others`` counts the entries that are no calls; a collector is not told of them.
    """

    sent: int
    dropped: int
    others: int
    reasons: Mapping[str, int]


def export_spans(
    entries: Iterable[Entry],
    *,
    url: str,
    ledger: str,
    identity: bytes,
    arguments: bool = False,
    timeout: float = 10.0,
    environ: Mapping[str, str] | None = None,
) -> Exported:
    """Send every call among the entries to a collector and say what was taken; nothing is kept for a later try.

    ``url`` is the whole address (``http://localhost:4318/v1/traces``; without a path that path is meant), headers come
    from ``OTEL_EXPORTER_OTLP_HEADERS`` (W3C baggage: ``name=value,name=value``). ``ledger`` is the name spans carry,
    ``identity`` what tells this ledger from every other (its first leaf). ``arguments`` also sends the arguments of
    calls, as the ledger has them; ``timeout`` is in seconds, for each request. A collector that is busy is asked up to
    four times. Raises ``LedgerError`` where the extra or a usable address is missing.
    """
    _demand_protocol()
    address = _address(url)
    headers = _headers(os.environ if environ is None else environ)
    trace = hashlib.sha256(b"remit ledger" + identity).digest()[:16]
    sent = others = 0
    reasons: dict[str, int] = {}
    calls = iter(call_records(entries))
    while batch := list(islice(calls, _BATCH)):
        spans = [_span(call, trace, arguments=arguments) for call in batch if isinstance(call, CallRecord)]
        others += len(batch) - len(spans)
        taken, reason = _send(address, headers, spans, ledger, timeout) if spans else (0, "")
        sent += taken
        if taken < len(spans):
            reasons[reason] = reasons.get(reason, 0) + len(spans) - taken
    return Exported(sent=sent, dropped=sum(reasons.values()), others=others, reasons=reasons)


def _demand_protocol() -> None:
    """Raise ``LedgerError`` where the extra is not installed."""
    try:
        import opentelemetry.proto.collector.trace.v1.trace_service_pb2  # noqa: F401 (only whether it is there)
    except ImportError:
        raise LedgerError(
            "the definitions of OpenTelemetry are not installed",
            code="ledger.error.missing-extra",
            hint="install the extra: pip install 'remit[otel]'",
        ) from None


def _address(url: str) -> str:
    """The address spans are posted to; raises ``LedgerError`` for what is none."""
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, usable = urllib.parse.urlsplit(""), False
    if not usable:
        raise LedgerError(
            f"`{url}` is no address of a collector",
            code="ledger.error.collector",
            hint="write it as http://HOST:4318 or https://HOST/v1/traces",
        )
    return url if parts.path not in ("", "/") else urllib.parse.urlunsplit(parts._replace(path="/v1/traces"))


def _headers(environ: Mapping[str, str]) -> dict[str, str]:
    """The headers of every request: a token, usually; raises ``LedgerError`` for what is none."""
    pairs = [pair.partition("=") for name in _HEADERS for pair in environ.get(name, "").split(",")]
    given = {name.strip(): urllib.parse.unquote(value.strip()) for name, sign, value in pairs if sign}
    if not all(name.isascii() and (name + value).isprintable() and name for name, value in given.items()):
        raise LedgerError(
            f"a header of `{_HEADERS[0]}` cannot be sent",
            code="ledger.error.collector",
            hint="write `name=value,name=value`, without line breaks",
        )
    return {**given, "Content-Type": "application/x-protobuf"}


def _span(call: CallRecord, trace: bytes, *, arguments: bool) -> Span:
    """One call as a span; its id is the beginning of a digest over the leaf of the entry that opened it."""
    from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

    first, last = call.first, call.last
    at = moment(first)
    begin = 0 if at is None else int(at.timestamp()) * 10**9 + at.microsecond * 1000
    took = 0.0 if last is None else max(0.0, last.monotonic - first.monotonic)
    status = Status()
    if call.result != "performed":
        status = Status(code=Status.STATUS_CODE_ERROR, message=_cut("; ".join(reasons_of(first)) or call.result))
    tool = str(call_of(first).get("tool") or "unknown")
    said = _attributes(call, tool, arguments=arguments)
    return Span(
        trace_id=trace,
        span_id=hashlib.sha256(trace + first.leaf).digest()[:8],
        name=f"execute_tool {_cut(tool)}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=begin,
        end_time_unix_nano=begin + round(took * 1e9),
        attributes=[_pair(key, value) for key, value in said.items() if value not in (None, "", ())],
        status=status,
    )


def _attributes(call: CallRecord, tool: str, *, arguments: bool) -> dict[str, object]:
    """What is said about a call."""
    first, last = call.first, call.last
    facts, what = first.facts, call_of(first)
    said: dict[str, object] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.call.id": what.get("id"),
        "gen_ai.agent.name": what.get("principal"),
        "remit.entry": first.number,
        "remit.outcome.entry": last.number if last is not None else None,
        "remit.result": call.result,
        "remit.decision": facts.get("decision") or ("deny" if first.kind == "denied" else None),
        "remit.because": reasons_of(first),
        "remit.digest": facts.get("digest"),
        "remit.charter": facts.get("charter"),
        "remit.server": what.get("server"),
    }
    if call.result != "performed":
        said["error.type"] = REFUSALS.get(call.result, call.result)
    if arguments and "args" in what:
        said["gen_ai.tool.call.arguments"] = json.dumps(what["args"], ensure_ascii=False, sort_keys=True)
    return said


def _pair(key: str, value: object) -> KeyValue:
    """One attribute as the protocol has it."""
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

    if isinstance(value, tuple):
        items = [AnyValue(string_value=_cut(str(item))) for item in value]
        return KeyValue(key=key, value=AnyValue(array_value=ArrayValue(values=items)))
    if isinstance(value, int) and not isinstance(value, bool):
        return KeyValue(key=key, value=AnyValue(int_value=value))
    return KeyValue(key=key, value=AnyValue(string_value=_cut(str(value))))


def _cut(text: str) -> str:
    """A text a collector takes: UTF-8, and not without end."""
    kept = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return kept.encode("utf-8", errors="replace").decode("utf-8")


def _send(
    address: str, headers: Mapping[str, str], spans: Sequence[Span], ledger: str, timeout: float
) -> tuple[int, str]:
    """Post spans; how many were taken, and why the others were not."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

    resource = Resource(attributes=[_pair("service.name", "remit"), _pair("remit.ledger", ledger)])
    scope = ScopeSpans(scope=InstrumentationScope(name="remit"), spans=spans)
    message = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope])])
    request = urllib.request.Request(  # noqa: S310 (the scheme was checked)
        address, data=message.SerializeToString(), headers=dict(headers), method="POST"
    )
    for attempt in range(1, _TRIES + 1):
        try:
            with _opener().open(request, timeout=timeout) as answer:
                return _taken(answer.read(_LARGEST_ANSWER), len(spans))
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _AGAIN or attempt == _TRIES:
                    return 0, f"the collector answered {error.code}"
                time.sleep(_pause(error.headers.get("Retry-After"), attempt, timeout))
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            return 0, f"the collector was not reached: {getattr(reason, 'strerror', None) or reason}".lower()
    return 0, "the collector was busy"


def _opener() -> urllib.request.OpenerDirector:
    """What posts: it follows no redirect, which would lose the spans on the way and look like success."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _taken(body: bytes, count: int) -> tuple[int, str]:
    """How many spans an accepted request was good for (OTLP "partial success")."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    try:
        answer = ExportTraceServiceResponse.FromString(body)
    except Exception:  # noqa: BLE001 (a decoder's error, whose library has no home here)
        return count, ""  # it took them, and says so in another language
    rejected = min(count, max(0, answer.partial_success.rejected_spans))
    said = " ".join(answer.partial_success.error_message.split())[:200]
    return count - rejected, f"the collector rejected them: {said}" if said else "the collector rejected them"


def _pause(wanted: str | None, attempt: int, most: float) -> float:
    """How long to wait before the next try, in seconds."""
    asked = float(wanted) if wanted is not None and wanted.isdecimal() else 0.25 * 2**attempt
    return min(asked, most)
