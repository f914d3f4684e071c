"""The ledgers of a running system that a case is looked at with: which, and what is counted in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from remit.assurance.case import Case
    from remit.assurance.counting import Counted
    from remit.assurance.views.state import State
    from remit.cli.output import Output

__all__ = ["LedgersOption", "RunsOption", "count_ledgers", "heed_ledgers"]

LedgersOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LEDGER",
        envvar="REMIT_CASE_LEDGER",
        help="Count the case's indicators in this ledger; several times for more.",
        show_default=False,
    ),
]
RunsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RUN",
        envvar="REMIT_CASE_RUN",
        help="Count them in the ledger of this run; several times for more.",
        show_default=False,
    ),
]


def count_ledgers(
    case: Case,
    path: Path,
    names: list[str],
    output: Output,
    *,
    until: datetime,
    since: datetime | None = None,
    benign: frozenset[str] = frozenset(),
) -> Counted:
    """Count the ledgers, the one that begins first before the others; a fault of one is a problem."""
    from contextlib import ExitStack
    from dataclasses import replace

    from remit.assurance.counting import NamedLedger, count_signals
    from remit.charter.reader import read_charter
    from remit.cli.log.choice import chosen_ledger
    from remit.cli.log.places import answering
    from remit.cli.monitor.source import recorded_faults
    from remit.errors import CharterError
    from remit.ledger.opening import reading

    places = [chosen_ledger(name, output, verb="show") for name in dict.fromkeys(names)]
    try:
        charter = read_charter(path.parent / case.charter)
    except CharterError:
        charter = None
    with ExitStack() as open_ledgers, answering(output, json=output.json):
        sources = [(place, open_ledgers.enter_context(reading(place.place))) for place in places]
        begun = {place.name: next((entry.at for entry in source.entries(1, 2)), "") for place, source in sources}
        sources.sort(key=lambda opened: begun[opened[0].name])
        counted = count_signals(
            [NamedLedger(name=place.name, entries=source.entries()) for place, source in sources],
            charter=charter,
            since=since,
            until=until,
            benign=benign,
        )
    faults = [f"`{place.name}`: {fault}" for place in places for fault in recorded_faults(place)]
    return replace(counted, problems=(*counted.problems, *faults))


def heed_ledgers(state: State, names: list[str], output: Output) -> State:
    """The state with a verdict that heeds the indicators these ledgers show; without ledgers as it was."""
    if not names:
        return state
    from dataclasses import replace

    from remit.assurance.review.indicators import heed_indicators

    case = state.assessment.case
    counted = count_ledgers(case, Path(case.file), names, output, until=state.assessment.as_of)
    return replace(state, release=heed_indicators(state.release, case, counted))
