"""A tunnel: bytes both ways, unread, until both ends have closed."""

from __future__ import annotations

import select
import socket

from remit.supervisor.egress.flow import PIECE, SLICE, Wire

__all__ = ["relay"]


HALF_CLOSED_PATIENCE = 60.0


class _Pump:
    """One direction of a tunnel."""

    def __init__(self, source: Wire, target: Wire, early: bytes) -> None:
        """Begin with what was read too far."""
        self.source = source
        self.target = target
        self.pending = early
        self.ended = False

    def step(self) -> bool:
        """Move what can be moved at once; whether anything did."""
        flow, moved = self.source.flow, False
        try:
            if not self.pending and not self.ended:
                self.pending = flow.attempt(lambda: self.source.sock.recv(PIECE))
                self.source.received += len(self.pending)
                moved = True
                if not self.pending:
                    self.ended = True
                    flow.attempt(lambda: self.target.sock.shutdown(socket.SHUT_WR))
            if self.pending:
                count = flow.attempt(lambda: self.target.sock.send(self.pending))
                self.target.sent += count
                self.pending = self.pending[count:]
                moved = True
        except BlockingIOError:
            pass
        return moved

    def wants(self) -> tuple[socket.socket, int] | None:
        """Which socket to wait for, and for what."""
        if self.pending:
            return self.target.sock, select.POLLOUT
        return None if self.ended else (self.source.sock, select.POLLIN)


def relay(client: Wire, upstream: Wire, patience: float) -> None:
    """Relay until both have closed. Raises ``TimeoutError`` after ``patience`` seconds without a byte, ``OSError``."""
    flow = client.flow
    pumps = (_Pump(client, upstream, client.left_over()), _Pump(upstream, client, b""))
    deadline = flow.now() + patience
    while any(wanted := [pump.wants() for pump in pumps]):
        moved = [pump.step() for pump in pumps]
        if any(moved):
            half_closed = any(pump.ended for pump in pumps)
            deadline = flow.now() + (min(patience, HALF_CLOSED_PATIENCE) if half_closed else patience)
            continue
        if flow.now() >= deadline:
            raise TimeoutError("nothing moved through the tunnel for too long")
        _wait([want for want in wanted if want is not None])


def _wait(wanted: list[tuple[socket.socket, int]]) -> None:
    """Wait until one of the sockets is ready, at most a second."""
    poller = select.poll()
    masks: dict[int, int] = {}
    for sock, events in wanted:
        masks[sock.fileno()] = masks.get(sock.fileno(), 0) | events
    for descriptor, events in masks.items():
        poller.register(descriptor, events)
    poller.poll(1000 * SLICE)
