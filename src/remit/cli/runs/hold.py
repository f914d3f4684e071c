"""``remit hold``: nothing new leaves a run, and every process of it stands still."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.run_names import RunArgument, chosen_run

__all__ = ["hold"]


def hold(
    *,
    run: RunArgument = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", envvar="REMIT_REASON", help="Why, for the record.", show_default=False)
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Hold a run: start nothing new, stand still. The agent is not asked.

    The kernel freezes every process of the run, and calls that wait at the proxy go on waiting. Nothing is lost:
    `remit resume` lets it go on, `remit stop` ends it from here just as well.

    \b
    Examples:
      remit hold                         the runs there are
      remit hold mailer-3f2a9c           hold one
      remit hold mailer --reason "wrong recipients"

    \b
    Exit code: 0 held, 4 not held (the kernel did not freeze it), 10 held in part (no cage), 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    name = chosen_run(run, output, verb="hold", json=json)
    from remit.cli.seconds import span
    from remit.supervisor.client import hold as hold_run

    answer = hold_run(name, reason=reason)
    held, why = answer.get("held") is True, str(answer.get("reason") or "")
    took = float(str(answer.get("took") or 0.0))
    if json:
        document = {"run": name, "held": held, "took": took, "reason": why}
        output.document({"schema": "remit.hold/1", "version": 1, **document})
    elif held:
        still = "what was found stands still" if why else "every process stands still, no call leaves"
        output.plain(f"held  {name}  in {span(took)}: {still}")
        if why:
            output.plain(f"      but {why}")
        output.plain(f"      go on: remit resume {name}   end it: remit stop {name}")
    else:
        output.error(
            f"`{name}` is not held: {why or 'the kernel did not say that it stands still'}", "remit stop ends it"
        )
    if held and why:
        raise typer.Exit(ExitCode.HOLD)
    raise typer.Exit(ExitCode.YES if held else ExitCode.COULD_NOT)
