"""Clients that keep a connection without using it: a head that trickles, a body that stops, a reader that does not read."""

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from tests.proxy.http_scene import TOKEN, Scripted, body, guarded, http, opened, proxied, stateless, until

from remit.proxy.frames import Frame
from remit.proxy.http import bodies, connections, facing
from remit.proxy.http.connections import BoundedConnection
from remit.proxy.http.line import Hearing
from remit.proxy.http.serving import Limits


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene, which must not hang."""

    async def bounded() -> None:
        with anyio.fail_after(240):
            await work()

    anyio.run(bounded)


def head(place: str, *lines: str) -> bytes:
    """The head of a request."""
    host = place.removeprefix("http://")
    told = (f"host: {host}", f"authorization: Bearer {TOKEN}", "accept: application/json, text/event-stream")
    return "\r\n".join(["POST /mcp HTTP/1.1", *told, "content-type: application/json", *lines, "", ""]).encode()


async def connected(place: str) -> anyio.abc.SocketStream:
    """A connection."""
    host, _, port = place.removeprefix("http://").rpartition(":")
    return await anyio.connect_tcp(host, int(port))


async def ended(stream: anyio.abc.SocketStream) -> bytes:
    """What still comes until the other side ends the connection."""
    found = b""
    try:
        while True:
            found += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return found


@pytest.mark.requirement("PROXY-26")
@pytest.mark.parametrize("start", [b"", b"POST /mcp HT", b"POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-slow: "])
def test_a_head_that_does_not_come_ends_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setitem(connections._WITHIN, "IDLE", 0.2)

    async def work() -> None:
        async with proxied({"sample": guarded(Scripted().open, tmp_path)}) as place, await connected(place) as stream:

            async def trickle() -> None:
                await stream.send(start)
                while start.endswith(b": "):
                    await anyio.sleep(0.05)
                    await stream.send(b"x")

            async with anyio.create_task_group() as tasks:

                async def drip() -> None:
                    try:
                        await trickle()
                    except anyio.BrokenResourceError:
                        return

                tasks.start_soon(drip)
                assert await ended(stream) == b""
                tasks.cancel_scope.cancel()

    run(work)


@pytest.mark.requirement("PROXY-26")
def test_a_body_that_does_not_come_is_answered_and_its_connection_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_WITHIN", 0.2)
    monkeypatch.setattr(connections, "_LOOK_EVERY", 0.1)
    monkeypatch.setitem(connections._WITHIN, "SEND_BODY", 60.0)

    async def work() -> None:
        async with proxied({"sample": guarded(Scripted().open, tmp_path)}) as place, await connected(place) as stream:
            await stream.send(head(place, "content-length: 1000") + b'{"jsonrpc"')
            answer = await ended(stream)
            assert b" 408 " in answer.partition(b"\r\n")[0]

    run(work)


@pytest.mark.requirement("PROXY-26")
def test_a_client_that_goes_away_in_the_middle_of_its_request_leaves_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place:
            async with await connected(place) as stream:
                await stream.send(head(place, "content-length: 1000") + b'{"jsonrpc"')
            async with http() as client:
                data, headers = stateless("tools/list")
                assert (await client.post(place + "/mcp", content=data, headers=headers)).status_code == 200
        assert [frame.method for frame in server.heard] == ["tools/list"]

    run(work)


@pytest.mark.requirement("PROXY-26")
def test_a_client_that_reads_no_longer_is_cut_off_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STUCK_AFTER", 0.5)
    monkeypatch.setattr(facing, "_STREAM_AFTER", 0.05)

    told = anyio.Event()

    class Flooding(Scripted):
        """A server that says much."""

        async def answer(self, frame: Frame, hearing: Hearing) -> None:
            """Flood whoever waits."""
            if frame.method == "tools/call" and frame.params["name"] == "wait":
                for _ in range(200):
                    text = {"level": "info", "data": "x" * 100_000}
                    await hearing.hear(Frame.notification("notifications/message", text), frame.id)
                told.set()
            await Scripted.answer(self, frame, hearing)

    async def work() -> None:
        async with proxied({"sample": guarded(Flooding().open, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            data = body("tools/call", name="wait", arguments={})
            lines = [f"{name}: {value}" for name, value in named.items()]
            with socket.socket() as stuck:
                stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                host, _, port = place.removeprefix("http://").rpartition(":")
                stuck.connect((host, int(port)))
                stuck.sendall(head(place, f"content-length: {len(data)}", *lines) + data)
                await told.wait()  # which it is only once nobody waits for the reader any more
                quick = await client.post(place + "/mcp", content=body("ping", id=9), headers=named)
                assert quick.status_code == 200
                assert await to_thread.run_sync(received, stuck) < 20_000_000

    run(work)


def received(stuck: socket.socket) -> int:
    """How many bytes a connection that was cut off still yields."""
    stuck.settimeout(120)
    found = 0
    try:
        while chunk := stuck.recv(1 << 20):
            found += len(chunk)
    except ConnectionResetError:
        pass
    return found


@pytest.mark.requirement("PROXY-26")
def test_there_are_no_more_connections_than_there_may_be(tmp_path: Path) -> None:
    async def work() -> None:
        limits = Limits(connections=3)
        async with proxied({"sample": guarded(Scripted().open, tmp_path)}, limits=limits) as place:
            idle = [await connected(place) for _ in range(3)]  # taken in the order in which they came
            async with http() as client:
                data, headers = stateless("tools/list")
                assert (await client.post(place + "/mcp", content=data, headers=headers)).status_code == 503
            for stream in idle:
                await stream.aclose()
            async with http() as client:
                codes: list[int] = []
                while not codes or codes[-1] == 503:  # the ends of the three are noticed a moment after them
                    codes.append((await client.post(place + "/mcp", content=data, headers=headers)).status_code)
                assert codes[-1] == 200

    run(work)


def test_a_connection_is_used_for_many_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    inspect = BoundedConnection._inspect

    def look(connection: BoundedConnection) -> None:
        nonlocal looks
        inspect(connection)
        looks += 1

    monkeypatch.setattr(BoundedConnection, "_inspect", look)
    monkeypatch.setattr(connections, "_LOOK_EVERY", 0.05)

    async def work() -> None:
        async with proxied({"sample": guarded(Scripted().open, tmp_path)}) as place, await connected(place) as stream:
            for number in range(3):
                data, headers = stateless("tools/list", id=number)
                lines = [f"{name}: {value}" for name, value in headers.items()]
                raw = head(place, f"content-length: {len(data)}", *lines) + data
                monkeypatch.setitem(connections._WITHIN, "IDLE", 600.0)
                await stream.send(raw[:30])
                await anyio.sleep(0.05)
                await stream.send(raw[30:])
                answer = await stream.receive()
                while not answer.endswith(b"}"):
                    answer += await stream.receive()
                assert b" 200 " in answer.partition(b"\r\n")[0]
                monkeypatch.setitem(connections._WITHIN, "IDLE", 0.0)  # between two requests it may take its time
                seen = looks
                await until(lambda seen=seen: looks > seen + 2)  # type: ignore[misc]

    run(work)
