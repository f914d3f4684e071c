"""``remit incident``: the incidents of a case, and the verbs that draft, classify and export one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.incident.classify import classify
from remit.cli.incident.draft import draft
from remit.cli.incident.export import export
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["incident"]

incident = typer.Typer(
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)


@incident.callback(invoke_without_command=True)
def list_incidents(
    context: typer.Context,
    *,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            envvar="REMIT_INCIDENTS",
            help="Where the records are; without it `incidents` beside the nearest case.yaml, else here.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """What happened, by whose account, and what it comes to: benign persistence or unsafe resistance?

    A record holds facts with pointers to what shows them. The class, whether it was instrumental and the least severity
    are derived from them and never typed in; what is not known is named.

    \b
    Examples:
      remit incident                                       the incidents of this case
      remit incident draft --run mailer-3f2a9c > incidents/I-1.yaml
      remit incident classify incidents/I-1.yaml           what it comes to, and what would change that
      remit incident export incidents/I-1.yaml --format eu-art73

    \b
    Exit code: 0 listed, 3 when a record cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if context.invoked_subcommand is None:
        from remit.cli.incident.list import show_incidents

        show_incidents(folder, Output(quiet=quiet, json=json, colour=not no_color))


incident.command(short_help="What a record comes to, and what would change that.")(classify)
incident.command(short_help="A record from entries of a ledger; what they do not show stays unknown.")(draft)
incident.command(short_help="A record in the form others ask for; nothing is sent.")(export)
