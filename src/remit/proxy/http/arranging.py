"""Put together: a setting, its guard, and lines to servers that are started for each conversation or far away."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import anyio
from anyio import to_thread
from anyio.abc import TaskStatus

from remit.errors import SurvivorError
from remit.guard.guard import Guard
from remit.proxy.continuing import Continuations
from remit.proxy.http.bridge import Bridge
from remit.proxy.http.conversation import LineOpener
from remit.proxy.http.line import FarOpener, relayed
from remit.proxy.http.local import Pipes, over_pipes
from remit.proxy.http.remote import Remote
from remit.proxy.http.serving import Limits, Listener, serve_http
from remit.proxy.http.upstream import over_http
from remit.proxy.pipes import Sink, Source
from remit.proxy.relay import Relay
from remit.proxy.server import BEAT, LoneServer, start_server
from remit.proxy.serving import Setting, judge_of
from remit.proxy.stdio import Ended

__all__ = ["Served", "far_of", "line_to", "run_http", "run_stdio"]

_LAST = 2.0  # seconds a server may take to end, once it has closed its output
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server to be served: the setting it is guarded in, and either its command or where it is."""

    setting: Setting
    command: Sequence[str] = ()
    remote: Remote | None = None


def line_to(served: Served, guard: Guard, *, principal: str = "") -> LineOpener:
    """How a guarded line to a server is opened; every line has its own relay, all share the pins and the guard."""
    judge = judge_of(served.setting, guard, principal=principal)

    def make_relay() -> Relay:
        own = replace(judge, continuations=Continuations())
        return Relay(judge=own, patience=served.setting.patience)

    return relayed(far_of(served), make_relay)


def far_of(served: Served) -> FarOpener:
    """How to connect to a server, without anything before it."""
    if served.remote is not None:
        return over_http(served.remote)
    return over_pipes(partial(_caged, served))


def run_http(
    servers: Mapping[str, Served],
    *,
    listener: Listener,
    tokens: Mapping[str, str],
    limits: Limits | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until this process is asked to end (SIGTERM, SIGINT, SIGHUP); every server has ended when this returns.

    ``ready`` is called once connections are accepted. Each setting has a guard of its own, shared by its servers.
    Raises ``RemitError`` where the guard cannot be entered or a server cannot be reached.
    """
    anyio.run(_run, servers, listener, tokens, limits, ready)


def run_stdio(served: Served, *, client: tuple[int, int] = (0, 1)) -> Ended:
    """Carry one conversation between ``client`` (descriptors to read and to write) and a server, wherever that is.

    Returns how it ended; the server's session is over then. Raises ``RemitError`` where it cannot be begun.
    """
    return anyio.run(_run_stdio, served, client)


async def _run_stdio(served: Served, client: tuple[int, int]) -> Ended:
    """Enter the guard and carry the conversation until one side ends or this process is asked to."""
    async with served.setting.guard() as guard:
        bridge = Bridge(
            source=Source(descriptor=client[0]),
            sink=Sink(descriptor=client[1], name="client"),
            say=served.setting.say,
        )
        async with anyio.create_task_group() as tasks:
            stop = anyio.Event()
            tasks.start_soon(_stop_on_signal, stop)
            ended = await bridge.carry(line_to(served, guard), stop)
            tasks.cancel_scope.cancel()
    return ended


async def _run(
    servers: Mapping[str, Served],
    listener: Listener,
    tokens: Mapping[str, str],
    limits: Limits | None,
    ready: Callable[[], None],
) -> None:
    """Enter the guards, serve, and leave in the opposite order."""
    async with AsyncExitStack() as guards:
        openers = {}
        for name, served in servers.items():
            guard = await guards.enter_async_context(served.setting.guard())
            openers[name] = line_to(served, guard)
        async with anyio.create_task_group() as tasks:
            stop = anyio.Event()
            tasks.start_soon(_stop_on_signal, stop)

            async def serve(*, task_status: TaskStatus[None]) -> None:
                await serve_http(
                    openers, listener=listener, tokens=tokens, limits=limits, stop=stop, task_status=task_status
                )
                tasks.cancel_scope.cancel()

            await tasks.start(serve)
            ready()


async def _stop_on_signal(stop: anyio.Event) -> None:
    """Set ``stop`` when this process is asked to end."""
    with anyio.open_signal_receiver(*_ENDINGS) as signals:
        async for _ in signals:
            stop.set()


@asynccontextmanager
async def _caged(served: Served) -> AsyncIterator[Pipes]:
    """A server in its cage; on the way out it and everything it started has ended.

    Raises ``RemitError`` where it cannot be started, ``SurvivorError`` where something outlived its end.
    """
    setting = served.setting
    start = partial(
        start_server,
        served.command,
        name=setting.server,
        environ=setting.environ,
        folder=setting.folder,
        confinement=setting.confinement,
        require=setting.require,
        backend=setting.backend,
        subject={"charter": setting.charter.path, "digest": setting.charter.digest},
        part_of=setting.part_of,
    )
    with anyio.CancelScope(shield=True):  # a server that starts is not left half started
        server = await to_thread.run_sync(start)
    try:
        for part in server.shortfall():
            setting.say(f"the server's end is not certain on this host: {part}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_beat, server)
            yield Pipes(
                source=Source(descriptor=server.output),
                sink=Sink(descriptor=server.input, name="server"),
                ending=partial(_ending, server),
            )
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            survivors = await to_thread.run_sync(partial(server.stop, "the conversation is over"))
    if survivors:
        raise SurvivorError(f"processes of the server outlived its stop: {', '.join(survivors)}")


async def _ending(server: LoneServer) -> str:
    """How a server that says nothing more has ended."""
    status = await to_thread.run_sync(server.ended, _LAST, abandon_on_cancel=True)
    if status is None:
        return "the server has closed its output"
    return f"the server has ended with status {status}"


async def _beat(server: LoneServer) -> None:
    """Say at regular times that the proxy lives."""
    while True:
        await to_thread.run_sync(server.beat, abandon_on_cancel=True)
        await anyio.sleep(BEAT)
