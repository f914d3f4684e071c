"""A proxy over HTTP with a scripted server behind it, or a real one; and what was let through."""

import contextlib
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
from anyio.from_thread import start_blocking_portal

from remit.guard.call import Call
from remit.guard.decision import Allow, Decision
from remit.guard.receipt import Receipt
from remit.guard.rules.signature import Signature
from remit.proxy.frames import Frame, Kind
from remit.proxy.http.conversation import LineOpener
from remit.proxy.http.line import Far, FarOpener, Hearing, relayed
from remit.proxy.http.serving import Limits, listen_at, serve_http
from remit.proxy.judging import Judge
from remit.proxy.pins import PinStore
from remit.proxy.relay import Relay
from remit.proxy.tools import ToolBook

TOKEN = "sesame-opens-nothing-else-0123456789"  # noqa: S105 - the tests own it
OTHER = "another-token-of-another-caller-4567"
SAMPLE = Path(__file__).with_name("sample_server.py")
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
MODERN = "2026-07-28"
TOOLS: list[dict[str, object]] = [
    {"name": name, "description": f"does {name}", "inputSchema": {"type": "object"}}
    for name in ("echo", "wait", "tick")
]
TOOLS.append(
    {
        "name": "mark",
        "description": "has an argument that goes into a header",
        "inputSchema": {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}},
    }
)


class Notes:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.entries: list[tuple[str, dict[str, Any]]] = []

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Keep an entry."""
        self.entries.append((kind, dict(facts)))
        return len(self.entries)


class OpenGate:
    """A gate that lets every call through, and remembers it."""

    def __init__(self) -> None:
        """Start with no call."""
        self.calls: list[Call] = []

    async def perform(self, call: Call, do: Callable[[Mapping[str, object]], Awaitable[Frame]]) -> Receipt[Frame]:
        """Do it."""
        self.calls.append(call)
        value = await do(dict(call.args))
        return Receipt(
            value=value, call_id=call.id, tool=call.tool, digest=call.digest, intent=1, decision=Allow(because=())
        )

    async def propose(self, call: Call) -> Decision:
        """Allow it."""
        return Allow(because=(), args=call.args)

    def know(self, tool: str, signature: Signature, *, server: str = "", schema: str = "") -> None:
        """Take note of a tool."""


@dataclass(slots=True, kw_only=True)
class Scripted:
    """A server made of a few lines of Python; ``heard`` is every message that reached it."""

    heard: list[Frame] = field(default_factory=list)
    opened: int = 0
    ended: int = 0
    die: anyio.Event = field(default_factory=anyio.Event)

    @asynccontextmanager
    async def open(self, hearing: Hearing) -> AsyncIterator[Far]:
        """Connect."""
        self.opened += 1
        async with anyio.create_task_group() as tasks:
            yield _Connection(server=self, hearing=hearing, tasks=tasks)
            tasks.cancel_scope.cancel()
        self.ended += 1

    async def answer(self, frame: Frame, hearing: Hearing) -> None:
        """Answer a request."""
        match frame.method:
            case "initialize":
                result: dict[str, object] = {
                    "protocolVersion": frame.params.get("protocolVersion", ""),
                    "capabilities": {},
                }
                result["serverInfo"] = {"name": "scripted", "version": "1"}
            case "tools/list":
                result = {"tools": TOOLS}
            case "tools/call":
                result = await self._call(frame, hearing)
            case "fail":
                await hearing.hear(Frame.error(frame.id, -32601, "no such method"))
                return
            case _:
                result = {}
        assert frame.id is not None
        await hearing.hear(Frame.response(frame.id, result))

    async def _call(self, frame: Frame, hearing: Hearing) -> dict[str, object]:
        """Do a tool's work: echo, wait for ever, or tick a few times."""
        meta = frame.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, Mapping) else None
        if frame.params["name"] == "wait":
            await anyio.sleep_forever()
        if frame.params["name"] == "tick":
            for step in range(3):
                params = {"progressToken": token, "progress": step}
                await hearing.hear(Frame.notification("notifications/progress", params))
        return {"content": [{"type": "text", "text": json.dumps(frame.params.get("arguments"))}]}


@dataclass(slots=True, kw_only=True)
class _Connection:
    """One connection to the scripted server."""

    server: Scripted
    hearing: Hearing
    tasks: anyio.abc.TaskGroup

    async def send(self, frame: Frame) -> None:
        """Take a message."""
        self.server.heard.append(frame)
        if frame.kind is Kind.REQUEST:
            self.tasks.start_soon(self.server.answer, frame, self.hearing)

    async def gone(self) -> str:
        """Wait until it dies."""
        await self.server.die.wait()
        return "the server has died"


def guarded(far: FarOpener, folder: Path, gate: OpenGate | None = None) -> LineOpener:
    """A line to a server through a relay that lets everything pass."""
    notes, used = Notes(), gate or OpenGate()
    book = ToolBook(
        agent="tester", server="sample", pins=PinStore(path=folder / "pins.db"), record=notes, known=used.know
    )

    def make() -> Relay:
        return Relay(judge=Judge(gate=used, tools=book, record=notes, server="sample"), patience=120.0)

    return relayed(far, make)


@asynccontextmanager
async def proxied(
    openers: Mapping[str, LineOpener],
    *,
    tokens: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    within: float = 120.0,
) -> AsyncIterator[str]:
    """A proxy that runs, for at most ``within`` seconds; its address."""
    listener = listen_at("127.0.0.1", 0)
    stop = anyio.Event()
    given = {"agent": TOKEN, "other": OTHER} if tokens is None else tokens

    async def serve(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        await serve_http(openers, listener=listener, tokens=given, limits=limits, stop=stop, task_status=task_status)

    with anyio.fail_after(within):
        async with anyio.create_task_group() as tasks:
            await tasks.start(serve)
            try:
                yield listener.place
            finally:
                stop.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A proxy that runs in a thread of its own, for many small scenes."""

    place: str
    server: Scripted
    gate: OpenGate


@contextmanager
def standing_proxy(folder: Path) -> Iterator[Standing]:
    """A proxy that stands until the block ends."""
    server, gate = Scripted(), OpenGate()
    with start_blocking_portal() as portal:
        manager = proxied({"sample": guarded(server.open, folder, gate)}, within=600.0)
        with portal.wrap_async_context_manager(manager) as place:
            yield Standing(place=place, server=server, gate=gate)


def http(token: str = TOKEN, **headers: str) -> httpx2.AsyncClient:
    """A client with a token."""
    shown = {**ACCEPT, **({"authorization": f"Bearer {token}"} if token else {}), **headers}
    return httpx2.AsyncClient(headers=shown, timeout=120.0, trust_env=False)


def body(method: str, *, id: int | str | None = 1, **params: object) -> bytes:  # noqa: A002 - the message's word
    """A message of the handshake era."""
    message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
    if id is not None:
        message["id"] = id
    return json.dumps(message).encode()


def stateless(method: str, *, id: int | str = 1, **params: object) -> tuple[bytes, dict[str, str]]:  # noqa: A002
    """A message of the stateless era with its headers."""
    own = params.pop("_meta", {})
    assert isinstance(own, dict)
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "tester", "version": "1"},
        **own,
    }
    headers = {"mcp-protocol-version": MODERN, "mcp-method": method}
    if isinstance(params.get("name"), str):
        headers["mcp-name"] = str(params["name"])
    return body(method, id=id, **params, _meta=meta), headers


async def opened(client: httpx2.AsyncClient, url: str, version: str = "2025-11-25") -> dict[str, str]:
    """Open a session; the headers that name it."""
    info = {"name": "tester", "version": "1"}
    data = body("initialize", id="init", protocolVersion=version, capabilities={}, clientInfo=info)
    answer = await client.post(url, content=data)
    assert answer.status_code == 200, answer.text
    named = {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": version}
    done = await client.post(url, content=body("notifications/initialized", id=None), headers=named)
    assert done.status_code == 202
    return named


def events(text: str) -> list[dict[str, Any]]:
    """The messages of an event stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    with anyio.fail_after(120):
        while not condition():  # noqa: ASYNC110 - any condition
            await anyio.sleep(0.01)


@contextmanager
def listening(command: Callable[[int], Sequence[str]], environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """A server in a process of its own, told a port to listen on; its address. A port others took is tried no more."""
    for _ in range(5):
        port = random.randrange(20_000, 32_000)  # below those the kernel gives to whoever asks for any
        server = subprocess.Popen(
            command(port), env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        try:
            if _listens(server, port):
                yield f"http://127.0.0.1:{port}/mcp"
                return
        finally:
            server.kill()
            server.wait(60)
    raise TimeoutError("the server listens on no port")


@contextmanager
def sample_over_http() -> Iterator[str]:
    """The sample server, over HTTP and in a process of its own; its address."""
    with listening(lambda port: [sys.executable, str(SAMPLE), "http", str(port)]) as url:
        yield url


def _listens(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server itself comes to listen, rather than end or find the port taken."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return False  # somebody else did before it
    limit = time.monotonic() + 120
    while time.monotonic() < limit and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10):
            return True
        time.sleep(0.05)
    return False
