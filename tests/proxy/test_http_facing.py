"""What comes in over HTTP: every way around the relay is tried, and none is one."""

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.proxy.http_scene import (
    MODERN,
    OTHER,
    TOKEN,
    OpenGate,
    Scripted,
    Standing,
    body,
    events,
    guarded,
    http,
    opened,
    proxied,
    standing_proxy,
    stateless,
)

from remit.proxy.frames import LONGEST

CALL: dict[str, Any] = {"name": "echo", "arguments": {"text": "x"}}


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene."""
    anyio.run(work)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """One proxy for every request of this file that goes nowhere."""
    with standing_proxy(tmp_path_factory.mktemp("standing")) as proxy:
        yield proxy


@pytest.mark.requirement("PROXY-21")
@pytest.mark.parametrize("era", ["handshake", "stateless"])
def test_a_call_reaches_the_server_through_the_gate_and_its_answer_the_client(tmp_path: Path, era: str) -> None:
    async def work() -> None:
        server, gate = Scripted(), OpenGate()
        async with proxied({"sample": guarded(server.open, tmp_path, gate)}) as place, http() as client:
            if era == "handshake":
                named = await opened(client, place + "/mcp")
                answer = await client.post(place + "/mcp", content=body("tools/call", **CALL), headers=named)
            else:
                data, headers = stateless("tools/call", **CALL)
                answer = await client.post(place + "/sample/mcp", content=data, headers=headers)
        assert answer.json() == {
            "jsonrpc": "2.0",
            "id": 1,
            "result": {"content": [{"type": "text", "text": '{"text": "x"}'}]},
        }
        assert [(call.tool, call.args) for call in gate.calls] == [("echo", {"text": "x"})]

    run(work)


def twice(data: bytes) -> bytes:
    """The same message with another name beside the first."""
    return data.replace(b'"name":', b'"name": "add", "name":', 1)


GOOD, HEADERS = stateless("tools/call", **CALL)


@pytest.mark.requirement("PROXY-21", "PROXY-23")
@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (GOOD, {"mcp-name": "other"}, 400),
        (GOOD, {"mcp-method": "tools/list"}, 400),
        (GOOD, {"mcp-method": ""}, 400),
        (GOOD, {"mcp-protocol-version": "2025-11-25"}, 400),
        (GOOD, {"mcp-protocol-version": "2027-01-01"}, 400),
        (GOOD.replace(MODERN.encode(), b"2027-01-01"), {"mcp-protocol-version": "2027-01-01"}, 400),
        (GOOD, {"content-type": "text/plain"}, 415),
        (GOOD, {"content-type": "application/json-patch+json"}, 415),
        (GOOD, {"content-encoding": "gzip"}, 415),
        (GOOD, {"accept": "application/json"}, 406),
        (GOOD, {"accept": "text/html"}, 406),
        (twice(GOOD), {}, 400),
        (b"[" + GOOD + b"]", {}, 400),
        (b"[]", {}, 400),
        (GOOD + GOOD, {}, 400),
        (b"", {}, 400),
        (b"null", {}, 400),
        (GOOD.replace(b'"x"', b"NaN"), {}, 400),
        (GOOD.replace(b'"x"', b"\xff"), {}, 400),
        (GOOD.replace(b'"x"', b"[" * 500 + b"]" * 500), {}, 400),
        (GOOD.replace(b'"id": 1', b'"id": null'), {}, 400),
        (GOOD.replace(b'"id": 1', b'"id": 1.5'), {}, 400),
        (GOOD.replace(b'"id": 1', b'"id": true'), {}, 400),
        (GOOD.replace(b'"method"', b'"Method"'), {}, 400),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', HEADERS, 400),
        (body("tools/call", **CALL), {"mcp-protocol-version": "2025-11-25"}, 400),  # no session
        (body("tools/call", **CALL), {"mcp-session-id": "made-up", "mcp-protocol-version": "2025-11-25"}, 404),
        (body("tools/call", **CALL), {"mcp-protocol-version": ""}, 400),
        (body("tools/call", **CALL), {"mcp-protocol-version": "1999-01-01"}, 400),
    ],
)
def test_a_request_with_two_readings_goes_nowhere(
    standing: Standing, data: bytes, headers: dict[str, str], status: int
) -> None:
    async def work() -> None:
        async with http() as client:
            answer = await client.post(standing.place + "/mcp", content=data, headers={**HEADERS, **headers})
        assert answer.status_code == status
        assert "error" in answer.json()
        assert standing.gate.calls == []
        assert all(frame.method != "tools/call" for frame in standing.server.heard)

    run(work)


@pytest.mark.parametrize("name", ["mcp-name", "mcp-method", "mcp-protocol-version", "mcp-session-id", "content-type"])
def test_a_header_that_is_there_twice_goes_nowhere(standing: Standing, name: str) -> None:
    async def work() -> None:
        async with http() as client:
            shown = [(key, value) for key, value in client.headers.items() if key not in HEADERS]
            shown += list(HEADERS.items())
            value = dict(shown).get(name, "x")
            twice = [*shown, (name, value), (name, value)]
            answer = await client.post(standing.place + "/mcp", content=GOOD, headers=twice)
        assert answer.status_code == 400
        assert standing.gate.calls == []

    run(work)


@pytest.mark.requirement("PROXY-21")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/", 404),
        ("POST", "/mcp/", 404),
        ("POST", "//mcp", 404),
        ("POST", "/other/mcp", 404),
        ("POST", "/sample/../sample/mcp", 404),
        ("POST", "/%73ample/mcp", 404),
        ("POST", "/mcp?token=1", 404),
        ("POST", "/MCP", 404),
        ("POST", "/mcp;x", 404),
        ("PUT", "/mcp", 405),
        ("HEAD", "/mcp", 405),
        ("OPTIONS", "/mcp", 405),
        ("PATCH", "/mcp", 405),
        ("TRACE", "/mcp", 405),
        ("post", "/mcp", 405),
        ("GET", "/mcp", 405),
        ("DELETE", "/mcp", 404),
    ],
)
def test_other_methods_and_other_paths_lead_nowhere(standing: Standing, method: str, path: str, status: int) -> None:
    async def work() -> None:
        place, head = standing.place, "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        raw = (
            f"{method} {path} HTTP/1.1\r\nhost: {place.removeprefix('http://')}\r\nauthorization: Bearer {TOKEN}\r\n"
            f"accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n{head}"
            f"content-length: {len(GOOD)}\r\nconnection: close\r\n\r\n"
        ).encode()
        answer = await spoken(place, raw + GOOD)
        assert answer.split(b" ")[1] == str(status).encode()
        assert standing.gate.calls == []

    run(work)


async def spoken(place: str, raw: bytes) -> bytes:
    """What comes back for some bytes."""
    host, _, port = place.removeprefix("http://").rpartition(":")
    async with await anyio.connect_tcp(host, int(port)) as stream:
        await stream.send(raw)
        found = b""
        try:
            while True:
                found += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return found


@pytest.mark.requirement("PROXY-21")
@pytest.mark.parametrize(
    "framing",
    [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
        "content-length: -1\r\n\r\n",
        "content-length: 1e3\r\n\r\n",
        "content-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        "content-length : 3\r\n\r\nabc",
        "x-long: header\r\n folded: on\r\n\r\n",
        "upgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n",
    ],
)
def test_oddities_of_framing_end_in_an_error(standing: Standing, framing: str) -> None:
    async def work() -> None:
        before = len(standing.server.heard)
        raw = (
            f"POST /mcp HTTP/1.1\r\nhost: {standing.place.removeprefix('http://')}\r\n"
            f"authorization: Bearer {TOKEN}\r\naccept: application/json, text/event-stream\r\n"
            f"content-type: application/json\r\nconnection: close\r\n{framing}"
        ).encode()
        answer = await spoken(standing.place, raw)
        assert answer.split(b" ")[1][:1] in {b"4", b"5"}
        assert len(standing.server.heard) == before

    run(work)


@pytest.mark.requirement("PROXY-22")
def test_nobody_comes_in_without_a_token_and_nothing_of_the_body_is_read(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place:  # noqa: SIM117 - two steps of one scene
            async with http("") as nobody, http("wrong") as wrong, http() as page:
                for client in (nobody, wrong):
                    answer = await client.post(place + "/mcp", content=GOOD, headers=HEADERS)
                    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="remit"')
                answer = await page.post(place + "/mcp", content=GOOD, headers={**HEADERS, "origin": "http://evil"})
                assert answer.status_code == 403
                answer = await page.post(place + "/mcp", content=GOOD, headers={**HEADERS, "host": "evil.example"})
                assert answer.status_code == 421
        assert (server.opened, server.heard) == (0, [])

    run(work)


@pytest.mark.requirement("PROXY-24")
def test_a_session_is_of_no_use_to_another_caller(tmp_path: Path) -> None:
    async def work() -> None:
        server, gate = Scripted(), OpenGate()
        async with proxied({"sample": guarded(server.open, tmp_path, gate)}) as place:  # noqa: SIM117 - two steps of one scene
            async with http() as agent, http(OTHER) as other:
                named = await opened(agent, place + "/mcp")
                for answer in (
                    await other.post(place + "/mcp", content=body("tools/call", **CALL), headers=named),
                    await other.get(place + "/mcp", headers=named),
                    await other.delete(place + "/mcp", headers=named),
                ):
                    assert answer.status_code == 404
                assert gate.calls == []
                answer = await agent.post(place + "/mcp", content=body("tools/call", **CALL), headers=named)
                assert answer.status_code == 200
        assert [call.tool for call in gate.calls] == ["echo"]

    run(work)


@pytest.mark.requirement("PROXY-24")
def test_stateless_requests_of_two_callers_share_nothing_and_may_use_the_same_ids(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        found: dict[str, object] = {}

        async def ask(place: str, token: str, text: str) -> None:
            meta = {"progressToken": "same"}
            data, headers = stateless("tools/call", name="tick", arguments={"text": text}, id="same", _meta=meta)
            async with http(token) as client:
                answer = await client.post(place + "/mcp", content=data, headers=headers)
                found[text] = events(answer.text)

        async with proxied({"sample": guarded(server.open, tmp_path)}) as place:
            async with anyio.create_task_group() as tasks:
                for number in range(4):
                    tasks.start_soon(ask, place, TOKEN if number % 2 else OTHER, str(number))
            assert server.opened == 2
        for text, messages in found.items():
            assert isinstance(messages, list)
            assert [message.get("method") for message in messages] == ["notifications/progress"] * 3 + [None]
            assert {message["params"]["progressToken"] for message in messages[:-1]} == {"same"}
            assert messages[-1]["id"] == "same"
            assert json.loads(messages[-1]["result"]["content"][0]["text"]) == {"text": text}

    run(work)


@pytest.mark.requirement("PROXY-26")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_a_hundred_megabytes_is_refused_and_not_kept(tmp_path: Path, *, chunked: bool) -> None:
    size = 100_000_000

    async def pieces() -> object:
        for _ in range(size // 1_000_000):
            yield b"x" * 1_000_000

    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            content = pieces() if chunked else b"x" * size
            answer = await client.post(place + "/mcp", content=content, headers=HEADERS)  # type: ignore[arg-type]
            assert answer.status_code == 413
            assert str(LONGEST) in answer.json()["error"]["message"]
            answer = await client.post(place + "/mcp", content=GOOD, headers=HEADERS)
            assert answer.status_code == 200

    run(work)


def test_an_error_of_the_server_has_the_status_that_belongs_to_it(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data, headers = stateless("fail", id=9)
            answer = await client.post(place + "/mcp", content=data, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"], answer.json()["id"]) == (404, -32601, 9)
            named = await opened(client, place + "/mcp")
            answer = await client.post(place + "/mcp", content=body("fail"), headers=named)
            assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32601)

    run(work)


def test_no_more_sessions_are_opened_than_there_may_be(tmp_path: Path) -> None:
    from remit.proxy.http.serving import Limits

    async def work() -> None:
        server = Scripted()
        opener = guarded(server.open, tmp_path)
        async with proxied({"sample": opener}, limits=Limits(conversations=2)) as place, http() as client:
            first = await opened(client, place + "/mcp")
            await opened(client, place + "/mcp")
            data = body("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={})
            answer = await client.post(place + "/mcp", content=data)
            assert answer.status_code == 503
            assert "2 sessions are open" in answer.json()["error"]["message"]
            assert (await client.delete(place + "/mcp", headers=first)).status_code == 204
            assert (await client.post(place + "/mcp", content=data)).status_code == 200

    run(work)


@pytest.mark.requirement("PROXY-23")
def test_a_header_of_an_argument_says_what_the_argument_says(tmp_path: Path) -> None:
    async def work() -> None:
        server, gate = Scripted(), OpenGate()
        async with proxied({"sample": guarded(server.open, tmp_path, gate)}) as place, http() as client:
            data, headers = stateless("tools/list")
            await client.post(place + "/mcp", content=data, headers=headers)
            data, headers = stateless("tools/call", name="mark", arguments={"region": "eu"})
            for shown, status in (({}, 400), ({"mcp-param-region": "us"}, 400), ({"mcp-param-region": "eu"}, 200)):
                answer = await client.post(place + "/mcp", content=data, headers={**headers, **shown})
                assert answer.status_code == status
        assert len(gate.calls) == 1

    run(work)
