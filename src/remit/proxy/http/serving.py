"""Listening: sockets, the token beside them, and the server that runs the application until it is told to stop."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
import uvicorn
from anyio.abc import TaskStatus

from remit.errors import ProxyError
from remit.proxy.http.connections import BoundedConnection
from remit.proxy.http.conversation import LineOpener
from remit.proxy.http.doorkeeper import Doorkeeper, is_loopback
from remit.proxy.http.facing import Facing
from remit.proxy.http.house import House

__all__ = ["Limits", "Listener", "listen_at", "listen_on_path", "read_token", "serve_http", "written_token"]

_BACKLOG = 128
_TICKS = 10  # how the server counts a second
_SHORTEST_TOKEN = 16
_LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a proxy keeps open: conversations per server, connections, seconds without use."""

    conversations: int = 64
    connections: int = 512
    idle_after: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where a proxy listens. ``place`` is what to show: ``http://127.0.0.1:4000`` or a socket's path.

    ``hosts`` are the names a Host header may carry, ``None`` on a unix socket, where nothing is resolved.
    """

    socket: socket.socket
    place: str
    hosts: frozenset[str] | None = None
    port: int | None = None


def listen_at(host: str, port: int, *, elsewhere: bool = False, names: Sequence[str] = ()) -> Listener:
    """Listen on an address of this machine; port 0 takes a free one.

    Raises ``ProxyError``: for an address that is not loopback unless ``elsewhere`` says that it is meant, and when the
    address cannot be used. ``names`` are further names a Host header may carry (a TLS terminator's, say).
    """
    if not is_loopback(host) and not elsewhere:
        raise ProxyError(
            f"`{host}` can be reached from other machines",
            code="proxy.error.exposed",
            hint="listen on 127.0.0.1, or allow it with `--exposed`",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle's delay on
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host.strip("[]"), port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise ProxyError(f"cannot listen on `{host}:{port}`: {_said(error)}", code="proxy.error.listen") from error
    bound.settimeout(0)
    number = int(bound.getsockname()[1])
    own = {"localhost", "127.0.0.1", "::1"} if is_loopback(host) else {host.strip("[]").lower()}
    shown = f"[{host.strip('[]')}]" if ":" in host else host
    hosts = frozenset({*own, host.strip("[]").lower(), *(name.lower() for name in names)})
    return Listener(socket=bound, place=f"http://{shown}:{number}", hosts=hosts, port=None if names else number)


def listen_on_path(path: Path) -> Listener:
    """Listen on a unix socket that only this user can connect to; a file that is there already is not replaced.

    Raises ``ProxyError`` when the path cannot be used.
    """
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(bound.fileno(), 0o600)  # on Linux the file gets the mode of the socket, from its first moment
        bound.bind(str(path))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise ProxyError(f"cannot listen on `{path}`: {_said(error)}", code="proxy.error.listen") from error
    bound.settimeout(0)
    return Listener(socket=bound, place=str(path))


@contextmanager
def written_token(path: Path, token: str) -> Iterator[Path]:
    """Keep a token in a file only this user can read, for as long as the proxy runs.

    Raises ``ProxyError`` when the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token + "\n")
    except OSError as error:
        raise ProxyError(f"cannot keep the token in `{path}`: {_said(error)}", code="proxy.error.token") from error
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


def read_token(path: Path) -> str:
    """The token in a file of the user's own, which nobody else may read.

    Raises ``ProxyError`` for a file that cannot be read, that others can read, or whose token is shorter than 16 signs.
    """
    try:
        with path.open(encoding="ascii") as file:
            mode, token = os.fstat(file.fileno()).st_mode, file.read(_LONGEST_TOKEN).strip()
    except (OSError, UnicodeDecodeError) as error:
        said = _said(error) if isinstance(error, OSError) else "it is no text"
        raise ProxyError(f"cannot read the token in `{path}`: {said}", code="proxy.error.token") from error
    if mode & 0o077:
        raise ProxyError(f"others can read `{path}`", code="proxy.error.token", hint=f"chmod 600 {path}")
    if len(token) < _SHORTEST_TOKEN or " " in token:
        raise ProxyError(f"`{path}` holds no token of at least {_SHORTEST_TOKEN} signs", code="proxy.error.token")
    return token


async def serve_http(
    openers: Mapping[str, LineOpener],
    *,
    listener: Listener,
    tokens: Mapping[str, str],
    limits: Limits | None = None,
    stop: anyio.Event | None = None,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve MCP servers over HTTP until ``stop`` is set or this is cancelled.

    ``openers`` maps a name to how a guarded line to that server is opened; it is served at ``/NAME/mcp``, and at
    ``/mcp`` when it is the only one. ``tokens`` maps callers to their tokens; empty: whoever reaches the listener may
    call. On the way out every call under way is cancelled, then the servers end, then the connections.
    """
    limits, stop = limits or Limits(), stop or anyio.Event()
    doorkeeper = Doorkeeper(tokens=tokens, hosts=listener.hosts, port=listener.port)
    async with anyio.create_task_group() as tasks:
        houses = {
            name: House(opener=opener, tasks=tasks, most=limits.conversations, idle_after=limits.idle_after)
            for name, opener in openers.items()
        }
        paths = {f"/{name}/mcp": house for name, house in houses.items()}
        if len(houses) == 1:
            paths["/mcp"] = next(iter(houses.values()))
        server = _Server(_configured(Facing(houses=paths, doorkeeper=doorkeeper), limits))
        async with anyio.create_task_group() as listening:
            listening.start_soon(_run, server, listener.socket)
            try:
                await server.listening.wait()
                task_status.started()
                await stop.wait()
            finally:
                with anyio.CancelScope(shield=True):
                    await _close(houses.values())
                server.ending.set()
        tasks.cancel_scope.cancel()


class _Server(uvicorn.Server):
    """The server, which leaves signals to whoever runs it and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Listen to nothing yet."""
        super().__init__(config)
        self.listening = anyio.Event()
        self.ending = anyio.Event()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] # the parent's is a generator
        """Leave signals alone."""
        return nullcontext()

    async def main_loop(self) -> None:
        """Wait until the end is asked for; once a second the date is told."""
        ticks = 0
        while not self.ending.is_set():
            await self.on_tick(ticks)
            ticks += _TICKS
            with anyio.move_on_after(1.0):
                await self.ending.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.listening.set()


def _configured(facing: Facing, limits: Limits) -> uvicorn.Config:
    """How the server is run: nothing is guessed from the surroundings, nothing is said about itself."""
    return uvicorn.Config(
        facing,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        loop="none",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64 * 1024,
    )


async def _run(server: _Server, bound: socket.socket) -> None:
    """Run the server; it ends by itself once it is told to, whatever is cancelled around it."""
    with anyio.CancelScope(shield=True):
        await server.serve(sockets=[bound])


async def _close(houses: Iterable[House]) -> None:
    """End every conversation of every server, all at once."""
    async with anyio.create_task_group() as closing:
        for house in houses:
            closing.start_soon(house.close, "the proxy is stopping")


def _said(error: OSError) -> str:
    """What the system said."""
    return (error.strerror or str(error)).lower()
