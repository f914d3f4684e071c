"""Which ledger is watched, what is known of its run, and whether that still goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.log_choice import chosen_ledger
from remit.cli.log_places import LedgerPlace

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.monitor.controls import Controls

__all__ = ["chosen", "controls_of", "goes_on", "recorded_faults"]


def chosen(name: str | None, output: Output, *, follow: bool, json: bool) -> LedgerPlace:
    """The ledger that was named; to follow without a name, that of the one run that lives."""
    if name is None and follow:
        from remit.supervisor.client import living

        alive = [folder for folder in living() if not folder.read_state().get("part_of")]
        if len(alive) == 1:
            return LedgerPlace(name=alive[0].run, kind="run", place=alive[0].record)
    if name is None:
        from remit.cli.log_list import show_ledgers

        show_ledgers(output, json=json)
        what = "no run lives, or more than one does" if follow else "no ledger is named"
        output.error(f"{what}, so nothing was watched: remit monitor --{'follow' if follow else 'replay'} LEDGER")
        raise typer.Exit(ExitCode.USAGE)
    return chosen_ledger(name, output, verb="show", json=json)


def controls_of(found: LedgerPlace, charter: Charter | None) -> Controls:
    """The control objects of a run as its folder tells them; of anything else the ledger, the charter, and shapes."""
    from dataclasses import replace

    from remit.monitor.controls import Controls

    place = Path(found.place).absolute() if found.kind != "database" else None
    path = Path(charter.path).absolute() if charter is not None else None
    hosts = frozenset(charter.runtime.hosts or ()) if charter is not None else frozenset()
    cwd = str(path.parent) if path is not None else ""
    if found.kind == "run" and place is not None:
        known = Controls.of_run(place.parent, charter=path, cwd=cwd)
    elif place is not None:
        known = Controls.of_run(place.parent / f".{place.stem}", charter=path, paths={str(place): "ledger"}, cwd=cwd)
    else:
        known = Controls.usual()
    return replace(known, allowed_hosts=known.allowed_hosts | hosts)


def goes_on(found: LedgerPlace) -> bool:
    """Whether a run still lives; a ledger that is none of a run's goes on until somebody interrupts."""
    if found.kind != "run":
        return True
    from remit.errors import SupervisorError
    from remit.supervisor.client import living

    try:
        return any(folder.run == found.name for folder in living(os.environ))
    except SupervisorError:
        return False


def recorded_faults(found: LedgerPlace) -> list[str]:
    """The faults a verification of the ledger finds; none is no proof that there are none (`remit log verify`)."""
    from remit.cli.log_places import public_key
    from remit.errors import LedgerError
    from remit.ledger.opening import verify_place

    try:
        result = verify_place(found.place, public_key=public_key(None))
    except LedgerError as error:
        return [error.message]
    return [f"entry {fault.number}: {fault.what}" for fault in result.faults[:3]]
