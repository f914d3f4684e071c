"""``remit case diff``: what changed between two states of a safety case, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.case.options import AsOf, clock_of
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.assurance.views.comparison import Comparison
    from remit.assurance.views.state import State
    from remit.clock import Clock

__all__ = ["diff_cases"]

_POLICIES = ("weaker", "never")


def _known_policy(value: str) -> str:
    """Refuse a policy that does not exist."""
    if value not in _POLICIES:
        raise typer.BadParameter(f"`{value}` is not a policy; choose one of {', '.join(_POLICIES)}")
    return value


def diff_cases(
    old: Annotated[
        str, typer.Argument(metavar="OLD", envvar="REMIT_CASE_OLD", help="The case before: a file, or REVISION:PATH.")
    ],
    new: Annotated[
        str,
        typer.Argument(metavar="NEW", envvar="REMIT_CASE_NEW", help="The case after: a file, or REVISION:PATH."),
    ] = "case.yaml",
    *,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            envvar="REMIT_CASE_DIFF_FAIL_ON",
            callback=_known_policy,
            help="What makes the exit code 1: weaker (the case asks for less, or shows less), never.",
        ),
    ] = "weaker",
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Say what changed between two states of a safety case: claims, evidence, doubts, people, and the verdict.

    Both are judged as of one moment, so that nothing differs only because time passed. A revision of git is read
    without touching the working copy; evidence and charter are those of the same revision.

    \b
    Examples:
      remit case diff HEAD~1:case.yaml
      remit case diff main:agents/mailer/case.yaml agents/mailer/case.yaml
      remit case diff old/case.yaml new/case.yaml --as-of 2026-11-21 --json

    \b
    Exit code: 0 nothing --fail-on names, 1 the case got weaker, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.views.comparison import compare_cases

    output = Output(quiet=quiet, json=json, colour=not no_color)
    clock = clock_of(as_of)
    before, after = _state(old, clock), _state(new, clock)
    found = compare_cases(before.assessment, before.release, after.assessment, after.release)
    if json:
        output.document(_document(old, new, found))
    else:
        output.show(*_screen(found))
    raise typer.Exit(int(ExitCode.NO if found.weaker and fail_on == "weaker" else ExitCode.YES))


def _state(given: str, clock: Clock) -> State:
    """A case from a file, or from a revision where no such file exists and the name holds a colon."""
    from remit.assurance.views.state import state_of_case
    from remit.cli.case.options import locate_case

    revision, colon, path = given.partition(":")
    if Path(given).exists() or not colon or not revision:
        return state_of_case(locate_case(Path(given)), clock=clock)
    from remit.cli.case.revision import state_at

    return state_at(revision, path or "case.yaml", clock=clock)


def _screen(found: Comparison) -> Iterator[RenderableType]:
    """The verdicts, why, and every change with a word for its direction."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from remit.cli.headings import heading
    from remit.incentives.legible import visible

    same = found.before is found.after
    verdict = f"{found.after}, as before" if same else f"was {found.before}, is {found.after}"
    yield heading("VERDICT", verdict)
    for why in found.why:
        yield Padding(Text(visible(why)), (0, 0, 0, 2))
    if not found.changes:
        yield Text("nothing else changed" if found.why else "nothing changed")
        return
    yield heading("CHANGES", f"{len(found.changes)}, {'weaker' if found.weaker else 'none weaker'}")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for change in found.changes:
        mark = "" if change.direction == "neither" else str(change.direction)
        table.add_row(*(Text(visible(cell)) for cell in (mark, change.part, change.id, change.sentence)))
    yield Padding(table, (0, 0, 0, 2))


def _document(old: str, new: str, found: Comparison) -> dict[str, Any]:
    """The comparison as JSON (``remit.case-diff/1``)."""
    return {
        "schema": "remit.case-diff/1",
        "version": 1,
        "old": old,
        "new": new,
        "verdict": {"before": found.before.value, "after": found.after.value, "why": list(found.why)},
        "weaker": found.weaker,
        "changes": [
            {"part": item.part, "id": item.id, "change": item.sentence, "direction": item.direction.value}
            for item in found.changes
        ],
    }
