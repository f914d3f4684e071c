"""Requests changed at random: whatever reaches the server as a call went through the gate as that call."""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.proxy.http_scene import OTHER, TOKEN, OpenGate, Scripted, body, guarded, http, opened, proxied, stateless

from remit.errors import FrameError
from remit.proxy.frames import Kind, parse

PIECES = (
    b'"method": "tools/call"', b'"Method": "tools/call"', b'"id": 1', b'"id": null', b",", b"{", b"}", b"[", b"]", b'"', b"\\u0000",
    b"\xff", b"\x00", b'"name": "echo"', b'"name": "tick"', b'"params": {}', b'"jsonrpc": "2.0"', b"NaN", b"1e999", b"-0", b" ", b"\n",
    b'"_meta": {}', b'"arguments": {"text": "other"}', b"tools/list", b"tools\\/call", b"TOOLS/CALL",
)  # fmt: skip
NAMES = (
    "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id", "content-type", "accept", "authorization", "host", "origin",
    "last-event-id", "content-encoding", "transfer-encoding", "x-forwarded-for", "mcp-param-x", "expect", "connection",
)  # fmt: skip
VALUES = (
    "", "echo", "tick", "tools/call", "tools/list", "2026-07-28", "2025-11-25", "2024-11-05", "application/json", "text/plain", "*/*",
    "identity", "gzip", "chunked", "a.1", f"Bearer {TOKEN}", f"Bearer {OTHER}", "100-continue", "close", "=?base64?ZWNobw==?=",
)  # fmt: skip


def changed(data: bytes, chance: random.Random) -> bytes:
    """A message with up to three pieces put in, taken out or replaced."""
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        until = min(len(data), at + chance.choice((0, 0, 1, 5, 30)))
        data = data[:at] + chance.choice(PIECES) + data[until:]
    return data


def shown(headers: dict[str, str], chance: random.Random) -> list[tuple[str, str]]:
    """Headers with some changed, left out or doubled."""
    pairs = list(headers.items())
    for _ in range(chance.randrange(3)):
        pair = (chance.choice(NAMES), chance.choice(VALUES))
        act = chance.randrange(3)
        if act == 0:
            pairs = [other for other in pairs if other[0] != pair[0]]
        if act < 2:
            pairs.append(pair)
        elif pairs:
            pairs.append(chance.choice(pairs))
    return pairs


async def campaign(folder: Path, count: int, chance: random.Random) -> tuple[Scripted, OpenGate, int]:
    """Send that many changed requests of both eras; the server, the gate, and how many were answered well."""
    server, gate, well = Scripted(), OpenGate(), 0
    async with proxied({"sample": guarded(server.open, folder, gate)}, within=1200.0) as place, http() as client:
        named = await opened(client, place + "/mcp")
        own = {
            name: value for name, value in client.headers.items() if name in {"authorization", "accept", "content-type"}
        }
        client.headers.clear()
        for number in range(count):
            data, headers = body("tools/call", id=number, name="echo", arguments={"text": "x"}), named
            if chance.random() < 0.5:
                data, headers = stateless("tools/call", id=number, name="echo", arguments={"text": "x"})
            sent = shown({**own, **headers}, chance)
            with anyio.move_on_after(120), suppress(httpx2.TransportError):  # one side or the other refuses some
                answer = await client.post(place + "/mcp", content=changed(data, chance), headers=sent)
                assert answer.status_code < 500
                well += answer.status_code == 200
    return server, gate, well


def demand_guarded(server: Scripted, gate: OpenGate) -> None:
    """Demand that the calls that reached the server are those that went through the gate."""
    reached = [
        (frame.params["name"], frame.params.get("arguments") or {})
        for frame in server.heard
        if frame.method == "tools/call"
    ]
    assert sorted(map(repr, reached)) == sorted(repr((call.tool, dict(call.args))) for call in gate.calls)
    alike = [frame for frame in server.heard if frame.method and frame.method.casefold().strip("/ ") == "tools/call"]
    assert len(alike) == len(reached)
    assert all(frame.kind is not Kind.NOTIFICATION or frame.method != "tools/call" for frame in server.heard)


@pytest.mark.requirement("PROXY-21")
@pytest.mark.parametrize("seed", range(3))
def test_no_changed_request_reaches_the_server_unguarded(tmp_path: Path, seed: int) -> None:
    demand_nothing_unguarded(tmp_path, 150, random.Random(seed))


@pytest.mark.slow
@pytest.mark.requirement("PROXY-21")
def test_no_changed_request_of_many_reaches_the_server_unguarded(tmp_path: Path) -> None:
    demand_nothing_unguarded(tmp_path, 5000, random.Random(20261121))


def demand_nothing_unguarded(folder: Path, count: int, chance: random.Random) -> None:
    """Run a campaign and look at what came of it."""
    found: list[tuple[Scripted, OpenGate, int]] = []

    async def work() -> None:
        found.append(await campaign(folder, count, chance))

    anyio.run(work)
    server, gate, well = found[0]
    demand_guarded(server, gate)
    assert 0.05 * count < well < count  # some got through, and not all: the changes were neither too wild nor too tame


@pytest.mark.requirement("PROXY-21")
def test_a_call_without_an_id_is_no_notification_to_pass(tmp_path: Path) -> None:
    server, gate = Scripted(), OpenGate()

    async def work() -> None:
        async with proxied({"sample": guarded(server.open, tmp_path, gate)}) as place, http() as client:
            named = await opened(client, place + "/mcp")
            data = body("tools/call", id=None, name="echo", arguments={})
            assert (await client.post(place + "/mcp", content=data, headers=named)).status_code == 202

    anyio.run(work)
    assert gate.calls == []
    assert [frame.method for frame in server.heard] == ["initialize", "notifications/initialized"]


@pytest.mark.parametrize("seed", range(3))
def test_a_changed_message_is_read_one_way_or_not_at_all(seed: int) -> None:
    chance = random.Random(seed)
    write: Callable[[], bytes] = lambda: changed(body("tools/call", name="echo", arguments={"text": "x"}), chance)  # noqa: E731
    read = 0
    for _ in range(2000):
        try:
            frame = parse(write())
        except FrameError:
            continue
        read += 1
        assert parse(frame.encode()) == frame
    assert read > 100
