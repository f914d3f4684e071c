"""``remit beat``: say that an overseer is still there, where a dead-man's switch waits for it."""

from __future__ import annotations

from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.run_names import KeyFile, RunArgument, chosen_run, read_key

__all__ = ["beat"]


def beat(
    *,
    run: RunArgument = None,
    key_file: KeyFile = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Tell the dead-man's switch of a run that an overseer is there and it may go on.

    A run with `oversight.stop.heartbeat`, or started with `remit run --deadman`, is stopped when this is not said in
    time. A run in the foreground says it by itself for as long as its terminal lives.

    \b
    Examples:
      remit beat mailer-3f2a9c
      remit beat mailer-3f2a9c && echo "good for another while"

    \b
    Exit code: 0 heard, 4 not heard, 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    name = chosen_run(run, output, verb="beat", json=json)
    from remit.supervisor.client import beat as beat_run

    beat_run(name, key=read_key(key_file))
    if json:
        output.document({"schema": "remit.beat/1", "version": 1, "run": name, "heard": True})
    output.plain(f"heard  {name} may go on")
