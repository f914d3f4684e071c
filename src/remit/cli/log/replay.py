"""``remit replay``: what a charter would have decided about the calls a ledger tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.completing import among
from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.places import LedgerArgument, answering
from remit.cli.options import CharterArgument, Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.guard.replaying import Again, Replay

__all__ = ["replay"]

_POLICIES = ("changed", "allowed", "denied", "never")
_SHOWN = 20


def _known_policy(value: str) -> str:
    """Refuse a policy that does not exist, before anything is read."""
    if value not in _POLICIES:
        raise typer.BadParameter(f"`{value}` is not a policy; choose one of {', '.join(_POLICIES)}")
    return value


def replay(
    *,
    ledger: LedgerArgument = None,
    charter: CharterArgument = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            envvar="REMIT_REPLAY_FAIL_ON",
            callback=_known_policy,
            autocompletion=among(*_POLICIES),
            help="What makes the exit code 1: changed, allowed (newly allowed), denied (newly denied or asked), never.",
        ),
    ] = "changed",
    known: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", envvar="REMIT_KNOWN", help="Somebody already dealt with then; repeat it."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Decide every call of a ledger again under another charter: what would be denied now, and what allowed.

    Nothing is run and nothing is written. Try a charter on last week before an agent lives under it.

    \b
    Examples:
      remit replay mailer-3f2a9c remit.yaml
      remit replay mailer new.yaml --fail-on allowed
      remit replay clerk --json | jq '.changed[] | select(.change == "newly denied")'

    \b
    Exit code: 0 nothing --fail-on names, 1 something, 10 unknown, 2 usage, 3 unreadable.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = chosen_ledger(ledger, output, verb="show", json=json)
    from remit.cli.locating import open_charter
    from remit.guard.replaying import replay as replay_entries
    from remit.ledger.opening import reading

    rules = open_charter(charter)
    with answering(output, json=json), reading(found.place) as source:
        played = replay_entries(source.entries(), rules, known=frozenset(known) if known else None)
    if json:
        document = {"ledger": found.name, "path": rules.path, **played.document()}
        output.document({"schema": "remit.replay/1", "version": 1, **document})
    else:
        _show(output, found.name, rules.path, played)
    raise typer.Exit(int(_answer(played, fail_on)))


def _show(output: Output, ledger: str, path: str, played: Replay) -> None:
    """The replay on a terminal: the count, then each call that would go otherwise, grouped by how."""
    count = len(played.calls)
    changed = played.changed()
    told = "1 call" if count == 1 else f"{count} calls"
    output.plain(f"{ledger} under {path}: {told}, {len(changed)} would go otherwise")
    if played.skipped:
        entries = "1 entry tells of a call" if played.skipped == 1 else f"{played.skipped} entries tell of calls"
        output.plain(f"{entries} that no charter decided")
    for change in ("newly allowed", "newly denied", "newly asked", "unknown"):
        calls = played.changed(change)
        if calls:
            output.plain()
            output.plain(f"{change.upper()}  {len(calls)}")
            for call in calls[:_SHOWN]:
                output.plain(f"  {_line(call)}")
            if len(calls) > _SHOWN:
                output.plain(f"  and {len(calls) - _SHOWN} more: --json lists them all")


def _line(call: Again) -> str:
    """One call: its entry, its tool, and why."""
    why = call.because[0] if call.because else ""
    return f"{call.number:>6}  {call.tool}  ({call.before} before)  {why}"


def _answer(played: Replay, fail_on: str) -> ExitCode:
    """The exit code a policy gives; what nobody can know is never a pass."""
    named = {
        "changed": ("newly allowed", "newly denied", "newly asked"),
        "allowed": ("newly allowed",),
        "denied": ("newly denied", "newly asked"),
        "never": (),
    }[fail_on]
    if any(played.changed(change) for change in named):
        return ExitCode.NO
    return ExitCode.HOLD if named and played.changed("unknown") else ExitCode.YES
