"""A server that is gone, stands still, is full or has no standby: the ledger says so in time, and is back with it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from tests.ledger.cluster import Cluster, hasty_ledger, running

from remit.errors import LedgerUnavailableError
from remit.ledger.opening import verify_place
from remit.ledger.postgres import PostgresLedger
from remit.ledger.postgres_link import explain, place_of

CALL = {"call": {"tool": "mail.send", "args": {}}}


@pytest.fixture(scope="module")
def victim(cluster: Cluster) -> Iterator[Cluster]:
    """A server nobody else uses."""
    assert cluster is not None
    with running() as victim:
        yield victim


@pytest.fixture
def ledger(victim: Cluster) -> Iterator[PostgresLedger]:
    """A ledger on it that is patient with a busy machine."""
    with PostgresLedger.open(victim.dsn(victim.new_database()), patience=20.0) as ledger:
        ledger.record("intent", CALL)
        yield ledger


@pytest.fixture
def hasty(ledger: PostgresLedger) -> Iterator[PostgresLedger]:
    """The same ledger for somebody who gives up after half a second."""
    with hasty_ledger(f"{ledger.place.dsn}#{ledger.place.schema}", 0.5) as hasty:
        yield hasty


def taken(ledger: PostgresLedger) -> int:
    """The number of an entry that is taken in the end, however often a busy machine keeps it waiting too long."""
    for _ in range(40):
        with contextlib.suppress(LedgerUnavailableError):
            return ledger.record("intent", CALL)
    pytest.fail("the ledger is not back")


def refusal(ledger: PostgresLedger) -> str:
    """Why an entry is not taken."""
    with pytest.raises(LedgerUnavailableError) as refused:
        ledger.record("intent", CALL)
    assert refused.value.hint or refused.value.code == "ledger.unavailable.commit"
    return refused.value.code.removeprefix("ledger.unavailable.")


@pytest.mark.requirement("LEDGER-46")
def test_while_the_server_is_gone_nothing_is_taken_and_afterwards_it_goes_on(
    victim: Cluster, ledger: PostgresLedger
) -> None:
    victim.crash()
    try:
        assert refusal(ledger) == "unreachable"
        assert refusal(ledger) == "unreachable"
        with pytest.raises(LedgerUnavailableError, match="cannot be used"):
            list(ledger.entries())
    finally:
        victim.start()
    assert ledger.record("outcome", {"intent": 1, "result": "performed"}) == 2
    assert [entry.kind for entry in ledger.entries()] == ["intent", "outcome"]


@pytest.mark.requirement("LEDGER-46")
def test_a_server_that_stands_still_is_not_waited_for(
    victim: Cluster, ledger: PostgresLedger, hasty: PostgresLedger
) -> None:
    assert taken(hasty) >= 2
    victim.freeze(frozen=True)
    try:
        assert refusal(hasty) == "silent"
        with pytest.raises(LedgerUnavailableError):
            hasty.root()
    finally:
        victim.freeze(frozen=False)
    assert taken(hasty) >= 3
    assert verify_place(f"{ledger.place.dsn}#{ledger.place.schema}").ok


def test_a_connection_that_was_cut_is_made_again_without_a_word(victim: Cluster, ledger: PostgresLedger) -> None:
    with victim.connect() as owner:
        owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'remit'")
    assert ledger.record("intent", CALL) == 2
    assert ledger.size == 2


def test_a_batch_that_was_kept_although_nobody_heard_so_is_not_kept_twice(
    ledger: PostgresLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = PostgresLedger._commit_now
    cut: list[bool] = []

    def cut_after_commit(self: PostgresLedger, connection: psycopg.Connection[object]) -> None:
        plain(self, connection)
        if not cut:
            cut.append(True)
            connection.execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(PostgresLedger, "_commit_now", cut_after_commit)
    assert ledger.record("outcome", {"intent": 1, "result": "performed"}) == 2
    assert ledger.size == 2
    assert ledger.record("intent", CALL) == 3
    assert ledger.size == 3


def test_a_writer_that_stands_still_in_the_middle_does_not_hold_the_others_up(
    ledger: PostgresLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, still, goes_on = PostgresLedger._commit_now, threading.Event(), threading.Event()

    def stand_still(self: PostgresLedger, connection: psycopg.Connection[object]) -> None:
        if self is quick and not still.is_set():
            still.set()
            goes_on.wait(60)
        plain(self, connection)

    monkeypatch.setattr(PostgresLedger, "_commit_now", stand_still)
    with (
        hasty_ledger(f"{ledger.place.dsn}#{ledger.place.schema}", 2.0) as quick,
        ThreadPoolExecutor(1) as thread,
    ):
        late = thread.submit(quick.record, "message", {"by": "late"})
        assert still.wait(60)
        with PostgresLedger.open(f"{ledger.place.dsn}#{ledger.place.schema}") as other:
            assert other.record("message", {"by": "other"}) == 2
        goes_on.set()
        assert late.result(60) == 3
    assert [entry.facts.get("by") for entry in ledger.entries(2)] == ["other", "late"]


@pytest.mark.requirement("LEDGER-45")
def test_an_entry_no_standby_confirmed_is_not_acknowledged(victim: Cluster, hasty: PostgresLedger) -> None:
    codes: list[str] = []
    with victim.connect() as owner:
        owner.execute("alter system set synchronous_standby_names = 'nobody'")
        owner.execute("select pg_reload_conf()")
        try:
            for _ in range(100):  # each process of the server learns of the setting in its own time
                owner.execute("select pg_sleep(0.1)")
                try:
                    hasty.record("intent", CALL)
                except LedgerUnavailableError as error:
                    codes.append(error.code)
                    break
        finally:
            owner.execute("alter system reset synchronous_standby_names")
            owner.execute("select pg_reload_conf()")
    assert codes == ["ledger.unavailable.silent"]
    assert taken(hasty) >= 2


def test_a_server_that_takes_writes_lightly_is_told_not_to(cluster: Cluster, dsn: str) -> None:
    with cluster.connect() as owner:
        name = dsn.partition("///")[2].partition("?")[0]
        owner.execute(f"alter database {name} set synchronous_commit = off".encode())
    with PostgresLedger.open(dsn) as ledger, ledger._writer.use() as connection:
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "unavailable.full"),
        ("25006", "unavailable.read-only"),
        ("42501", "unavailable.rights"),
        ("55P03", "unavailable.busy"),
        ("57P01", "unavailable.lost"),
        ("08006", "unavailable.lost"),
        ("22000", "unavailable"),
        ("XX001", "tampered.file"),
        ("XX002", "tampered.file"),
    ],
)
def test_what_the_server_says_is_said_with_what_to_do(state: str, code: str) -> None:
    error = explain(psycopg.errors.lookup(state)("it\nsays so"), place_of("postgresql://u:geheim@db.example/ops"))
    assert error.code == f"ledger.{code}"
    assert error.hint
    assert "it says so" in error.message
    assert str(error.where) == "postgresql://db.example/ops#remit"
