"""``remit case review``: what happened since the last review, from records only, and that somebody looked at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.case.ledgers import LedgersOption, RunsOption
from remit.cli.case.options import AsOf, CaseArgument, clock_of, locate_case
from remit.cli.case.review_options import (
    BenignOption,
    ByOption,
    ClaimOption,
    DoneOption,
    FollowingOption,
    FoundOption,
    MarkdownOption,
    SinceOption,
)
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rich.console import RenderableType

    from remit.assurance.review.review import ReviewPack

__all__ = ["review"]


def review(
    case: CaseArgument = None,
    *,
    ledger: LedgersOption = None,
    run: RunsOption = None,
    since: SinceOption = "",
    as_of: AsOf = None,
    benign: BenignOption = None,
    done: DoneOption = False,
    by: ByOption = "",
    found: FoundOption = "",
    following: FollowingOption = "",
    claim: ClaimOption = "C-review",
    markdown: MarkdownOption = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """What a review after release has to look at, from records only: indicators, drills, incidents, doubts, what ends.

    Indicators are counted from the ledgers that are given. One that fails, one nobody can tell, and a review that is
    late or that nobody set a date for are HOLD. With --done a named person says that they looked: that becomes a record
    of kind `review`, and the date of the next one goes into the case.

    \b
    Examples:
      remit case review --run mailer-3f2a9c --run mailer-88d0e1
      remit case review --ledger postgresql://ledger.acme.example/fleet --since 2026-10-01 --markdown
      remit case review --run mailer --done --by lena --next 2027-02-20 --found "two calls denied for nothing"

    \b
    Exit code: 0 nothing holds, 10 HOLD, 2 usage, 3 the case or a ledger cannot be read. With --done: 0 it counts.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    if done and as_of is not None:
        raise typer.BadParameter("a review takes place now: --done and --as-of do not go together")
    begun = _day(since, "--since")
    packed = _packed(path, [*(ledger or ()), *(run or ())], begun, as_of, frozenset(benign or ()), output)
    if done:
        from remit.cli.case.reviewed import write_review

        raise typer.Exit(int(write_review(path, packed, by=by, found=found, following=following, claim=claim)))
    if json:
        from remit.assurance.review.text import encode_review

        output.document(encode_review(packed))
    elif markdown:
        from remit.assurance.review.text import review_markdown

        output.data(review_markdown(packed))
    else:
        output.show(*_screen(packed))
    raise typer.Exit(int(ExitCode.HOLD if packed.reasons else ExitCode.YES))


def _packed(
    path: Path, ledgers: list[str], since: datetime | None, as_of: str | None, benign: frozenset[str], output: Output
) -> ReviewPack:
    """Everything there is to look at."""
    from remit.assurance.case import DefeaterStatus
    from remit.assurance.health import assess_case
    from remit.assurance.looking import look
    from remit.assurance.reader import read_case
    from remit.assurance.review.review import last_review, pack
    from remit.cli.case.ledgers import count_ledgers
    from remit.cli.case.review_history import earlier_records, first_written

    clock = clock_of(as_of)
    case = read_case(path)
    observed = look(case, clock=clock)
    assessment = assess_case(case, observed, as_of=clock.now())
    begun = since if since is not None else last_review(assessment, observed)
    drills = [item.file for item in case.evidence.values() if item.kind == "interruption_drill"]
    waiting = [doubt.id for doubt in case.defeaters.values() if doubt.status is not DefeaterStatus.REBUTTED]
    return pack(
        assessment,
        observed,
        count_ledgers(case, path, ledgers, output, since=begun, until=clock.now(), benign=benign),
        since=begun,
        history=earlier_records(path, drills=drills),
        first_seen=first_written(path, waiting),
    )


def _day(text: str, option: str) -> datetime | None:
    """The beginning of a day, ``None`` for nothing."""
    from datetime import UTC, datetime

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: `{text}` is no date: write it as 2026-11-21") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _screen(packed: ReviewPack) -> Iterator[RenderableType]:
    """The pack as tables."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from remit.assurance.review.sections import review_sections
    from remit.cli.headings import heading
    from remit.incentives.legible import visible

    since = packed.since.isoformat()[:10] if packed.since is not None else "the beginning"
    verdict = "HOLD" if packed.reasons else "no reason to hold"
    yield heading(f"REVIEW {visible(packed.case.id)}", f"{verdict}, as of {packed.as_of.date()}, since {since}")
    for section in review_sections(packed):
        yield heading(section.title.upper(), "" if section.rows else section.nothing)
        if not section.rows:
            continue
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        for head in section.heads:
            table.add_column(head)
        for row in section.rows:
            table.add_row(*(Text(visible(cell)) for cell in row))
        yield Padding(table, (0, 0, 0, 2))
