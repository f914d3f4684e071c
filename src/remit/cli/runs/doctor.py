"""``remit doctor``: what this host can enforce, shown by trying it now, and what to do about the rest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from remit.confinement import Degree, Piece
    from remit.supervisor.probes import Probe

__all__ = ["best_of_pieces", "doctor", "missing_probes"]


def doctor(
    *,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Show what this host can enforce. Nothing is believed because it exists: each line was just tried on a process.

    A probe builds the mechanism, sees it work on a living process, and sees that without it the same process would
    have gone on. What did not work comes with what to install, to switch on or to delegate.

    \b
    Examples:
      remit doctor                 before the first run on a machine
      remit doctor --json          for an inventory of machines
      remit doctor --quiet || echo "remit run would refuse some charters here"

    \b
    Exit code: 0 everything was seen to work, 10 something is missing.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    from remit.cli.progress import progress
    from remit.supervisor.probes import probe_all

    with progress(output) as report:
        probes = probe_all(lambda number, count, name: report(name, number - 1, count))
    missing = missing_probes(probes)
    if json:
        output.document(_document(probes, missing))
    else:
        from remit.cli.runs.doctor_screen import doctor_screen

        output.show(*doctor_screen(probes, missing))
    raise typer.Exit(ExitCode.HOLD if missing else ExitCode.YES)


def best_of_pieces(probes: Sequence[Probe]) -> dict[Piece, Degree]:
    """The best any probe of a piece showed: what a run here may hope for."""
    from remit.confinement import Degree

    ranks = [Degree.NONE, Degree.PARTIAL, Degree.FULL]
    best: dict[Piece, Degree] = {}
    for probe in probes:
        if probe.piece is not None:
            best[probe.piece] = max(best.get(probe.piece, Degree.NONE), probe.degree, key=ranks.index)
    return best


def missing_probes(probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """The probes that did not give everything; a second-best that works is none of them where the best does too."""
    from remit.confinement import Degree

    best = best_of_pieces(probes)
    return tuple(
        probe
        for probe in probes
        if probe.degree is Degree.NONE
        or (probe.degree is Degree.PARTIAL and (probe.piece is None or best[probe.piece] is not Degree.FULL))
    )


def _document(probes: Sequence[Probe], missing: Sequence[Probe]) -> dict[str, Any]:
    """What was seen, as JSON values."""
    return {
        "schema": "remit.doctor/1",
        "version": 1,
        "ready": not missing,
        "pieces": dict(best_of_pieces(probes)),
        "missing": [probe.name for probe in missing],
        "probes": [asdict(probe) for probe in probes],
    }
