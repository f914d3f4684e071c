"""Which ledger is watched, what is known of its run, and whether that still goes on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.places import LedgerPlace

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.ledger.signing import PublicKey
    from remit.monitor.controls.controls import Controls

__all__ = ["Vouched", "chosen", "controls_of", "goes_on", "recorded_faults", "vouched_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What was kept in a second place: the ``anchors`` of a ledger, and the ``key`` they must be signed with.

    Once anchors were ``asked`` for, what nobody vouches for is a doubt; if ``lenient``, not what came after them.
    """

    asked: bool = False
    anchors: tuple[str, ...] = ()
    key: PublicKey | None = None
    lenient: bool = False


def chosen(name: str | None, output: Output, *, follow: bool, json: bool) -> LedgerPlace:
    """The ledger that was named; to follow without a name, that of the one run that lives."""
    what = "no ledger is named"
    if name is None and follow:
        from remit.supervisor.client import living

        alive = [folder for folder in living() if not folder.read_state().get("part_of")]
        what = f"{len(alive)} runs live ({', '.join(folder.run for folder in alive)})" if alive else "no run lives"
        if len(alive) == 1:
            return LedgerPlace(name=alive[0].run, kind="run", place=alive[0].record)
    if name is None:
        from remit.cli.log.list import show_ledgers

        show_ledgers(output, json=json)
        output.error(f"{what}, so nothing was watched: remit monitor --{'follow' if follow else 'replay'} LEDGER")
        raise typer.Exit(ExitCode.USAGE)
    return chosen_ledger(name, output, verb="show", json=json)


def controls_of(found: LedgerPlace, charter: Charter | None) -> Controls:
    """The control objects of a run as its folder tells them; of anything else the ledger, the charter, and shapes."""
    from dataclasses import replace

    from remit.monitor.controls.controls import Controls

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


def vouched_for(
    found: LedgerPlace, places: list[Path], output: Output, *, name: str, key: str | None, lenient: bool
) -> Vouched:
    """The anchors of a ledger in these files; leaves with 3 where a file, or the key, cannot be read."""
    from remit.cli.log.places import answering, public_key
    from remit.cli.log.verify import notes_of

    with answering(output, json=output.json):
        notes = tuple(notes_of(places, name or found.name, output)) if places else ()
        return Vouched(asked=bool(places), anchors=notes, key=public_key(key), lenient=lenient)


def recorded_faults(found: LedgerPlace, vouched: Vouched | None = None) -> list[str]:
    """What a verification of the ledger finds; without anchors, nothing found is no proof that there is nothing."""
    from remit.cli.log.places import public_key
    from remit.cli.log.verify import doubts_of
    from remit.errors import LedgerError
    from remit.ledger.opening import verify_place

    kept = vouched or Vouched(key=public_key(None))
    try:
        result = verify_place(found.place, anchors=kept.anchors, public_key=kept.key)
        unproved = doubts_of(found, result, lenient=kept.lenient) if kept.asked else ()
    except LedgerError as error:
        return [error.message]
    return [*(f"entry {fault.number}: {fault.what}" for fault in result.faults[:3]), *unproved]
