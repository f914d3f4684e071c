"""``remit log``: the ledgers there are, and the verbs that read, verify, prove and export one."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.log.anchor import anchor, key
from remit.cli.log.export import export
from remit.cli.log.list import show_ledgers
from remit.cli.log.prove import prove
from remit.cli.log.setup import setup
from remit.cli.log.show import show
from remit.cli.log.verify import verify
from remit.cli.log.why import why
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["log"]

log = typer.Typer(
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)


@log.callback(invoke_without_command=True)
def list_ledgers(
    context: typer.Context,
    *,
    every: Annotated[
        bool,
        typer.Option("--all", "-a", envvar="REMIT_LOG_LEDGERS", help="Not only the latest; those of drills too."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Read the record: what was about to happen, what came of it, and whether anybody changed it since.

    Every run, and every agent behind a guard or a proxy, has a ledger: nothing happens before its intent is on the
    disk, and nothing in it can be changed, removed or put elsewhere without `remit log verify` naming the entry.

    \b
    Examples:
      remit log                            the ledgers of this account
      remit log show mailer-3f2a9c         what a run did, and why it was let
      remit log verify mailer-3f2a9c       is it still what was recorded?
      remit log why mailer-3f2a9c 17       the rule, the grant and the drives behind a call
      remit log prove mailer-3f2a9c 17     a proof of entry 17 to give away
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if context.invoked_subcommand is None:
        show_ledgers(Output(quiet=quiet, json=json, colour=not no_color), json=json, every=every)


log.command(short_help="What happened, call by call, and why.")(show)
log.command(short_help="Is it still what was recorded?")(verify)
log.command(short_help="What let a call happen, and what that makes worth doing.")(why)
log.command(short_help="A proof of one entry, to give away.")(prove)
log.command(short_help="For other tools: JSON lines, CSV, OpenTelemetry.")(export)
log.command(short_help="Keep a signed checkpoint in a second place.")(anchor)
log.command(short_help="The public key proofs and anchors are checked with.")(key)
log.command(short_help="The SQL for the ledger of a fleet.")(setup)
