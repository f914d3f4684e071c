"""The ledger of a fleet on a real server: the same bytes as on one host, many writers, and a role that can do little."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.ledger.cluster import Cluster, hasty_ledger

from remit.clock import FixedClock
from remit.errors import LedgerError, LedgerUnavailableError, TamperedError
from remit.ledger.anchoring import checkpoint_of
from remit.ledger.opening import verify_place
from remit.ledger.postgres import PostgresLedger
from remit.ledger.protocol import Store
from remit.ledger.redaction import Redaction, Rule, opens
from remit.ledger.signing import SigningKey
from remit.ledger.store import Ledger
from remit.ledger.tree import Frontier, verify_consistency, verify_inclusion
from remit.recorder import Recorder

CALL = {"tool": "mail.send", "args": {"to": "a@acme.example", "text": "ü€😀 \x00 '; drop table entries; --"}}


@pytest.fixture
def ledger(dsn: str) -> Iterator[PostgresLedger]:
    """An empty ledger in a database of its own."""
    with PostgresLedger.open(dsn) as ledger:
        yield ledger


def fill(ledger: Store, calls: int) -> None:
    """Record calls, each an intent and its outcome."""
    for _ in range(calls):
        ledger.record("outcome", {"intent": ledger.record("intent", {"call": CALL}), "result": "performed"})


@pytest.mark.requirement("LEDGER-41")
def test_entries_digests_and_proofs_are_those_of_the_ledger_on_one_host(dsn: str, tmp_path: Path) -> None:
    clock = FixedClock(datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    here = Ledger.open(tmp_path / "ledger.db", clock=clock)
    there = PostgresLedger.open(dsn, clock=clock)
    for number in range(23):
        for ledger in (here, there):
            assert (
                ledger.entry("message", {"number": number, "call": CALL}, monotonic=1.5 * number)["number"]
                == number + 1
            )
    assert list(here.entries()) == list(there.entries())
    assert [here.root(size) for size in range(1, 24)] == [there.root(size) for size in range(1, 24)]
    assert [here.inclusion(number) for number in range(1, 24)] == [there.inclusion(number) for number in range(1, 24)]
    assert [here.consistency(old) for old in range(1, 24)] == [there.consistency(old) for old in range(1, 24)]
    here.close()
    there.close()


def test_it_is_a_store_and_a_recorder(ledger: PostgresLedger) -> None:
    assert isinstance(ledger, Store)
    assert isinstance(ledger, Recorder)


@pytest.mark.requirement("LEDGER-41")
def test_what_was_recorded_is_read_back_by_whoever_opens_it_next(dsn: str, ledger: PostgresLedger) -> None:
    fill(ledger, 3)
    ledger.submit("closed", {}).result(timeout=60)
    with PostgresLedger.open(dsn, create=False) as again:
        assert [entry.kind for entry in again.entries()] == ["intent", "outcome"] * 3 + ["closed"]
        assert next(again.entries(5)).facts["call"] == CALL
        assert [entry.number for entry in again.entries(2, 4)] == [2, 3]
        assert again.size == 7
        assert again.root() == ledger.root()
        path = again.inclusion(4)
        [entry] = again.entries(4, 5)
        assert verify_inclusion(entry.leaf, 3, 7, path, again.root())
        assert verify_consistency(3, 7, again.root(3), again.root(7), again.consistency(3))
        again.record("message", {})
    assert ledger.record("message", {}) == 9  # it sees what the other one appended


def test_a_long_ledger_is_read_page_by_page(ledger: PostgresLedger) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: ledger.record("message", {"number": number}), range(2_300)))
    assert [entry.number for entry in ledger.entries()] == list(range(1, 2_301))
    assert sum(1 for _ in ledger.entries(1_001, 2_002)) == 1_001


@pytest.mark.parametrize("number", [0, -1, 5])
def test_a_proof_for_an_entry_that_is_not_there_is_refused(ledger: PostgresLedger, number: int) -> None:
    fill(ledger, 2)
    with pytest.raises(ValueError, match="leaf"):
        ledger.inclusion(number)
    with pytest.raises(ValueError, match="4 entries"):
        ledger.root(5)
    assert ledger.size == 4


@pytest.mark.requirement("LEDGER-42")
def test_many_threads_share_commits_and_every_entry_has_a_number_of_its_own(dsn: str, ledger: PostgresLedger) -> None:
    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(lambda number: ledger.record("message", {"number": number}), range(400)))
    assert sorted(numbers) == list(range(1, 401))
    assert [entry.facts["number"] for entry in ledger.entries()] == [
        number for _, number in sorted(zip(numbers, range(400), strict=True))
    ]
    with psycopg.connect(dsn) as connection:
        commits = connection.execute("select count(distinct xmin::text) from remit.entries").fetchone()
    assert commits is not None
    assert commits[0] < 400


def write(dsn: str, name: str, count: int, ready: object, go: object) -> None:
    """Another process that writes to the same ledger from two threads."""
    ready.release()  # type: ignore[attr-defined]
    go.wait(60)  # type: ignore[attr-defined]
    with PostgresLedger.open(dsn) as ledger, ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda number: ledger.record("message", {"by": name, "number": number}), range(count)))


@pytest.mark.requirement("LEDGER-42")
def test_processes_that_open_and_write_at_once_make_one_ledger(dsn: str) -> None:
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    writers = [context.Process(target=write, args=(dsn, str(name), 40, ready, go)) for name in range(3)]
    for writer in writers:
        writer.start()
    for _ in writers:
        assert ready.acquire(timeout=60)
    go.set()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with PostgresLedger.open(dsn, create=False) as ledger:
        found = [(entry.facts["by"], entry.facts["number"]) for entry in ledger.entries()]
        assert sorted(found) == [(str(name), number) for name in range(3) for number in range(40)]
        leaves = [entry.leaf for entry in ledger.entries()]
        frontier = Frontier()
        for leaf in leaves:
            frontier.append(leaf)
        assert frontier.root() == ledger.root()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_writes_through_a_connection_of_its_own(ledger: PostgresLedger) -> None:
    fill(ledger, 1)
    child = os.fork()
    if child == 0:
        try:
            ledger.record("message", {"by": "child"})
            ledger.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert ledger.record("message", {"by": "parent"}) == 4
    assert [entry.facts.get("by") for entry in ledger.entries(3)] == ["child", "parent"]


def note_of(ledger: PostgresLedger, size: int) -> str:
    """A checkpoint signed by a key nobody keeps."""
    return SigningKey(bytes(32)).sign(checkpoint_of(ledger, size))


TAMPERING = {
    "update remit.entries set body = convert_to(replace(convert_from(body, 'UTF8'), 'mail.send', 'mail.read'), 'UTF8') where number = 3": (
        "edited",
        3,
    ),
    "update remit.entries set kind = 'message' where number = 5": ("edited", 5),
    "update remit.entries set intent = null where number = 4": ("edited", 4),
    "update remit.entries set tree = sha256(body) || substr(tree, 33) where number = 6": ("edited", 6),
    "delete from remit.entries where number = 2": ("deleted", 2),
    "update remit.entries set number = case number when 3 then 103 else 3 end where number in (3, 5)": ("edited", 3),
}


@pytest.mark.requirement("LEDGER-44")
@pytest.mark.parametrize("statement", TAMPERING)
def test_a_row_somebody_changed_is_found_when_it_is_read(dsn: str, ledger: PostgresLedger, statement: str) -> None:
    fill(ledger, 4)
    tamper(dsn, statement)
    code, number = TAMPERING[statement]
    with pytest.raises(TamperedError) as found:
        list(ledger.entries())
    assert found.value.code == f"ledger.tampered.{code}"
    assert str(found.value).endswith(f"entry {number} is {'missing' if code == 'deleted' else 'not what was recorded'}")
    assert str(found.value.where).endswith(f":{number}")


def tamper(dsn: str, statement: str) -> None:
    """Change rows as somebody with every right could."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute(statement.encode())


@pytest.mark.requirement("LEDGER-44")
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("delete from remit.entries where number > 5", "truncated"),
        ("delete from remit.entries", "truncated"),
        ("update remit.entries set tree = sha256(tree) where number = 7", "truncated"),
    ],
)
def test_a_writer_notices_that_what_it_appended_is_gone(
    dsn: str, ledger: PostgresLedger, statement: str, code: str
) -> None:
    ledger.record("opened", {"charter": "sha256:0"})
    fill(ledger, 3)
    tamper(dsn, statement)
    with pytest.raises(TamperedError) as found:
        ledger.record("intent", {"call": CALL})
    assert found.value.code == f"ledger.tampered.{code}"


def test_a_ledger_whose_end_is_not_what_was_recorded_does_not_open(dsn: str, ledger: PostgresLedger) -> None:
    fill(ledger, 3)
    ledger.keep_checkpoint(6, note_of(ledger, 6))
    tamper(dsn, "delete from remit.entries where number > 4")
    with pytest.raises(TamperedError, match="entry 5 is missing: a checkpoint speaks of 6 entries"):
        PostgresLedger.open(dsn)


def test_intents_without_an_outcome_are_settled_as_unknown_when_nobody_else_writes(
    dsn: str, ledger: PostgresLedger
) -> None:
    for _ in range(3):
        ledger.record("intent", {"call": CALL})
    ledger.record("outcome", {"intent": 2, "result": "performed"})
    assert [entry.number for entry in ledger.unsettled()] == [1, 3]
    with PostgresLedger.open(dsn) as other:
        assert other.reconcile() == ()  # the calls of the first may be under way
        assert other.reconcile((3, 2)) == (3,)
    assert ledger.reconcile() == (1,)
    assert ledger.unsettled() == ()
    settled = [entry for entry in ledger.entries() if entry.kind == "reconciled"]
    assert [entry.facts for entry in settled] == [
        {"intent": 3, "result": "unknown"},
        {"intent": 1, "result": "unknown"},
    ]


def test_several_ledgers_live_in_one_database(dsn: str) -> None:
    with PostgresLedger.open(f"{dsn}#billing") as billing, PostgresLedger.open(f"{dsn}#mail") as mail:
        billing.record("message", {})
        assert (billing.size, mail.size) == (1, 0)
        assert billing.reconcile() == mail.reconcile() == ()


def test_a_database_in_another_encoding_keeps_the_same_bytes(cluster: Cluster) -> None:
    for encoding in ("LATIN1", "SQL_ASCII"):
        name = f"old_{encoding.lower()}"
        with cluster.connect() as owner:
            owner.execute(f"create database {name} encoding '{encoding}' template template0".encode())
        with PostgresLedger.open(cluster.dsn(name)) as ledger:
            fill(ledger, 1)
            assert next(ledger.entries()).facts["call"] == CALL
            assert ledger.reconcile() == ()
        assert verify_place(cluster.dsn(name), thorough=True).ok


def test_secrets_are_kept_out_and_their_salts_beside(dsn: str) -> None:
    with PostgresLedger.open(dsn, redaction=Redaction([Rule(name="to", path="**.to")])) as ledger:
        ledger.record("intent", {"call": CALL})
        assert "acme" not in str(next(ledger.entries()).facts)
        with psycopg.connect(dsn) as connection:
            [(number, digest, salt)] = connection.execute("select * from remit.salts").fetchall()
        assert number == 1
        assert opens(digest, bytes(salt), "a@acme.example")
        ledger.forget_salts([1])
        with psycopg.connect(dsn) as connection:
            assert connection.execute("select * from remit.salts").fetchall() == []


def test_an_entry_of_an_unknown_kind_never_reaches_the_server(ledger: PostgresLedger) -> None:
    with pytest.raises(LedgerError, match="knows no kind"):
        ledger.record("gossip", {})
    assert ledger.size == 0


def test_a_closed_ledger_takes_nothing(ledger: PostgresLedger) -> None:
    ledger.close()
    with pytest.raises(LedgerUnavailableError) as refused:
        ledger.record("message", {})
    assert refused.value.code == "ledger.unavailable.closed"
    with pytest.raises(LedgerUnavailableError, match="the ledger is closed"):
        ledger.root()


def test_reading_does_not_wait_for_writers(dsn: str, ledger: PostgresLedger) -> None:
    fill(ledger, 1)
    holder = psycopg.connect(dsn)
    holder.execute("select pg_advisory_xact_lock(hashtextextended('remit ledger remit', 0))")
    try:
        assert ledger.size == 2
        assert sum(1 for _ in ledger.entries()) == 2
        with hasty_ledger(dsn, 2.0) as hasty, pytest.raises(LedgerUnavailableError) as refused:
            hasty.record("message", {})
        assert refused.value.code == "ledger.unavailable.busy"
    finally:
        holder.close()
