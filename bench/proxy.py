"""Time what the proxy adds to a call over pipes, at the median and at the 99th percentile.

Client, proxy and server are processes of their own, one call at a time. The server answers at once and does nothing, so
that a row differs from its neighbour by the proxy alone: ``relayed`` reads, checks and writes anew; ``guarded`` has a
guard under a charter of ten rules decide, with its record in memory: all there is but the durable append; ``recorded``
is the whole, with the ledger on this disk. Rounds alternate, so that whatever else the machine does falls on every row
alike; what is added is the difference of the same percentile of two rows.

Run: ``uv run python -m bench.proxy [--calls 300] [--rounds 7] [--write]``
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import anyio
from bench.stopping.machine import machine

from remit.charter.reader import parse_charter
from remit.guard.call import Call
from remit.guard.decision import Allow, Decision
from remit.guard.guard import Guard
from remit.guard.receipt import Receipt
from remit.guard.rules.signature import Signature
from remit.guard.testing import MemoryRecorder
from remit.ledger.store import Ledger
from remit.proxy.frames import Frame
from remit.proxy.judging import Judge
from remit.proxy.peers import Gate
from remit.proxy.pins import PinStore
from remit.proxy.pipes import Sink, Source
from remit.proxy.points import Side
from remit.proxy.relay import Relay
from remit.proxy.stdio import Conversation
from remit.proxy.tools import ToolBook
from remit.recorder import Recorder

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "proxy.json"
ROWS = ("direct", "relayed", "guarded", "recorded")
GOALS = {"p50": 1.0, "p99": 5.0}  # milliseconds added, without the durable append
CHARTER = """
remit: 1
agent: {name: bench}
purpose: {text: "be timed, done when timed", task: [{when: out.done, value: 1}]}
grants:
  - {tool: echo, effects: [out.done]}
""" + "".join(f"  - {{tool: other_{number}, effects: [out.done]}}\n" for number in range(9))
SERVER = """
import json, sys
TOOL = {"name": "echo", "description": "says it again", "inputSchema": {"type": "object"}}
for line in sys.stdin.buffer:
    message = json.loads(line)
    if message["method"] == "tools/list":
        result = {"tools": [TOOL]}
    else:
        result = {"content": [{"type": "text", "text": message["params"]["arguments"]["text"]}]}
    sys.stdout.buffer.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode() + b"\\n")
    sys.stdout.buffer.flush()
"""


class Open:
    """A gate that lets everything through: what remains is the relay."""

    async def perform(self, call: Call, do: Callable[[Mapping[str, object]], Awaitable[Frame]]) -> Receipt[Frame]:
        """Do it."""
        value = await do(dict(call.args))
        return Receipt(value=value, call_id="", tool=call.tool, digest="", intent=1, decision=Allow(because=()))

    async def propose(self, call: Call) -> Decision:
        """Allow it."""
        return Allow(because=(), args=call.args)

    def know(self, tool: str, signature: Signature, *, server: str = "", schema: str = "") -> None:
        """Take note of a tool."""


def main(arguments: list[str] | None = None) -> None:
    """Measure, print a table, and with ``--write`` keep it; with ``--row`` be the proxy of that row."""
    parser = argparse.ArgumentParser(prog="python -m bench.proxy", description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="calls a row and round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.relative_to(ROOT)}")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.row:
        anyio.run(be, options.row)
        return
    found = measured(options.calls, options.rounds)
    for name, row in found["rows"].items():
        print(f"{name:10} p50 {row['p50']:7.3f} ms   p99 {row['p99']:7.3f} ms")
    for name, row in found["added"].items():
        print(f"{name:10} adds {row['p50']:6.3f} ms at the median, {row['p99']:6.3f} ms at the 99th percentile")
    print(f"goal {'met' if found['met'] else 'missed'}: {GOALS}  ({found['machine']})")
    if options.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def measured(calls: int, rounds: int) -> dict[str, Any]:
    """Every row, in milliseconds, and what it was measured on."""
    where = machine()
    times: dict[str, list[float]] = {row: [] for row in ROWS}
    for _ in range(rounds):
        for row in ROWS:
            with process(row) as (say, hear):
                called(say, hear, 20)
                times[row] += called(say, hear, calls)
    rows = {row: {"p50": percentile(times[row], 50), "p99": percentile(times[row], 99)} for row in ROWS}
    added = {
        row: {name: round(rows[row][name] - rows["direct"][name], 3) for name in GOALS}
        for row in ROWS
        if row != "direct"
    }
    met = all(added["guarded"][name] <= goal for name, goal in GOALS.items())
    return {"calls": calls * rounds, "rows": rows, "added": added, "goals": GOALS, "met": met, "machine": where}


@contextmanager
def process(row: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The server, or a proxy before it, over pipes."""
    command = [sys.executable, "-c", SERVER]
    if row != "direct":
        command = [sys.executable, "-m", "bench.proxy", "--row", row]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 (ours)
        assert child.stdin is not None
        assert child.stdout is not None
        yield child.stdin, child.stdout
        child.stdin.close()


def called(say: IO[bytes], hear: IO[bytes], calls: int) -> list[float]:
    """The milliseconds of so many calls, one after the other."""
    found = []
    for number in range(calls):
        params = {"name": "echo", "arguments": {"text": f"a short text, number {number}"}}
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        data = json.dumps(message).encode() + b"\n"
        began = time.perf_counter()
        say.write(data)
        say.flush()
        answer = hear.readline()
        found.append((time.perf_counter() - began) * 1e3)
        assert json.loads(answer)["result"]["content"][0]["text"] == params["arguments"]["text"]  # type: ignore[index]
    return found


def percentile(times: Sequence[float], which: int) -> float:
    """A percentile, in milliseconds."""
    return round(statistics.quantiles(times, n=100)[which - 1], 3)


async def be(row: str) -> None:
    """Be the proxy of a row, between this process's standard streams and a server of its own."""
    charter = parse_charter(CHARTER)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=ROOT)))
        recorder: Recorder = MemoryRecorder()
        if row == "recorded":
            recorder = stack.enter_context(Ledger.open(folder / "ledger.db"))
        gate: Gate = Open() if row == "relayed" else await stack.enter_async_context(Guard(charter, ledger=recorder))
        book = ToolBook(agent="bench", server="bench", pins=PinStore(path=folder / "pins.db"), record=recorder)
        relay = Relay(judge=Judge(gate=gate, tools=book, record=recorder, server="bench"))
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        child = subprocess.Popen(  # noqa: S603, ASYNC220 (our own server, before anything else happens)
            [sys.executable, "-c", SERVER], stdin=theirs_in, stdout=theirs_out
        )
        os.close(theirs_in)
        os.close(theirs_out)
        await Conversation(
            relay=relay,
            sources={Side.CLIENT: Source(descriptor=0), Side.SERVER: Source(descriptor=ours_out)},
            sinks={
                Side.CLIENT: Sink(descriptor=1, name="client"),
                Side.SERVER: Sink(descriptor=ours_in, name="server"),
            },
            say=lambda line: print(line, file=sys.stderr),
        ).carry()
        child.kill()
        child.wait()


if __name__ == "__main__":
    main()
