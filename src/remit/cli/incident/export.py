"""``remit incident export``: a record in the form others ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from remit.cli.incident.classify import RecordArgument
from remit.cli.options import Debug, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["export"]


def export(
    record: RecordArgument,
    *,
    form: Annotated[
        Literal["markdown", "oecd", "eu-art73", "gpai", "stix"],
        typer.Option(
            "--format",
            envvar="REMIT_INCIDENT_FORMAT",
            help="markdown; oecd (29 criteria); eu-art73 and gpai (EU AI Act, with deadlines); stix (2.1 bundle).",
        ),
    ] = "markdown",
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", envvar="REMIT_INCIDENT_FILE", help="Write there instead."),
    ] = None,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Write a record in the form others ask for. Nothing is sent anywhere; what is not known says unknown.

    Deadlines of the EU forms count from when the one who reports became aware (`times.aware`). The wording of the OECD
    and EU fields is marked as recalled: compare it with the official form before handing one in.

    \b
    Examples:
      remit incident export incidents/I-1.yaml                        Markdown
      remit incident export incidents/I-1.yaml --format gpai -o gpai.json

    \b
    Exit code: 0 written, 3 the record cannot be read, 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.incidents import read_incident
    from remit.assurance.incidents.exports import export_text

    output = Output(quiet=quiet, colour=not no_color)
    text = export_text(read_incident(record), form)
    if file is None:
        output.data(text)
        return
    from remit.cli.files import write_file

    write_file(file, text)
    output.notice(f"wrote {file}")
