"""The egress process: the one way out of an agent's network namespace, and the holder of its credentials.

It listens on a socket that was made inside the namespace and connects from outside. Every request is an intent that
the daemon has recorded before a name is resolved; held, nothing moves in either direction; without its daemon it ends.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import itertools
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from remit.errors import SupervisorError
from remit.supervisor.egress.channel import Change, Daemon
from remit.supervisor.egress.dial import connect
from remit.supervisor.egress.door import Door
from remit.supervisor.egress.exchange import Desk, Exchange, Limits
from remit.supervisor.egress.flow import Flow, Wire
from remit.supervisor.egress.http import Request
from remit.supervisor.egress.listener import listen_inside
from remit.supervisor.egress.rules import HeldSecret, Refusal, Route, Rules
from remit.supervisor.kernel import syscalls

__all__ = ["Egress", "HeldSecret", "Limits", "Rules", "listen_inside", "serve"]

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
GONE = 1  # the exit status when the daemon is gone or cannot be understood


@dataclass(slots=True, kw_only=True)
class _Live:
    """A request that was let through: where it goes and the sockets that a revocation cuts."""

    request: Request
    sockets: list[socket.socket] = field(default_factory=list)
    cut: bool = False

    def end(self) -> None:
        """Break every connection of it. The threads that use the sockets close them."""
        self.cut = True
        for sock in self.sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # of a TLS socket too: below TLS


class Egress:
    """A forward proxy whose every step the daemon can stop."""

    def __init__(
        self, listener: socket.socket | None, channel: socket.socket, rules: Rules, limits: Limits | None = None
    ) -> None:
        """Take over both sockets; without a listener there is only a door, where one is put in."""
        self.flow = Flow()
        self.door: Door | None = None
        self.limits = limits or Limits()
        self._listener = listener
        self._daemon = Daemon(channel)
        self._rules = rules
        self._changing = threading.Lock()
        self._live: dict[int, _Live] = {}
        self._numbers = itertools.count()
        self._began = time.clock_gettime(time.CLOCK_BOOTTIME)  # a credential's life goes on while the machine sleeps
        self._context: ssl.SSLContext | None = None

    def listen(self) -> None:
        """Hear the daemon until it is gone."""
        self._daemon.listen(self.change)

    def change(self, change: Change) -> None:
        """Take in what the daemon wants; when this returns it holds. ``ValueError`` when a host cannot be read."""
        if change.held:
            self.flow.hold()
        if change.hosts is not None or change.revoked:
            try:
                self._narrow(change)
            except SupervisorError as error:
                raise ValueError(error.message) from error
        if change.doors is False and self.door is not None:
            self.door.close()
        if change.held is False:
            self.flow.resume()

    def _narrow(self, change: Change) -> None:
        """Take over other rules and break every connection they would not let through."""
        with self._changing:
            self._rules = self._rules.changed(hosts=change.hosts, revoked=change.revoked)
            for live in self._live.values():
                if isinstance(self._judge(live.request, 0.0), Refusal):
                    live.end()

    def accept(self) -> None:
        """Serve connections for ever, each in a thread of its own and not more than the limit at a time."""
        places = threading.BoundedSemaphore(self.limits.connections)
        while self._listener is not None:
            try:
                client, _ = self._listener.accept()
            except OSError as error:
                if error.errno in {errno.EBADF, errno.EINVAL}:
                    return
                time.sleep(0.05)  # out of descriptors for now
                continue
            if not places.acquire(blocking=False):
                _turn_away(client)
                continue
            try:
                threading.Thread(target=self._serve, args=(client, places), daemon=True).start()
            except RuntimeError:  # no more threads for now
                places.release()
                client.close()

    def _serve(self, client: socket.socket, places: threading.BoundedSemaphore) -> None:
        """Serve one connection and give its place free."""
        number = next(self._numbers)
        desk = Desk(
            daemon=self._daemon,
            flow=self.flow,
            limits=self.limits,
            dial=self._dial,
            rules=lambda: self._rules,
            decide=lambda request: self._judge(request, self._moment()),
            admit=lambda request, sock: self._admit(number, request, sock),
        )
        try:
            with client, contextlib.suppress(OSError, ValueError):
                Exchange(client, desk).run()
        finally:
            with self._changing:
                self._live.pop(number, None)
            places.release()

    def _moment(self) -> float:
        """Seconds since the start of this process."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self._began

    def _judge(self, request: Request, moment: float) -> Route | Refusal:
        """What the rules say to a request."""
        return self._rules.route(request.host, request.port, tunnel=request.tunnel, moment=moment)

    def _admit(
        self, number: int, request: Request, client: socket.socket
    ) -> tuple[Route, Callable[[socket.socket], None]] | Refusal:
        """Judge a request again, now that it was answered, and from here on cut it when the rules change."""
        live = _Live(request=request, sockets=[client])

        def enter(upstream: socket.socket) -> None:
            with self._changing:
                if live.cut:
                    raise ConnectionAbortedError("revoked while it was under way")
                live.sockets.append(upstream)

        with self._changing:
            route = self._judge(request, self._moment())
            if isinstance(route, Route):
                self._live[number] = live
        return route if isinstance(route, Refusal) else (route, enter)

    def _dial(self, route: Route, flow: Flow, client: socket.socket) -> Wire | Refusal:
        """Connect to a route; the machine's own authorities are read once."""
        if route.tls and self._context is None:
            self._context = ssl.create_default_context()
        return connect(route, flow, client, self._context)


def _turn_away(client: socket.socket) -> None:
    """Tell a client that there is no place, without waiting for it."""
    with client, contextlib.suppress(OSError):
        client.settimeout(0.0)
        client.send(BUSY)


def serve(
    listener: socket.socket | None,
    channel: socket.socket,
    rules: Rules,
    *,
    door: tuple[socket.socket, Path] | None = None,
) -> NoReturn:
    """Be the egress process: never returns, ends as soon as the daemon does.

    ``listener`` is where the agent finds its proxy (``None``: it may reach no host), ``door`` where it finds its
    servers and the socket outside that answers for them. For a child that was forked for this: it gives up its
    signals, its files and its memory's readability first.
    """
    inside = [sock for sock in (listener, door and door[0]) if sock is not None]
    _isolate(channel, *inside)
    egress = Egress(listener, channel, rules)
    threading.Thread(target=egress.accept, daemon=True).start()
    if door is not None:
        egress.door = Door(listener=door[0], path=door[1], flow=egress.flow)
        threading.Thread(target=egress.door.accept, daemon=True).start()
    with contextlib.suppress(Exception):
        egress.listen()
    os._exit(GONE)


def _forget_signals() -> None:
    """Give up the handlers of the process this one was forked from; what a terminal sends is not for this one."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _isolate(*sockets: socket.socket) -> None:
    """Die with the daemon, keep no file but the sockets, let nobody read this memory or raise privileges."""
    kept = {sock.fileno() for sock in sockets}
    syscalls.set_parent_death_signal(signal.SIGKILL)
    _forget_signals()
    gc.collect()  # what is garbage closes its files while their numbers are still its own
    gc.freeze()  # what is not is never collected here: its numbers will soon be those of other files
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        if standard not in kept:
            os.dup2(nowhere, standard)
    syscalls.close_all_but({0, 1, 2, *kept})
    with contextlib.suppress(OSError):
        syscalls.forbid_new_privileges()
        syscalls.forbid_dumping()
