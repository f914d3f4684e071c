"""Who may do what to a ledger in PostgreSQL, and what is said to whoever may not, or finds no ledger."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from tests.ledger.cluster import Cluster

from remit.errors import LedgerUnavailableError, TamperedError
from remit.ledger.anchoring import checkpoint_of
from remit.ledger.postgres import PostgresLedger
from remit.ledger.postgres_tables import setup_statements
from remit.ledger.protocol import Store
from remit.ledger.redaction import Redaction, Rule
from remit.ledger.signing import SigningKey

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


def note_of(ledger: PostgresLedger, size: int) -> str:
    """A checkpoint signed by a key nobody keeps."""
    return SigningKey(bytes(32)).sign(checkpoint_of(ledger, size))


@pytest.mark.requirement("LEDGER-43")
def test_a_writer_may_add_and_read_and_nothing_else(cluster: Cluster, dsn: str) -> None:
    database = dsn.partition("///")[2].partition("?")[0]
    with cluster.connect(database) as owner:
        owner.execute("drop role if exists fleet_writer")
        owner.execute("drop role if exists fleet_reader")
        owner.execute("create role fleet_writer login")
        owner.execute("create role fleet_reader login")
        owner.execute(setup_statements("remit", writer="fleet_writer", reader="fleet_reader").encode())
    with PostgresLedger.open(
        cluster.dsn(database, "fleet_writer"), redaction=Redaction([Rule(name="to", path="**.to")])
    ) as ledger:
        fill(ledger, 2)
        ledger.record("intent", {"call": CALL})
        assert ledger.reconcile() == (5,)
        assert ledger.size == 6
        ledger.keep_checkpoint(4, note_of(ledger, 4))
        with pytest.raises(LedgerUnavailableError) as refused:
            ledger.forget_salts([1])
        assert refused.value.code == "ledger.unavailable.rights"
    with cluster.connect(database, "fleet_writer") as writer:
        for statement in (
            "update remit.entries set body = '' where number = 1",
            "delete from remit.entries",
            "truncate remit.entries",
            "drop table remit.entries",
            "alter table remit.entries disable trigger keep",
            "delete from remit.checkpoints",
            "create table remit.more ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(statement.encode())
    with PostgresLedger.open(cluster.dsn(database, "fleet_reader"), create=False) as reader:
        assert sum(1 for _ in reader.entries()) == 6
        with pytest.raises(LedgerUnavailableError) as refused:
            reader.record("message", {})
        assert refused.value.code == "ledger.unavailable.rights"
    with (
        cluster.connect(database, "fleet_reader") as reader_connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader_connection.execute("select * from remit.salts")


def test_a_role_that_may_not_make_a_ledger_is_told_who_does(cluster: Cluster, dsn: str) -> None:
    database = dsn.partition("///")[2].partition("?")[0]
    with cluster.connect(database) as owner:
        owner.execute("drop role if exists nobody_much")
        owner.execute("create role nobody_much login")
    with pytest.raises(LedgerUnavailableError, match="has no ledger called `remit`") as refused:
        PostgresLedger.open(cluster.dsn(database, "nobody_much"))
    assert "remit log setup" in refused.value.hint


@pytest.mark.requirement("LEDGER-43")
@pytest.mark.parametrize(
    "statement",
    [
        "update remit.entries set kind = 'message'",
        "delete from remit.entries",
        "truncate remit.entries",
        "delete from remit.checkpoints",
    ],
)
def test_not_even_the_owner_changes_an_entry_by_accident(dsn: str, ledger: PostgresLedger, statement: str) -> None:
    fill(ledger, 1)
    with psycopg.connect(dsn) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added to"):
        owner.execute(statement.encode())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql:///x#Bad-Name", "name"),
        ("postgresql:///x#pg_catalog", "name"),
        ("postgresql:///x?nothing=1", "address"),
        ("postgresql:///nowhere?host={folder}&user=owner", "unreachable"),
        ("postgresql:///postgres?host={folder}&user=stranger", "unreachable"),
        ("postgresql:///postgres?host=/nowhere", "unreachable"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_is_wrong(cluster: Cluster, url: str, code: str) -> None:
    with pytest.raises(LedgerUnavailableError) as refused:
        PostgresLedger.open(url.format(folder=cluster.folder))
    assert refused.value.code == f"ledger.unavailable.{code}"
    assert refused.value.hint


def test_a_password_is_never_shown() -> None:
    with pytest.raises(LedgerUnavailableError) as refused:
        PostgresLedger.open("postgresql://clerk:geheim@/x?host=/nowhere")
    assert "geheim" not in str(refused.value) + refused.value.hint


def test_a_schema_that_is_no_ledger_is_refused(dsn: str) -> None:
    with pytest.raises(LedgerUnavailableError) as missing:
        PostgresLedger.open(dsn, create=False)
    assert missing.value.code == "ledger.unavailable.missing"
    with psycopg.connect(dsn) as connection:
        connection.execute("create schema remit")
        connection.execute("create table remit.entries (number bigint, body text)")
    with pytest.raises(TamperedError) as refused:
        PostgresLedger.open(dsn)
    assert refused.value.code == "ledger.tampered.tables"
