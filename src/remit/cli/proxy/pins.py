"""``remit pins``: the tools of every server as they were first seen, and those that have changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.proxy.pins import Pin, PinStore

__all__ = ["pins"]


def pins(
    *,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOOL", help="Let this tool be what it has changed to; may be repeated.", show_default=False
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(metavar="NAME", envvar="REMIT_SERVER", help="Only the tools of this server.", show_default=False),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(metavar="NAME", envvar="REMIT_AGENT", help="Only the tools of this agent.", show_default=False),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Show the tools behind `remit proxy` as they are pinned, and review those that have changed.

    A tool is pinned when it is first listed: its name, its description and its arguments. When a server changes one,
    its calls are refused until somebody has read the new words here and accepted them. Read them as you would read
    instructions to your agent, because that is what they are to a model.

    \b
    Examples:
      remit pins                                what is pinned, and what has changed, word for word
      remit pins --server mcp-server-git
      remit pins --accept git_log               believe the new definition from now on

    \b
    Exit code: 0 nothing is held, 1 a tool has changed and is held, 2 there is no such change to accept.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    import os

    from remit.ledger.places import state_folder
    from remit.proxy.pins import PinStore

    store = PinStore(path=state_folder(os.environ) / "pins.db")
    if accept:
        _accept(store, accept, server, agent, output)
    shown = _of(store, server, agent)
    held = [pin for pin in shown if pin.state == "drifted"]
    if json:
        output.document({"schema": "remit.pins/1", "version": 1, "pins": [_document(pin) for pin in shown]})
    else:
        _show(shown, output)
    raise typer.Exit(ExitCode.NO if held else ExitCode.YES)


def _accept(store: PinStore, tools: list[str], server: str | None, agent: str | None, output: Output) -> None:
    """Accept what has changed; raises ``typer.BadParameter`` for a tool that has not."""
    held = [pin for pin in _of(store, server, agent) if pin.state == "drifted"]
    for tool in tools:
        found = [pin for pin in held if pin.tool == tool]
        if not found:
            raise typer.BadParameter(f"no change of a tool `{tool}` waits here; `remit pins` lists what does")
        if len(found) > 1:
            places = ", ".join(f"{pin.agent}/{pin.server}" for pin in found)
            raise typer.BadParameter(f"`{tool}` has changed in more than one place ({places}): add --server or --agent")
        store.accept(found[0].agent, found[0].server, tool)
        output.notice(f"accepted `{tool}` of `{found[0].server}`, digest {found[0].digest[:19]}", "green")


def _of(store: PinStore, server: str | None, agent: str | None) -> tuple[Pin, ...]:
    """The pins that were asked for."""
    return tuple(pin for pin in store.pins() if server in (None, pin.server) and agent in (None, pin.agent))


def _show(pins: tuple[Pin, ...], output: Output) -> None:
    """Print pins, and of what has changed both forms."""
    if not pins:
        output.plain("nothing is pinned here: a tool is pinned when a server behind `remit proxy` first lists it, ")
        output.plain("unless the charter that grants it pins it itself")
    before = {(pin.agent, pin.server, pin.tool): pin for pin in pins if pin.state == "pinned"}
    place = ("", "")
    for pin in pins:
        if (pin.agent, pin.server) != place:
            place = (pin.agent, pin.server)
            output.plain(f"{pin.server}  (for the agent {pin.agent})")
        if pin.state == "pinned":
            output.plain(f"  pinned  {pin.tool}  {pin.digest[:19]}  since {pin.since[:10]}")
        else:
            output.plain(f"  HELD    {pin.tool}  {pin.digest[:19]}  changed {pin.since[:10]}")
            _compare(before.get((pin.agent, pin.server, pin.tool)), pin, output)


def _compare(old: Pin | None, new: Pin, output: Output) -> None:
    """Print what differs between two forms of a tool, line by line."""
    import difflib
    import json

    forms = [json.dumps(form.document, indent=1, ensure_ascii=False) if form else "" for form in (old, new)]
    before, after = (form.replace("\\n", "\n    ").splitlines() for form in forms)
    for line in difflib.unified_diff(before, after, lineterm="", n=1):
        if not line.startswith(("---", "+++", "@@")):
            output.plain(f"      {line}")


def _document(pin: Pin) -> dict[str, object]:
    """A pin as data."""
    kept = {"agent": pin.agent, "server": pin.server, "tool": pin.tool, "state": pin.state}
    return {**kept, "digest": pin.digest, "since": pin.since, "definition": dict(pin.document)}
