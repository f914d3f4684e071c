"""Verifying a ledger in PostgreSQL: the steps, faults and entry numbers are those of a file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from remit.ledger.anchoring import checkpoint_of, sign_checkpoint
from remit.ledger.opening import verify_place
from remit.ledger.postgres import PostgresLedger
from remit.ledger.proof import prove_inclusion, verify_inclusion_proof
from remit.ledger.signing import SigningKey

KEY = SigningKey(bytes(range(32)))


@pytest.fixture
def ledger(dsn: str) -> Iterator[PostgresLedger]:
    """A ledger of ten entries."""
    with PostgresLedger.open(dsn) as ledger:
        ledger.record("opened", {"charter": "sha256:0"})
        for _ in range(4):
            number = ledger.record("intent", {"call": {"tool": "mail.send", "args": {"to": "a\x00b"}}})
            ledger.record("outcome", {"intent": number, "result": "performed"})
        ledger.record("closed", {})
        yield ledger


def change(dsn: str, *statements: str) -> None:
    """Change rows as somebody with every right could."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        for statement in statements:
            owner.execute(statement.encode())


@pytest.mark.requirement("LEDGER-44")
def test_a_ledger_nobody_touched_is_verified_up_to_its_anchor(dsn: str, ledger: PostgresLedger) -> None:
    note = sign_checkpoint(ledger, KEY)
    found = verify_place(dsn, anchors=[note], public_key=KEY.public, thorough=True)
    assert found.ok
    assert (found.size, found.root, found.signed, found.anchored, found.unproved) == (10, ledger.root(), 10, 10, ())


def test_without_an_anchor_it_says_what_nobody_could_check(dsn: str, ledger: PostgresLedger) -> None:
    found = verify_place(dsn)
    assert found.ok
    assert found.size == ledger.size
    assert len(found.unproved) == 2


@pytest.mark.requirement("LEDGER-44")
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("update remit.entries set body = convert_to(replace(convert_from(body, 'UTF8'), 'mail.send', 'mail.read'), 'UTF8') where number = 4", (3, 4, "edited")),
        ("update remit.entries set body = '\\xff00' where number = 4", (3, 4, "edited")),
        ("delete from remit.entries where number = 6", (2, 6, "deleted")),
        ("update remit.entries set tree = sha256(tree) || substr(tree, 33) where number = 7", (3, 7, "edited")),
        ("update remit.entries set tree = tree || tree where number = 8", (5, 8, "tree")),
        ("update remit.entries set kind = 'message' where number = 3", (1, 3, "edited")),
        ("update remit.entries set intent = 2 where number = 5", (1, 5, "edited")),
        ("update remit.entries set intent = 2 where number = 4", (1, 4, "edited")),
        ("delete from remit.entries where number > 8", (8, 9, "truncated")),
        ("insert into remit.salts values (3, 'sha256:0', '\\x00')", (6, 3, "salt")),
    ],
)  # fmt: skip
def test_whatever_was_changed_is_found_with_its_entry(
    dsn: str, ledger: PostgresLedger, statement: str, fault: tuple[int, int, str]
) -> None:
    note = KEY.sign(checkpoint_of(ledger))
    change(dsn, statement)
    found = verify_place(dsn, anchors=[note], public_key=KEY.public)
    assert not found.ok
    step, number, code = fault
    assert (step, number, f"ledger.tampered.{code}") in {(one.step, one.number, one.code) for one in found.faults}


def test_a_schema_somebody_changed_is_a_fault_of_the_first_step(dsn: str, ledger: PostgresLedger) -> None:
    assert ledger.size == 10
    change(dsn, "alter table remit.entries add column more text")
    [fault] = verify_place(dsn).faults
    assert (fault.step, fault.code) == (1, "ledger.tampered.tables")


def test_a_verification_sees_one_moment_while_others_append(dsn: str, ledger: PostgresLedger) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: ledger.record("message", {"number": number}), range(5_000)))
    found = verify_place(dsn, thorough=True)
    assert found.ok
    assert (found.size, found.root) == (5_010, ledger.root())


def test_a_proof_from_a_database_is_verified_without_it(ledger: PostgresLedger) -> None:
    proof = prove_inclusion(ledger, 5, sign_checkpoint(ledger, KEY))
    entry, checkpoint = verify_inclusion_proof(proof, KEY.public)
    assert entry == next(ledger.entries(5))
    assert checkpoint.size == 10
