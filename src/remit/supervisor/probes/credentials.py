"""Whether the egress proxy asks before anything leaves, and puts in the credential whoever asked does not have."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from remit.confinement import Piece
from remit.supervisor.egress.listener import listen_inside
from remit.supervisor.egress.proxy import serve
from remit.supervisor.egress.rules import HeldSecret, Rules
from remit.supervisor.kernel import syscalls
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import PATIENCE, is_readable, leave_for, must_leave_for, orphan_safe
from remit.supervisor.probes.probe import Seen, Trial, judged

__all__ = ["TRIALS", "egress_proxy"]

QUIET = 0.1  # seconds in which nothing may arrive
CREDENTIAL = b"Bearer held-outside"


def egress_proxy() -> Seen:
    """Send two requests out of a network namespace through the proxy; let the first one through and not the second."""
    must_leave_for(syscalls.CLONE_NEWNET)
    answers, speak = os.pipe()
    listening, go = os.pipe()
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as server, _child(listening, speak) as asking:
        if not is_readable(answers, PATIENCE) or os.read(answers, 1) != b"r":
            raise OSError("no process could enter a network namespace")
        server.settimeout(PATIENCE)
        host = f"127.0.0.1:{server.getsockname()[1]}"
        rules = Rules(
            hosts=(host,), secrets=(HeldSecret(host=host, header="Authorization", value=CREDENTIAL.decode()),)
        )
        with listen_inside(asking) as listener, _proxy(listener, theirs, rules):
            os.write(go, f"{listener.getsockname()[1]} {host}".encode())
            first = _asked(ours)
            early = is_readable(server.fileno(), QUIET)
            ours.sendall(json.dumps({"id": first.get("id"), "proceed": True, "reason": ""}).encode() + b"\n")
            request = _served(server)
            said = _heard(answers)
            second = _asked(ours, but_not=first)
            ours.sendall(json.dumps({"id": second.get("id"), "proceed": False, "reason": "no"}).encode() + b"\n")
            refused = _heard(answers)
            late = is_readable(server.fileno(), QUIET)
    return judged(
        [
            ("nothing left before the answer to whether it may", bool(first) and not early),
            ("a listener outside got the credential the one who asked never had", CREDENTIAL in request),
            ("its answer came back inside", " 200 " in said),
            ("a request that was not let through reached nobody", bool(second) and " 200 " not in refused and not late),
        ]
    )


@contextmanager
def _child(listening: int, speak: int) -> Iterator[int]:
    """A process in a network namespace of its own that asks twice; ended afterwards."""
    child = os.fork()
    if child == 0:
        _ask_twice(listening, speak)
    with _held(child):
        yield child


@contextmanager
def _proxy(listener: socket.socket, channel: socket.socket, rules: Rules) -> Iterator[None]:
    """The egress process; ended afterwards."""
    child = os.fork()
    if child == 0:
        try:
            orphan_safe()
            serve(listener, channel, rules)
        finally:
            os._exit(1)
    with _held(child):
        yield


@contextmanager
def _held(child: int) -> Iterator[None]:
    """End a child by its descriptor whatever happens."""
    pidfd = os.pidfd_open(child)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        is_readable(pidfd, PATIENCE)
        os.close(pidfd)


def _ask_twice(listening: int, speak: int) -> None:
    """In a child: leave for a network namespace, wait for the proxy's port, ask twice and pass on what comes."""
    try:
        orphan_safe()
        leave_for(syscalls.CLONE_NEWNET)
        syscalls.raise_loopback()
        os.write(speak, b"r")
        if not is_readable(listening, PATIENCE):
            return
        port, host = os.read(listening, 100).decode().split()
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE) as connection:
                connection.sendall(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                os.write(speak, connection.recv(4096)[:200].replace(b"\r\n", b" ") or b"nothing")
        signal.pause()
    finally:
        os._exit(1)


def _asked(channel: socket.socket, *, but_not: dict[str, object] | None = None) -> dict[str, object]:
    """The next intent on the channel, other lines passed over; empty when none comes."""
    with contextlib.suppress(OSError, ValueError):
        while line := _line(channel):
            value = json.loads(line)
            if value.get("ask") == "intent" and value != but_not:
                return dict(value)
    return {}


def _line(channel: socket.socket) -> bytes:
    """The next line, byte by byte so that nothing of a later one is taken; raises ``OSError`` when none comes."""
    heard = b""
    while not heard.endswith(b"\n") and (part := channel.recv(1)):
        heard += part
    return heard


def _served(server: socket.socket) -> bytes:
    """Accept one request, answer it, and return it; empty when none comes."""
    with contextlib.suppress(OSError), server.accept()[0] as connection:
        connection.settimeout(PATIENCE)
        request = b""
        while b"\r\n\r\n" not in request and (part := connection.recv(4096)):
            request += part
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        return request
    return b""


def _heard(answers: int) -> str:
    """What came back to the one who asked."""
    return os.read(answers, 4096).decode(errors="replace") if is_readable(answers, PATIENCE) else ""


TRIALS = (Trial(name="egress proxy", piece=Piece.CREDENTIALS, work=egress_proxy, advice=advice.namespaces),)
