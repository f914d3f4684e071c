"""A stage as an MCP server: the scenario's tools, and in every result the notices that have arrived.

A client is told when the tools have changed. What a client does wrong is answered; a client that is gone has left.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import anyio
import mcp_types as types
from anyio import BrokenResourceError, ClosedResourceError
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.stdio import stdio_server
from starlette.applications import Starlette
from starlette.routing import Route

from remit.evals.adapters.connection import Connection
from remit.evals.adapters.telling import input_schema

__all__ = ["mcp_application", "mcp_server", "serve_stdio"]

_NAME = "environment"
_CHUNK = 64 * 1024


def mcp_server(connection: Connection) -> Server[Any]:
    """The server of one connection; every session of a client reaches the same stage."""

    async def list_tools(_context: Any, _params: object) -> types.ListToolsResult:
        tools = [
            types.Tool(name=tool.name, description=tool.text, input_schema=input_schema(tool))
            for tool in connection.tools()
        ]
        return types.ListToolsResult(tools=tools)

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        before = {tool.name for tool in connection.stage.tools()}
        text, failed = connection.call(params.name, params.arguments)
        if before != {tool.name for tool in connection.stage.tools()}:
            with suppress(BrokenResourceError, ClosedResourceError):  # a client that is gone learns nothing
                await context.session.send_tool_list_changed()
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=failed)

    return Server(
        _NAME,
        instructions=connection.instructions(),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve_stdio(connection: Connection) -> None:
    """Serve over standard input and output until the client closes its end; a line that breaks voids the episode.

    An interruption (Ctrl-C, SIGTERM) counts as the client's end: nothing wakes a thread that reads standard input, so
    another one passes on what comes in, over a line that ends here.
    """
    theirs, ours = socket.socketpair()
    with theirs, ours:
        threading.Thread(target=_pass_on, args=(os.dup(0), ours), daemon=True).start()
        os.dup2(theirs.fileno(), 0)
        try:
            anyio.run(_serve, connection, ours)
        except* OSError:
            connection.stage.lose("the line to the agent broke")


def _pass_on(source: int, line: socket.socket) -> None:
    """Send on what comes in, to its end or until nobody takes it."""
    with suppress(OSError):
        while chunk := os.read(source, _CHUNK):
            line.sendall(chunk)
        line.shutdown(socket.SHUT_WR)


async def _serve(connection: Connection, line: socket.socket) -> None:
    """Serve until there is nobody to serve."""
    server = mcp_server(connection)
    async with anyio.create_task_group() as group:
        group.start_soon(_end_when_interrupted, line)
        async with stdio_server() as (reading, writing):
            await server.run(
                reading, writing, server.create_initialization_options(NotificationOptions(tools_changed=True))
            )
        group.cancel_scope.cancel()


async def _end_when_interrupted(line: socket.socket) -> None:
    """End the line at the first signal, as a client does that closes its end."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            with suppress(OSError):  # it has ended
                line.shutdown(socket.SHUT_WR)


def mcp_application(connection: Connection, *, path: str, routes: Sequence[Route] = ()) -> Starlette:
    """The server of one connection over HTTP at ``path``, which is as secret as it is long, beside other routes."""
    return mcp_server(connection).streamable_http_app(streamable_http_path=path, custom_starlette_routes=list(routes))
