"""``remit diff``: what changes between two charters, in authority, in what becomes possible, and in every reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.completing import among
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Goals, Json, NoColor, Quiet, Seed
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.charter.comparison import Change
    from remit.incentives.comparison import Comparison

__all__ = ["diff"]

_POLICIES = ("widened", "resistance", "never")


def _known_policy(value: str) -> str:
    """Refuse a policy that does not exist, before anything is computed."""
    if value not in _POLICIES:
        raise typer.BadParameter(f"`{value}` is not a policy; choose one of {', '.join(_POLICIES)}")
    return value


def diff(
    *,
    old: Annotated[Path, typer.Argument(metavar="OLD", envvar="REMIT_OLD", help="The charter before.")],
    new: Annotated[
        Path | None,
        typer.Argument(
            metavar="NEW",
            envvar="REMIT_NEW",
            show_default=False,
            help="The charter after; else the nearest remit.yaml.",
        ),
    ] = None,
    json: Json = False,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            envvar="REMIT_DIFF_FAIL_ON",
            callback=_known_policy,
            autocompletion=among(*_POLICIES),
            help="What makes the exit code 1: widened (any new authority), resistance (new ways to resist), never.",
        ),
    ] = "widened",
    text_only: Annotated[
        bool, typer.Option("--text-only", envvar="REMIT_TEXT_ONLY", help="Compare authority only; compute no readings.")
    ] = False,
    goals: Goals = 2000,
    seed: Seed = 0,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Compare two charters: authority, what becomes possible, and the change of every reading.

    \b
    Examples:
      remit diff main.yaml remit.yaml
      git show main:remit.yaml > old.yaml; remit diff old.yaml --fail-on resistance
      remit diff old.yaml new.yaml --text-only    in a second, without readings

    \b
    Exit code: 0 nothing --fail-on names, 1 something, 10 unknown, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if text_only and fail_on == "resistance":
        raise typer.BadParameter("`--fail-on resistance` needs the readings that --text-only leaves out")
    output = Output(quiet=quiet, json=json, colour=not no_color)
    code = _compare(old, new, output, json=json, fail_on=fail_on, text_only=text_only, goals=goals, seed=seed)
    raise typer.Exit(int(code))


def _compare(
    old: Path, new: Path | None, output: Output, *, json: bool, fail_on: str, text_only: bool, goals: int, seed: int
) -> ExitCode:
    """Compare, print, and answer."""
    from remit.charter.comparison import compare_authority
    from remit.cli.charter.authority_screen import authority_screen, comparison_document
    from remit.cli.locating import open_charter
    from remit.cli.measuring import measure
    from remit.incentives.text_findings import lint_charter

    before, after = open_charter(old), open_charter(new)
    changes = compare_authority(before, after)
    output.show(*authority_screen(before.path, after.path, changes))
    comparison: Comparison | None = None
    unknown = False
    if not text_only:
        from remit.cli.charter.comparison_screen import comparison_screen
        from remit.incentives.comparison import compare
        from remit.incentives.reading_rules import is_unknown

        first = measure(before, lint_charter(before), output, goals=goals, seed=seed)
        second = measure(after, lint_charter(after), output, goals=goals, seed=seed)
        comparison, unknown = compare(first, second), is_unknown(second)
        output.show(*comparison_screen(comparison))
    if json:
        output.document(comparison_document(before, after, changes, comparison))
    return _answer(changes, comparison, unknown=unknown, fail_on=fail_on)


def _answer(changes: tuple[Change, ...], comparison: Comparison | None, *, unknown: bool, fail_on: str) -> ExitCode:
    """The exit code a policy gives."""
    if unknown:
        return ExitCode.HOLD
    widened = any(change.kind == "widened" for change in changes)
    resists = comparison is not None and bool(comparison.regressions)
    opened = comparison is not None and bool(comparison.new_affordances)
    failing = {"widened": widened or resists or opened, "resistance": resists, "never": False}[fail_on]
    return ExitCode.NO if failing else ExitCode.YES
