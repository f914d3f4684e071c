"""One client's connection, within bounds of time: the part of HTTP that stands below every request.

A head that trickles in, a body that stops half way and a client that reads no longer all end here, because nothing
above sees them: the server calls the application only once a head is complete, and waits without end for room to write.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["BODY_WITHIN", "HEAD_WITHIN", "STUCK_AFTER", "BoundedConnection"]

HEAD_WITHIN = 15.0  # seconds from the first byte of a request, or from the connection, to the end of its head
BODY_WITHIN = 60.0  # seconds from the head of a request to the end of its body, also where the answer is already out
STUCK_AFTER = 60.0  # seconds without a byte of room for what is to be written
_LOOK_EVERY = 1.0
_IDLE = "IDLE"  # what h11 calls a connection between two requests
_WITHIN = {_IDLE: HEAD_WITHIN, "SEND_BODY": BODY_WITHIN}


class BoundedConnection(H11Protocol):
    """A connection whose requests come in time and whose client goes on reading."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the parent has it
        """Start looking at the connection every second."""
        super().connection_made(transport)
        self._state = _IDLE
        self._since: float | None = self.loop.time()
        self._room_since = self.loop.time()
        self._written = 0
        self._look_again()

    def data_received(self, data: bytes) -> None:
        """Take in bytes; a part of a request has its time from its first byte to its last."""
        if self._since is None or self._reading() != self._state:
            self._state, self._since = self._reading(), self.loop.time()
        requests = self.scope
        super().data_received(data)
        if self._reading() != self._state or self.scope is not requests:
            self._state = self._reading()
            self._since = self.loop.time() if self._state != _IDLE else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking at how long the request takes."""
        self._look.cancel()
        super().connection_lost(exc)

    def _reading(self) -> str:
        """Which part of a request is being read."""
        return str(self.conn.their_state)

    def _look_again(self) -> None:
        """Look once a second; the timer ends with the connection."""
        self._look = self.loop.call_later(_LOOK_EVERY, self._inspect)

    def _inspect(self) -> None:
        """End the connection when a request is late or nothing can be written for too long."""
        now = self.loop.time()
        waiting = self.transport.get_write_buffer_size()
        if waiting == 0 or waiting < self._written:
            self._room_since = now
        self._written = waiting
        if self._reading() != self._state:  # the answer is out: the next request has its own time
            self._state, self._since = self._reading(), None
        within = _WITHIN.get(self._state)
        late = within is not None and self._since is not None and now - self._since > within
        if late or now - self._room_since > STUCK_AFTER:
            self.transport.abort()
            return
        self._look_again()
