"""A client over pipes in front of a line to any server: the one who speaks stdio need not know where the server is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio

from remit.errors import FrameError, ProxyError
from remit.proxy.frames import Frame, parse
from remit.proxy.http.conversation import Line, LineOpener
from remit.proxy.pipes import Sink, Source
from remit.proxy.stdio import Ended

__all__ = ["Bridge"]

_LAST_ANSWERS = 1.0  # seconds for answers under way, once the client has said its last
_GLANCE = 0.01


@dataclass(slots=True, kw_only=True)
class Bridge:
    """One client over pipes. ``say`` takes a line for whoever started the proxy."""

    source: Source
    sink: Sink
    say: Callable[[str], None]
    _ended: Ended | None = None
    _over: anyio.Event = field(default_factory=anyio.Event)
    _unanswered: set[int | str] = field(default_factory=set)

    async def carry(self, opener: LineOpener, stop: anyio.Event) -> Ended:
        """Carry messages until one side ends or ``stop`` is set; the line is closed then.

        Raises ``RemitError`` where the line cannot be opened.
        """
        async with opener(self._deliver) as line, anyio.create_task_group() as tasks:
            tasks.start_soon(self._read_client, line)
            tasks.start_soon(self._watch_server, line)
            tasks.start_soon(self._watch_stop, stop)
            await self._over.wait()
            if self._ended is not None and self._ended.by == "client":
                with anyio.move_on_after(_LAST_ANSWERS):
                    while self._unanswered:  # noqa: ASYNC110 - at most a second, once
                        await anyio.sleep(_GLANCE)
            tasks.cancel_scope.cancel()
        return self._ended or Ended(by="stopped", reason="the conversation is over")

    async def _deliver(self, frame: Frame, related: int | str | None = None) -> None:
        """Take a message to the client; over one pipe it does not matter what it belongs to."""
        del related
        if frame.answers and frame.id is not None:
            self._unanswered.discard(frame.id)
        try:
            await self.sink.write(frame.encode())
        except ProxyError as error:
            self._end("client", error.message)

    async def _read_client(self, line: Line) -> None:
        """Take everything the client says, in its order."""
        async for data in self.source.lines():
            try:
                if isinstance(data, FrameError):
                    raise data
                frame = parse(data)
            except FrameError as error:
                self.say(f"the client sent a message that is not passed on: {error.message}")
                await self._deliver(Frame.refusing(error))
                continue
            if not frame.answers and frame.id is not None:
                self._unanswered.add(frame.id)
            await line.send(frame)
        self._end("client", "the client has ended")

    async def _watch_server(self, line: Line) -> None:
        """End when the server is gone."""
        self._end("server", await line.gone())

    async def _watch_stop(self, stop: anyio.Event) -> None:
        """End when somebody says so."""
        await stop.wait()
        self._end("stopped", "the proxy was ended")

    def _end(self, by: str, reason: str) -> None:
        """The conversation is over; the first reason stands."""
        self._ended = self._ended or Ended(by=by, reason=reason)
        self._over.set()
