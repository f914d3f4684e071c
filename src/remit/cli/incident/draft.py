"""``remit incident draft``: a record from entries of a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.log.places import LedgerPlace

__all__ = ["draft"]

_MOST = 200_000  # entries of a range


def draft(
    *,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", envvar="REMIT_INCIDENT_RUN", help="The run it happened in."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", metavar="FILE", envvar="REMIT_INCIDENT_LEDGER", help="The ledger it is recorded in."),
    ] = None,
    start: Annotated[
        int, typer.Option("--from", metavar="N", min=1, envvar="REMIT_INCIDENT_FROM", help="The first entry.")
    ] = 1,
    end: Annotated[
        int | None,
        typer.Option("--to", metavar="M", min=1, envvar="REMIT_INCIDENT_TO", help="The last entry; else to the end."),
    ] = None,
    charter: Annotated[
        Path | None,
        typer.Option("--charter", metavar="FILE", envvar="REMIT_CHARTER", help="What the agent was allowed."),
    ] = None,
    grace: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, envvar="REMIT_GRACE", help="How long a step in flight may take to end."),
    ] = 5.0,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", envvar="REMIT_INCIDENT_FILE", help="Write there instead."),
    ] = None,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Draft a record from entries of a ledger: signals, deliveries, denials, acts after them, the second stop, the end.

    Facts get pointers to the entries that show them. What no entry shows stays unknown: what was meant, what was said
    elsewhere, what would have happened otherwise. The draft is for a person to go over; nothing is sent anywhere.

    \b
    Examples:
      remit incident draft --run mailer-3f2a9c --from 40 --to 60 > incidents/I-1.yaml
      remit incident draft --ledger fleet.db -o incidents/I-2.yaml

    \b
    Exit code: 0 drafted, 1 the ledger was changed, 3 it cannot be read, 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, colour=not no_color)
    if (run is None) == (ledger is None):
        raise typer.BadParameter("name the run (--run) or the ledger (--ledger), one of them")
    if end is not None and end < start:
        raise typer.BadParameter(f"--to {end} lies before --from {start}")
    from remit.cli.log.choice import chosen_ledger

    found = chosen_ledger(run if ledger is None else str(ledger), output, verb="show")
    text, intact = _drafted(found, _charter(charter), output, start=start, end=end, grace=grace)
    if file is None:
        output.data(text)
    else:
        from remit.cli.files import write_file

        write_file(file, text)
        output.notice(f"wrote {file}: go over it, then remit incident classify {file}")
    raise typer.Exit(ExitCode.YES if intact else ExitCode.NO)


def _charter(path: Path | None) -> Charter | None:
    """The charter that was named."""
    if path is None:
        return None
    from remit.charter.reader import read_charter

    return read_charter(path)


def _drafted(
    found: LedgerPlace, charter: Charter | None, output: Output, *, start: int, end: int | None, grace: float
) -> tuple[str, bool]:
    """The text of the draft, and whether the ledger is still what was recorded."""
    from remit.assurance.incidents.drafting import draft_incident
    from remit.assurance.incidents.writing import write_incident
    from remit.cli.log.places import answering
    from remit.cli.monitor.source import controls_of, recorded_faults
    from remit.ledger.opening import reading

    with answering(output, json=False), reading(found.place) as source:
        last = min(source.size, start + _MOST - 1 if end is None else end)
        if last < start:
            raise typer.BadParameter(f"the ledger has {source.size} entries, none of them from {start} on")
        if last - start >= _MOST:
            raise typer.BadParameter(f"a range has at most {_MOST} entries")
        faults = recorded_faults(found)
        document = draft_incident(
            source.entries(start, last + 1),
            stream=found.name,
            charter=charter,
            controls=controls_of(found, charter),
            grace=grace,
            intact=not faults,
        )
    for fault in faults:
        output.error(f"the ledger is not what was recorded: {fault}", "its draft is graded B; remit log verify")
    if end is None and source.size > last:
        output.error(f"only the first {_MOST} entries were read", "name the range with --from and --to")
    return write_incident(document), not faults
