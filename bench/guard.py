"""What a guarded call costs beside what it guards: one durable append, and how many microseconds more.

Medians over single calls: the append of an entry as long as an intent, alone; a guarded call into a ledger that waits
for the disk, turn by turn with the append, so that both see the same disk; the same with budgets; and, into a ledger in
memory, the guard's own work, in plain code and awaited (which costs a hop to a thread and back). The pause between
calls is what an agent takes to think: without one, a call also waits for the outcome of the one before.

Run: ``python -m bench.guard [--calls 300] [--pause 0.01] [--side 50] [--write]``
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from bench.stopping.machine import machine

from remit.charter.model import Charter
from remit.charter.reader import charter_from_document
from remit.guard.budgets.budget import Budgets
from remit.guard.call import Call
from remit.guard.guard import Guard
from remit.guard.testing import MemoryRecorder
from remit.ledger.store import Ledger

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "guard.json"
INTENT = 600  # characters: as long as the intent of the call below


def main(arguments: list[str] | None = None) -> None:
    """Measure, print a line for each figure, and with ``--write`` keep them."""
    options = parsed(arguments)
    document = measured(options.calls, options.pause, options.side)
    for name, figure in document["figures"].items():
        print(f"{name:40}  {figure:>10} {'calls/s' if name.endswith('/s') else 'us'}")
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The settings on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.guard", description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="calls for each figure")
    parser.add_argument("--pause", type=float, default=0.03, help="seconds between two calls")
    parser.add_argument("--side", type=int, default=50, help="calls under way at once")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.relative_to(ROOT)}")
    return parser.parse_args(arguments)


def measured(calls: int, pause: float, side: int) -> dict[str, Any]:
    """Every figure, in microseconds or calls per second, and what they were measured on."""
    before = os.getloadavg()
    figures: dict[str, float] = {}
    with folder() as here:
        for budgeted in (False, True):
            name = "guarded, budgets" if budgeted else "guarded"
            with Ledger.open(here / f"alone-{budgeted}.db") as alone, Ledger.open(here / f"{budgeted}.db") as ledger:
                append = partial(alone.record, "message", {"text": "x" * INTENT})
                with guard(ledger, here, budgeted=budgeted) as guarded:
                    perform = partial(one_call, guarded)
                    figures[f"append beside {name}"], figures[name] = in_turn(calls, pause, append, perform)
        with guard(MemoryRecorder(), here) as guarded:
            _, figures["own work"] = in_turn(calls * 5, 0.0, lambda: None, partial(one_call, guarded))
            figures["own work, awaited"] = anyio.run(awaited, guarded, calls * 5, 0.0)
        with Ledger.open(here / "side.db") as ledger, guard(ledger, here) as guarded:
            figures[f"{side} at once, calls/s"] = anyio.run(side_by_side, guarded, calls, side)
    figures = {name: round(figure, 1) for name, figure in figures.items()}
    for name in ("guarded", "guarded, budgets"):
        figures[f"{name}, beyond one append"] = round(figures[name] - figures[f"append beside {name}"], 1)
    return {
        "schema": "remit.bench.guard/1",
        "machine": machine(),
        "load": {"before": before, "after": os.getloadavg()},
        "processor_seconds": round(resource.getrusage(resource.RUSAGE_SELF).ru_utime, 2),
        "calls": calls,
        "pause": pause,
        "figures": figures,
    }


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk ledgers lie on, which is not always where temporary files are."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as name:
        yield Path(name)


def charter(*, budgeted: bool) -> Charter:
    """Ten rules, one of which covers the call."""
    grants = [{"tool": f"tool.number{number}", "args": {"amount": {"max": 80}}} for number in range(9)]
    document: dict[str, Any] = {
        "remit": 1,
        "agent": {"name": "clerk"},
        "purpose": {"text": "measure"},
        "grants": [*grants, {"tool": "refunds.issue", "args": {"amount": {"max": 80}, "order": {"length": 20}}}],
    }
    return charter_from_document({**document, **({"budget": {"calls": "1000000/run"}} if budgeted else {})})


@contextmanager
def guard(ledger: Any, here: Path, *, budgeted: bool = False) -> Iterator[Guard]:
    """A guard over a ledger."""
    rules = charter(budgeted=budgeted)
    budgets = Budgets.open(here / "budgets.db", rules, run="bench") if budgeted else None
    with Guard(rules, ledger=ledger, budgets=budgets, run="bench") as guarded:
        yield guarded


def call() -> Call:
    """The call that is made."""
    return Call(tool="refunds.issue", args={"amount": 20, "order": "A-1"})


def noop(_args: dict[str, object]) -> None:
    """The work that is guarded: none."""


def one_call(guarded: Guard) -> None:
    """One guarded call of plain code."""
    guarded.perform_here(call(), noop)


async def nothing(_args: dict[str, object]) -> None:
    """The same, awaited."""


def in_turn(count: int, pause: float, one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """The medians of single calls of two things, made in turn, in microseconds."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(count):
        for do, taken in zip((one, other), times, strict=True):
            start = time.perf_counter()
            do()
            taken.append(time.perf_counter() - start)
            time.sleep(pause)
    return statistics.median(times[0]) * 1e6, statistics.median(times[1]) * 1e6


async def awaited(guarded: Guard, count: int, pause: float) -> float:
    """The median of single awaited calls, in microseconds."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        await guarded.perform(call(), nothing)
        times.append(time.perf_counter() - start)
        await anyio.sleep(pause)
    return statistics.median(times) * 1e6


async def side_by_side(guarded: Guard, count: int, side: int) -> float:
    """Calls per second with so many under way at once: their entries share a commit."""
    left = iter(range(count * 4))

    async def make() -> None:
        for _ in left:
            await guarded.perform(call(), nothing)

    start = time.perf_counter()
    await together([make] * side)
    await guarded.settled()
    return count * 4 / (time.perf_counter() - start)


async def together(works: list[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """Run several things at once."""
    async with anyio.create_task_group() as group:
        for work in works:
            group.start_soon(work)


if __name__ == "__main__":
    main()
