"""What goes out over HTTP: one JSON message, nothing, an error in the protocol's own words, or a stream of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

import anyio
from starlette.types import Send

from remit.errors import StreamDisplacedError
from remit.proxy.frames import Frame
from remit.proxy.http.sse import comment, written_event
from remit.proxy.http.streams import Stream

__all__ = ["Reply", "send_events", "send_reply"]

PING_EVERY = 15.0
SEND_WITHIN = 60.0
_EVENTS = {"content-type": "text/event-stream", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that is one message or none. ``body`` is the message as bytes."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None

    @classmethod
    def refusing(
        cls,
        status: int,
        text: str,
        *,
        number: int = -32600,
        data: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """An HTTP error whose body says why, as a JSON-RPC error that answers nobody in particular."""
        return cls(status=status, body=Frame.error(None, number, text, data).encode(), headers=headers)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send an answer that is one message or none."""
    with anyio.fail_after(SEND_WITHIN):
        headers = {"cache-control": "no-store", **(reply.headers or {})}
        if reply.body:
            headers["content-type"] = "application/json"
        headers["content-length"] = str(len(reply.body))
        await send({"type": "http.response.start", "status": reply.status, "headers": _raw(headers)})
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})


async def send_events(
    send: Send, stream: Stream, *, after: int = 0, primed: bool = False, headers: Mapping[str, str] | None = None
) -> None:
    """Send the events of a stream behind number ``after`` until its last.

    ``primed``: an empty event with an id goes first, so that a connection that breaks early can be taken up again.
    Raises ``LostEventsError`` before anything is sent. Ends quietly when another connection takes over.
    """
    stream.demand(after)
    await _within(send, {"type": "http.response.start", "status": 200, "headers": _raw({**_EVENTS, **(headers or {})})})
    if primed:
        await _chunk(send, written_event(b"", id=f"{stream.name}.{after}"))
    async with anyio.create_task_group() as tasks:
        quiet = anyio.Lock()
        tasks.start_soon(_ping, send, quiet)
        try:
            async with aclosing(stream.read(after)) as events:
                async for event in events:
                    async with quiet:
                        await _chunk(send, written_event(event.data, id=f"{stream.name}.{event.number}"))
        except StreamDisplacedError:
            pass
        tasks.cancel_scope.cancel()
    await _within(send, {"type": "http.response.body", "body": b"", "more_body": False})


async def _ping(send: Send, quiet: anyio.Lock) -> None:
    """Keep the connection in use, so that a dead one is noticed."""
    while True:
        await anyio.sleep(PING_EVERY)
        async with quiet:
            await _chunk(send, comment("ping"))


async def _chunk(send: Send, data: bytes) -> None:
    """Send a piece of a body."""
    await _within(send, {"type": "http.response.body", "body": data, "more_body": True})


async def _within(send: Send, message: dict[str, object]) -> None:
    """Send within the deadline; a client that makes no room is gone."""
    with anyio.fail_after(SEND_WITHIN):
        await send(message)


def _raw(headers: Mapping[str, str]) -> Iterable[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
