"""The options the verbs of ``remit case`` share: which case, and as of when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from remit.clock import Clock

__all__ = ["AsOf", "CaseArgument", "CaseOption", "clock_of", "locate_case"]

FILE_NAME = "case.yaml"

CaseArgument: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="CASE",
        envvar="REMIT_CASE",
        help="The safety case; without it the nearest case.yaml, looking upward from here.",
        show_default=False,
    ),
]
CaseOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--case",
        metavar="CASE",
        envvar="REMIT_CASE",
        help="The safety case; without it the nearest case.yaml, looking upward from here.",
        show_default=False,
    ),
]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        envvar="REMIT_AS_OF",
        help="Answer as of the end of this day (2026-11-21) or of a moment (2026-11-21T08:00:00Z); now, unless given.",
        show_default=False,
    ),
]


def locate_case(given: Path | None) -> Path:
    """The case a verb speaks of: the given one, else the nearest ``case.yaml`` from the working directory upward.

    A folder stands for the ``case.yaml`` in it. Raises ``CaseError`` when nothing is found.
    """
    import os

    from remit.errors import CaseError

    if given is not None:
        return given / FILE_NAME if given.is_dir() else given
    folder = Path.cwd().resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return Path(os.path.relpath(candidate / FILE_NAME))
    raise CaseError(
        f"there is no `{FILE_NAME}` in `{folder}` or above",
        code="assurance.case.unreadable",
        hint="write one with `remit case init`",
    )


def clock_of(as_of: str | None) -> Clock:
    """The clock of a verb: the machine's, or one that stands at the given moment; a day stands for its end, in UTC."""
    from datetime import UTC, date, datetime, time

    from remit.clock import FixedClock, SystemClock

    if as_of is None:
        return SystemClock()
    try:
        if len(as_of) == len("2026-11-21"):
            return FixedClock(datetime.combine(date.fromisoformat(as_of), time(23, 59, 59), UTC))
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise typer.BadParameter(f"`{as_of}` is no date: write it as 2026-11-21 or 2026-11-21T08:00:00Z") from None
    return FixedClock(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
