"""Who is connected to a run: clients that ask, wait for its end, follow its record, or stand as a gate before calls."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from remit.errors import RemitError
from remit.supervisor.protocol import Lines, account_of, encode, refusal
from remit.supervisor.report import StopReport

__all__ = ["Client", "Clients"]

_MOST = 64
_SEND = 0.5  # seconds a client may keep the daemon waiting before it is dropped


@dataclass(slots=True, eq=False)
class Client:
    """One connection of a client."""

    connection: socket.socket
    gone: bool = False
    _lines: Lines = field(default_factory=Lines)

    def read(self) -> Iterator[dict[str, object]]:
        """The requests that have come in; marks the client as gone at its end."""
        try:
            data = self.connection.recv(65536)
        except OSError:
            data = b""
        self.gone = not data
        yield from self._lines.feed(data)

    def send(self, message: Mapping[str, object]) -> None:
        """Send an object; a client that does not read is gone."""
        if not self.gone:
            try:
                self.connection.sendall(encode(message))
            except OSError:
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)

    def refuse(self, error: RemitError) -> None:
        """Send an error as the answer."""
        self.send(refusal(error))


@dataclass(slots=True, kw_only=True)
class Clients:
    """Every connection of one run, by what it is there for."""

    connected: list[Client] = field(default_factory=list)
    waiters: list[Client] = field(default_factory=list)
    stoppers: list[Client] = field(default_factory=list)
    followers: list[Client] = field(default_factory=list)
    gates: list[Client] = field(default_factory=list)

    def accept(self, listener: socket.socket) -> Client | None:
        """Take a connection, unless another account is on it or too many are open."""
        connection, _ = listener.accept()
        if account_of(connection) not in (0, os.getuid()) or len(self.connected) >= _MOST:
            connection.close()
            return None
        connection.settimeout(_SEND)
        client = Client(connection)
        self.connected.append(client)
        return client

    def drop(self, client: Client) -> bool:
        """Forget a connection; whether it was the last gate."""
        was_gate = client in self.gates
        for group in (self.connected, self.waiters, self.stoppers, self.followers, self.gates):
            if client in group:
                group.remove(client)
        client.connection.close()
        return was_gate and not self.gates

    def publish(self, entry: Mapping[str, object]) -> None:
        """Show an entry of the record to everybody who follows it."""
        for client in tuple(self.followers):
            client.send({"entry": dict(entry)})

    def settle(self, report: StopReport) -> None:
        """Give the receipt to everybody who asked for the stop."""
        stoppers, self.stoppers = self.stoppers, []
        for client in stoppers:
            client.send({"ok": True, "report": report.document()})

    def farewell(self, end: Mapping[str, object], *, within: float) -> None:
        """Tell everybody who waits how it ended, and hang up once they have read it or the time is over."""
        for client in (*self.waiters, *self.stoppers):
            client.send(end)
        deadline = time.monotonic() + within
        for client in tuple(self.connected):
            with contextlib.suppress(OSError):
                client.connection.shutdown(socket.SHUT_WR)
                client.connection.settimeout(max(0.001, min(0.05, deadline - time.monotonic())))
                client.connection.recv(1)
            client.connection.close()
