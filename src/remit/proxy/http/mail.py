"""Which stream a server's message goes out on: the one of the request it belongs to, or the standing one.

Over a pipe a server does not say which request a message belongs to; over HTTP it does, by the response it comes on. An
answer carries the id of its request and a progress notice its token. Anything else goes to the standing stream when
somebody listens there, and else to the request that came last.

In the stateless era many clients' requests may share one connection to a server, and clients choose ids and tokens as
they like. So each gets a number of its own on the way in, and its old id and token back on the way out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

import anyio

from remit.proxy.frames import Frame, Identifier, Kind
from remit.proxy.http.streams import Stream

__all__ = ["Mail", "Waiting"]

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
_NAMES_ITS_REQUEST = frozenset({"notifications/progress", "notifications/cancelled"})
_STATUS = {-32700: 400, -32600: 400, -32602: 400, -32020: 400, -32021: 400, -32022: 400, -32601: 404}
_MOST_STREAMS = 64
_MOST_KEPT = 8 * 1024 * 1024
_CLOSE_WITHIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request without an answer: the frame that is sent on, and what its client called it.

    ``token`` is the client's progress token, ``None`` where it asked for no progress.
    """

    frame: Frame
    identifier: Identifier
    token: object = None
    stream: Stream = field(default_factory=Stream.awaited)

    @property
    def key(self) -> Identifier:
        """The id it is sent on under."""
        return "" if self.frame.id is None else self.frame.id


@dataclass(slots=True, kw_only=True)
class Mail:
    """The streams of one conversation. ``renamed``: requests get numbers of their own (the stateless era)."""

    renamed: bool = False
    standing: Stream = field(default_factory=Stream)
    waiting: dict[Identifier, Waiting] = field(default_factory=dict)
    streams: OrderedDict[str, Stream] = field(default_factory=OrderedDict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def expect(self, frame: Frame) -> Waiting | None:
        """Take in a request; ``None`` when one of the same id waits already."""
        identifier = "" if frame.id is None else frame.id
        token = _meta(frame.params).get("progressToken")
        if self.renamed:
            frame = _renamed(frame, next(self._numbers), asks_progress=token is not None)
        waiting = Waiting(frame=frame, identifier=identifier, token=token)
        if waiting.key in self.waiting:
            return None
        self.waiting[waiting.key] = waiting
        self.streams[waiting.stream.name] = waiting.stream
        return waiting

    async def deliver(self, frame: Frame, related: Identifier | None = None) -> bool:
        """Put a server's message where it belongs; false when it belongs to nobody.

        ``related`` is the id (as it was sent on) of the request whose response the message came on, where that is
        known.
        """
        if frame.answers:
            waiting = self.waiting.pop(frame.id, None) if frame.id is not None else None
            if waiting is not None:
                status = _status_of(frame) if self.renamed else 200
                await waiting.stream.put(self._restored(frame, waiting).encode(), last=True, status=status)
                self._forget()
            return waiting is not None
        waiting = self._belongs(frame, related)
        stream = waiting.stream if waiting is not None else self._anywhere(frame)
        if stream is not None:
            await stream.put(self._restored(frame, waiting).encode())
        return stream is not None

    def stream(self, name: str) -> Stream | None:
        """The stream of this name, if it is still kept."""
        return self.standing if name == self.standing.name else self.streams.get(name)

    def give_up(self, waiting: Waiting) -> None:
        """Expect no answer any more and end its stream."""
        if self.waiting.get(waiting.key) is waiting:
            del self.waiting[waiting.key]
        waiting.stream.end()
        self._forget()

    def discard(self, waiting: Waiting) -> None:
        """Keep nothing of a request whose answer has gone out whole."""
        self.streams.pop(waiting.stream.name, None)

    async def close(self, text: str) -> None:
        """Answer whatever waits with an error, and end every stream."""
        with anyio.move_on_after(_CLOSE_WITHIN):
            for waiting in tuple(self.waiting.values()):
                await self.deliver(Frame.error(waiting.key, -32000, text))
        for stream in (*self.streams.values(), self.standing):
            stream.end()

    def _belongs(self, frame: Frame, related: Identifier | None) -> Waiting | None:
        """The request a message belongs to, where that can be told."""
        if frame.method == "notifications/progress":
            token = frame.params.get("progressToken")
            return next((waiting for waiting in self.waiting.values() if _token(waiting, self) == token), None)
        if frame.method == "notifications/cancelled" and self.renamed:
            related = _identifier(frame.params.get("requestId"))
        elif related is None:
            related = _identifier(_meta(frame.params).get(SUBSCRIPTION))
        return None if related is None else self.waiting.get(related)

    def _anywhere(self, frame: Frame) -> Stream | None:
        """Where a message goes that belongs to no request; the stateless era has no standing stream."""
        if self.renamed and (frame.method in _NAMES_ITS_REQUEST or SUBSCRIPTION in _meta(frame.params)):
            return None
        if not self.renamed and (self.standing.attached or not self.waiting):
            return self.standing
        return next(reversed(self.waiting.values())).stream if self.waiting else None

    def _restored(self, frame: Frame, waiting: Waiting | None) -> Frame:
        """The message with its client's own id and token."""
        if waiting is None or not self.renamed:
            return frame
        if frame.answers:
            frame = frame.with_id(waiting.identifier)
            if frame.kind is Kind.RESPONSE and SUBSCRIPTION in _meta(frame.result):
                frame = frame.with_result(_meta={**_meta(frame.result), SUBSCRIPTION: waiting.identifier})
            return frame
        if frame.method == "notifications/progress":
            return frame.with_params(progressToken=waiting.token)
        if frame.method == "notifications/cancelled":
            return frame.with_params(requestId=waiting.identifier)
        if SUBSCRIPTION in _meta(frame.params):
            return frame.with_params(_meta={**_meta(frame.params), SUBSCRIPTION: waiting.identifier})
        return frame

    def _forget(self) -> None:
        """Let the oldest streams go that are over, when many are kept."""
        over = [stream for stream in self.streams.values() if stream.ended and not stream.attached]
        size = sum(stream.size for stream in over)
        for stream in over[:-1]:
            if len(over) <= _MOST_STREAMS and size <= _MOST_KEPT:
                return
            over.remove(stream)
            size -= stream.size
            del self.streams[stream.name]


def _status_of(frame: Frame) -> int:
    """The HTTP status an answer of the stateless era goes out with: 200, or what belongs to its JSON-RPC error."""
    error = frame.message.get("error")
    number = error.get("code") if isinstance(error, Mapping) else None
    return _STATUS.get(number, 200) if isinstance(number, int) else 200


def _renamed(frame: Frame, number: int, *, asks_progress: bool) -> Frame:
    """A request under a number of the proxy's."""
    if asks_progress:
        frame = frame.with_params(_meta={**_meta(frame.params), "progressToken": number})
    return frame.with_id(number)


def _token(waiting: Waiting, mail: Mail) -> object:
    """The progress token a request was sent on with; ``mail`` where it has none, which equals no token."""
    if waiting.token is None:
        return mail
    return waiting.key if mail.renamed else waiting.token


def _meta(values: Mapping[str, object]) -> Mapping[str, object]:
    """The ``_meta`` of parameters or of a result."""
    meta = values.get("_meta")
    return meta if isinstance(meta, Mapping) else {}


def _identifier(value: object) -> Identifier | None:
    """The value where it can be an id."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
