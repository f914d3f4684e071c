"""The ledger of a fleet under load and under kill -9: ``python -m bench.ledger_postgres [--write] [--share 1.0]``.

Kills: writers at every exchange with the server (before, in the middle, after), writers at random moments, processes of
the server, and the whole server (``tests.ledger.fleet_kills``). Rates: durable entries a second for so many threads of
so many processes, on a server of its own with ``fsync`` on, reached by a socket on this machine; a network adds three
round trips to each batch. SIGKILL is no power cut: what a disk does with an acknowledged ``fsync`` is not tested here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.ledger.cluster import Cluster, running
from tests.ledger.fleet_kills import campaign

from remit.ledger.opening import verify_place
from remit.ledger.postgres import PostgresLedger

RESULTS = Path(__file__).parent / "results" / "ledger_postgres.json"
KILLS = {"points": 900, "moments": 200, "backends": 60, "servers": 20}
SHAPES = ((1, 1), (1, 8), (1, 32), (2, 16), (4, 8))
FACTS = {"call": {"tool": "mail.send", "args": {"to": "a@acme.example", "text": "x" * 200}, "id": "0123456789abcdef"}}


def append(dsn: str, threads: int, seconds: float, told: int) -> None:
    """Append for so long and tell how many entries it was, and how long the median one took, in seconds."""
    took: list[list[float]] = [[] for _ in range(threads)]
    with PostgresLedger.open(dsn, create=False) as ledger:
        end = time.perf_counter() + seconds

        def work(thread: int) -> None:
            while (began := time.perf_counter()) < end:
                ledger.record("intent", FACTS)
                took[thread].append(time.perf_counter() - began)

        workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    every = [one for some in took for one in some]
    os.write(told, json.dumps([len(every), statistics.median(every)]).encode() + b"\n")


def rate(cluster: Cluster, processes: int, threads: int, seconds: float) -> dict[str, Any]:
    """How many entries a second so many writers make durable together."""
    dsn = cluster.dsn(cluster.new_database())
    PostgresLedger.open(dsn).close()
    heard, told = os.pipe()
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            try:
                append(dsn, threads, seconds, told)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    os.close(told)
    with os.fdopen(heard) as answers:
        said = [json.loads(line) for line in answers]
    total = sum(count for count, _ in said)
    return {
        "processes": processes,
        "threads": threads,
        "entries_per_second": round(total / seconds),
        "median_ms": round(1000 * statistics.median(median for _, median in said), 2),
    }


def verifying(cluster: Cluster, entries: int) -> int:
    """How many entries a second are verified."""
    dsn = cluster.dsn(cluster.new_database())
    with PostgresLedger.open(dsn) as ledger:
        threads = [
            threading.Thread(target=lambda: [ledger.record("intent", FACTS) for _ in range(entries // 64)])
            for _ in range(64)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        size = ledger.size
    began = time.perf_counter()
    assert verify_place(dsn).ok
    return round(size / (time.perf_counter() - began))


def main() -> None:
    """Run, print, and write the results where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write bench/results/ledger_postgres.json")
    parser.add_argument("--share", type=float, default=1.0, help="the share of the kills to do")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each rate is measured")
    options = parser.parse_args()
    load, began = os.getloadavg()[0], time.monotonic()
    with running() as cluster:
        version = str(cluster.connect().info.server_version)
        rates = [rate(cluster, processes, threads, options.seconds) for processes, threads in SHAPES]
        verified = verifying(cluster, 50_000)
    for one in rates:
        print(one)
    print(f"{verified} entries verified a second")
    counts = {name: round(count * options.share) for name, count in KILLS.items()}
    tally = campaign(**counts, seed=20261121)
    print(json.dumps({"kills": tally.kills, **asdict(tally)}))
    if options.write:
        said = {
            "python": platform.python_version(),
            "postgresql": f"{int(version) // 10000}.{int(version) % 10000}",
            "cpus": os.cpu_count(),
            "load_average_before": round(load, 2),
            "seconds": round(time.monotonic() - began, 1),
            "rates": rates,
            "verified_per_second": verified,
            "kills": {"kills": tally.kills, **asdict(tally)},
        }
        RESULTS.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    if tally.lost or tally.effects_without_intent or tally.not_reconciled or tally.faults:
        raise SystemExit("something was lost")


if __name__ == "__main__":
    main()
