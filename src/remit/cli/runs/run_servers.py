"""The servers of a run: which there are, and what the process that stands before them is told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.charter.server import Server
    from remit.confinement import Confinement
    from remit.supervisor.orders import Companion

__all__ = ["ServerOption", "companion_of", "servers_of"]


def _as_lines(context: typer.Context, parameter: typer.CallbackParam, value: list[str] | None) -> list[str] | None:
    """The servers in the variable, one a line: words are no way to tell two commands apart."""
    source = context.get_parameter_source(str(parameter.name))
    if source is None or source.name != "ENVIRONMENT":
        return value
    return [line for line in os.environ.get("REMIT_SERVERS", "").splitlines() if line.strip()]


ServerOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        metavar="NAME=WHAT",
        envvar="REMIT_SERVERS",
        callback=_as_lines,
        help="One more MCP server for the agent: NAME='COMMAND ...' or NAME=https://...; a line each in the variable.",
        show_default=False,
    ),
]


def servers_of(charter: Charter, given: Sequence[str]) -> tuple[Server, ...]:
    """The servers of a run: the charter's, and those that were typed, which stand in for one of the same name.

    Raises ``typer.BadParameter`` for what is no server.
    """
    from remit.charter.server import Server, parse_server
    from remit.errors import CharterError, SupervisorError
    from remit.finding import Where
    from remit.supervisor.doors import check_names

    found = {server.name: server for server in charter.servers}
    for text in given:
        name, equals, what = text.partition("=")
        if not equals or not name.strip():
            message = f"`{text}` names no server: write NAME='COMMAND ...' or NAME=https://..."
            raise typer.BadParameter(message, param_hint="--server")
        try:
            command, url = parse_server(what)
        except CharterError as error:
            raise typer.BadParameter(f"{error.message}; {error.hint}", param_hint="--server") from None
        where = Where(file="--server", line=1)
        found[name.strip()] = Server(name=name.strip(), command=command, url=url, where=where)
    try:
        check_names(tuple(found))
    except SupervisorError as error:
        raise typer.BadParameter(f"{error.message}: {error.hint}", param_hint="--server") from None
    return tuple(found.values())


def companion_of(
    charter: Charter,
    confinement: Confinement,
    servers: Sequence[Server],
    *,
    require: str,
    backend: str | None,
    life: float,
) -> Companion | None:
    """The process that stands before the servers, ``None`` where there are none.

    Each server gets a cage as the agent's own, for as long as the run, with the secrets that are for it and no other.
    ``life`` is how long a question waits for its overseers, in seconds. Raises ``typer.BadParameter`` for a secret that
    is for a server this run has not.
    """
    if not servers:
        _all_here(charter, ())
        return None
    from remit.charter.runtime import confinement_of
    from remit.supervisor.orders import Companion

    _all_here(charter, servers)
    folder = Path(confinement.folder)
    secrets = {one.name: confinement_of(charter, folder=folder, server=one.name).secrets for one in servers}
    document = {
        "charter": {"path": charter.path, "digest": charter.digest, "source": charter.source},
        "servers": [
            {
                "name": one.name,
                "command": list(one.command),
                "url": one.url,
                "secrets": [asdict(secret) for secret in secrets[one.name]],
            }
            for one in servers
        ],
        "confinement": asdict(replace(confinement, wall=None, deadman=None, secrets=())),
        "require": require,
        "backend": backend,
        "life": life,
    }
    return Companion(
        command=(sys.executable, "-P", "-m", "remit.proxy.companion"),
        doors=tuple(server.name for server in servers),
        environment=dict(os.environ),
        document=json.dumps(document),
    )


def _all_here(charter: Charter, servers: Sequence[Server]) -> None:
    """Refuse a run in which a secret is for a server nobody starts: its name is misspelt, or the server is missing."""
    known = [server.name for server in servers]
    for credential in charter.credentials:
        for name in credential.servers:
            if name not in known:
                has = f"this run has {', '.join(f'`{one}`' for one in known)}" if known else "this run has no servers"
                message = f"the credential `{credential.name}` is for the server `{name}`, and {has}"
                raise typer.BadParameter(message, param_hint="--server")
