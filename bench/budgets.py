"""What counting costs, and whether anything is lost: budgets timed, and spent from by processes that are killed.

Times ``reserve``, ``commit`` and ``remaining`` in one process, alone and beside others that do the same, then runs the
campaign of ``tests/guard/spending.py`` with ever more processes. Prints both tables; ``--write`` keeps them.

Run: ``python -m bench.budgets [--operations 1000000] [--write]``
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.marked import put_between
from bench.stopping.machine import machine
from tests.guard.money import budgeted

from remit.guard.budgets.budget import Budgets

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "budgets.json"
PAGE = ROOT / "docs" / "explain" / "budgets.md"
CHARTER = budgeted(money="1000000 EUR/day", calls="100000000/run")


def main() -> None:
    """Time, spend, print, and with ``--write`` keep it in the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=1_000_000, help="reservations tried in all campaigns")
    parser.add_argument("--rounds", type=int, default=20_000, help="reservations that are timed")
    parser.add_argument("--write", action="store_true", help=f"keep the tables in {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    began = machine()
    times = [timed(options.rounds, beside) for beside in (0, 1, 3)]
    each = options.operations // 5
    campaigns = [spent(processes, each, seed) for seed, processes in enumerate((2, 4, 8, 16, 32))]
    document = {"schema": "remit.budgets/1", "machine": began, "times": times, "campaigns": campaigns}
    text = tables(document)
    print(text)
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        put_between(PAGE, "results", text)


def timed(rounds: int, beside: int) -> dict[str, Any]:
    """Microseconds of each operation on two budgets, with so many other processes at the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "budgets.db"
        budgets = Budgets.open(path, CHARTER, run="timed")
        others = [busy(path, number) for number in range(beside)]
        took: dict[str, list[float]] = {"reserve": [], "commit": [], "remaining": []}
        try:
            for number in range(rounds):
                start = time.perf_counter()
                reservation = budgets.reserve(str(number), {"money": 0.01, "calls": 1})
                reserved = time.perf_counter()
                budgets.commit(reservation)
                committed = time.perf_counter()
                budgets.remaining()
                read = time.perf_counter()
                took["reserve"].append(reserved - start)
                took["commit"].append(committed - reserved)
                took["remaining"].append(read - committed)
        finally:
            for other in others:
                os.kill(other, signal.SIGKILL)
                os.waitpid(other, 0)
        budgets.close()
    return {"beside": beside, "load": round(os.getloadavg()[0], 1), **{name: span(each) for name, each in took.items()}}


def busy(path: Path, number: int) -> int:
    """Start a process that reserves and commits as fast as it can; its number."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(300)
        budgets, count = Budgets.open(path, CHARTER, run=f"beside-{number}"), 0
        while True:
            count += 1
            budgets.commit(budgets.reserve(str(count), {"money": 0.01, "calls": 1}))
    return pid


def span(seconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile in microseconds."""
    ordered = sorted(seconds)
    return {"p50": round(statistics.median(ordered) * 1e6, 1), "p99": round(ordered[int(len(ordered) * 0.99)] * 1e6, 1)}


def spent(processes: int, operations: int, seed: int) -> dict[str, Any]:
    """One campaign."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "tests.guard.spending", folder, str(processes), str(operations), str(seed)]
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(ended.stdout)
    return {"processes": processes, **found, "uncounted": len(found["uncounted"])}


def tables(document: dict[str, Any]) -> str:
    """Both tables as Markdown."""
    lines = [
        document["machine"],
        "",
        "| other processes | load | reserve us (p99) | commit us (p99) | remaining us (p99) |",
    ]
    lines.append("|---|---|---|---|---|")
    for row in document["times"]:
        cells = " | ".join(f"{row[name]['p50']} ({row[name]['p99']})" for name in ("reserve", "commit", "remaining"))
        lines.append(f"| {row['beside']} | {row['load']} | {cells} |")
    lines += ["", "| processes | tried | `kill -9` | spent, cents | counted | limit | overspent | free money |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for row in document["campaigns"]:
        over = max(0, row["spent"] - row["limit"], row["used"] - row["limit"])
        counts = [f"{row[name]:,}" for name in ("processes", "attempts", "kills", "spent", "used", "limit")]
        lines.append(f"| {' | '.join(counts)} | {over} | {row['uncounted']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
