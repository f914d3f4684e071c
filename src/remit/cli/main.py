"""The command line's door: the verbs, and what happens when one of them cannot go on."""

from __future__ import annotations

import errno
import os
import select
import sys
from copy import copy
from functools import cache
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.main import get_command, get_command_name
from typer.models import CommandInfo, TyperInfo

from remit.cli.approve.approve import approve
from remit.cli.case.case import case
from remit.cli.case.gate import gate
from remit.cli.charter.check import check
from remit.cli.charter.demo import demo
from remit.cli.charter.diff import diff
from remit.cli.charter.explain import explain
from remit.cli.charter.init import init
from remit.cli.command_line import TakesCommand
from remit.cli.drill.drill import drill
from remit.cli.evaluate.evaluate import evaluate
from remit.cli.exits import ExitCode
from remit.cli.incident.incident import incident
from remit.cli.log.log import log
from remit.cli.log.replay import replay
from remit.cli.monitor.monitor import monitor
from remit.cli.options import NoColor
from remit.cli.output import Output
from remit.cli.power.power import power
from remit.cli.proxy.pins import pins
from remit.cli.proxy.proxy import proxy
from remit.cli.runs.beat import beat
from remit.cli.runs.correct import correct
from remit.cli.runs.doctor import doctor
from remit.cli.runs.hold import hold
from remit.cli.runs.resume import resume
from remit.cli.runs.run import run
from remit.cli.runs.runs import runs
from remit.cli.runs.stop import stop
from remit.cli.schema import schema
from remit.errors import CaseError, CharterError, EvidenceError, IncidentError, RemitError

__all__ = ["app", "main"]

_USAGE = {
    "supervisor.unknown-run": ExitCode.USAGE,
    "guard.approval-refused.unknown": ExitCode.USAGE,
    "assurance.case.usage": ExitCode.USAGE,
    "evaluation.unreadable": ExitCode.UNREADABLE,
}  # nothing could be done, because of what was typed

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

app = typer.Typer(
    name="remit",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help starts in a third of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from remit import __version__

        Output().data(f"remit {__version__}\n")
        raise typer.Exit


@app.callback()
def remit_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Keep AI agents within their remit.

    From one document, the charter (what an agent is for, what it may use, who may stop it), remit works out what the
    agent's authority makes worth doing for almost any goal, and what to take away; and it keeps a running agent in it.

    \b
    Start here:
      remit demo                   see it on a shipped charter
      remit init                   write a first charter for your agent
      remit check                  what is wrong, why, and the patch that fixes it
      remit run -- COMMAND         run the agent in the cage its charter asks for
      remit stop RUN               end it, and prove that it ended
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del version, no_color  # the verb asks for the second


app.command()(check)
app.command()(explain)
app.command()(diff)
app.command()(init)
app.command()(schema)
app.command()(demo)
app.command()(power)
app.command(cls=TakesCommand)(run)
app.command(cls=TakesCommand)(proxy)
app.command()(pins)
app.command()(runs)
app.command()(hold)
app.command()(resume)
app.command()(correct)
app.command()(beat)
app.command()(stop)
app.command()(approve)
app.command()(replay)
app.command()(doctor)
app.command(cls=TakesCommand)(drill)
app.add_typer(monitor, name="monitor", short_help="Watch for acts that serve almost any goal, in a run or its record.")
app.add_typer(evaluate, name="eval", short_help="How often does it do what it must not?")
app.command()(gate)
app.add_typer(case, name="case", short_help="The safety case: claims, evidence, and what speaks against them.")
app.add_typer(incident, name="incident", short_help="What happened, and was it persistence or resistance?")
app.add_typer(log, name="log", short_help="What happened and why, and is it still what was recorded?")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code; nothing ends in a traceback, unless ``--debug`` asks."""
    given = sys.argv[1:] if arguments is None else arguments
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called (``>&-``): what is opened next must not take its number
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign this locale does not know is a question mark, no failure
    try:
        code = _answer(given)
    except (BrokenPipeError, SystemExit) as end:
        code = _unread(end, given)
    sys.exit(code)


def _answer(arguments: list[str]) -> int:
    """Run one verb and turn whatever happens into an exit code."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments  # the rest is another command's
    output = Output(colour="--no-color" not in own)
    try:
        code = _command(_verb(arguments))(args=arguments, prog_name="remit", standalone_mode=False)
    except (CharterError, CaseError, EvidenceError, IncidentError) as error:
        return _refused(error, output, own, _USAGE.get(error.code, ExitCode.UNREADABLE))
    except RemitError as error:
        return _refused(error, output, own, _USAGE.get(error.code, ExitCode.COULD_NOT))
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        output.error("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 (the last line of defence: a traceback helps nobody who typed a command)
        return _unexpected(error, output, own)
    return int(code or 0)


def _unread(end: BrokenPipeError | SystemExit, arguments: list[str]) -> int:
    """The exit code where whoever read left (``| head``): quiet as of other tools, and no answer, so never a yes."""
    broken = end if isinstance(end, BrokenPipeError) else end.__context__  # typer leaves with 1, which is a no here
    if not isinstance(broken, BrokenPipeError):
        raise end
    left = select.poll()
    for stream in (sys.stdout, sys.stderr):
        left.register(stream.fileno(), 0)
    gone = [number for number, _event in left.poll(0)]
    for number in gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)  # what is still held back goes nowhere, without a complaint
    return ExitCode.UNREAD if gone else _unexpected(broken, Output(), arguments)


def _verb(arguments: list[str]) -> str | None:
    """The verb that was typed; ``None`` where something else came first, which needs all of them for an answer."""
    words = {*map(_word, app.registered_commands), *map(_word, app.registered_groups)}
    first = next((word for word in arguments if word != "--no-color"), None)
    return first if first in words else None


@cache
def _command(verb: str | None) -> Any:
    """The command line with one verb, or with all: reading every option of every verb takes longer than many a verb."""
    chosen = copy(app)
    if verb is not None:
        chosen.registered_commands = [made for made in app.registered_commands if _word(made) == verb]
        chosen.registered_groups = [made for made in app.registered_groups if _word(made) == verb]
    return get_command(chosen)


def _word(made: CommandInfo | TyperInfo) -> str:
    """What is typed for a verb or a group of verbs."""
    return made.name or get_command_name(getattr(made.callback, "__name__", ""))


def _refused(error: RemitError, output: Output, arguments: list[str], code: ExitCode) -> int:
    """Say why a verb could not go on, as JSON where JSON was asked for."""
    output.refused(error)
    findings = getattr(error, "findings", ())
    output.annotate(findings)
    if "--json" in arguments or os.environ.get("REMIT_JSON"):
        from remit.incentives.findings_json import fault_document

        output.document(fault_document(error.code, str(error), error.hint, findings))
    return code


def _unexpected(error: Exception, output: Output, arguments: list[str]) -> int:
    """Usage errors are the user's to mend; anything else is remit's own fault and says so."""
    show = getattr(error, "show", None)
    if callable(show):
        show()
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    if "--debug" in arguments or os.environ.get("REMIT_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        from remit.cli.extras import extra_with

        if (extra := extra_with(error.name)) is not None:
            output.error(f"this needs {error.name}, which is not installed", f"install `remit[{extra}]`")
            return ExitCode.COULD_NOT
    detail = " ".join(str(error).split())[:300]
    if isinstance(error, OSError) and error.errno in _FULL:
        output.error(f"nothing more can be written: {(error.strerror or '').lower()}", "make room, or write elsewhere")
        return ExitCode.COULD_NOT
    output.error(
        f"remit failed in a way it should not: {type(error).__name__}: {detail}",
        "run it again with --debug and report what it prints",
    )
    return ExitCode.COULD_NOT
