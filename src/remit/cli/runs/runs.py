"""``remit runs``: every run known to this account, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remit.supervisor.registry import RunFolder

__all__ = ["list_runs", "runs"]

_LATEST = 10  # ended runs that are listed unless all are asked for


def runs(
    *,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            "-a",
            envvar="REMIT_RUNS_ALL",
            help=f"Not only the last {_LATEST} that ended: every one, with drills and the servers of runs and proxies.",
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """List the runs of this account: those that live, and the last that ended.

    The servers of a run, which end with it, those of a proxy that have ended, and the runs of a drill are left out
    unless all are asked for.

    \b
    Examples:
      remit runs                   what runs, since when, and how the last runs ended
      remit runs --all --json      every run there is a record of, as data
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    list_runs(Output(quiet=quiet, json=json, colour=not no_color), json=json, every=every)


def list_runs(output: Output, *, json: bool, every: bool) -> None:
    """Print the runs, the newest first and those that live before all others."""
    import os
    import time

    from remit.supervisor.client import living
    from remit.supervisor.registry import runs as known

    names = {folder.run for folder in living()}
    found = [folder for folder in reversed(known(os.environ)) if every or _is_own(folder, alive=folder.run in names)]
    alive = [folder for folder in found if folder.run in names]
    ended = [folder for folder in found if folder.run not in names]
    shown = [*alive, *(ended if every else ended[:_LATEST])]
    states = [(folder, _state(folder, alive=folder.run in names)) for folder in shown]
    if json:
        document = [_document(folder, state) for folder, state in states]
        output.document({"schema": "remit.runs/1", "version": 1, "runs": document})
        return
    from remit.cli.runs.runs_screen import runs_screen

    output.show(*runs_screen(states, left=len(found) - len(shown), now=time.time()))


def _is_own(folder: RunFolder, *, alive: bool) -> bool:
    """Whether somebody started it for its own sake, or has to know of it: no drill, no server of another run.

    The server of a proxy has to be known of while it lives; then it is only what an agent was connected to.
    """
    return folder.of_its_own and (alive or folder.read_state().get("role") != "server")


def _state(folder: RunFolder, *, alive: bool) -> Mapping[str, Any]:
    """How a run stands: its supervisor is asked where there is one, otherwise its folder tells."""
    from remit.errors import RemitError
    from remit.supervisor.client import status

    state = folder.read_state()
    if state.get("phase") == "ended":
        return state
    if not alive:
        return {**state, "phase": "lost"}
    try:
        return status(folder.run)
    except RemitError:
        return {**state, "phase": "lost"}


def _document(folder: RunFolder, state: Mapping[str, Any]) -> dict[str, Any]:
    """A run as data."""
    kept = (
        "phase",
        "how",
        "status",
        "verdict",
        "began",
        "backend",
        "requirement",
        "command",
        "subject",
        "role",
        "part_of",
    )
    return {"run": folder.run, **{key: state.get(key) for key in kept}, "folder": str(folder.path)}
