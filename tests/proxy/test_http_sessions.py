"""Sessions and streams over HTTP: taken up again, cancelled, ended; and none outlives its reason."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.proxy.http_scene import (
    OpenGate,
    Scripted,
    body,
    events,
    guarded,
    http,
    opened,
    proxied,
    stateless,
    until,
)

from remit.errors import SurvivorError
from remit.proxy.frames import Frame, Kind
from remit.proxy.http import facing, replies
from remit.proxy.http.line import Far, Hearing


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene."""
    anyio.run(work)


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer that is not there at once becomes a stream."""
    monkeypatch.setattr(facing, "_AT_ONCE", 0.0)
    monkeypatch.setattr(facing, "_STREAM_AFTER", 0.0)


class Asking(Scripted):
    """A server that asks its client when it is called, and says things by itself."""

    async def answer(self, frame: Frame, hearing: Hearing) -> None:
        """Ask for the client's folders before a call is answered; anything else as usual."""
        if frame.method == "tools/call" and frame.params["name"] == "echo":
            self.pending = frame
            await hearing.hear(Frame.notification("notifications/message", {"level": "info", "data": "by itself"}))
            await hearing.hear(Frame.request("q-1", "roots/list", {}))
            return
        self.hearing = hearing
        await Scripted.answer(self, frame, hearing)

    async def finish(self) -> None:
        """Answer the call."""
        assert self.pending.id is not None
        await self.hearing.hear(Frame.response(self.pending.id, {"content": []}))


@pytest.mark.requirement("PROXY-25")
def test_what_a_server_says_by_itself_goes_out_on_the_stream_of_whoever_listens(tmp_path: Path) -> None:
    async def work() -> None:
        server = Asking()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            heard: list[dict[str, object]] = []
            listens = anyio.Event()

            async def listen() -> None:
                async with client.stream("GET", place + "/mcp", headers=named) as answer:
                    assert answer.status_code == 200
                    listens.set()
                    async for line in answer.aiter_lines():
                        heard.extend([json.loads(line[6:])] if line.startswith("data: {") else [])

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listen)
                await listens.wait()
                second = await client.get(place + "/mcp", headers=named)
                assert second.status_code == 409

                async def call() -> None:
                    data = body("tools/call", name="echo", arguments={})
                    answer = await client.post(place + "/mcp", content=data, headers=named)
                    assert answer.json()["result"] == {"content": []}
                    tasks.cancel_scope.cancel()

                tasks.start_soon(call)
                await until(lambda: len(heard) == 2)
                assert [message.get("method") for message in heard] == ["notifications/message", "roots/list"]
                reply = json.dumps({"jsonrpc": "2.0", "id": "q-1", "result": {"roots": []}})
                assert (await client.post(place + "/mcp", content=reply, headers=named)).status_code == 202
                await until(lambda: any(frame.id == "q-1" for frame in server.heard))
                await client.post(place + "/mcp", content=reply, headers=named)  # nobody asked again
                await server.finish()
        assert sum(frame.id == "q-1" for frame in server.heard) == 1

    run(work)


@pytest.mark.usefixtures("streaming")
@pytest.mark.requirement("PROXY-25")
def test_a_stream_that_broke_is_taken_up_behind_the_last_event(tmp_path: Path) -> None:
    async def work() -> None:
        server = Asking()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            data = body("tools/call", name="echo", arguments={})
            seen = ""
            async with client.stream("POST", place + "/mcp", content=data, headers=named) as answer:
                async for line in answer.aiter_lines():
                    seen = line.removeprefix("id: ") if line.startswith("id: ") else seen
                    if "by itself" in line:
                        break
            await server.finish()
            again = await client.get(place + "/mcp", headers={**named, "last-event-id": seen})
            assert again.status_code == 200
            messages = events(again.text)
            assert [message.get("method") for message in messages] == ["roots/list", None]
            assert messages[-1]["result"] == {"content": []}
            for unknown in ("made-up.3", seen.rpartition(".")[0] + ".99", "nonsense"):
                lost = await client.get(place + "/mcp", headers={**named, "last-event-id": unknown})
                assert lost.status_code == 404
            other = await opened(client, place + "/mcp")
            foreign = await client.get(place + "/mcp", headers={**other, "last-event-id": seen})
            assert foreign.status_code == 404

    run(work)


@pytest.mark.usefixtures("streaming")
@pytest.mark.requirement("PROXY-27")
def test_a_client_of_the_handshake_era_cancels_by_saying_so_and_its_stream_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remit.proxy.http import conversation

    monkeypatch.setattr(conversation, "_CANCEL_GRACE", 0.2)

    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            answers: list[httpx2.Response] = []

            async def call() -> None:
                data = body("tools/call", name="wait", arguments={}, id=5)
                answers.append(await client.post(place + "/mcp", content=data, headers=named))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                await until(lambda: any(frame.method == "tools/call" for frame in server.heard))
                data = body("notifications/cancelled", id=None, requestId=5)
                assert (await client.post(place + "/mcp", content=data, headers=named)).status_code == 202
            assert events(answers[0].text)[-1]["error"]["code"] == -32800
        told = [frame.params["requestId"] for frame in server.heard if frame.method == "notifications/cancelled"]
        assert set(told) == {5}

    run(work)


@pytest.mark.requirement("PROXY-27")
def test_a_stateless_client_cancels_by_closing_its_connection(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data, headers = stateless("tools/call", name="wait", arguments={}, id="mine")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: client.post(place + "/mcp", content=data, headers=headers))
                await until(lambda: any(frame.method == "tools/call" for frame in server.heard))
                tasks.cancel_scope.cancel()
            await until(lambda: any(frame.method == "notifications/cancelled" for frame in server.heard))
            call = next(frame for frame in server.heard if frame.method == "tools/call")
            told = next(frame for frame in server.heard if frame.method == "notifications/cancelled")
            assert told.params["requestId"] == call.id

    run(work)


def test_a_notification_cannot_cancel_a_stateless_request_of_somebody_else(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data, headers = stateless("notifications/cancelled")
            message = json.loads(data)
            del message["id"]
            message["params"]["requestId"] = 1
            answer = await client.post(place + "/mcp", content=json.dumps(message), headers=headers)
            assert answer.status_code == 202
        assert server.heard == []

    run(work)


@pytest.mark.requirement("PROXY-28")
def test_deleting_a_session_ends_its_server_and_the_session_is_gone(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            kept = await opened(client, place + "/mcp")
            assert (await client.delete(place + "/mcp", headers=named)).status_code == 204
            assert (server.opened, server.ended) == (2, 1)
            assert (await client.post(place + "/mcp", content=body("ping"), headers=named)).status_code == 404
            assert (await client.post(place + "/mcp", content=body("ping"), headers=kept)).status_code == 200
        assert server.ended == 2

    run(work)


@pytest.mark.requirement("PROXY-28")
def test_a_session_whose_server_cannot_be_ended_says_so(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()

        @asynccontextmanager
        async def surviving(hearing: Hearing) -> AsyncIterator[Far]:
            async with server.open(hearing) as far:
                yield far
            raise SurvivorError("processes of the server outlived its stop: 77 (sh)")

        async with proxied({"sample": guarded(surviving, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            answer = await client.delete(place + "/mcp", headers=named)
            assert answer.status_code == 500
            assert "outlived" in answer.json()["error"]["message"]
            assert answer.json()["error"]["data"]["code"] == "supervisor.survivor"

    run(work)


def test_a_call_under_way_when_its_session_ends_is_answered(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            answers: list[httpx2.Response] = []

            async def call() -> None:
                data = body("tools/call", name="wait", arguments={})
                answers.append(await client.post(place + "/mcp", content=data, headers=named))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                await until(lambda: any(frame.method == "tools/call" for frame in server.heard))
                assert (await client.delete(place + "/mcp", headers=named)).status_code == 204
            assert "ended" in answers[0].json()["error"]["message"]
        assert any(frame.method == "notifications/cancelled" for frame in server.heard)

    run(work)


@pytest.mark.requirement("PROXY-28")
def test_when_the_proxy_stops_calls_are_answered_and_servers_end(tmp_path: Path) -> None:
    async def work() -> None:
        server, answers = Scripted(), []
        async with anyio.create_task_group() as tasks:  # noqa: SIM117 - two steps of one scene
            async with proxied({"sample": guarded(server.open, tmp_path)}) as place:

                async def call() -> None:
                    async with http() as client:
                        data, headers = stateless("tools/call", name="wait", arguments={})
                        answers.append(await client.post(place + "/mcp", content=data, headers=headers))

                tasks.start_soon(call)
                await until(lambda: any(frame.method == "tools/call" for frame in server.heard))
        assert "error" in answers[0].json()
        assert server.opened == server.ended == 1

    run(work)


def test_two_requests_of_one_id_are_told_apart_or_refused(tmp_path: Path) -> None:
    async def work() -> None:
        server, gate = Scripted(), OpenGate()
        async with proxied({"sample": guarded(server.open, tmp_path, gate)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            data = body("tools/call", name="wait", arguments={}, id=5)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: client.post(place + "/mcp", content=data, headers=named))
                await until(lambda: len(gate.calls) == 1)
                answer = await client.post(place + "/mcp", content=data, headers=named)
                assert answer.status_code == 400
                assert "still under way" in answer.json()["error"]["message"]
                tasks.cancel_scope.cancel()
        assert len(gate.calls) == 1

    run(work)


@pytest.mark.usefixtures("streaming")
def test_a_quiet_stream_is_kept_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "PING_EVERY", 0.05)

    async def work() -> None:
        server = Scripted()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data, headers = stateless("tools/call", name="wait", arguments={})
            async with client.stream("POST", place + "/mcp", content=data, headers=headers) as answer:
                lines = answer.aiter_lines()
                assert await anext(lines) == ": ping"

    run(work)


def test_a_server_may_not_ask_in_the_stateless_era(tmp_path: Path) -> None:
    async def work() -> None:
        server = Asking()
        async with proxied({"sample": guarded(server.open, tmp_path)}) as place, http() as client:
            data, headers = stateless("tools/list")
            await client.post(place + "/mcp", content=data, headers=headers)
            data, headers = stateless("tools/call", name="echo", arguments={})
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: client.post(place + "/mcp", content=data, headers=headers))
                await until(lambda: any(frame.kind is Kind.ERROR for frame in server.heard))
                tasks.cancel_scope.cancel()
        assert [frame.id for frame in server.heard if frame.kind is Kind.ERROR] == ["q-1"]

    run(work)
