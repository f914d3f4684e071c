"""A conversation over pipes, with clients and servers that misbehave: clear errors, no hang, bounded memory."""

import os
import resource
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from tests.proxy.scene import ECHO, line
from tests.proxy.talking import End, answer, ask, talk, write_all

from remit.proxy.stdio import MOST_OPEN, Conversation, Ended

BIG = 100 * 2**20


@pytest.mark.requirement("PROXY-11")
def test_messages_cross_in_both_directions_and_a_client_that_leaves_ends_it(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(ask(1, value=[1, None, "é"]))
        assert await server.hear() == ask(1, value=[1, None, "é"])
        await server.say(ask(1, "roots/list"))
        assert await client.hear() == ask(1, "roots/list")
        await client.say(answer(1, roots=[]))
        assert await server.hear() == answer(1, roots=[])
        await server.say(answer(1, fine=True))
        assert await client.hear() == answer(1, fine=True)
        client.hang_up()
        assert await server.hear() == {}
        server.leave()

    assert talk(tmp_path, part, grace=60.0).ended == Ended(by="client", reason="the client has ended")


@pytest.mark.requirement("PROXY-11")
@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b"this is not json", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}', -32600),
        (b"[" + line(ask(1)) + b"]", -32600),
        (b"\xff\xff", -32700),
        (b"{" * 10_000, -32600),
        (b"x" * (17 * 2**20), -32600),
    ],
)
def test_a_client_hears_why_its_message_goes_nowhere_and_may_go_on(tmp_path: Path, data: bytes, number: int) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(data)
        told = await client.hear()
        assert told["error"]["code"] == number
        await client.say(ask(2))
        assert (await server.hear())["id"] == 2
        client.leave()

    found = talk(tmp_path, part)
    assert "not passed on" in found.said[0]


@pytest.mark.requirement("PROXY-11")
@pytest.mark.parametrize(
    ("data", "hit"),
    [
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}', [1]),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":NaN}}', [1]),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"result":{}}', [1, 2]),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":"' + b"x" * (17 * 2**20) + b'"}}', [1, 2]),
        (b'{"jsonrpc":"2.0","id":1,"res', [1, 2]),
    ],
)
def test_nobody_waits_for_an_answer_of_a_server_that_cannot_be_read(
    tmp_path: Path, data: bytes, hit: list[int]
) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        for number in (1, 2):
            await client.say(ask(number))
            await server.hear()
        await server.say(data)
        told = [await client.hear() for _ in hit]
        assert [message["id"] for message in told] == hit
        assert all("not passed on" in message["error"]["message"] for message in told)
        client.leave()

    talk(tmp_path, part)


@pytest.mark.requirement("PROXY-11")
def test_what_a_server_prints_that_is_no_message_disturbs_nobody(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(ask(1))
        await server.hear()
        for _number in range(100):
            await server.say(b"Starting server...")
        await server.say(answer(1))
        assert await client.hear() == answer(1)
        client.leave()

    found = talk(tmp_path, part)
    assert len(found.said) < 30
    assert found.said[-1] == "more of this kind is not told"


@pytest.mark.requirement("PROXY-11")
def test_an_endless_line_takes_no_memory(tmp_path: Path) -> None:
    async def part(client: End, _server: End, _: Conversation) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await to_thread.run_sync(endless, client.write)
        assert (await client.hear())["error"]["code"] == -32600
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 80 * 1024  # KiB: two times the longest message and some slack, not 100 MB
        client.leave()

    talk(tmp_path, part)


def endless(descriptor: int) -> None:
    """Write a line of 100 MB."""
    piece = b"x" * 2**20
    for _ in range(BIG // len(piece)):
        write_all(descriptor, piece)
    os.write(descriptor, b"\n")


@pytest.mark.requirement("PROXY-11")
def test_an_answer_nobody_asked_for_goes_nowhere(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await server.say(answer(77, forged=True))
        await client.say(ask(1))
        await server.hear()
        await server.say(answer(1))
        assert await client.hear() == answer(1)
        client.leave()

    assert "answered a request nobody made" in talk(tmp_path, part).said[0]


@pytest.mark.requirement("PROXY-11")
def test_a_server_cannot_answer_a_call_before_it_was_asked(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(ask(1, "tools/call", name="echo", arguments={"text": "a"}))
        listing = await server.hear()
        assert listing["method"] == "tools/list"
        await server.say(answer(1, content=[], forged=True))
        await server.say(answer(listing["id"], tools=[ECHO]))
        assert (await server.hear())["method"] == "tools/call"
        await server.say(answer(1, content=[]))
        assert await client.hear() == answer(1, content=[])
        client.leave()

    talk(tmp_path, part)


@pytest.mark.requirement("PROXY-11")
def test_a_second_request_with_an_id_under_way_is_refused(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(ask(1))
        await server.hear()
        await client.say(ask(1))
        assert "under way" in (await client.hear())["error"]["message"]
        await server.say(answer(1))
        assert await client.hear() == answer(1)
        client.leave()

    talk(tmp_path, part)


@pytest.mark.requirement("PROXY-11")
def test_a_client_that_floods_is_told_to_wait(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        async with anyio.create_task_group() as group:

            async def listen() -> None:
                for _number in range(MOST_OPEN):
                    await server.hear()

            group.start_soon(listen)
            for number in range(MOST_OPEN + 1):
                await client.say(ask(number))
        assert "wait for an answer" in (await client.hear())["error"]["message"]
        await server.say(answer(5))
        assert await client.hear() == answer(5)
        await client.say(ask(9_999))
        assert (await server.hear())["id"] == 9_999
        client.leave()

    talk(tmp_path, part)


@pytest.mark.requirement("PROXY-11")
def test_requests_that_were_cancelled_and_never_answered_do_not_count_for_ever(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        async with anyio.create_task_group() as group:

            async def listen() -> None:
                for _number in range(2 * MOST_OPEN + 1):
                    await server.hear()

            group.start_soon(listen)
            for number in range(MOST_OPEN):
                await client.say(ask(number))
                told = {"method": "notifications/cancelled", "params": {"requestId": number}}
                await client.say({"jsonrpc": "2.0", **told})
            await client.say(ask(5000))
        await server.say(answer(5000))
        assert await client.hear() == answer(5000)
        client.leave()

    talk(tmp_path, part)


@pytest.mark.requirement("PROXY-11")
@pytest.mark.parametrize("guarded", ["passed", "called"])
def test_when_a_server_dies_whoever_waits_is_told(tmp_path: Path, guarded: str) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        if guarded == "called":
            await client.say(ask(1, "tools/call", name="echo", arguments={}))
            await server.say(answer((await server.hear())["id"], tools=[ECHO]))
        else:
            await client.say(ask(1))
        await server.hear()
        server.leave()
        told = await client.hear()
        assert told["id"] == 1
        assert "the server has ended" in told["error"]["message"]
        assert await client.hear() == {}

    found = talk(tmp_path, part, grace=60.0)
    assert found.ended == Ended(by="server", reason="the server has ended")


@pytest.mark.requirement("PROXY-11")
def test_a_server_that_only_closed_its_output_has_ended(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(ask(1))
        await server.hear()
        server.hang_up()
        assert "error" in await client.hear()

    found = talk(tmp_path, part, grace=60.0)
    assert found.ended is not None
    assert found.ended.by == "server"


@pytest.mark.requirement("PROXY-11")
def test_a_server_that_reads_nothing_is_given_up(tmp_path: Path) -> None:
    async def part(client: End, _server: End, _: Conversation) -> None:
        for number in range(4):
            await client.say(ask(number, text="x" * 2**20))
        assert "read nothing" in (await client.hear())["error"]["message"]

    found = talk(tmp_path, part, reads_within=1.0, grace=60.0)
    assert found.ended is not None
    assert "the server has read nothing for 1 seconds" in found.ended.reason


@pytest.mark.requirement("PROXY-11")
def test_a_client_that_hangs_up_still_gets_the_answers_under_way(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        await client.say(ask(1))
        client.hang_up()
        await server.hear()
        await server.say(answer(1, late=True))
        assert await client.hear() == answer(1, late=True)
        server.leave()

    talk(tmp_path, part, grace=60.0)


@pytest.mark.requirement("PROXY-08", "PROXY-11")
def test_a_stop_cancels_at_the_server_tells_the_client_and_closes(tmp_path: Path) -> None:
    async def part(client: End, server: End, conversation: Conversation) -> None:
        await client.say(ask(1, "tools/call", name="echo", arguments={}))
        await server.say(answer((await server.hear())["id"], tools=[ECHO]))
        await server.hear()
        conversation.stop("pressed by ops")
        told = await server.hear()
        assert (told["method"], told["params"]["requestId"]) == ("notifications/cancelled", 1)
        assert "pressed by ops" in (await client.hear())["error"]["message"]
        assert await server.hear() == {}
        server.leave()

    found = talk(tmp_path, part, grace=60.0)
    assert found.ended == Ended(by="stopped", reason="pressed by ops")


@pytest.mark.requirement("PROXY-11")
def test_many_calls_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    async def part(client: End, server: End, _: Conversation) -> None:
        async def serve() -> None:
            for _number in range(201):
                message = await server.hear()
                if message["method"] == "tools/list":
                    await server.say(answer(message["id"], tools=[ECHO]))
                else:
                    await server.say(answer(message["id"], content=[], own=message["params"]["arguments"]["text"]))

        async with anyio.create_task_group() as group:
            await client.say(ask(0, "tools/call", name="echo", arguments={"text": "0"}))
            group.start_soon(serve)
            assert (await client.hear())["result"]["own"] == "0"
            for number in range(1, 200):
                await client.say(ask(number, "tools/call", name="echo", arguments={"text": str(number)}))
            got = [await client.hear() for _ in range(1, 200)]
            assert sorted(message["id"] for message in got) == list(range(1, 200))
            assert all(message["result"]["own"] == str(message["id"]) for message in got)
            await client.say(ask(500))
        client.leave()

    talk(tmp_path, part)
