"""Where an agent finds its servers: a port of its own loopback, a variable for each, and a file its client can read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from remit.errors import SupervisorError
from remit.supervisor.cage.filesystem import CONTROL

__all__ = ["DOOR_PORT", "NOTICE", "check_names", "notice_of", "url_of", "variables_of"]

DOOR_PORT = 3129
"""Where the agent finds its servers, on the loopback of a network that is its own."""
NOTICE = "mcp.json"
"""The file beside the agent's inbox that lists its servers, as MCP clients read them."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z")


def check_names(names: Sequence[str]) -> None:
    """Refuse names that cannot stand in an address or name two servers; raises ``SupervisorError``."""
    for name in names:
        if not _NAME.match(name):
            raise SupervisorError(
                f"`{name[:60]}` is no name for a server",
                code="supervisor.doors",
                hint="letters, digits, `.`, `-` and `_`, at most 40 of them",
            )
    variables = [_variable(name) for name in names]
    twice = next((name for name in names if variables.count(_variable(name)) > 1), None)
    if twice is not None:
        raise SupervisorError(
            f"two servers are called `{twice}`", code="supervisor.doors", hint="give each a name of its own"
        )


def url_of(name: str) -> str:
    """The address of a server, as the agent reaches it."""
    return f"http://127.0.0.1:{DOOR_PORT}/{name}/mcp"


def variables_of(names: Sequence[str], hosts: Sequence[str]) -> dict[str, str]:
    """What an agent with these servers finds in its environment; ``hosts`` are those it reaches through its proxy.

    ``REMIT_MCP`` is the path of the notice, ``REMIT_MCP_URL`` the address of the first server, ``REMIT_MCP_URL_NAME``
    that of each. The door is reached past the proxy, and the whole loopback too unless a host lies there.
    """
    if not names:
        return {}
    near = any(host.startswith(("127.", "localhost", "::1", "[::1")) for host in hosts)
    past = f"127.0.0.1:{DOOR_PORT}" if near else f"127.0.0.1,localhost,127.0.0.1:{DOOR_PORT}"
    return {
        "REMIT_MCP": f"{CONTROL}/{NOTICE}",
        "REMIT_MCP_URL": url_of(names[0]),
        **{_variable(name): url_of(name) for name in names},
        "NO_PROXY": past,
        "no_proxy": past,
    }


def notice_of(names: Sequence[str]) -> str:
    """The servers as MCP clients read them: ``{"mcpServers": {NAME: {"type": "http", "url": ...}}}``."""
    servers = {name: {"type": "http", "url": url_of(name)} for name in names}
    return json.dumps({"mcpServers": servers}, indent=2) + "\n"


def _variable(name: str) -> str:
    """The variable that holds the address of a server."""
    return "REMIT_MCP_URL_" + re.sub(r"[.-]", "_", name.upper())
