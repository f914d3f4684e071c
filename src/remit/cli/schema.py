"""``remit schema``: the JSON Schema of a charter, and every code remit may print."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.errors import RemitError

__all__ = ["schema", "schema_text"]


def schema(
    *,
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", envvar="REMIT_SCHEMA_FILE", help="Fail unless FILE holds exactly this schema (for CI)."
        ),
    ] = None,
    rules: Annotated[
        bool,
        typer.Option("--rules", envvar="REMIT_RULES", help="List every finding code instead, with --json as data."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of a charter, for editors and other languages.

    \b
    Examples:
      remit schema > remit.schema.json         then, first line of a charter:
                                               # yaml-language-server: $schema=./remit.schema.json
      remit schema --check remit.schema.json   exit 1 when the file is out of date
      remit schema --rules                     every finding code with its title
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    if rules:
        _list_rules(output, json=json)
    elif check is not None:
        _compare(check, output)
    elif not quiet:
        output.data(schema_text())


def schema_text() -> str:
    """The schema as it is written to a file: indented, with sorted keys and a final newline."""
    from remit.charter.schema import json_schema

    return json_format.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _compare(file: Path, output: Output) -> None:
    """Leave with 1 when a file differs from the schema of this release."""
    try:
        found = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RemitError(f"`{file}` cannot be read", hint="write it with `remit schema > remit.schema.json`") from error
    if found != schema_text():
        output.error(f"`{file}` is not the schema of this release", f"write it again: remit schema > {file}")
        raise typer.Exit(1)
    output.plain(f"{file} is up to date")


def _list_rules(output: Output, *, json: bool) -> None:
    """Every code, as a table or as data."""
    from remit.cli.rules import every_rule

    entries = every_rule()
    if json:
        listed = [
            {
                "code": rule.code,
                "family": rule.family,
                "severity": rule.severity.value,
                "title": rule.title,
                "help": rule.help,
            }
            for rule in entries
        ]
        output.document({"schema": "remit.rules/1", "version": 1, "rules": listed})
        return
    from rich.table import Table
    from rich.text import Text

    from remit.cli.findings import STYLES

    table = Table.grid(padding=(0, 2))
    for rule in entries:
        table.add_row(
            Text(rule.code, style="bold"), Text(rule.severity.value, style=STYLES[rule.severity]), Text(rule.title)
        )
    output.show(table)
