"""``remit run``: start an agent under a supervisor that can always stop it, in the cage its charter asks for."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.command_line import command_of
from remit.cli.exits import ExitCode
from remit.cli.options import CharterArgument, Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.runs.cage_options import Backend, Folder, Require
from remit.cli.runs.run_servers import ServerOption
from remit.cli.seconds import parse_seconds

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.charter.server import Server
    from remit.confinement import Confinement
    from remit.supervisor.report import StopReport
    from remit.supervisor.running import Run

__all__ = ["run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """How the run is to be started."""

    command: tuple[str, ...]
    require: str
    backend: str | None
    detach: bool
    servers: tuple[Server, ...]
    life: float

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the servers."""
        return tuple(server.name for server in self.servers)


def run(
    context: typer.Context,
    *,
    charter: CharterArgument = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", envvar="REMIT_DETACH", help="Print the run's name and leave it running.")
    ] = False,
    require: Require = "full",
    backend: Backend = None,
    deadman: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            envvar="REMIT_DEADMAN",
            parser=parse_seconds,
            help="Stop it when nobody says for this long that it may go on; this terminal says so while it lives.",
            show_default=False,
        ),
    ] = None,
    server: ServerOption = None,
    approve_within: Annotated[
        float,
        typer.Option(
            metavar="TIME",
            envvar="REMIT_APPROVE_WITHIN",
            parser=parse_seconds,
            help="How long a call of a server's tool waits for its overseers; then it is refused.",
            show_default="5m",
        ),
    ] = 300.0,
    folder: Folder = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Run a command in the cage its charter asks for, under a supervisor that can always stop it.

    The agent sees the files, hosts and secrets its charter names and nothing else; silence grants nothing. What this
    host cannot enforce is said piece by piece, and refused unless --require best-effort. Ctrl-C stops the run: the
    agent is told and has five seconds, a second Ctrl-C ends it at once.

    MCP servers of the charter, and those of --server, start with the agent, each in a cage of its own, and end with it.
    The agent finds them in $REMIT_MCP (a file) and $REMIT_MCP_URL; every call of a tool is decided and recorded first.

    \b
    Examples:
      remit run -- python agent.py             under the nearest remit.yaml
      remit run --server git='mcp-server-git --repository .' -- python agent.py
      remit run agent.yaml -- npm start        under another charter
      RUN=$(remit run --detach -- ./agent)     in the background; then remit stop $RUN
      remit run --deadman 30s -- ./agent       it ends when this terminal does
      remit doctor                             what this host can enforce

    \b
    With --json, standard output belongs to the report, and what the agent prints goes to standard error.
    Exit code: the agent's own (128 + the signal that ended it); 4 refused or survivors, 2 usage, 3 unreadable charter.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    command = command_of(context)
    from remit.charter.runtime import confinement_of
    from remit.cli.locating import open_charter
    from remit.cli.runs.run_servers import servers_of

    read = open_charter(charter)
    wish = _Wish(
        command=command,
        require=require,
        backend=backend,
        detach=detach,
        servers=servers_of(read, server or ()),
        life=approve_within,
    )
    confinement = confinement_of(read, folder=folder)
    if deadman is not None:
        confinement = replace(confinement, deadman=deadman)
    raise typer.Exit(_run(read, confinement, wish, output))


def _run(charter: Charter, confinement: Confinement, wish: _Wish, output: Output) -> int:
    """Start the run, say what is enforced and, unless it was detached, stay until it ends."""
    from remit.cli.runs.run_screen import run_document, start_screen

    if wish.detach:
        agent = _start(charter, confinement, wish, output)
        output.show(*start_screen(agent, charter, confinement, wish.names), errors=True)
        if output.json:
            output.document(
                run_document(agent, charter, confinement, wish.command, servers=wish.names, status=None, report=None)
            )
        else:
            output.data(f"{agent.run}\n")
        return ExitCode.YES
    from remit.cli.runs.attending import attend, interruptions_kept
    from remit.cli.runs.run_questions import questions_said

    with interruptions_kept() as came:
        agent = _start(charter, confinement, wish, output)
        output.show(*start_screen(agent, charter, confinement, wish.names), errors=True)
        every = None if confinement.deadman is None else confinement.deadman / 3
        with questions_said(agent, output) if wish.servers else nullcontext():
            status = attend(agent, output, every=every, came=came)
    report = agent.report()
    _close(agent, report, output)
    if output.json:
        output.document(
            run_document(agent, charter, confinement, wish.command, servers=wish.names, status=status, report=report)
        )
    survived = status is None or (report is not None and bool(report.survivors))
    return ExitCode.COULD_NOT if survived or status is None else status


def _close(agent: Run, report: StopReport | None, output: Output) -> None:
    """Sign the record as it is now, and say what is to know of the end."""
    from remit.cli.runs.run_screen import end_screen
    from remit.cli.runs.run_sealing import seal
    from remit.cli.runs.run_tally import tally_of

    seal(agent.folder, agent.environ)
    if not output.quiet:
        tally = tally_of(agent.folder.record)
        output.show(*end_screen(report, tally), errors=True)


def _start(charter: Charter, confinement: Confinement, wish: _Wish, output: Output) -> Run:
    """Start the run; with ``--json`` its standard output is this process's standard error."""
    from remit.cli.runs.attending import output_to_errors
    from remit.cli.runs.run_servers import companion_of
    from remit.supervisor.running import supervise

    requirement, backend = wish.require, wish.backend
    companion = companion_of(charter, confinement, wish.servers, require=requirement, backend=backend, life=wish.life)

    if wish.servers:
        output.notice(f"starting {', '.join(wish.names)}, then the agent")
    with output_to_errors() if output.json and not wish.detach else nullcontext():
        return supervise(
            wish.command,
            confinement=confinement,
            require=wish.require,
            backend=wish.backend,
            name=charter.agent.name,
            interactive=not wish.detach,
            subject={"charter": charter.path, "digest": charter.digest},
            companion=companion,
        )
