"""``remit log why``: from one call back to the rule that let it, its grant, and what that makes worth doing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.exits import ExitCode
from remit.cli.log.choice import chosen_ledger
from remit.cli.log.places import LedgerArgument, answering
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.assurance.origin import Origin, Step

__all__ = ["why"]

_BONDS = {
    "is": "what it was",
    "leads": "what it is a step towards",
    "beside": "what the same grant opens",
}
_UNDER = {
    True: "",
    False: "another charter was in force then: what follows is about the one given",
    None: "the record does not say which charter was in force",
}


def why(
    *,
    ledger: LedgerArgument = None,
    number: Annotated[
        int | None,
        typer.Argument(metavar="ENTRY", min=1, help="The number of an entry of the call.", show_default=False),
    ] = None,
    charter: Annotated[
        Path | None,
        typer.Option(metavar="FILE", envvar="REMIT_CHARTER", help="The charter; the nearest remit.yaml, unless given."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Trace a call back: the rule that decided, the grant behind it, what the call does, and which drives that serves.

    A disappointing outcome is an act somebody allowed, or one nobody stood in front of. This names the line, and the
    other acts it opens. For how many goals they pay is what `remit explain CHARTER ACT` measures.

    \b
    Examples:
      remit log why mailer-3f2a9c 17
      remit log why mailer 17 --charter old.yaml --json

    \b
    Exit code: 0 shown, 2 usage (no such entry, no call), 3 unreadable.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = chosen_ledger(ledger, output, verb="why", json=json)
    if number is None:
        raise typer.BadParameter(f"which entry? remit log why {found.typed} NUMBER")
    from remit.assurance.origin import origin_of
    from remit.cli.locating import open_charter
    from remit.errors import IncidentError
    from remit.ledger.opening import reading

    rules = open_charter(charter)
    with answering(output, json=json), reading(found.place) as source:
        try:
            origin = origin_of(source.entries(), number, rules, stream=found.name)
        except IncidentError as error:
            output.error(error.message, error.hint)
            raise typer.Exit(int(ExitCode.USAGE)) from None
    if json:
        output.document(_document(origin, found.name, rules.path))
    else:
        output.show(*_screen(origin, found.name, rules.path))


def _screen(origin: Origin, ledger: str, charter: str) -> Iterator[RenderableType]:
    """The call, what let it happen, what it does, and the acts around it."""
    from rich.padding import Padding
    from rich.text import Text

    from remit.cli.headings import heading
    from remit.incentives.legible import visible

    def line(text: str, style: str = "") -> RenderableType:
        return Padding(Text(visible(text), style=style), (0, 0, 0, 2))

    yield heading("WHAT", f"entry {origin.entry} of {visible(ledger)}, {visible(origin.at)}")
    yield line(f"{origin.tool}  {origin.args}")
    yield line(f"decision: {origin.decision}; it was: {origin.result}", "dim")
    yield heading("LET BY" if origin.decision in {"allow", "ask"} else "DECIDED BY", visible(charter))
    for reason in origin.because or ("the record does not say why",):
        yield line(reason)
    if _UNDER[origin.same_charter]:
        yield line(_UNDER[origin.same_charter], "yellow")
    yield heading("WHAT IT DOES", "as the monitor reads it off the call")
    for one in origin.effects:
        yield line(f"{one.effect}  {one.certainty:.0%} certain")
    if not origin.effects:
        yield line("nothing that serves a drive or acts on a control object", "dim")
    for alert in origin.alerts:
        yield line(f"alert {alert.part}, strength {alert.strength:.2f}: {alert.why}", "yellow")
    yield from _around(origin, line)


def _around(origin: Origin, line: Any) -> Iterator[RenderableType]:
    """The acts the call belongs to, by how, and what they serve."""
    from remit.cli.headings import heading

    for bond, title in _BONDS.items():
        steps = [step for step in origin.steps if step.bond == bond]
        if steps:
            yield heading(title.upper())
            for step in steps:
                yield line(f"{step.act}  {step.title}")
                yield line(f"    {_told(step)}", "dim")
    yield heading("DRIVES", ", ".join(origin.parts) or "none of them serves one")
    act = next((step.act for step in origin.steps if step.parts), "")
    if act:
        yield line(f"for how many goals it pays: remit explain CHARTER {act}", "dim")


def _told(step: Step) -> str:
    """Whether it is allowed, what opens it, and what it serves."""
    allowed = {"yes": "granted", "no": "not granted"}.get(step.authorised, f"granted after asking {step.authorised}")
    serves = f"; serves {', '.join(step.parts)}" if step.parts else ""
    return f"{allowed}; opened by {step.opened_by}, {step.where}{serves}"


def _document(origin: Origin, ledger: str, charter: str) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "schema": "remit.origin/1",
        "version": 1,
        "ledger": ledger,
        "charter": charter,
        "charter_in_force": origin.same_charter,
        "entry": origin.entry,
        "at": origin.at,
        "tool": origin.tool,
        "decision": origin.decision,
        "result": origin.result,
        "because": list(origin.because),
        "effects": [{"effect": one.effect, "certainty": one.certainty} for one in origin.effects],
        "alerts": [{"part": one.part, "strength": one.strength, "why": one.why} for one in origin.alerts],
        "acts": [
            {
                "id": step.act, "title": step.title, "bond": step.bond.value, "authorised": step.authorised,
                "parts": list(step.parts), "opened_by": step.opened_by, "where": step.where,
            }
            for step in origin.steps
        ],
        "parts": list(origin.parts),
    }  # fmt: skip
