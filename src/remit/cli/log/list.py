"""The ledgers of this account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remit.cli.log.places import LedgerPlace, known_ledgers

if TYPE_CHECKING:
    from remit.cli.output import Output

__all__ = ["show_ledgers"]

_LATEST = 20


def show_ledgers(output: Output, *, json: bool, every: bool = False) -> None:
    """Print the ledgers there are, the one that was written last first.

    The latest only, and none of a drill's or of what was part of another run, unless all are asked for.
    """
    known = known_ledgers()
    shown = known if every or json else [ledger for ledger in known if ledger.of_its_own][:_LATEST]
    found = [(ledger, _glance(ledger)) for ledger in shown]
    if json:
        listed = [
            {"name": ledger.name, "kind": ledger.kind, "place": str(ledger.place), **seen} for ledger, seen in found
        ]
        output.document({"schema": "remit.ledgers/1", "version": 1, "ledgers": listed})
        return
    from remit.cli.log.screen import ledgers_screen

    output.show(*ledgers_screen(found, left=len(known) - len(shown)))


def _glance(ledger: LedgerPlace) -> dict[str, Any]:
    """How many entries a ledger has and when its last one was made; what is wrong with it where it cannot be read."""
    from remit.errors import RemitError
    from remit.ledger.opening import reading

    try:
        with reading(ledger.place) as source:
            size = source.size
            last = next(source.entries(size), None) if size else None
    except RemitError as error:
        return {"entries": None, "last": None, "problem": error.message}
    return {"entries": size, "last": last.at if last is not None else None, "problem": ""}
