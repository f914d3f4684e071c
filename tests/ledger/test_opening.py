"""A ledger by its place: a file or a database, and what is said where neither can be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from remit.errors import LedgerError, LedgerUnavailableError
from remit.ledger.opening import is_address, open_ledger, reading, setup_of, shown_place, verify_place
from remit.ledger.postgres import PostgresLedger
from remit.ledger.store import Ledger


@pytest.mark.requirement("LEDGER-41")
def test_the_same_words_open_a_file_and_a_database(dsn: str, tmp_path: Path) -> None:
    found = []
    for place in (tmp_path / "ledger.db", dsn, f"{dsn}#second"):
        store = open_ledger(place)
        store.record("opened", {"charter": "sha256:0"})
        store.close()
        with reading(place) as source:
            assert [entry.kind for entry in source.entries()] == ["opened"]
            assert (source.size, source.checkpoints()) == (1, ())
        assert verify_place(place).ok
        found.append(type(store))
    assert found == [Ledger, PostgresLedger, PostgresLedger]


def test_nothing_is_made_where_nothing_is_to_be_made(dsn: str, tmp_path: Path) -> None:
    for place in (tmp_path / "none.db", str(tmp_path / "none.db"), dsn):
        with pytest.raises(LedgerUnavailableError):
            open_ledger(place, create=False)
    assert list(tmp_path.iterdir()) == []


def test_reading_leaves_a_closed_ledger_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    with Ledger.open(place) as ledger:
        ledger.record("opened", {"charter": "sha256:0"})
    before = place.read_bytes()
    with reading(place) as source:
        assert source.size == 1
    assert place.read_bytes() == before


@pytest.mark.parametrize("ask", [open_ledger, verify_place, shown_place])
def test_without_the_library_for_postgresql_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, ask: object
) -> None:
    for name in [name for name in sys.modules if name.startswith(("remit.ledger.postgres", "psycopg"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert callable(ask)
    with pytest.raises(LedgerUnavailableError, match="needs a library that is not installed") as refused:
        ask("postgresql:///x")
    assert "pip install 'remit[postgres]'" in refused.value.hint


@pytest.mark.parametrize("place", ["mysql://db/x", "https://ledger.example", "sqlite:///x"])
def test_another_kind_of_address_is_refused(place: str) -> None:
    assert not is_address(place)
    with pytest.raises(LedgerError, match="no ledger can be kept at"):
        open_ledger(place)


def test_an_address_is_shown_without_its_password() -> None:
    assert shown_place("postgresql://clerk:geheim@db.acme.example/ops#mail") == "postgresql://db.acme.example/ops#mail"
    assert shown_place("postgres://clerk:geheim@/ops") == "postgresql://localhost/ops#remit"
    assert shown_place(Path("x/ledger.db")) == "x/ledger.db"


def test_a_name_that_is_none_makes_no_statements() -> None:
    with pytest.raises(LedgerUnavailableError, match="is no name for a ledger"):
        setup_of("drop table; --")
