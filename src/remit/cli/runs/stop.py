"""``remit stop``: end a run, prove it, and say what it left behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.run_names import RunArgument, chosen_run
from remit.cli.seconds import parse_seconds

if TYPE_CHECKING:
    from remit.supervisor.report import StopReport

__all__ = ["stop", "stop_code"]

_REASON = "asked for by an overseer"


def stop(
    *,
    run: RunArgument = None,
    every: Annotated[
        bool, typer.Option("--all", envvar="REMIT_STOP_ALL", help="Every run of this account that lives.")
    ] = False,
    grace: Annotated[
        float,
        typer.Option(
            metavar="S", envvar="REMIT_GRACE", parser=parse_seconds, help="Time for it to end by itself, first."
        ),
    ] = 0.0,
    within: Annotated[
        float,
        typer.Option(metavar="S", envvar="REMIT_WITHIN", parser=parse_seconds, help="Time the proof may take."),
    ] = 2.0,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", envvar="REMIT_REASON", help="Why, for the record.", show_default=False)
    ] = _REASON,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Stop a run: kill every process of it, prove that none is left, say what it left behind. The agent is not asked.

    It works without the run's supervisor, too. With --grace the agent is told first and may bring things to a safe
    end; whatever it does with the time, it is over then. Ctrl-C or a second `remit stop` cuts the grace short.

    \b
    Examples:
      remit stop mailer-3f2a9c              at once
      remit stop mailer --grace 5s          let it finish what it has in hand
      remit stop --all                      everything this account runs
      python -I -m remit.supervisor stop mailer-3f2a9c
                                            the same with the standard library alone

    \b
    Exit code: 0 proved dead, 4 survivors, 10 not proved, 2 usage (no such run).
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    if every and run:
        raise typer.BadParameter("a run and --all at once: name the run, or stop them all")
    names = _living() if every else [chosen_run(run, output, verb="stop", json=json)]
    reports = _stop_each(names, grace=grace, within=within, reason=reason, alone=not every)
    if json:
        _document(output, reports, every=every)
    elif not output.quiet:
        _show(output, reports)
    for report in reports:
        _seal(report)  # the receipt has been given: nothing of the stop waits for this
    raise typer.Exit(max((stop_code(report) for report in reports), key=_WORST.index, default=ExitCode.YES))


_WORST = [ExitCode.YES, ExitCode.HOLD, ExitCode.COULD_NOT]


def stop_code(report: StopReport) -> ExitCode:
    """The exit code of one receipt: only a proved end is a yes."""
    from remit.supervisor.report import Verdict

    codes = {Verdict.DEAD: ExitCode.YES, Verdict.SURVIVORS: ExitCode.COULD_NOT, Verdict.UNKNOWN: ExitCode.HOLD}
    return codes[report.verdict]


def _seal(report: StopReport) -> None:
    """Sign the record of a run that has ended, as far as that can be done here."""
    import os
    from contextlib import suppress

    from remit.errors import SupervisorError
    from remit.supervisor.registry import find_run

    with suppress(SupervisorError, ImportError):
        folder = find_run(report.run, os.environ)
        if folder.read_state().get("phase") == "ended":
            from remit.cli.runs.run_sealing import seal

            seal(folder, os.environ)


def _living() -> list[str]:
    """The names of the runs that live; servers end with the run they are part of."""
    from remit.supervisor.client import living

    alive = {folder.run: folder.read_state().get("part_of") for folder in living()}
    return [run for run, whole in alive.items() if whole not in alive]


def _stop_each(names: Sequence[str], *, grace: float, within: float, reason: str, alone: bool) -> list[StopReport]:
    """Stop every run named; Ctrl-C cuts their grace short."""
    try:
        return _at_once(names, grace=grace, within=within, reason=reason, alone=alone)
    except KeyboardInterrupt:
        return _at_once(names, grace=0.0, within=within, reason=reason, alone=alone)


def _at_once(names: Sequence[str], *, grace: float, within: float, reason: str, alone: bool) -> list[StopReport]:
    """Stop runs all at the same time: none waits for the grace of another, none is left out because of another."""
    from remit.supervisor.client import stop as stop_run

    if alone:
        return [stop_run(name, grace=grace, within=within, reason=reason) for name in names]
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max_workers=max(1, len(names)))
    try:
        return list(pool.map(lambda name: _in_any_case(name, grace=grace, within=within, reason=reason), names))
    finally:
        pool.shutdown(wait=False)


def _in_any_case(name: str, *, grace: float, within: float, reason: str) -> StopReport:
    """Stop one of many: what goes wrong with it is an end that is not proved."""
    from remit.errors import RemitError
    from remit.supervisor.client import stop as stop_run
    from remit.supervisor.report import Rung, StopReport, Verdict

    try:
        return stop_run(name, grace=grace, within=within, reason=reason)
    except RemitError as error:
        return StopReport(
            run=name, verdict=Verdict.UNKNOWN, rung=Rung.ALREADY, took=0.0, proof=(str(error),), reason=reason
        )


def _document(output: Output, reports: Sequence[StopReport], *, every: bool) -> None:
    """The receipts as JSON: one for a run, a list for all."""
    if not every:
        output.document({"version": 1, **reports[0].document()})
        return
    documents = [{"version": 1, **report.document()} for report in reports]
    dead = all(report.dead for report in reports)
    output.document({"schema": "remit.stop-all/1", "version": 1, "dead": dead, "reports": documents})


def _show(output: Output, reports: Sequence[StopReport]) -> None:
    """The receipts on the terminal."""
    from remit.cli.runs.stop_screen import stop_screen

    if not reports:
        output.plain("nothing to stop: no run of this account lives")
    for report in reports:
        output.show(*stop_screen(report))
