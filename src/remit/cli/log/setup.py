"""``remit log setup``: the statements that make a ledger in PostgreSQL, and roles that can add to it and no more."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.log.places import answering
from remit.cli.options import Debug, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["setup"]


def setup(
    *,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", envvar="REMIT_LOG_NAME", help="What the ledger is called: its schema."),
    ] = "remit",
    writer: Annotated[
        str,
        typer.Option(
            metavar="ROLE", envvar="REMIT_LOG_WRITER", help="A role that may add and read entries.", show_default=False
        ),
    ] = "",
    reader: Annotated[
        str,
        typer.Option(
            metavar="ROLE", envvar="REMIT_LOG_READER", help="A role that may only read them.", show_default=False
        ),
    ] = "",
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Print the SQL that makes the ledger of a fleet in PostgreSQL, for its owner to run once.

    Agents' hosts then get the role of a writer, which can neither change nor delete an entry.

    \b
    Examples:
      remit log setup --writer fleet --reader auditor | psql postgresql://owner@db.acme.example/ops
      remit proxy --ledger postgresql://fleet@db.acme.example/ops -- mcp-server-git
      remit log show postgresql://auditor@db.acme.example/ops

    \b
    Exit code: 0 printed, 3 the extra for PostgreSQL is not installed, or the name is none.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, colour=not no_color)
    from remit.ledger.opening import setup_of

    with answering(output, json=False):
        text = setup_of(name, writer=writer, reader=reader)
    if not quiet:
        output.data(text)
