"""``remit correct``: deliver an instruction to a run, with a receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.run_names import KeyFile, RunArgument, chosen_run, read_key
from remit.cli.seconds import parse_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["correct"]


def correct(
    *,
    run: RunArgument = None,
    text: Annotated[
        str,
        typer.Option(metavar="TEXT", envvar="REMIT_TEXT", help="The instruction, in words.", show_default=False),
    ] = "",
    charter: Annotated[
        Path | None,
        typer.Option(
            metavar="NEW",
            envvar="REMIT_NEW_CHARTER",
            help="A charter with fewer hosts: the others are closed at once.",
            show_default=False,
        ),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(
            metavar="S", envvar="REMIT_WAIT", parser=parse_seconds, help="How long to wait for the agent's answer."
        ),
    ] = 2.0,
    key_file: KeyFile = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Deliver an instruction to a run and show the receipt: delivered, and whether the agent says it has seen it.

    The instruction lies in the agent's inbox (`$REMIT_INBOX`); whether it heeds it is for `remit drill` to show. Hosts
    that a new charter no longer names are closed by the supervisor, whatever the agent does. A live run cannot be given
    more: start a new one for that.

    \b
    Examples:
      remit correct mailer-3f2a9c --text "answer only tickets of today"
      remit hold mailer; remit correct mailer --text "no refunds" --charter smaller.yaml; remit resume mailer

    \b
    Exit code: 0 delivered, 4 not delivered, 2 usage, 3 unreadable charter.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    name = chosen_run(run, output, verb='correct --text "..."', json=json)
    if not text.strip():
        raise typer.BadParameter("what shall it do differently? say it with --text")
    from remit.supervisor.client import correct as correct_run

    hosts, source = (None, None) if charter is None else _narrower(charter)
    receipt = correct_run(name, text, hosts=hosts, charter=source, wait=wait, key=read_key(key_file))
    if json:
        kept = {key: receipt.get(key) for key in ("delivered", "instruction", "acknowledged")}
        document = {"run": name, **kept, "hosts": None if hosts is None else list(hosts)}
        output.document({"schema": "remit.correct/1", "version": 1, **document})
    _show(output, name, receipt, hosts)


def _narrower(charter: Path) -> tuple[tuple[str, ...], str]:
    """The hosts a charter leaves to a run, and its text, for the guard of the run's servers."""
    from remit.charter.runtime import confinement_of
    from remit.cli.locating import open_charter

    read = open_charter(charter)
    return confinement_of(read).hosts, read.source


def _show(output: Output, name: str, receipt: Mapping[str, Any], hosts: tuple[str, ...] | None) -> None:
    """The receipt on the terminal."""
    claim = receipt.get("acknowledged")
    seen = "the agent says it has seen it" if claim else "no answer of the agent yet; it need not answer"
    output.plain(f"delivered  {name}  instruction {receipt.get('instruction')}: {seen}")
    if hosts is not None:
        output.plain(f"           hosts from now on: {', '.join(hosts) or 'none'}")
