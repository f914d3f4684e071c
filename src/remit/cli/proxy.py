"""``remit proxy``: an MCP server behind a charter, in one line of a client's settings."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.cage_options import Backend, Folder, Require
from remit.cli.command_line import command_of
from remit.cli.exits import ExitCode
from remit.cli.options import CharterArgument, Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.seconds import parse_seconds

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.proxy.serving import Setting

__all__ = ["proxy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """How the server is to be run."""

    ledger: str | None
    shadow: bool
    agent_tools: bool
    confined: bool
    require: str
    backend: str | None
    folder: Path | None
    patience: float
    life: float


def proxy(
    context: typer.Context,
    *,
    charter: CharterArgument = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            envvar="REMIT_SERVER",
            help="What the server is called in the record and in pins; told from its command, unless named.",
            show_default=False,
        ),
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print what to write into an MCP client's settings, and leave.")
    ] = False,
    shadow: Annotated[
        bool, typer.Option("--shadow", envvar="REMIT_SHADOW", help="Decide and record every call, and stop none.")
    ] = False,
    approve_within: Annotated[
        float,
        typer.Option(
            metavar="TIME",
            envvar="REMIT_APPROVE_WITHIN",
            parser=parse_seconds,
            help="How long a call waits for its overseers; then it is refused.",
            show_default="5m",
        ),
    ] = 300.0,
    answer_within: Annotated[
        float,
        typer.Option(
            metavar="TIME",
            envvar="REMIT_ANSWER_WITHIN",
            parser=parse_seconds,
            help="How long the server may be silent about a call; progress counts as a word.",
            show_default="10m",
        ),
    ] = 600.0,
    agent_tools: Annotated[
        bool,
        typer.Option("--agent-tools", envvar="REMIT_AGENT_TOOLS", help="Also offer the agent the tool `remit.ask`."),
    ] = False,
    confined: Annotated[
        bool,
        typer.Option(
            "--confined", envvar="REMIT_CONFINED", help="Run the server in the cage of the charter's runtime section."
        ),
    ] = False,
    require: Require = "best-effort",
    backend: Backend = None,
    folder: Folder = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            envvar="REMIT_LEDGER",
            help="Where the record is kept: a file or a PostgreSQL address; the agent's own, unless named.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Put an MCP server behind a charter: every call of a tool is decided and recorded, and only then sent on.

    Write `remit proxy CHARTER -- ` in front of the server's command wherever an MCP client starts it. Standard output
    belongs to the protocol. What the charter does not grant is refused with the reason; what it asks a person about
    waits for `remit approve`; a tool whose description changed is held until `remit pins` says otherwise. The server
    keeps the files, the network and the environment it had, and is ended with everything it started.

    \b
    Examples:
      remit proxy agent.yaml -- npx -y @modelcontextprotocol/server-filesystem .
      remit proxy agent.yaml --print-config -- uvx mcp-server-git     what to write into a client's settings
      remit proxy agent.yaml --shadow -- uvx mcp-server-fetch         only watch, to see what would be refused
      remit proxy agent.yaml --confined -- ./server                   in the cage the charter asks for
      remit log show                                                  what it did

    \b
    Exit code: 0 the client has left, 4 the server ended or could not be started, 2 usage, 3 unreadable charter.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    command = command_of(context)
    from remit.cli.locating import open_charter
    from remit.proxy.server import name_of

    read, server = open_charter(charter), name or name_of(command)
    if print_config:
        output.document(_settings(read, server, command, name=name))
        raise typer.Exit(ExitCode.YES)
    wish = _Wish(
        ledger=ledger,
        shadow=shadow,
        agent_tools=agent_tools,
        confined=confined,
        require=require,
        backend=backend,
        folder=folder,
        patience=answer_within,
        life=approve_within,
    )
    raise typer.Exit(_serve(read, server, command, wish, output))


def _serve(charter: Charter, server: str, command: tuple[str, ...], wish: _Wish, output: Output) -> int:
    """Carry the conversation and say how it ended."""
    from remit.proxy.serving import serve_stdio

    setting = _setting(charter, server, wish, output)
    doing = "watches" if wish.shadow else "guards"
    setting.say(f"{doing} `{server}` under {charter.path}, for the agent `{charter.agent.name}`")
    ended, status = serve_stdio(setting, command)
    if ended.by != "server":
        return ExitCode.YES
    how = "" if status is None else f", with status {status}"
    output.error(f"`{server}` has ended by itself{how}: {ended.reason}", "its own messages stand above")
    return ExitCode.COULD_NOT


def _setting(charter: Charter, server: str, wish: _Wish, output: Output) -> Setting:
    """What the proxy stands on."""
    from remit.charter.runtime import confinement_of
    from remit.ledger.opening import open_ledger
    from remit.ledger.places import agent_ledger, make_private
    from remit.ledger.redaction import USUAL, Redaction
    from remit.proxy.serving import Setting

    own = agent_ledger(os.environ, charter.agent.name)
    if wish.ledger is None:
        make_private(own.parent)
    return Setting(
        charter=charter,
        ledger=open_ledger(wish.ledger or own, redaction=Redaction(USUAL)),
        server=server,
        say=lambda line: _say(output, line),
        environ=dict(os.environ),
        folder=wish.folder or Path.cwd(),
        patience=wish.patience,
        life=wish.life,
        shadow=wish.shadow,
        agent_tools=wish.agent_tools,
        confinement=confinement_of(charter, folder=wish.folder) if wish.confined else None,
        require=wish.require,
        backend=wish.backend,
    )


def _say(output: Output, line: str) -> None:
    """Say something about the proxy itself, on standard error, where a client keeps what its servers say."""
    if output.json:
        import json

        sys.stderr.write(json.dumps({"remit": line}) + "\n")
        sys.stderr.flush()
    else:
        output.notice(f"remit: {line}")


def _settings(charter: Charter, server: str, command: tuple[str, ...], *, name: str | None) -> dict[str, object]:
    """What an MCP client's settings say of a server behind this charter."""
    own = ["--name", name] if name else []
    path = str(Path(charter.path).resolve())
    program = str(Path(sys.argv[0]).resolve()) if Path(sys.argv[0]).name == "remit" else "remit"
    entry = {"command": program, "args": ["proxy", path, *own, "--", *command]}
    return {"mcpServers": {server: entry}}
