"""``remit resume``: let a held run go on, which takes an overseer's key."""

from __future__ import annotations

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.run_names import KeyFile, RunArgument, chosen_run, read_key

__all__ = ["resume"]


def resume(
    *,
    run: RunArgument = None,
    key_file: KeyFile = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Let a held run go on. It takes an overseer's key, which the agent never sees.

    Whoever started the run has the key: it lies in the run's folder, outside of the agent's reach.

    \b
    Examples:
      remit resume mailer-3f2a9c
      remit resume mailer-3f2a9c --key-file ~/keys/mailer

    \b
    Exit code: 0 it goes on, 4 it does not (not held, no valid key, ended), 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    name = chosen_run(run, output, verb="resume", json=json)
    from remit.supervisor.client import resume as resume_run

    resumed = resume_run(name, key=read_key(key_file)).get("resumed") is True
    if json:
        output.document({"schema": "remit.resume/1", "version": 1, "run": name, "resumed": resumed})
    elif resumed:
        output.plain(f"resumed  {name}")
    else:
        output.error(
            f"`{name}` does not go on: a stop came first, or the kernel did not thaw it", "remit runs shows it"
        )
    raise typer.Exit(ExitCode.YES if resumed else ExitCode.COULD_NOT)
