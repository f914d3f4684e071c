"""Which run a verb speaks of: the argument, its completion, and what is said when none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli.exits import ExitCode

if TYPE_CHECKING:
    from remit.cli.output import Output

__all__ = ["KeyFile", "RunArgument", "chosen_run", "known_runs", "read_key"]


def known_runs(incomplete: str) -> list[str]:
    """The names of runs that start as typed, those that live first."""
    import os

    from remit.supervisor.client import living
    from remit.supervisor.registry import runs

    alive = [folder.run for folder in living()]
    every = [folder.run for folder in reversed(runs(os.environ))]
    return [name for name in dict.fromkeys([*alive, *every]) if name.startswith(incomplete)]


RunArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        envvar="REMIT_RUN",
        autocompletion=known_runs,
        help="The run, or as much of its name as only it starts with; without it, the runs there are.",
        show_default=False,
    ),
]
KeyFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_KEY_FILE",
        help="The overseer's key you were given; without it the one of the run's owner.",
        show_default=False,
    ),
]


def chosen_run(run: str | None, output: Output, *, verb: str, json: bool = False) -> str:
    """The run that was named; without one the runs there are are listed, and the verb ends with a usage error.

    A beginning is enough where one run that lives starts with it, however many that ended do too.
    """
    if run:
        return _whole_name(run)
    from remit.cli.runs.runs import list_runs

    list_runs(output, json=json, every=False)
    output.error(f"no run is named, so nothing was done: remit {verb} RUN")
    raise typer.Exit(ExitCode.USAGE)


def _whole_name(run: str) -> str:
    """The name of the one living run that starts like this; where none does, of the last that ended and does.

    Servers of a run are meant only where no other run is. Raises ``SupervisorError`` where several living runs start
    like this: nobody can tell which one is meant.
    """
    import os

    from remit.errors import SupervisorError
    from remit.supervisor.client import living
    from remit.supervisor.registry import runs

    known = [folder for folder in runs(os.environ) if folder.run.startswith(run)]
    if any(folder.run == run for folder in known):
        return run
    found = [folder for folder in living() if folder.run.startswith(run)]
    alive = [folder.run for folder in found if not folder.read_state().get("part_of")] or [one.run for one in found]
    if not alive and known:
        return known[-1].run
    if len(alive) > 1:
        names = ", ".join(alive)
        message = f"{len(alive)} runs that live start with `{run}`"
        raise SupervisorError(message, code="supervisor.unknown-run", hint=f"which one: {names}")
    return alive[0] if alive else run


def read_key(path: str | None) -> str | None:
    """The key in a file, ``None`` for the owner's; raises ``RemitError`` where the file cannot be read."""
    from pathlib import Path

    from remit.errors import RemitError

    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it is no key").lower()
        raise RemitError(f"`{path}` cannot be read: {reason}", hint="name the file the key was saved in") from None
