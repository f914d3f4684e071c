"""The door between an agent and the servers it may speak to: bytes, unread, to one socket outside its network.

An agent has a network of its own and can make no unix socket. What it sends to this port of its loopback goes to the
socket of the run's companion, which decides what it means; held, nothing moves, and a stop closes the door for good.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from remit.supervisor.egress.flow import Flow, Wire
from remit.supervisor.egress.tunnel import relay
from remit.supervisor.protocol import at_socket

__all__ = ["Door"]

MOST_CONNECTIONS = 64
PATIENCE = 86_400.0  # seconds without a byte: a call may wait for an overseer for hours


@dataclass(slots=True, kw_only=True)
class Door:
    """A listening socket inside the agent's network, and the path of the socket outside it leads to."""

    listener: socket.socket
    path: Path
    flow: Flow
    closed: bool = False
    _open: set[socket.socket] = field(default_factory=set)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def close(self) -> None:
        """Cut what is open and let nobody in any more; when this returns, it holds."""
        with self._changing:
            self.closed = True
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        """Relay connections for ever, each in a thread of its own and not more than the limit at a time."""
        places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError as error:
                if error.errno in {errno.EBADF, errno.EINVAL}:
                    return
                time.sleep(0.05)  # out of descriptors for now
                continue
            if not places.acquire(blocking=False):
                client.close()
                continue
            try:
                threading.Thread(target=self._serve, args=(client, places), daemon=True).start()
            except RuntimeError:  # no more threads for now
                places.release()
                client.close()

    def _serve(self, client: socket.socket, places: threading.BoundedSemaphore) -> None:
        """Relay one connection; where nobody answers outside, the agent sees it closed."""
        try:
            kind = socket.SOCK_STREAM | socket.SOCK_CLOEXEC
            with contextlib.suppress(OSError), client, socket.socket(socket.AF_UNIX, kind) as companion:
                self._pass(client, companion)
        finally:
            places.release()

    def _pass(self, client: socket.socket, companion: socket.socket) -> None:
        """Move bytes both ways until both ends have closed, or the door has. Raises ``OSError``."""
        companion.settimeout(0.0)  # a companion that takes nobody in must not keep the flow waiting
        with at_socket(self.path) as address:
            self.flow.attempt(lambda: companion.connect(address))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._changing:
            if self.closed:
                return
            self._open |= {client, companion}
        try:
            relay(Wire(client, self.flow), Wire(companion, self.flow), PATIENCE)
        finally:
            with self._changing:
                self._open -= {client, companion}
