"""The tables of a ledger in PostgreSQL, and the statements that make them and the roles that may use them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from remit.errors import LedgerUnavailableError, TamperedError
from remit.ledger.entry import SETTLING
from remit.ledger.postgres_link import Place

__all__ = ["COLUMNS", "check_tables", "make_tables", "setup_statements"]

COLUMNS = {
    "entries": (("number", "int8"), ("body", "bytea"), ("tree", "bytea"), ("kind", "text"), ("intent", "int8")),
    "salts": (("entry", "int8"), ("digest", "text"), ("salt", "bytea")),
    "checkpoints": (("size", "int8"), ("note", "text")),
}
"""What the tables must look like; ``kind`` and ``intent`` repeat what the body says, so that they can be indexed."""

_SETTLING = ", ".join(f"'{kind}'" for kind in sorted(SETTLING))
_MAKE = f"""\
create schema if not exists {{0}};
create table if not exists {{0}}.entries (
    number bigint primary key check (number > 0),
    body bytea not null,
    tree bytea not null,
    kind text not null,
    intent bigint
);
create index if not exists intents on {{0}}.entries (number) where kind = 'intent';
create index if not exists settled on {{0}}.entries (intent) where kind in ({_SETTLING});
create table if not exists {{0}}.salts (entry bigint not null, digest text not null, salt bytea not null);
create table if not exists {{0}}.checkpoints (size bigint primary key, note text not null);
create or replace function {{0}}.keep() returns trigger language plpgsql as
    $$begin raise exception 'a ledger is only added to' using errcode = 'insufficient_privilege'; end$$;
create or replace trigger keep before update or delete or truncate on {{0}}.entries
    for each statement execute function {{0}}.keep();
create or replace trigger keep before update or delete or truncate on {{0}}.checkpoints
    for each statement execute function {{0}}.keep();
"""
_WRITER = """\
grant usage on schema {0} to {1};
grant select, insert on {0}.entries, {0}.salts, {0}.checkpoints to {1};
"""
_READER = """\
grant usage on schema {0} to {1};
grant select on {0}.entries, {0}.checkpoints to {1};
"""
_FOUND = """
select c.relname, array_agg(row(a.attname, t.typname)::text order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
where c.relnamespace = (select oid from pg_namespace where nspname = %s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
and a.attnum > 0 and not a.attisdropped group by c.relname
"""


def setup_statements(schema: str, *, writer: str = "", reader: str = "") -> str:
    """The statements that make a ledger, and give a ``writer`` and a ``reader`` what they need and no more."""
    name = _quoted(schema)
    parts = [_MAKE.format(name)]
    parts += [_WRITER.format(name, _quoted(writer))] if writer else []
    parts += [_READER.format(name, _quoted(reader))] if reader else []
    return "begin;\n" + "".join(parts) + "commit;\n"


def make_tables(connection: psycopg.Connection[Any], place: Place) -> None:
    """Make the tables where they are missing and the role may; otherwise all stays as it is."""
    if found_columns(connection, place):
        return
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(hashtext('remit ledger is made'))")  # two may come at once
            connection.execute(_MAKE.format(_quoted(place.schema)).encode())
    except psycopg.errors.InsufficientPrivilege:
        return


def check_tables(connection: psycopg.Connection[Any], place: Place) -> None:
    """Demand the tables of a ledger: raises ``LedgerUnavailableError`` where there are none, ``TamperedError`` else."""
    found = found_columns(connection, place)
    if not found:
        raise LedgerUnavailableError(
            f"the database has no ledger called `{place.schema}`",
            code="ledger.unavailable.missing",
            hint="`remit log setup` prints the statements that make one",
            where=place.shown,
        )
    wanted = {table: tuple(f"({name},{kind})" for name, kind in columns) for table, columns in COLUMNS.items()}
    if found != wanted:
        raise TamperedError(
            f"`{place.schema}` does not have the tables of a ledger",
            code="ledger.tampered.tables",
            hint="it is no ledger, or somebody changed its schema",
            where=place.shown,
        )


def found_columns(connection: psycopg.Connection[Any], place: Place) -> dict[str, tuple[str, ...]]:
    """The tables and views of the schema with their columns."""
    rows = connection.execute(_FOUND, (place.schema,)).fetchall()
    return {str(table): tuple(columns) for table, columns in rows}


def _quoted(name: str) -> str:
    """A name as SQL writes it."""
    return sql.Identifier(name).as_string(None)
