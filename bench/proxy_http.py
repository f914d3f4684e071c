"""Time what the proxy adds to a call over HTTP on loopback, at the median and at the 99th percentile.

Client, proxy and server are processes of their own, one connection kept open, one call at a time. The server answers at
once and does nothing, so that a row differs from its neighbour by the proxy alone. ``guarded`` is a guard under a
charter of ten rules with its record in memory: all there is but the durable append; ``recorded`` adds the ledger on
this disk.
Rounds alternate, so that whatever else the machine does falls on every row alike.

Run: ``uv run python -m bench.proxy_http [--calls 300] [--rounds 7] [--write]``
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import anyio
from bench.children import process

from remit.charter.reader import parse_charter
from remit.guard.call import Call
from remit.guard.decision import Allow, Decision
from remit.guard.guard import Guard
from remit.guard.receipt import Receipt
from remit.guard.rules.signature import Signature
from remit.guard.testing import MemoryRecorder
from remit.ledger.store import Ledger
from remit.proxy.frames import Frame
from remit.proxy.http.arranging import Served, line_to
from remit.proxy.http.line import relayed
from remit.proxy.http.remote import Remote
from remit.proxy.http.serving import Listener, listen_at, serve_http
from remit.proxy.http.upstream import over_http
from remit.proxy.judging import Judge
from remit.proxy.pins import PinStore
from remit.proxy.relay import Relay
from remit.proxy.serving import Setting
from remit.proxy.tools import ToolBook

VERSION = "2026-07-28"
TOOL = {"name": "echo", "description": "says it again", "inputSchema": {"type": "object"}}
CHARTER = """
remit: 1
agent: {name: bench}
purpose: {text: "be timed, done when timed", task: [{when: out.done, value: 1}]}
grants:
  - {tool: echo, effects: [out.done]}
""" + "".join(f"  - {{tool: other_{number}, effects: [out.done]}}\n" for number in range(9))
GOALS = {"p50": 1.0, "p99": 5.0}  # milliseconds added, without the durable append


class Open:
    """A gate that lets everything through: what remains is the transport and the relay."""

    async def perform(self, call: Call, do: Callable[[Mapping[str, object]], Awaitable[Frame]]) -> Receipt[Frame]:
        """Do it."""
        value = await do(dict(call.args))
        return Receipt(value=value, call_id="", tool=call.tool, digest="", intent=1, decision=Allow(because=()))

    async def propose(self, call: Call) -> Decision:
        """Allow it."""
        return Allow(because=(), args=call.args)

    def know(self, tool: str, signature: Signature, *, server: str = "", schema: str = "") -> None:
        """Take note of a tool."""


class Plain(asyncio.Protocol):
    """An MCP server as fast as one can be: it answers a POST with one JSON message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport, self.kept = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self.kept += data
        while b"\r\n\r\n" in self.kept:
            head, _, rest = self.kept.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(rest) < length:
                return
            self.kept = rest[length:]
            message = json.loads(rest[:length])
            result = (
                {"tools": [TOOL]} if message["method"] == "tools/list" else {"content": [], "resultType": "complete"}
            )
            body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
            answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.write(answer + body)


def be_server(listener: socket.socket) -> None:
    """Serve until killed."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Plain, sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


def be_proxy(kind: str, listener: Listener, url: str, folder: Path) -> None:
    """Stand before the server until killed."""
    os.environ["XDG_STATE_HOME"] = str(folder)

    async def serve() -> None:
        if kind == "passed":
            record = MemoryRecorder()
            book = ToolBook(agent="bench", server="plain", pins=PinStore(path=folder / "pins.db"), record=record)
            judge = Judge(gate=Open(), tools=book, record=record, server="plain")
            opener = relayed(over_http(Remote(url=url)), lambda: Relay(judge=judge))
            await serve_http({"plain": opener}, listener=listener, tokens={"bench": "t" * 43})
            return
        ledger = MemoryRecorder() if kind == "guarded" else Ledger.open(folder / "ledger.db")
        charter = parse_charter(CHARTER, path="bench.yaml")
        setting = Setting(charter=charter, ledger=ledger, server="plain", say=print, environ=dict(os.environ))
        served = Served(setting=setting, remote=Remote(url=url))
        async with Guard(charter, ledger=ledger) as guard:
            await serve_http({"plain": line_to(served, guard)}, listener=listener, tokens={"bench": "t" * 43})

    anyio.run(serve)


def request(host: str, path: str) -> bytes:
    """A call as bytes."""
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": "echo", "arguments": {"text": "x" * 100}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {'t' * 43}\r\n"
        "content-type: application/json\r\n"
        f"accept: application/json, text/event-stream\r\nmcp-protocol-version: {VERSION}\r\nmcp-method: tools/call\r\n"
        f"mcp-name: echo\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Caller:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        """Connect, and be answered once."""
        self.line = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = request(f"127.0.0.1:{port}", "/mcp")
        self.call()

    def call(self) -> float:
        """Seconds one call takes."""
        start = time.perf_counter()
        self.line.sendall(self.data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.line.recv(65536)
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(rest) < length:
            rest += self.line.recv(65536)
        took = time.perf_counter() - start
        assert b'"result"' in rest, answer
        return took


def measured(calls: int, rounds: int, folder: Path) -> dict[str, list[float]]:
    """The times of every call, in seconds, by row."""
    times: dict[str, list[float]] = {}
    server = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{server.getsockname()[1]}/mcp"
    with contextlib.ExitStack() as stack:
        stack.enter_context(process(partial(be_server, server)))
        ports = {"direct": server.getsockname()[1]}
        for kind in ("passed", "guarded", "recorded"):
            listener = listen_at("127.0.0.1", 0)
            (folder / kind).mkdir()
            stack.enter_context(process(partial(be_proxy, kind, listener, url, folder / kind)))
            ports[kind] = int(listener.port or 0)
        callers = {kind: Caller(port) for kind, port in ports.items()}
        for caller in callers.values():
            for _ in range(50):
                caller.call()
        for _ in range(rounds):
            for kind, caller in callers.items():
                times.setdefault(kind, []).extend(caller.call() for _ in range(calls))
    return times


def main() -> None:
    """Measure, print, and keep the figures if told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        times = measured(options.calls, options.rounds, Path(name))
    rows = {kind: shares(values) for kind, values in times.items()}
    added = {
        kind: {share: round(rows[kind][share] - rows["direct"][share], 3) for share in ("p50", "p99")}
        for kind in rows
        if kind != "direct"
    }
    for kind, row in rows.items():
        extra = "".join(f"   added {share} {value:.3f}" for share, value in added.get(kind, {}).items())
        print(f"{kind:10} p50 {row['p50']:.3f} ms   p99 {row['p99']:.3f} ms{extra}")
    print(f"load average {before:.2f} before, {os.getloadavg()[0]:.2f} after, {os.cpu_count()} processors")
    if options.write:
        document = {
            "what": "milliseconds per call over HTTP on loopback, one at a time",
            "calls": options.calls * options.rounds,
            "rows": rows,
            "added": added,
            "goals": {"row": "guarded", **GOALS},
            "load": [round(before, 2), round(os.getloadavg()[0], 2)],
            "processors": os.cpu_count(),
            "python": sys.version.split()[0],
        }
        path = Path(__file__).parent / "results/proxy_http.json"
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def shares(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile, in milliseconds."""
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49] * 1000, 3), "p99": round(cuts[98] * 1000, 3)}


if __name__ == "__main__":
    main()
