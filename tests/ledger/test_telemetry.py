"""Calls as spans, sent to a real collector on the loopback that reads the protocol's own messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from remit.errors import LedgerError
from remit.ledger.entry import Entry
from remit.ledger.store import Ledger
from remit.ledger.telemetry import Exported, export_spans


@dataclass(slots=True)
class Collector:
    """What a collector was sent, and what it answers: codes first, then 200 with how many spans it rejects."""

    url: str = ""
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    rejects: int = 0
    garbage: bool = False

    def spans(self) -> list[Span]:
        """Every span, in the order it came."""
        scopes = [scope for request in self.requests for one in request.resource_spans for scope in one.scope_spans]
        return [span for scope in scopes for span in scope.spans]

    def answer(self) -> bytes:
        """The body of a yes."""
        if self.garbage:
            return b"\xff\xff not the protocol"
        said = ExportTraceServiceResponse()
        if self.rejects:
            said.partial_success.rejected_spans = self.rejects
            said.partial_success.error_message = "too many\nof them"
        return bytes(said.SerializeToString())


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that listens on the loopback."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.paths.append(self.path)
            found.headers.append(dict(self.headers))
            code = found.codes.pop(0) if found.codes else 200
            if code == 200:
                found.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", f"{found.url}/elsewhere")
            answer = found.answer() if code == 200 else b""
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def call(tool: str, **args: object) -> dict[str, object]:
    """The call of an intent as the guard records it."""
    return {"id": f"id-{tool}", "tool": tool, "args": args, "principal": "clerk", "server": "mail"}


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """A call that was done, one that failed, one that was denied, one nobody knows the end of, and other entries."""
    because = [{"step": 3, "rule": "grants.0", "where": "remit.yaml:4", "what": "`mail.send` is granted"}]
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record("opened", {"charter": "sha256:c"})
        sent = {"call": call("mail.send", to="a@acme.example"), "digest": "sha256:d", "charter": "sha256:c"}
        ledger.entry("intent", {**sent, "decision": "allow", "because": because}, monotonic=10.0)
        ledger.entry("intent", {"call": call("mail.read", id=7), "decision": "allow", "because": []}, monotonic=11.0)
        ledger.entry("outcome", {"intent": 3, "result": "failed"}, monotonic=11.25)
        ledger.entry("outcome", {"intent": 2, "result": "performed"}, monotonic=12.5)
        ledger.record(
            "denied", {"call": call("shell.run", cmd="rm"), "because": [{"step": 2, "what": "a limit holds"}]}
        )
        ledger.record("intent", {"call": call("mail.move")})
        ledger.record("held", {"reason": "lunch"})
        ledger.record("intent", {"call": call("mail.ask")})
        ledger.record("refused", {"intent": 9, "by": "alice"})
        return list(ledger.entries())


def send(collector: Collector, entries: list[Entry], **changes: Any) -> Exported:
    """Send entries to the collector."""
    settings = {"url": collector.url, "ledger": "clerk-1", "identity": entries[0].leaf, "environ": {}, **changes}
    return export_spans(entries, **settings)


def said(span: Span) -> dict[str, object]:
    """The attributes of a span as plain values."""
    found: dict[str, object] = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, str(kind))
        found[pair.key] = [item.string_value for item in value.values] if kind == "array_value" else value
    return found


@pytest.mark.requirement("LOG-05")
def test_each_call_is_one_span_with_the_attributes_of_the_conventions(
    collector: Collector, entries: list[Entry]
) -> None:
    result = send(collector, entries)
    assert result == Exported(sent=5, dropped=0, others=2, reasons={})
    spans = {span.name: span for span in collector.spans()}
    assert list(spans) == [
        f"execute_tool {tool}" for tool in ("mail.read", "mail.send", "shell.run", "mail.ask", "mail.move")
    ]
    span = spans["execute_tool mail.send"]
    assert said(span) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "mail.send",
        "gen_ai.tool.call.id": "id-mail.send",
        "gen_ai.agent.name": "clerk",
        "remit.entry": 2,
        "remit.outcome.entry": 5,
        "remit.result": "performed",
        "remit.decision": "allow",
        "remit.because": ["remit.yaml:4: `mail.send` is granted"],
        "remit.digest": "sha256:d",
        "remit.charter": "sha256:c",
        "remit.server": "mail",
    }
    assert span.end_time_unix_nano - span.start_time_unix_nano == 2_500_000_000
    assert span.status.code == Status.STATUS_CODE_UNSET
    assert span.kind == Span.SPAN_KIND_INTERNAL
    [resource] = [one.resource for request in collector.requests for one in request.resource_spans]
    assert {pair.key: pair.value.string_value for pair in resource.attributes} == {
        "service.name": "remit",
        "remit.ledger": "clerk-1",
    }


@pytest.mark.requirement("LOG-05")
@pytest.mark.parametrize(
    ("tool", "error", "message"),
    [
        ("mail.read", "failed", "failed"),
        ("shell.run", "guard.denied", "a limit holds"),
        ("mail.move", "unknown", "unknown"),
        ("mail.ask", "guard.approval-refused", "refused"),
    ],
)
def test_a_call_that_did_not_happen_or_nobody_knows_the_end_of_is_an_error(
    collector: Collector, entries: list[Entry], tool: str, error: str, message: str
) -> None:
    send(collector, entries)
    [span] = [span for span in collector.spans() if span.name == f"execute_tool {tool}"]
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert span.status.message == message
    assert said(span)["error.type"] == error


def test_arguments_are_sent_only_when_asked_for(collector: Collector, entries: list[Entry]) -> None:
    send(collector, entries)
    assert all("gen_ai.tool.call.arguments" not in said(span) for span in collector.spans())
    collector.requests.clear()
    send(collector, entries, arguments=True)
    assert said(collector.spans()[1])["gen_ai.tool.call.arguments"] == '{"to": "a@acme.example"}'


def test_the_same_ledger_sent_twice_gives_the_same_spans(collector: Collector, entries: list[Entry]) -> None:
    send(collector, entries)
    send(collector, entries)
    first, second = collector.requests
    assert first == second
    spans = collector.spans()
    assert len({span.span_id for span in spans}) == 5
    assert {(len(span.trace_id), len(span.span_id)) for span in spans} == {(16, 8)}
    assert len({span.trace_id for span in spans}) == 1
    send(collector, entries, identity=b"another ledger")
    assert collector.spans()[-1].trace_id != spans[0].trace_id


@pytest.mark.parametrize(
    ("path", "wanted"), [("", "/v1/traces"), ("/", "/v1/traces"), ("/otel/v1/traces?x=1", "/otel/v1/traces?x=1")]
)
def test_an_address_without_a_path_means_the_usual_one(
    collector: Collector, entries: list[Entry], path: str, wanted: str
) -> None:
    send(collector, entries, url=f"{collector.url}{path}")
    assert collector.paths == [wanted]
    assert collector.headers[0]["Content-Type"] == "application/x-protobuf"


def test_headers_come_from_the_usual_variables(collector: Collector, entries: list[Entry]) -> None:
    environ = {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x, x-team = ops,nonsense"}
    send(collector, entries, environ=environ)
    assert collector.headers[0]["Authorization"] == "Bearer x"
    assert collector.headers[0]["X-Team"] == "ops"


def test_a_header_that_would_be_two_is_refused(collector: Collector, entries: list[Entry]) -> None:
    with pytest.raises(LedgerError, match=r"a header .* cannot be sent"):
        send(collector, entries, environ={"OTEL_EXPORTER_OTLP_HEADERS": "x-team=ops%0D%0Ax-other%3A1"})
    assert collector.paths == []


@pytest.mark.requirement("LOG-05")
@pytest.mark.parametrize(
    ("codes", "sent", "reason"),
    [
        ([503, 429, 502], 5, ""),
        ([503] * 4, 0, "the collector answered 503"),
        ([401], 0, "the collector answered 401"),
        ([302], 0, "the collector answered 302"),
    ],
)
def test_what_a_collector_does_not_take_is_counted_and_said(
    collector: Collector, entries: list[Entry], codes: list[int], sent: int, reason: str
) -> None:
    collector.codes += codes
    result = send(collector, entries)
    assert (result.sent, result.dropped) == (sent, 5 - sent)
    assert dict(result.reasons) == ({reason: 5} if reason else {})
    assert collector.paths == ["/v1/traces"] * min(4, len(codes) + (sent > 0))


@pytest.mark.requirement("LOG-05")
def test_a_collector_that_takes_some_and_says_so_is_believed(collector: Collector, entries: list[Entry]) -> None:
    collector.rejects = 2
    result = send(collector, entries)
    assert (result.sent, result.dropped) == (3, 2)
    assert dict(result.reasons) == {"the collector rejected them: too many of them": 2}


def test_a_yes_in_another_language_is_a_yes(collector: Collector, entries: list[Entry]) -> None:
    collector.garbage = True
    assert send(collector, entries).sent == 5


def test_a_collector_that_is_not_there_is_said(entries: list[Entry]) -> None:
    result = export_spans(entries, url="http://127.0.0.1:9", ledger="x", identity=b"", environ={})
    assert result.dropped == 5
    [reason] = result.reasons
    assert reason.startswith("the collector was not reached: connection refused")


@pytest.mark.parametrize(
    "url", ["localhost:4318", "ftp://collector.example", "http://", "http://[::1", "file:///etc/passwd"]
)
def test_an_address_that_is_none_is_refused(entries: list[Entry], url: str) -> None:
    with pytest.raises(LedgerError, match="is no address of a collector"):
        export_spans(entries, url=url, ledger="x", identity=b"")


def test_many_calls_go_in_several_requests_and_long_texts_are_cut(collector: Collector, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "long.db") as ledger:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda n: ledger.record("intent", {"call": call("t", n=n, x="é" * 9000)}), range(600)))
        result = send(collector, list(ledger.entries()), arguments=True)
    assert result.sent == 600
    assert [len(request.resource_spans[0].scope_spans[0].spans) for request in collector.requests] == [256, 256, 88]
    assert len(str(said(collector.spans()[0])["gen_ai.tool.call.arguments"])) == 4096


def test_text_no_protocol_can_carry_is_mended(collector: Collector, entries: list[Entry]) -> None:
    [first, *_] = entries
    facts = {"call": {"tool": "t\udcff", "id": 5, "principal": None}, "because": "said plainly", "decision": "allow"}
    odd = Entry(number=1, at="whenever", monotonic=0.0, kind="intent", facts=facts, leaf=first.leaf)
    assert send(collector, [odd]).sent == 1
    [span] = collector.spans()
    assert span.name == "execute_tool t?"
    assert span.start_time_unix_nano == 0
    assert said(span)["remit.because"] == ["said plainly"]
