"""The side that speaks to a remote server: what may go wrong over there ends in an answer here, and soon."""

import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from tests.proxy.http_scene import TOOLS, OpenGate, body, guarded, http, opened, proxied, stateless, until
from tests.some_cases import some_of

from remit.proxy.http import upstream
from remit.proxy.http.remote import Remote, client_for
from remit.proxy.http.upstream import over_http

CALL: dict[str, Any] = {"name": "echo", "arguments": {"text": "x"}}


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene, which must not hang."""

    async def bounded() -> None:
        with anyio.fail_after(240):
            await work()

    anyio.run(bounded)


@dataclass(slots=True, kw_only=True)
class Raw:
    """A remote server that says exactly the bytes it is told to; ``heads`` and ``bodies`` are what reached it."""

    reply: Callable[[str, dict[str, object]], bytes]
    heads: list[str] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    port: int = 0

    async def serve(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Listen."""
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            self.port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - anyio's name
            task_status.started()
            await listener.serve(self.talk)

    async def talk(self, stream: anyio.abc.ByteStream) -> None:
        """Answer one request and close."""
        async with stream:
            data = b""
            while b"\r\n\r\n" not in data:
                data += await stream.receive()
            head, _, rest = data.partition(b"\r\n\r\n")
            text = head.decode("latin-1")
            length = next(
                (int(line[15:]) for line in text.lower().splitlines() if line.startswith("content-length:")), 0
            )
            while len(rest) < length:
                rest += await stream.receive()
            self.heads.append(text)
            message = json.loads(rest) if rest else {}
            self.bodies.append(message)
            raw = self.reply(text.split()[0], message)
            await stream.send(raw)
            if raw.endswith(b"..."):
                await anyio.sleep_forever()


def answered(message: Mapping[str, object]) -> bytes:
    """What a well-behaved server answers."""
    method = message.get("method")
    if "id" not in message:
        return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    result: dict[str, object] = {}
    if method == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "raw", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    return as_json({"jsonrpc": "2.0", "id": message["id"], "result": result})


def as_json(message: object, status: str = "200 OK", extra: str = "") -> bytes:
    """A message as a JSON answer."""
    data = json.dumps(message).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n{extra}connection: close\r\n\r\n"
    return head.encode() + data


def as_events(*messages: object, end: bytes = b"") -> bytes:
    """Messages as an event stream that ends with the connection."""
    data = b"".join(b"data: " + json.dumps(message).encode() + b"\n\n" for message in messages)
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + data + end


@asynccontextmanager
async def before(
    reply: Callable[[dict[str, object]], bytes], folder: Path, **facts: object
) -> AsyncIterator[tuple[str, Raw]]:
    """A proxy in front of a raw server that answers calls as told and everything else well."""

    def choose(method: str, message: dict[str, object]) -> bytes:
        if method == "GET":
            return b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        return reply(message) if message.get("method") == "tools/call" else answered(message)

    raw = Raw(reply=choose)
    async with anyio.create_task_group() as tasks:
        await tasks.start(raw.serve)
        remote = Remote(url=f"http://127.0.0.1:{raw.port}/mcp", **facts)  # type: ignore[arg-type]
        async with proxied({"far": guarded(over_http(remote), folder, OpenGate())}) as place:
            yield place, raw
        tasks.cancel_scope.cancel()


def right(message: Mapping[str, object]) -> dict[str, object]:
    """The answer to a call."""
    return {"jsonrpc": "2.0", "id": message["id"], "result": {"content": []}}


PROGRESS = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}}


@pytest.mark.requirement("PROXY-26")
@pytest.mark.parametrize(
    ("reply", "text"),
    some_of(
        [
            (
                lambda m: as_json(right(m), "307 Temporary Redirect", "location: http://elsewhere.example/\r\n"),
                "sends elsewhere",
            ),
            (lambda _m: as_json({}, "302 Found", "location: /other\r\n"), "sends elsewhere"),
            (lambda _m: as_json({"error": "no"}, "401 Unauthorized"), "not passed on"),
            (lambda _m: b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", "credentials"),
            (lambda _m: b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", "HTTP 500"),
            (lambda _m: b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", "HTTP 202"),
            (lambda _m: b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html>", "no message"),
            (lambda _m: b"nonsense\r\n\r\n", "broke the connection"),
            (
                lambda _m: b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
                "broke the connection",
            ),
            (lambda m: as_json({**right(m), "id": "another"}), "no message"),
            (lambda m: as_json([right(m)]), "batch"),
            (lambda _m: as_json({"jsonrpc": "2.0", "method": "x"}), "no message"),
            (lambda m: as_json(right(m), extra="content-encoding: gzip\r\n"), "compressed"),
            (lambda _m: as_events(), "ended before the answer"),
            (lambda _m: as_events(PROGRESS), "ended before the answer"),
            (lambda m: as_events({**right(m), "id": "another"}), "ended before the answer"),
            (lambda _m: as_events(end=b"data: {\n\n"), "not passed on"),
            (lambda _m: as_events(end=b"data: " + b"x" * 17_000_000), "larger than"),
            (
                lambda _m: (
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 17000000\r\n\r\n"
                    + b"1" * 17_000_000
                ),
                "larger than",
            ),
        ],
        8,
    ),
)
def test_whatever_a_server_does_instead_of_answering_is_an_answer(
    tmp_path: Path, reply: Callable[[dict[str, object]], bytes], text: str
) -> None:
    async def work() -> None:
        async with before(reply, tmp_path) as (place, _), http() as client:
            data, headers = stateless("tools/call", **CALL, id=7)
            answer = await client.post(place + "/mcp", content=data, headers=headers)
            message = answer.json() if answer.headers["content-type"] == "application/json" else last(answer.text)
            assert message["id"] == 7
            assert text in message["error"]["message"]

    run(work)


def last(text: str) -> dict[str, Any]:
    """The last message of an event stream."""
    found: dict[str, Any] = json.loads([line for line in text.splitlines() if line.startswith("data: ")][-1][6:])
    return found


@pytest.mark.requirement("PROXY-26")
@pytest.mark.parametrize(
    "start", [b"...", b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: ...", b"HTTP/1.1 200 OK\r\n..."]
)
def test_a_server_that_never_answers_ends_in_an_error(tmp_path: Path, start: bytes) -> None:
    async def work() -> None:
        async with before(lambda _m: start, tmp_path, patience=0.5) as (place, _), http() as client:
            data, headers = stateless("tools/call", **CALL)
            answer = await client.post(place + "/mcp", content=data, headers=headers)
            assert "did not answer in time" in answer.text

    run(work)


def test_a_server_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    async def work() -> None:
        far = over_http(Remote(url="http://127.0.0.1:9/mcp"))
        async with proxied({"far": guarded(far, tmp_path)}) as place, http() as client:
            data, headers = stateless("tools/list")
            answer = await client.post(place + "/mcp", content=data, headers=headers)
            assert "http://127.0.0.1:9 cannot be reached" in answer.json()["error"]["message"]

    run(work)


@pytest.mark.requirement("PROXY-29")
def test_the_credentials_go_to_the_server_and_no_other_way(tmp_path: Path) -> None:
    secret = "upstream-" + "s" * 12

    def leaking(message: dict[str, object]) -> bytes:
        return as_json({**right(message), "result": {"content": [{"type": "text", "text": f"your key: {secret}"}]}})

    async def work() -> None:
        headers = {"authorization": f"Bearer {secret}"}
        async with before(leaking, tmp_path, headers=headers) as (place, raw), http() as client:
            data, shown = stateless("tools/call", **CALL)
            answer = await client.post(place + "/mcp", content=data, headers={**shown, "x-mine": "1", "cookie": "a=b"})
        heads = [head for head in raw.heads if "tools/call" in head]
        assert all(f"Bearer {secret}" in head for head in raw.heads)
        assert not any("sesame" in head or "x-mine" in head or "cookie" in head for head in heads)
        assert secret not in answer.text
        assert "[held by remit]" in answer.text
        assert secret not in repr(Remote(url="https://x.example/", headers=headers))

    run(work)


def test_a_request_is_sent_with_headers_worked_out_from_what_is_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with before(lambda m: as_json(right(m)), tmp_path) as (place, raw), http() as client:
            data, headers = stateless("tools/call", **CALL)
            await client.post(place + "/mcp", content=data, headers={**headers, "mcp-param-made": "up"})
        head = next(
            head for head, message in zip(raw.heads, raw.bodies, strict=True) if message["method"] == "tools/call"
        )
        assert "mcp-method: tools/call" in head.lower()
        assert "mcp-name: echo" in head.lower()
        assert "made" not in head.lower()

    run(work)


def test_a_session_over_there_is_named_in_every_request_and_ended_with_ours(tmp_path: Path) -> None:
    async def work() -> None:
        async with before(lambda m: as_json(right(m)), tmp_path) as (place, raw), http() as client:
            inner = raw.reply

            def with_session(method: str, message: dict[str, object]) -> bytes:
                data = inner(method, message)
                if message.get("method") == "initialize":
                    data = data.replace(b"\r\nconnection", b"\r\nmcp-session-id: there-1\r\nconnection", 1)
                return data

            raw.reply = with_session
            named = await opened(client, place + "/mcp")
            assert named["mcp-session-id"] != "there-1"
            await client.post(place + "/mcp", content=body("ping"), headers=named)
            assert (await client.delete(place + "/mcp", headers=named)).status_code == 204
        later = raw.heads[1:]
        assert all("mcp-session-id: there-1" in head.lower() for head in later)
        assert all("mcp-protocol-version: 2025-11-25" in head.lower() for head in later)
        assert later[-1].startswith("DELETE ")

    run(work)


def test_a_session_that_is_gone_over_there_is_gone_here(tmp_path: Path) -> None:
    async def work() -> None:
        lost = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        async with before(lambda _m: lost, tmp_path) as (place, raw), http() as client:
            inner = raw.reply

            def with_session(method: str, message: dict[str, object]) -> bytes:
                return inner(method, message).replace(
                    b"\r\nconnection", b"\r\nmcp-session-id: there-1\r\nconnection", 1
                )

            raw.reply = with_session
            named = await opened(client, place + "/mcp")
            answer = await client.post(place + "/mcp", content=body("tools/call", **CALL), headers=named)
            assert "error" in answer.json()
            again = await client.post(place + "/mcp", content=body("ping"), headers=named)
            assert again.status_code == 404

    run(work)


@pytest.mark.requirement("PROXY-25")
def test_a_stream_over_there_that_broke_is_taken_up_where_it_has_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "_LONGEST_PAUSE", 0.01)

    async def work() -> None:
        first = b"id: e-1\nretry: 10\ndata:\n\nid: e-2\ndata: " + json.dumps(PROGRESS).encode() + b"\n\n"
        async with before(lambda _m: as_events(end=first), tmp_path) as (place, raw), http() as client:
            inner = raw.reply
            asked: list[object] = []

            def resumable(method: str, message: dict[str, object]) -> bytes:
                if message.get("method") == "tools/call":
                    asked.append(message["id"])
                if method == "GET" and asked:
                    return as_events(right({"id": asked[0]}))
                return inner(method, message)

            raw.reply = resumable
            named = await opened(client, place + "/mcp")
            answer = await client.post(place + "/mcp", content=body("tools/call", **CALL), headers=named)
            assert last(answer.text)["result"] == {"content": []}
        assert any("last-event-id: e-2" in head.lower() for head in raw.heads)

    run(work)


@pytest.mark.requirement("PROXY-29")
def test_a_server_whose_certificate_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost".split()
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def work() -> None:
        from anyio.streams.tls import TLSListener

        raw = Raw(reply=lambda _method, message: answered(message))
        plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
        port = plain.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - anyio's name
        async with plain, anyio.create_task_group() as tasks:
            tasks.start_soon(TLSListener(plain, context, standard_compatible=False).serve, raw.talk)
            for trusted, known in (("", False), (str(certificate), True)):
                remote = Remote(url=f"https://localhost:{port}/mcp", trusted=trusted)
                async with proxied({"far": guarded(over_http(remote), tmp_path)}) as place, http() as client:
                    data, headers = stateless("tools/list")
                    answer = await client.post(place + "/mcp", content=data, headers=headers)
                    assert ("result" in answer.json()) is known, answer.text
            tasks.cancel_scope.cancel()
        assert len(raw.heads) == 1

    run(work)


def test_a_server_that_is_quiet_for_a_while_is_still_listened_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "_SHORTEST_PAUSE", 0.01)
    clients: list[httpx2.AsyncClient] = []
    impatient: list[bool] = []

    def kept(remote: Remote) -> httpx2.AsyncClient:
        clients.append(client_for(remote))
        return clients[-1]

    monkeypatch.setattr(upstream, "client_for", kept)

    async def work() -> None:
        async with before(lambda m: as_json(right(m)), tmp_path) as (place, raw), http() as client:
            inner = raw.reply

            def quiet(method: str, message: dict[str, object]) -> bytes:
                stream = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 10\ndata:\n\n"
                if method != "GET":
                    return inner(method, message)
                impatient.append(clients[0].timeout.read == 0.2)
                return stream + (b": ..." if sum(impatient) > 1 else b"")  # before that, an end that comes at once

            raw.reply = quiet
            await opened(client, place + "/mcp")
            clients[0].timeout = httpx2.Timeout(30.0, read=0.2)  # only now: a slow machine opens a session slowly
            await until(lambda: sum(impatient) >= 6)
        assert [head.split()[0] for head in raw.heads[:2]] == ["POST", "POST"]
        assert sum(head.startswith("GET") for head in raw.heads) >= 6

    run(work)
