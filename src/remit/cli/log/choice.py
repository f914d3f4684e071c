"""From a name to the ledger it means; without one, or with one nobody knows, what there is instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.log.places import LedgerPlace, known_ledgers

if TYPE_CHECKING:
    from remit.cli.output import Output

__all__ = ["chosen_ledger"]


def chosen_ledger(name: str | None, output: Output, *, verb: str, json: bool = False) -> LedgerPlace:
    """The ledger that was named; without one those there are are listed, and the verb ends with a usage error."""
    if name:
        return _find(name, output)
    from remit.cli.log.list import show_ledgers

    show_ledgers(output, json=json)
    output.error(f"no ledger is named, so nothing was done: remit log {verb} LEDGER")
    raise typer.Exit(ExitCode.USAGE)


def _find(name: str, output: Output) -> LedgerPlace:
    """The ledger of that name, or the only one whose name starts like it; a usage error where there is none."""
    from remit.ledger.opening import is_address, shown_place

    if is_address(name) or "://" in name:
        shown = shown_place(name) if is_address(name) else name
        return LedgerPlace(name=shown, kind="database", place=name)
    known = known_ledgers()
    exact = [found for found in known if found.name == name]
    if len(exact) == 1:
        return exact[0]
    path = Path(name)
    if "/" in name or path.suffix == ".db" or (not exact and path.is_file()):
        return _file(path, known)
    starting = exact or [found for found in known if found.name.startswith(name)]
    if len(starting) == 1:
        return starting[0]
    named = starting or [found for found in known if found.of_its_own]
    names = ", ".join(found.name for found in named[:5]) or "none"
    what = "more than one ledger is called, or starts with," if starting else "there is no ledger called"
    hint = f"which one: {names}" if starting else f"ledgers known here: {names}; a file or postgresql:// works as well"
    output.error(f"{what} `{name}`", hint)
    raise typer.Exit(ExitCode.USAGE)


def _file(path: Path, known: list[LedgerPlace]) -> LedgerPlace:
    """A ledger by its file, under the name it is known by where it is known."""
    for found in known:
        if Path(found.place).resolve() == path.resolve():
            return found
    return LedgerPlace(name=path.stem, kind="file", place=path)
