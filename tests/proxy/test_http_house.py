"""How many sessions there are, and how they end by themselves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
from tests.proxy.http_scene import Scripted, body, guarded, http, proxied, stateless, until

from remit.errors import ProxyError
from remit.proxy.frames import Frame
from remit.proxy.http.line import Far, Hearing
from remit.proxy.http.serving import Limits


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene."""
    anyio.run(work)


def test_a_server_that_dies_is_said_to_be_gone_and_the_next_request_starts_another(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data, headers = stateless("tools/call", name="wait", arguments={})
            answers: list[httpx2.Response] = []

            async def call() -> None:
                answers.append(await client.post(place + "/mcp", content=data, headers=headers))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                await until(lambda: any(frame.method == "tools/call" for frame in server.heard))
                server.die.set()
            assert "error" in answers[0].json()
            server.die = anyio.Event()
            data, headers = stateless("tools/list")
            assert (await client.post(place + "/mcp", content=data, headers=headers)).status_code == 200
        assert server.opened == server.ended == 2

    run(work)


def test_a_session_nobody_uses_ends(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        limits = Limits(idle_after=0.3)
        async with proxied({"sample": guarded(server.open, tmp_path)}, limits=limits) as place, http() as client:
            data = body("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={})
            answer = await client.post(place + "/mcp", content=data)  # and nothing else: it may be over at once
            assert answer.status_code == 200
            named = {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
            await until(lambda: server.ended == 1)
            assert (await client.post(place + "/mcp", content=body("ping"), headers=named)).status_code == 404

    run(work)


def test_a_session_that_was_never_opened_is_not_kept(tmp_path: Path) -> None:
    class Refusing(Scripted):
        """A server that does not want to begin."""

        async def answer(self, frame: Frame, hearing: Hearing) -> None:
            """Refuse."""
            await hearing.hear(Frame.error(frame.id, -32602, "unsupported"))

    async def work() -> None:
        server = Refusing()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data = body("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={})
            answer = await client.post(place + "/mcp", content=data)
            assert answer.json()["error"]["message"] == "unsupported"
            await until(lambda: server.ended == 1)

    run(work)


def test_a_server_that_cannot_be_started_is_an_answer(tmp_path: Path) -> None:
    def broken(_hearing: Hearing) -> object:
        raise ProxyError("there is no command `nothing`", code="proxy.error.command", hint="look again")

    async def work() -> None:
        opener = guarded(broken, tmp_path)  # type: ignore[arg-type]
        async with proxied({"sample": opener}) as place, http() as client:
            data, headers = stateless("tools/list", id=3)
            answer = await client.post(place + "/mcp", content=data, headers=headers)
            assert answer.status_code == 503
            error = answer.json()["error"]
            assert (answer.json()["id"], error["data"]["hint"]) == (3, "look again")
            assert "no command" in error["message"]

    run(work)


def test_sessions_that_are_being_opened_count(tmp_path: Path) -> None:
    server = Scripted()

    @asynccontextmanager
    async def slow(hearing: Hearing) -> AsyncIterator[Far]:
        await anyio.sleep(0.5)
        async with server.open(hearing) as far:
            yield far

    async def work() -> None:
        statuses: list[int] = []
        data = body("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={})
        limits = Limits(conversations=3)
        async with proxied({"sample": guarded(slow, tmp_path)}, limits=limits) as place, http() as client:

            async def one() -> None:
                statuses.append((await client.post(place + "/mcp", content=data)).status_code)

            async with anyio.create_task_group() as tasks:
                for _ in range(12):
                    tasks.start_soon(one)
        assert sorted(statuses) == [200] * 3 + [503] * 9

    run(work)
