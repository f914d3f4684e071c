"""``remit log anchor`` and ``remit log key``: checkpoints in a second place, and the key they are signed with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.log.choice import chosen_ledger
from remit.cli.log.places import LedgerArgument, answering, own_key
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["anchor", "key"]


def anchor(
    *,
    ledger: LedgerArgument = None,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="REMIT_LOG_TO",
            help="The file checkpoints are added to: on another account, host or mount than the ledger.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Sign what a ledger is now and keep that in a second place, so that nobody can cut its end off or rewrite it.

    Whoever can write to both places can still lie: choose one the ledger's account cannot change. The last anchor
    there is compared first; a ledger that is not what it says is not signed again.

    \b
    Examples:
      remit log anchor mailer-3f2a9c --to /mnt/vault/anchors.jsonl
      remit log verify mailer-3f2a9c --anchor /mnt/vault/anchors.jsonl

    \b
    Exit code: 0 anchored, 1 the ledger is not what was anchored before, 2 usage, 3 unreadable.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = chosen_ledger(ledger, output, verb="anchor", json=json)
    if to is None:
        raise typer.BadParameter(f"where to? remit log anchor {found.typed} --to FILE")
    from remit.ledger.anchoring import anchor as anchor_ledger
    from remit.ledger.opening import open_ledger

    with answering(output, json=json):
        signing = own_key()
        store = open_ledger(found.place, create=False)
        try:
            checkpoint = anchor_ledger(store, signing, to, name=found.name)
        finally:
            store.close()
    if json:
        said = {"ledger": found.name, "entries": checkpoint.size, "root": checkpoint.root.hex(), "file": str(to)}
        output.document({"schema": "remit.anchored/1", "version": 1, **said})
        return
    output.plain(f"anchored  {found.name}  {checkpoint.size:,} entries, root {checkpoint.root.hex()[:16]}…, in {to}")
    output.plain(f"          check it later: remit log verify {found.typed} --anchor {to}")


def key(
    *,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Print the public key this account signs checkpoints with; it is made the first time it is needed.

    Give it to whoever should be able to check your proofs and anchors, by another way than those.

    \b
    Examples:
      remit log key > mailer.pub

    \b
    Exit code: 0 printed, 3 the key cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    with answering(output, json=json):
        text = own_key().public.text()
    if json:
        output.document({"schema": "remit.key/1", "version": 1, "key": text})
    elif not quiet:
        output.data(f"{text}\n")
