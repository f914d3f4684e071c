"""A server over pipes, as the far end of a line over HTTP: one process for each conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import anyio

from remit.errors import FrameError, ProxyError
from remit.proxy.frames import Frame, parse
from remit.proxy.http.line import Far, FarOpener, Hearing
from remit.proxy.pipes import Sink, Source

__all__ = ["LocalServer", "Pipes", "over_pipes"]

_LAST_WORDS = 1.0  # seconds for a server to end by itself, once its input is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipes:
    """A running server: where its lines come from and where it is told; ``ending`` says how it ended, once it has."""

    source: Source
    sink: Sink
    ending: Callable[[], Awaitable[str]] | None = None


@dataclass(slots=True, kw_only=True)
class LocalServer:
    """The connection to a running server."""

    pipes: Pipes
    hearing: Hearing
    _silent: anyio.Event = field(default_factory=anyio.Event)
    _why: str = "the server has ended"

    async def send(self, frame: Frame) -> None:
        """Send a message; raises ``ProxyError`` when the server reads no longer."""
        await self.pipes.sink.write(frame.encode())

    async def gone(self) -> str:
        """Wait until the server has said its last; says why."""
        await self._silent.wait()
        return self._why

    async def read(self) -> None:
        """Take everything the server says, in its order."""
        try:
            async for line in self.pipes.source.lines():
                await self._read(line)
            if self.pipes.ending is not None:
                self._why = await self.pipes.ending()
        except ProxyError as error:
            self._why = error.message
        finally:
            self._silent.set()

    async def _read(self, line: bytes | FrameError) -> None:
        """Take one line; what is no message at all (a log line on the wrong stream) harms nobody."""
        try:
            if isinstance(line, FrameError):
                raise line
            frame = parse(line)
        except FrameError as error:
            if error.id is not None or isinstance(line, FrameError) or line.lstrip().startswith((b"{", b"[")):
                await self.hearing.garbled(error)
            return
        await self.hearing.hear(frame)


def over_pipes(start: Callable[[], AbstractAsyncContextManager[Pipes]]) -> FarOpener:
    """How to connect to a server that is started for it; ``start`` starts it and, on the way out, ends it for sure."""

    @asynccontextmanager
    async def opened(hearing: Hearing) -> AsyncIterator[Far]:
        async with start() as pipes, anyio.create_task_group() as tasks:
            server = LocalServer(pipes=pipes, hearing=hearing)
            tasks.start_soon(server.read)
            try:
                yield server
            finally:
                pipes.sink.close()
                with anyio.move_on_after(_LAST_WORDS, shield=True):
                    await server.gone()
                tasks.cancel_scope.cancel()

    return opened
