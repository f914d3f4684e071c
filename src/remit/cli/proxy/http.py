"""``remit proxy`` where HTTP is spoken: to clients, to a server that runs elsewhere, or both."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from remit.cli.exits import ExitCode

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.proxy.http.arranging import Served
    from remit.proxy.http.remote import Remote
    from remit.proxy.http.serving import Listener
    from remit.proxy.serving import Setting

__all__ = ["Place", "Target", "remote_of", "serve_clients", "serve_remote", "targets_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where clients come in: ``where`` as it was typed, and who may."""

    where: str
    token_file: Path | None = None
    no_token: bool = False
    exposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server to stand before: its name, and either a command or an address."""

    name: str
    command: tuple[str, ...] = ()
    url: str = ""


def targets_of(
    charter: Charter, command: tuple[str, ...], *, name: str | None, upstream: str | None, several: bool
) -> tuple[Target, ...]:
    """The servers meant: the command behind ``--``, the address named, or those the charter names.

    Raises ``typer.BadParameter`` where that is none, more than one of these, or more servers than can be served.
    """
    from remit.proxy.server import name_of

    if command and upstream:
        raise typer.BadParameter("a server either has a command behind `--` or an address in `--upstream`, not both")
    if command:
        return (Target(name=name or name_of(command), command=command),)
    if upstream:
        return (Target(name=name or name_of((urlsplit(upstream).hostname or "server",)), url=upstream),)
    known = tuple(Target(name=each.name, command=each.command, url=each.url) for each in charter.servers)
    meant = tuple(target for target in known if name in {None, target.name})
    if not meant:
        raise typer.BadParameter("which server? write its command behind `--`, or its address in `--upstream`")
    if len(meant) > 1 and not several:
        names = ", ".join(target.name for target in meant)
        raise typer.BadParameter(f"the charter names {names}: choose one with `--name`, or serve all with `--http`")
    return meant


def remote_of(
    url: str, credentials: list[str] | None, *, certificates: Path | None, plain: bool, patience: float
) -> Remote:
    """A server that runs elsewhere, with what to authenticate with.

    Raises ``RemitError`` for a credential that cannot be read and an address the proxy does not go to.
    """
    from remit.proxy.http.remote import Remote

    headers = dict(_header(text) for text in credentials or ())
    remote = Remote(url=url, headers=headers, trusted=str(certificates or ""), plain=plain, patience=patience)
    remote.demand()
    return remote


def serve_remote(setting: Setting, remote: Remote) -> tuple[int, str]:
    """Carry one conversation between this process's streams and a server elsewhere; exit code and why it ended."""
    from remit.proxy.http.arranging import Served, run_stdio

    ended = run_stdio(Served(setting=setting, remote=remote))
    return (ExitCode.COULD_NOT if ended.by == "server" else ExitCode.YES), ended.reason


def serve_clients(servers: Mapping[str, Served], place: Place, say: Callable[[str], None]) -> None:
    """Serve HTTP clients until this process is asked to end."""
    from remit.proxy.http.arranging import run_http

    with ExitStack() as stack:
        listener = _listener(place)
        tokens = _tokens(place, listener, stack, say)

        def ready() -> None:
            for name in servers:
                path = "/mcp" if len(servers) == 1 else f"/{name}/mcp"
                say(f"listens at {listener.place}{path}" if listener.port else f"listens on {listener.place}, {path}")

        run_http(servers, listener=listener, tokens=tokens, ready=ready)


def _header(text: str) -> tuple[str, str]:
    """A header to authenticate with, from what was typed."""
    from remit.confinement import Secret
    from remit.supervisor.running import read_secret

    name, equals, source = text.partition("=")
    if not equals or name.startswith(("env:", "file:")):
        name, source = "Authorization", text
    if not source.startswith(("env:", "file:")):
        raise typer.BadParameter("a credential comes from env:NAME or file:PATH: `--credential HEADER=env:NAME`")
    value = read_secret(Secret(name=name, source=source), os.environ)
    bare = name.lower() == "authorization" and " " not in value
    return name, f"Bearer {value}" if bare else value


def _listener(place: Place) -> Listener:
    """The socket clients connect to."""
    from remit.proxy.http.serving import listen_at, listen_on_path

    if "/" in place.where:
        return listen_on_path(Path(place.where))
    host, _, port = place.where.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise typer.BadParameter(f"`{place.where}` is no place to listen: write HOST:PORT, PORT or a path with a `/`")
    host = host.strip("[]") or "127.0.0.1"
    if place.no_token and place.exposed:
        raise typer.BadParameter("`--no-token` is for this machine only: it cannot be combined with `--exposed`")
    return listen_at(host, int(port), elsewhere=place.exposed)


def _tokens(place: Place, listener: Listener, stack: ExitStack, say: Callable[[str], None]) -> dict[str, str]:
    """Who may come in; none: everybody who reaches the listener."""
    from remit.ledger.places import make_private, state_folder
    from remit.proxy.http.doorkeeper import fresh_token
    from remit.proxy.http.serving import read_token, written_token

    if listener.port is None:
        stack.callback(Path(listener.place).unlink, missing_ok=True)
        return {}  # the permissions of the socket's file are the token
    if place.no_token:
        say("every process on this machine can call: there is no token")
        return {}
    if place.exposed:
        say("other machines can connect, and nothing is encrypted: put a TLS terminator in front")
    if place.token_file is not None:
        return {"agent": read_token(place.token_file)}
    folder = state_folder(os.environ) / "proxies"
    make_private(folder)
    token = fresh_token()
    path = stack.enter_context(written_token(folder / f"{listener.port}.token", token))
    say(f"the token clients must present is in {path}, until this ends")
    return {"agent": token}
