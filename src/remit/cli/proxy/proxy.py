"""``remit proxy``: an MCP server behind a charter, in one line of a client's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.command_line import given_command
from remit.cli.exits import ExitCode
from remit.cli.options import CharterArgument, Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.proxy.http import Place, Target, remote_of, serve_clients, serve_remote, targets_of
from remit.cli.proxy.options import (
    AgentTools,
    AnswerWithin,
    ApproveWithin,
    Certificates,
    Confined,
    Credential,
    Exposed,
    Http,
    LedgerPlace,
    NoToken,
    PlainUpstream,
    PrintConfig,
    ServerFolder,
    ServerName,
    Shadow,
    TokenFile,
    Upstream,
)
from remit.cli.proxy.settings import settings_of
from remit.cli.runs.cage_options import Backend, Require
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.proxy.http.remote import Remote
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
    name: ServerName = None,
    http: Http = None,
    token_file: TokenFile = None,
    no_token: NoToken = False,
    exposed: Exposed = False,
    upstream: Upstream = None,
    credential: Credential = None,
    certificates: Certificates = None,
    plain_upstream: PlainUpstream = False,
    print_config: PrintConfig = False,
    shadow: Shadow = False,
    approve_within: ApproveWithin = 300.0,
    answer_within: AnswerWithin = 600.0,
    agent_tools: AgentTools = False,
    confined: Confined = False,
    require: Require = "best-effort",
    backend: Backend = None,
    folder: ServerFolder = None,
    ledger: LedgerPlace = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Put an MCP server behind a charter: every call of a tool is decided and recorded, and only then sent on.

    Write `remit proxy CHARTER -- ` in front of the server's command wherever an MCP client starts it. Standard output
    belongs to the protocol. What the charter does not grant is refused with the reason; what it asks a person about
    waits for `remit approve`; a tool whose description changed is held until `remit pins` says otherwise. The server
    keeps the files, the network and the environment it had, and is ended with everything it started. Without a command
    the servers the charter names are served, all of them with --http.

    \b
    Examples:
      remit proxy agent.yaml -- npx -y @modelcontextprotocol/server-filesystem .
      remit proxy agent.yaml --print-config -- uvx mcp-server-git     what to write into a client's settings
      remit proxy agent.yaml --shadow -- uvx mcp-server-fetch         only watch, to see what would be refused
      remit proxy agent.yaml --confined -- ./server                   in the cage the charter asks for
      remit proxy agent.yaml --http 4000 -- uvx mcp-server-git        for clients that speak HTTP
      remit proxy agent.yaml --upstream https://mcp.example.com/mcp --credential env:TOKEN
      remit log show AGENT                                            what it did, and why it was let

    \b
    Exit code: 0 the client has left, 4 the server ended or could not be started, 2 usage, 3 unreadable charter.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    from remit.cli.locating import open_charter

    read, command = open_charter(charter), given_command(context)
    targets = targets_of(read, command, name=name, upstream=upstream, several=http is not None)
    if print_config:
        output.document(settings_of(context, read, targets))
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
    with_credentials = partial(
        remote_of, credentials=credential, certificates=certificates, plain=plain_upstream, patience=answer_within
    )
    remotes = {target.name: with_credentials(target.url) for target in targets if target.url}
    if credential and len(remotes) != 1:
        raise typer.BadParameter("a credential is for one server elsewhere: name that server")
    if http is None:
        raise typer.Exit(_serve(read, targets[0], remotes, wish, output))
    place = Place(where=http, token_file=token_file, no_token=no_token, exposed=exposed)
    _serve_http(read, targets, remotes, wish, place, output)


def _serve(charter: Charter, target: Target, remotes: Mapping[str, Remote], wish: _Wish, output: Output) -> int:
    """Carry the conversation and say how it ended."""
    from remit.proxy.serving import serve_stdio

    setting = _setting(charter, target.name, wish, output)
    _announce(setting, wish)
    if target.name in remotes:
        code, reason = serve_remote(setting, remotes[target.name])
        if code != ExitCode.YES:
            output.error(f"`{target.name}` is gone: {reason}", "")
        return code
    ended, status = serve_stdio(setting, target.command)
    if ended.by != "server":
        return ExitCode.YES
    how = "" if status is None else f", with status {status}"
    output.error(f"`{target.name}` has ended by itself{how}: {ended.reason}", "its own messages stand above")
    return ExitCode.COULD_NOT


def _serve_http(
    charter: Charter,
    targets: tuple[Target, ...],
    remotes: Mapping[str, Remote],
    wish: _Wish,
    place: Place,
    output: Output,
) -> None:
    """Serve every server meant to HTTP clients, until asked to end."""
    from remit.proxy.http.arranging import Served

    servers = {
        target.name: Served(
            setting=_setting(charter, target.name, wish, output),
            command=target.command,
            remote=remotes.get(target.name),
        )
        for target in targets
    }
    for served in servers.values():
        _announce(served.setting, wish)
    serve_clients(servers, place, lambda line: _say(output, line))


def _announce(setting: Setting, wish: _Wish) -> None:
    """Say what stands before which server."""
    doing, charter = "watches" if wish.shadow else "guards", setting.charter
    setting.say(f"{doing} `{setting.server}` under {charter.path}, for the agent `{charter.agent.name}`")


def _setting(charter: Charter, server: str, wish: _Wish, output: Output) -> Setting:
    """What the proxy stands on."""
    from remit.charter.runtime import confinement_of
    from remit.guard.calls.redacting import redaction_of
    from remit.ledger.opening import open_ledger
    from remit.ledger.places import agent_ledger, make_private
    from remit.proxy.serving import Setting

    own = agent_ledger(os.environ, charter.agent.name)
    if wish.ledger is None:
        make_private(own.parent)
    return Setting(
        charter=charter,
        ledger=open_ledger(wish.ledger or own, redaction=redaction_of(charter)),
        server=server,
        say=lambda line: _say(output, line),
        environ=dict(os.environ),
        folder=wish.folder or Path.cwd(),
        patience=wish.patience,
        life=wish.life,
        shadow=wish.shadow,
        agent_tools=wish.agent_tools,
        confinement=confinement_of(charter, folder=wish.folder, server=server) if wish.confined else None,
        require=wish.require,
        backend=wish.backend,
    )


def _say(output: Output, line: str) -> None:
    """Say something about the proxy itself, on standard error, where a client keeps what its servers say."""
    import json

    if not output.quiet:  # one line each, however long: it ends in a log and not on a terminal
        sys.stderr.write((json.dumps({"remit": line}) if output.json else f"remit: {visible(line)}") + "\n")
        sys.stderr.flush()
