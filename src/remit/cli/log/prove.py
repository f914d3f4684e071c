"""``remit log prove``: a proof of one entry, to give to somebody who has nothing but a public key."""

from __future__ import annotations

import json as json_text
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.options import OutputOption
from remit.cli.log.places import LedgerArgument, answering, own_key
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.ledger.protocol import Store

__all__ = ["prove"]


def prove(
    *,
    ledger: LedgerArgument = None,
    number: Annotated[
        int | None, typer.Argument(metavar="ENTRY", min=1, help="The number of the entry.", show_default=False)
    ] = None,
    output_file: OutputOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Prove that an entry is in a ledger, and that nobody changed it since: one file, checked without the ledger.

    It holds the entry, the way from its digest to a root, and a checkpoint over that root signed by this account's
    key. Nothing else of the ledger is given away. Whoever gets it needs `remit log key`, from you and not with it.

    \b
    Examples:
      remit log prove mailer-3f2a9c 17 --output proof.json
      remit log key > mailer.pub
      remit log verify --proof proof.json --key mailer.pub

    \b
    Exit code: 0 proved, 1 the ledger is not what was recorded, 2 usage (no such entry), 3 unreadable.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = chosen_ledger(ledger, output, verb="prove", json=json)
    if number is None:
        raise typer.BadParameter(f"which entry? remit log prove {found.typed} NUMBER")
    from remit.ledger.opening import open_ledger
    from remit.ledger.proof import prove_inclusion

    with answering(output, json=json):
        store = open_ledger(found.place, create=False)
        try:
            if number > store.size:
                output.error(f"`{found.name}` has {store.size:,} entries, none with the number {number}")
                raise typer.Exit(ExitCode.USAGE)
            document = prove_inclusion(store, number, _checkpoint(store, number))
        finally:
            store.close()
    text = json_text.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if output_file is None:
        output.data(text)
        return
    from remit.cli.files import write_file

    write_file(output_file, text)
    if json:
        output.document({"schema": "remit.proved/1", "version": 1, "entry": number, "file": str(output_file)})
        return
    output.plain(f"proved  entry {number} of {found.name}: {output_file}")
    output.plain("        remit log key prints the key; whoever has both: remit log verify --proof FILE --key KEY")


def _checkpoint(store: Store, number: int) -> str:
    """The newest checkpoint kept in the ledger that covers an entry and is ours, else one that is signed now."""
    from remit.errors import TamperedError
    from remit.ledger.anchoring import sign_checkpoint

    key = own_key()
    for note in reversed(store.checkpoints()):
        try:
            if key.public.verify(note).size >= number:
                return note
        except TamperedError:
            continue  # another key's
    return sign_checkpoint(store, key)
