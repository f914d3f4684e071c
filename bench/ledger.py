"""How fast a ledger keeps and verifies entries, beside the disk itself and two plain ways of keeping a durable record.

Every row does the same: it keeps intents of about 300 bytes, each durable before the next step of its writer. Rows take
turns in several rounds and the median is shown, because a disk is not the same from one second to the next. ``fsync``
is the disk alone: append a line, wait, and nothing else. Run: ``python -m bench.ledger [--seconds 2] [--write]``.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.marked import put_between
from bench.stopping.machine import machine

from remit.ledger.anchoring import sign_checkpoint
from remit.ledger.proof import prove_inclusion, verify_inclusion_proof
from remit.ledger.signing import SigningKey
from remit.ledger.store import Ledger, read_entries
from remit.ledger.verification import verify

RESULTS = Path(__file__).parent / "results" / "ledger.json"
PAGE = Path(__file__).parents[1] / "docs" / "explain" / "ledger.md"
FACTS = {
    "call": {"id": "0123456789abcdef", "tool": "mail.send", "args": {"to": "a@acme.example", "subject": "hello"}},
    "digest": f"sha256:{'0' * 64}",
    "charter": f"sha256:{'1' * 64}",
    "decision": "allow",
    "because": ["grants.1"],
    "spends": {"mails": 1},
}
LINE = json.dumps({"number": 1, "at": "2026-11-21T00:00:00+00:00", "kind": "intent", "facts": FACTS}).encode() + b"\n"
Keep = Callable[[], object]


@contextmanager
def disk(folder: Path) -> Iterator[Keep]:
    """Append a line and wait for the disk."""
    file, lock = os.open(folder / "lines", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), threading.Lock()

    def keep() -> None:
        with lock:
            os.write(file, LINE)
            os.fsync(file)

    yield keep
    os.close(file)


@contextmanager
def lines(folder: Path) -> Iterator[Keep]:
    """A record as lines of JSON, each spelled, written and synchronised under a lock."""
    file, lock = os.open(folder / "record.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), threading.Lock()
    number = 0

    def keep() -> None:
        nonlocal number
        with lock:
            number += 1
            os.write(
                file, json.dumps({"number": number, "at": time.time(), "kind": "intent", **FACTS}).encode() + b"\n"
            )
            os.fsync(file)

    yield keep
    os.close(file)


@contextmanager
def table(folder: Path) -> Iterator[Keep]:
    """A plain SQLite table (WAL, synchronous=FULL), a commit for each row under a lock."""
    connection = sqlite3.connect(folder / "plain.db", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, at REAL, kind TEXT, facts TEXT)")
    lock = threading.Lock()

    def keep() -> None:
        with lock:
            row = (time.time(), "intent", json.dumps(FACTS))
            connection.execute("INSERT INTO entries (at, kind, facts) VALUES (?, ?, ?)", row)

    yield keep
    connection.close()


@contextmanager
def ledger(folder: Path) -> Iterator[Keep]:
    """The ledger: canonical spelling, digest, tree and group commit."""
    with Ledger.open(folder / "ledger.db") as ledger:
        yield lambda: ledger.record("intent", FACTS)


ROWS = {"fsync of the disk": disk, "lines of JSON": lines, "SQLite, a commit each": table, "remit's ledger": ledger}


def rate(keep: Keep, writers: int, seconds: float) -> tuple[float, list[float]]:
    """Entries in a second with this many threads, and how long each took."""
    taken: list[list[float]] = [[] for _ in range(writers)]
    end = time.perf_counter() + seconds

    def work(mine: list[float]) -> None:
        while (began := time.perf_counter()) < end:
            keep()
            mine.append(time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in taken]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    return sum(map(len, taken)) / spent, [one for mine in taken for one in mine]


def appending(folder: Path, seconds: float, rounds: int) -> list[dict[str, object]]:
    """Every row with 1, 8 and 32 writers, taking turns."""
    found: dict[tuple[str, int], list[tuple[float, list[float]]]] = {}
    for _ in range(rounds):
        for writers in (1, 8, 32):
            for name, opened in ROWS.items():
                place = Path(tempfile.mkdtemp(dir=folder))
                with opened(place) as keep:
                    found.setdefault((name, writers), []).append(rate(keep, writers, seconds))
    table = []
    for (name, writers), measured in found.items():
        times = sorted(one for _, times in measured for one in times)
        row = {
            "what": name,
            "writers": writers,
            "entries_per_second": round(statistics.median(rate for rate, _ in measured)),
            "p50_ms": round(times[len(times) // 2] * 1000, 3),
            "p99_ms": round(times[len(times) * 99 // 100] * 1000, 3),
        }
        table.append(row)
        print(f"{row['entries_per_second']:>8} entries/s  p50 {row['p50_ms']:>8} ms  {writers:>2} writers  {name}")
    return table


def reading(folder: Path, entries: int) -> dict[str, float]:
    """What it takes to verify, to read, to prove and to open a ledger of this size; the best of three each."""
    path, key = folder / "large.db", SigningKey(bytes(32))
    with Ledger.open(path) as ledger:
        threads = [
            threading.Thread(target=lambda: [ledger.record("intent", FACTS) for _ in range(entries // 32)])
            for _ in range(32)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        note, size = sign_checkpoint(ledger, key), ledger.size
        proof = prove_inclusion(ledger, size // 3, note)
        prove = best(lambda: prove_inclusion(ledger, size // 3, note))
        unsettled = best(lambda: len(ledger.unsettled()))
    assert verify(path, public_key=key.public).signed == size
    said = {
        "entries": float(size),
        "bytes_per_entry": round(path.stat().st_size / size, 1),
        "verify_per_second": round(size / best(lambda: verify(path, public_key=key.public))),
        "verify_thorough_per_second": round(size / best(lambda: verify(path, thorough=True))),
        "read_per_second": round(size / best(lambda: sum(1 for _ in read_entries(path)))),
        "prove_ms": round(prove * 1000, 3),
        "verify_proof_ms": round(best(lambda: verify_inclusion_proof(proof, key.public)) * 1000, 3),
        "open_ms": round(best(lambda: Ledger.open(path).close()) * 1000, 3),
        "unsettled_s": round(unsettled, 3),
    }
    for name, value in said.items():
        print(f"{value:>12,} {name}")
    return said


def best(work: Callable[[], object]) -> float:
    """The shortest of three runs, in seconds."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def tables(document: dict[str, Any]) -> str:
    """The figures as they stand on the page."""
    head = (
        "| a durable record of 300 bytes | 1 writer | 8 writers | 32 writers | p50 / p99 at 32 |\n|---|---|---|---|---|"
    )
    found = {(row["what"], row["writers"]): row for row in document["appending"]}
    lines = []
    for name in ROWS:
        rates = " | ".join(f"{found[name, writers]['entries_per_second']:,}/s" for writers in (1, 8, 32))
        many = found[name, 32]
        lines.append(f"| {name} | {rates} | {many['p50_ms']:.1f} / {many['p99_ms']:.1f} ms |")
    read = document["reading"]
    said = (
        f"A ledger of {read['entries']:,.0f} entries ({read['bytes_per_entry']:.0f} bytes each) is verified at"
        f" {read['verify_per_second']:,.0f} entries a second ({read['verify_thorough_per_second']:,.0f} thoroughly)"
        f" and opened in {read['open_ms']:.1f} ms. A proof is made in {read['prove_ms']:.2f} ms and verified in"
        f" {read['verify_proof_ms']:.2f} ms. To find unsettled intents the whole ledger is read, in"
        f" {read['unsettled_s']:.1f} s."
    )
    return "\n".join([head, *lines, "", said, "", f"Measured on {document['machine']}"])


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and keep the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each row runs in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entries", type=int, default=200_000, help="the size of the ledger that is verified")
    parser.add_argument("--folder", default=None, help="where to measure: the disk is what counts")
    parser.add_argument(
        "--write", action="store_true", help="keep the figures in bench/results/ledger.json and on the page"
    )
    options = parser.parse_args(arguments)
    said = machine()
    with tempfile.TemporaryDirectory(prefix="remit-ledger-", dir=options.folder) as folder:
        document = {
            "schema": "remit.ledger-bench/1",
            "machine": said,
            "appending": appending(Path(folder), options.seconds, options.rounds),
            "reading": reading(Path(folder), options.entries),
        }
    print(said)
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        put_between(PAGE, "results", tables(document))


if __name__ == "__main__":
    main()
