"""Writers and servers that are killed in the middle of their work, and what must be true of the ledger they leave.

Run: ``python -m tests.ledger.fleet_kills [--points N] [--moments N] [--backends N] [--servers N]``. It starts a server of
its own, forks writers (so it must have no thread), and prints a tally as JSON.

A writer records an intent, says so, has an effect, records the outcome, says so, and begins anew; what it said and its
effects are files, which survive it. ``points``: a writer kills itself with SIGKILL before, in the middle of, or after its
n-th exchange with the server, n going up. ``moments``: two writers with two threads each are killed at a moment.
``backends``: the server's process behind a connection is killed, upon which the server starts itself anew.
``servers``: every process of the server is killed at once, and it is started again; the writers live on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.waiting import Wait
from tests.ledger.cluster import Cluster, running

from remit.errors import LedgerUnavailableError
from remit.ledger import postgres_link
from remit.ledger.opening import verify_place
from remit.ledger.postgres import PostgresLedger

PHASES = ("before", "sent", "after")
EXCHANGES = 30  # opening a ledger that exists, and the first calls with their outcomes
BOUND = 60.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a series of kills came to; ``notes`` says what went wrong, if anything did."""

    points: int = 0
    moments: int = 0
    backends: int = 0
    servers: int = 0
    acknowledged: int = 0
    effects: int = 0
    lost: int = 0
    effects_without_intent: int = 0
    refused: int = 0
    not_reconciled: int = 0
    faults: int = 0
    entries: int = 0
    unknown: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How often something was killed."""
        return self.points + self.moments + self.backends + self.servers


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Where writers work: the ledger, and the files that hold what they said and did."""

    cluster: Cluster
    dsn: str
    folder: Path

    def start(self, name: str, *, threads: int = 1, point: tuple[int, str] | None = None) -> int:
        """Fork a writer and give its process."""
        child = os.fork()
        if child:
            return child
        try:
            if point is not None:
                _arm(*point)
            self._write(name, threads)
        finally:
            os._exit(1)

    def _write(self, name: str, threads: int) -> None:
        """What a writer does until it is killed."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        said, effects = os.open(self.folder / "said", flags), os.open(self.folder / "effects", flags)
        ledger = _insisting(said, lambda: PostgresLedger.open(self.dsn, create=False, patience=5.0))

        def work(thread: int) -> None:
            for turn in range(1_000_000):
                call = f"{name}/{thread}/{turn}"
                intent = _insisting(said, lambda call=call: ledger.record("intent", {"call": {"id": call}}))  # type: ignore[misc]
                os.write(said, f"intent {intent} {call}\n".encode())
                os.write(effects, f"{call}\n".encode())
                facts = {"intent": intent, "result": "performed"}
                number = _insisting(said, lambda facts=facts: ledger.record("outcome", facts))  # type: ignore[misc]
                os.write(said, f"outcome {number} {call}\n".encode())

        others = [threading.Thread(target=work, args=(thread,)) for thread in range(1, threads)]
        for other in others:
            other.start()
        work(0)

    def acknowledged(self) -> int:
        """How many lines writers said so far."""
        try:
            return (self.folder / "said").read_bytes().count(b"\n")
        except FileNotFoundError:
            return 0

    def await_more(self, lines: int, children: list[int]) -> None:
        """Wait until the writers said so much more, or one of them is gone."""
        wanted, end = self.acknowledged() + lines, time.monotonic() + BOUND
        while self.acknowledged() < wanted:
            if time.monotonic() > end:
                raise AssertionError("the writers do not get on")
            assert all(os.waitpid(child, os.WNOHANG)[0] == 0 for child in children), "a writer ended by itself"
            time.sleep(0.002)


def _insisting(said: int, do: Callable[[], Any]) -> Any:
    """Try again while the ledger says that it cannot be used: nothing else may happen meanwhile."""
    end = time.monotonic() + BOUND
    while True:
        try:
            return do()
        except LedgerUnavailableError as error:
            os.write(said, f"refused 0 {error.code}\n".encode())
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _arm(number: int, phase: str) -> None:
    """Let this process kill itself at its ``number``-th exchange with the server."""
    link = postgres_link._Bounded
    plain = link.wait
    count = [0]

    def wait(self: Any, gen: Any, *arguments: Any, **named: Any) -> Any:
        count[0] += 1
        due = count[0] == number
        if due and phase == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = plain(self, _killed_when_sent(gen) if due and phase == "sent" else gen, *arguments, **named)
        if due and phase == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    link.wait = wait  # type: ignore[method-assign]


def _killed_when_sent(exchange: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """An exchange that kills this process when everything is sent and nothing is answered yet."""
    state = next(exchange)
    while True:
        if state == Wait.R:
            os.kill(os.getpid(), signal.SIGKILL)
        ready = yield state
        try:
            state = exchange.send(ready)
        except StopIteration as done:
            return done.value


def kill_at_points(arena: Arena, count: int, tally: Tally) -> None:
    """Kill one writer after the other, each an exchange later than the one before; 90 are every point there is."""
    for turn in range(count):
        number, phase = 1 + turn % EXCHANGES, PHASES[(turn + turn // EXCHANGES) % len(PHASES)]
        child = arena.start(f"p{turn}", point=(number, phase))
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the writer ended by itself before exchange {number}"
        tally.points += 1


def kill_at_moments(arena: Arena, count: int, tally: Tally, generator: random.Random) -> None:
    """Kill two writers at a time."""
    for turn in range(0, count, 2):
        children = [arena.start(f"m{turn}-{which}", threads=2) for which in range(2)]
        try:
            arena.await_more(2, children)
            time.sleep(generator.random() * 0.03)
        finally:
            _kill(children)
        tally.moments += 2


def kill_the_server(arena: Arena, backends: int, servers: int, tally: Tally, generator: random.Random) -> None:
    """Kill parts of the server, or all of it, below writers that live on."""
    if not backends + servers:
        return
    children = [arena.start(f"s{which}", threads=2) for which in range(2)]
    try:
        for turn in range(backends + servers):
            arena.await_more(20, children)
            time.sleep(generator.random() * 0.02)
            if turn < backends:
                _kill_a_backend(arena, generator)
                tally.backends += 1
            else:
                arena.cluster.crash()
                arena.cluster.start()
                tally.servers += 1
        arena.await_more(20, children)
    finally:
        _kill(children)


def _kill_a_backend(arena: Arena, generator: random.Random) -> None:
    """Kill the server's process behind the connection of a writer."""
    query = "select pid from pg_stat_activity where application_name = 'remit'"
    for _ in range(200):
        with suppress(psycopg.OperationalError), psycopg.connect(arena.dsn, autocommit=True) as connection:
            found = [int(row[0]) for row in connection.execute(query)]
            if found:
                os.kill(generator.choice(found), signal.SIGKILL)
                return
        time.sleep(0.05)
    raise AssertionError("no writer was connected")


def _kill(children: list[int]) -> None:
    """Kill writers."""
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def judge(arena: Arena, tally: Tally) -> None:
    """Look at what the killed left, reconcile it, and look again."""
    lines = [line.split(" ") for line in (arena.folder / "said").read_text().splitlines()]
    effects = (arena.folder / "effects").read_text().splitlines()
    heard = [line for line in lines if line[0] != "refused"]
    tally.refused, tally.acknowledged, tally.effects = len(lines) - len(heard), len(heard), len(effects)
    with PostgresLedger.open(arena.dsn, create=False) as ledger:
        kept = list(ledger.entries())
        calls = {entry.number: entry.facts["call"]["id"] for entry in kept if entry.kind == "intent"}  # type: ignore[index]
        ends = {entry.number: calls.get(int(str(entry.facts["intent"]))) for entry in kept if entry.kind == "outcome"}
        for kind, number, call in heard:
            if (calls if kind == "intent" else ends).get(int(number)) != call:
                tally.lost += 1
                tally.notes.append(f"lost: {kind} {number} {call}")
        tally.effects_without_intent = len(set(effects) - set(calls.values()))
        waiting = {entry.number for entry in ledger.unsettled()}
        tally.unknown = len(waiting)
        tally.not_reconciled = len(waiting ^ set(ledger.reconcile())) + len(ledger.unsettled())
        tally.entries = ledger.size
    found = verify_place(arena.dsn, thorough=True)
    tally.faults = len(found.faults)
    tally.notes += [fault.what for fault in found.faults[:5]]


def campaign(*, points: int, moments: int, backends: int, servers: int, seed: int) -> Tally:
    """All of it, on one ledger of a server of its own."""
    tally, generator = Tally(), random.Random(seed)
    with running() as cluster, tempfile.TemporaryDirectory(prefix="remit-kills-") as folder:
        arena = Arena(cluster=cluster, dsn=cluster.dsn(cluster.new_database()), folder=Path(folder))
        PostgresLedger.open(arena.dsn).close()
        kill_at_points(arena, points, tally)
        kill_at_moments(arena, moments, tally, generator)
        kill_the_server(arena, backends, servers, tally, generator)
        judge(arena, tally)
    return tally


def main() -> None:
    """Run a campaign and print its tally."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("points", "moments", "backends", "servers", "seed"):
        parser.add_argument(f"--{name}", type=int, default=0)
    tally = campaign(**vars(parser.parse_args()))
    sys.stdout.write(json.dumps({"kills": tally.kills, **asdict(tally)}) + "\n")


if __name__ == "__main__":
    main()
