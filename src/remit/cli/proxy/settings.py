"""What to write into an MCP client's settings so that it speaks to a server behind a charter."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.proxy.http import Target

__all__ = ["settings_of"]

_NOT_KEPT = frozenset(("charter", "print_config", "upstream", "json", "no_color", "debug", "folder"))
_PLACES = frozenset(("certificates", "ledger"))  # what may be a path, and has to be found from anywhere


def settings_of(context: typer.Context, charter: Charter, targets: Sequence[Target]) -> dict[str, object]:
    """The settings of a client for the proxy that was typed; raises ``typer.BadParameter`` where there are none."""
    where = context.params.get("http")
    if where is None:
        return _stdio_settings(context, charter, targets[0])
    return _http_settings(targets, str(where), token=not context.params.get("no_token"))


def _stdio_settings(context: typer.Context, charter: Charter, target: Target) -> dict[str, object]:
    """The settings of a client that starts the proxy itself, with every option that was typed.

    Paths are absolute and the folder is named, because nobody knows in which folder a client starts its servers.
    """
    program = str(Path(sys.argv[0]).resolve()) if Path(sys.argv[0]).name == "remit" else "remit"
    folder = context.params.get("folder") or Path.cwd()
    own = ["proxy", str(Path(charter.path).resolve()), "--folder", str(Path(folder).resolve()), *_typed(context)]
    far = ["--upstream", target.url] if target.url else ["--", *target.command]
    return {"mcpServers": {target.name: {"command": program, "args": [*own, *far]}}}


def _http_settings(targets: Sequence[Target], where: str, *, token: bool) -> dict[str, object]:
    """The settings of a client that connects to a proxy at ``where``; ``token``: it has to present one.

    Raises ``typer.BadParameter`` for the path of a socket, which no client's settings have a word for.
    """
    if "/" in where:
        raise typer.BadParameter("clients' settings have no word for a unix socket: name a port to print them")
    place = where if ":" in where else f"127.0.0.1:{where}"
    shown: Mapping[str, object] = {"headers": {"Authorization": "Bearer TOKEN"}} if token else {}
    paths = {target.name: "/mcp" if len(targets) == 1 else f"/{target.name}/mcp" for target in targets}
    entries = {name: {"type": "http", "url": f"http://{place}{path}", **shown} for name, path in paths.items()}
    return {"mcpServers": entries}


def _typed(context: typer.Context) -> Iterator[str]:
    """The options that were typed, or stand in the environment, as they would be typed again."""
    for parameter in context.command.params:
        name = str(parameter.name)
        source = context.get_parameter_source(name)
        if name in _NOT_KEPT or source is None or source.name not in {"COMMANDLINE", "ENVIRONMENT"}:
            continue
        option, value = parameter.opts[0], context.params[name]
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is True:
                yield option
            elif one is not False and one is not None:
                yield from (option, _spelled(name, one))


def _spelled(name: str, value: object) -> str:
    """A value as it is typed: a path from the root, a time in seconds."""
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return str(Path(text).resolve()) if name in _PLACES and "://" not in text else text
