"""A first charter from an MCP server, run for real: start it over stdio, list its tools, end it.

The home of the ``mcp`` library in this pillar; it is imported when a server is started and not before. The client is
the library's own; the pipe to the server is ours, so that a hostile server meets bounds (``server_process``).
Everything a server says is its claim: names and descriptions are escaped, annotations are marked, and each tool is
pinned by digest.
"""

import asyncio
import os
import re
import shlex
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remit.charter.importers.drafting import Draft
from remit.charter.importers.escaping import one_line, slug
from remit.charter.importers.inference import Claims
from remit.charter.importers.offered import OfferedTool, grants_of, pin_of, with_an_outcome
from remit.charter.importers.server_process import ServerProcess, started
from remit.errors import RemitError

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage
    from mcp_types import Tool

__all__ = ["DEADLINE", "MOST_TOOLS", "draft_from_server", "shown_command", "split_command"]

DEADLINE = 30.0  # seconds from start to the last tool
MOST_TOOLS = 250
_MOST_PAGES = 100
_MOST_GARBAGE = 50  # lines on standard output that are no messages
_SECRET_NAME = re.compile(r"(?i)(token|secret|password|passwd|api[-_]?key|credential|auth)")


@dataclass(slots=True, kw_only=True)
class _Listing:
    """What a server said of itself and its tools."""

    server: str
    tools: tuple["Tool", ...]
    complete: bool


@dataclass(slots=True, kw_only=True)
class _Noise:
    """Lines on standard output that were no messages: how many, and the first."""

    count: int = 0
    first: bytes = b""


def split_command(text: str) -> tuple[str, ...]:
    """A server's command line as a program and its arguments, split as a shell would, run without one.

    Raises ``RemitError`` (code ``init.usage``) when nothing is left or a quote is not closed.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as problem:
        raise RemitError(f"`{one_line(text)}` is not a command: {str(problem).lower()}", code="init.usage") from problem
    if not words:
        raise RemitError("an empty command cannot be started", code="init.usage", hint="--mcp 'COMMAND ARGUMENT ...'")
    return words


def shown_command(command: Sequence[str]) -> str:
    """A command line to print and to keep in a charter, with the values that look like secrets left out."""
    shown: list[str] = []
    hide = False
    for word in command:
        name, equals, _ = word.partition("=")
        if hide:
            shown.append("REDACTED")
        elif equals and (_SECRET_NAME.search(name) or name.isupper()):
            shown.append(f"{name}=REDACTED")
        else:
            shown.append(word)
        hide = word.startswith("-") and not equals and _SECRET_NAME.search(word) is not None
    return one_line(shlex.join(shown))


def draft_from_server(
    command: Sequence[str],
    *,
    deadline: float = DEADLINE,
    passed: Sequence[str] = (),
    announce: Callable[[str], None] = lambda _line: None,
) -> Draft:
    """A first charter from the tools a server lists.

    ``command`` is the program and its arguments; ``deadline`` is in seconds; ``passed`` are environment variables
    handed on beside the usual few (PATH, HOME, ...). ``announce`` is told what is being waited for. Raises
    ``RemitError`` with a code below ``init.server`` when the server cannot be started, ends, is silent, does not
    speak MCP or offers nothing; what it wrote to standard error is in the error's notes.
    """
    shown = shown_command(command)
    announce(f"starting `{shown}` to list its tools (at most {deadline:g} s)")
    listing = asyncio.run(_listed(command, deadline=deadline, environment=_environment(passed)))
    if not listing.tools:
        raise RemitError(
            f"`{shown}` lists no tools",
            code="init.server.no-tools",
            hint="some servers list tools only once configured",
        )
    return _draft(listing, shown)


def _draft(listing: _Listing, shown: str) -> Draft:
    """The draft for one server's listing."""
    server = one_line(listing.server, limit=60)
    origin = f"from the MCP server `{server}`"
    grants, notes = grants_of([_offered(tool, origin) for tool in listing.tools], server=listing.server)
    if not listing.complete:
        notes = (
            *notes,
            f"`{server}` lists more than {MOST_TOOLS} tools: only the first {len(listing.tools)} were read",
        )
    return Draft(
        name=slug(listing.server, fallback="agent"),
        sources=(
            f"The tools are those of the MCP server `{server}`, started as: {shown}",
            "Descriptions in quotes are the server's words, and `the server claims` is only that.",
            "Reading is granted; what changes things asks `owner` first. Loosen that tool by tool, once you know it.",
            "`pinned` is the digest of a tool's name, description and input schema: a changed tool no longer fits.",
        ),
        grants=with_an_outcome(grants),
        servers=((slug(listing.server, fallback="server"), shown),),
        notes=notes,
    )


def _offered(tool: "Tool", origin: str) -> OfferedTool:
    """One listed tool in our own words."""
    hints = tool.annotations
    claims = (
        Claims(
            read_only=hints.read_only_hint,
            destructive=hints.destructive_hint,
            idempotent=hints.idempotent_hint,
            open_world=hints.open_world_hint,
        )
        if hints
        else Claims()
    )
    pinned = pin_of(tool.name, tool.description, tool.input_schema)
    return OfferedTool(
        name=tool.name,
        origin=origin,
        description=tool.description or "",
        schema=tool.input_schema,
        claims=claims,
        pinned=pinned,
        remarks=() if pinned else ("could not be pinned: its description has no canonical form",),
    )


def _environment(passed: Sequence[str]) -> Mapping[str, str]:
    """The few variables every program needs, and those named; a server gets no others."""
    from mcp.client.stdio import get_default_environment

    missing = [name for name in passed if name not in os.environ]
    if missing:
        raise RemitError(
            f"`{missing[0]}` is not set in the environment", code="init.usage", hint="export it, or drop --env"
        )
    return {**get_default_environment(), **{name: os.environ[name] for name in passed}}


async def _listed(command: Sequence[str], *, deadline: float, environment: Mapping[str, str]) -> _Listing:
    """Start the server, list its tools within the deadline, end it; every failure leaves as one ``RemitError``."""
    from mcp import Client
    from mcp_types import Implementation

    noise = _Noise()
    shown = shown_command(command)
    async with started(command, environment) as server:
        try:
            async with asyncio.timeout(deadline):
                client = Client(
                    _streams(server, noise), cache=None, client_info=Implementation(name="remit", version="1")
                )
                async with client:
                    return await _pages(client)
        except Exception as problem:  # noqa: BLE001 - what a hostile server makes a library raise has no end
            await _last_words(server)
            failure = _failure(problem, server=server, noise=noise, shown=shown, deadline=deadline)
    raise failure


async def _last_words(server: ServerProcess) -> None:
    """Give a server that just ended a moment for its status and its last complaint to arrive."""
    for _ in range(20):
        if server.exit_status is not None and server.complaints:
            return
        await asyncio.sleep(0.01)


async def _pages(client: "Client") -> _Listing:
    """Every page of the tool list, up to the bounds; a cursor that comes back ends the list."""
    tools: list[Tool] = []
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor, cache_mode="bypass")
        tools.extend(page.tools)
        cursor = page.next_cursor
        if cursor is None or cursor in seen or len(tools) > MOST_TOOLS:
            break
        seen.add(cursor)
    name = client.server_info.name if client.server_info else "unnamed"
    return _Listing(server=name, tools=tuple(tools[:MOST_TOOLS]), complete=cursor is None and len(tools) <= MOST_TOOLS)


@asynccontextmanager
async def _streams(server: ServerProcess, noise: _Noise) -> AsyncIterator["TransportStreams"]:
    """The two streams of messages the client library wants, over the server's pipes."""
    import anyio
    from mcp.shared.message import SessionMessage

    to_client, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        async with to_client:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                async for message in _messages(server, noise):
                    await to_client.send(message)

    async def write() -> None:
        async with from_client:
            with suppress(OSError, anyio.ClosedResourceError):
                async for message in from_client:
                    text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                    await server.write(text.encode() + b"\n")

    async with anyio.create_task_group() as group, from_server, to_server:
        group.start_soon(read)
        group.start_soon(write)
        try:
            yield from_server, to_server
        finally:
            group.cancel_scope.cancel()


async def _messages(server: ServerProcess, noise: _Noise) -> AsyncIterator["SessionMessage"]:
    """The server's lines as messages; lines that are none are counted, and too many of them end the conversation."""
    from mcp.shared.message import SessionMessage
    from mcp_types import jsonrpc_message_adapter

    async for line in server.lines():
        if not line.strip():
            continue
        try:
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError:
            noise.count += 1
            noise.first = noise.first or line[:400]
            if noise.count > _MOST_GARBAGE:
                return
            continue
        yield SessionMessage(message)


def _failure(problem: Exception, *, server: ServerProcess, noise: _Noise, shown: str, deadline: float) -> RemitError:
    """Why no tools came, in one line, with the server's complaints as a note."""
    hint = "run the command by hand to see what it says; --env NAME passes on a variable it needs"
    status = server.exit_status
    if server.overflow:
        code, message = "too-much", f"`{shown}` sent {server.overflow}"
    elif noise.count:
        line = one_line(noise.first.decode("utf-8", "replace"), limit=80)
        code, message = "not-mcp", f"`{shown}` does not speak MCP over standard output: its first line was `{line}`"
    elif status is not None:
        how = f"with status {status}" if status >= 0 else f"by signal {-status}"
        code, message = "ended", f"`{shown}` ended {how} before it listed its tools"
    elif isinstance(problem, TimeoutError):
        code, message = "silent", f"`{shown}` did not list its tools within {deadline:g} seconds"
        hint = "raise the limit with --timeout, or run the command by hand to see what it waits for"
    else:
        code, message = (
            "odd-answer",
            f"`{shown}` gave no usable list of tools: {_reason(problem)}",
        )
    failure = RemitError(message, code=f"init.server.{code}", hint=hint)
    if complaints := server.complaints.strip():
        lines = [one_line(line, limit=200) for line in complaints.splitlines()[-20:]]
        failure.add_note("\n".join(f"  | {line}" for line in lines))
    return failure


def _reason(problem: BaseException) -> str:
    """The first real exception inside nested groups, in a line: of a malformed answer, the place and the fault."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if isinstance(problem, ValueError) and callable(errors := getattr(problem, "errors", None)):
        first = errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        return one_line(f"`{place}`: {str(first['msg']).lower()}", limit=160)
    return one_line(str(problem), limit=160)
