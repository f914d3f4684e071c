"""An egress proxy in threads of the test, with the test as its daemon and small hosts on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from remit.supervisor.egress.proxy import Egress, Limits, Rules

PATIENCE = 60.0
Verdict = tuple[bool, str] | None
QUICK = Limits(connections=16, head=PATIENCE, silence=PATIENCE, answer=PATIENCE, tunnel=PATIENCE, parting=PATIENCE)


@dataclass(slots=True)
class TestDaemon:
    """The daemon's end of the channel: keeps what it hears, answers as ``verdict`` says (``None``: not yet)."""

    __test__ = False
    channel: socket.socket
    verdict: Callable[[dict[str, Any]], Verdict]
    intents: list[dict[str, Any]] = field(default_factory=list)
    outcomes: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    asked: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    confirmed: queue.Queue[int] = field(default_factory=queue.Queue)
    heard: list[bytes] = field(default_factory=list)

    def listen(self) -> None:
        """Hear the proxy until it is gone."""
        with contextlib.suppress(OSError), self.channel.makefile("rb") as lines:
            for line in lines:
                self.heard.append(line)
                message = json.loads(line)
                if message.get("ask") == "intent":
                    self.intents.append(message["call"])
                    verdict = self.verdict(message["call"])
                    if verdict is not None:
                        self.answer(message["id"], *verdict)
                    self.asked.put(message)
                elif message.get("tell") == "outcome":
                    self.outcomes.put(message)
                elif message.get("tell") == "set":
                    self.confirmed.put(message["number"])

    def say(self, message: dict[str, Any]) -> None:
        """Send one line."""
        self.channel.sendall(json.dumps(message).encode() + b"\n")

    def answer(self, number: int, proceed: bool, reason: str = "") -> None:  # noqa: FBT001
        """Answer an intent."""
        self.say({"id": number, "proceed": proceed, "reason": reason})

    def set(self, **wanted: Any) -> None:
        """Change the proxy's rules and wait until it says that the change holds."""
        self.say({"set": {**wanted, "number": 7}})
        assert self.confirmed.get(timeout=PATIENCE) == 7

    def outcome(self) -> dict[str, Any]:
        """The next outcome."""
        return self.outcomes.get(timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Running:
    """A running proxy."""

    port: int
    daemon: TestDaemon
    egress: Egress

    def connect(self) -> socket.socket:
        """A connection to the proxy."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def exchange(self, data: bytes) -> bytes:
        """Send bytes and read until the proxy closes."""
        with self.connect() as client:
            client.sendall(data)
            return read_all(client)


def read_all(sock: socket.socket) -> bytes:
    """Everything until the other end closes or resets."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := sock.recv(65536):
            data += piece
    return data


@contextlib.contextmanager
def proxy(
    rules: Rules, verdict: Callable[[dict[str, Any]], Verdict] = lambda _call: (True, ""), limits: Limits = QUICK
) -> Iterator[Running]:
    """A proxy with these rules until the block ends."""
    ours, theirs = socket.socketpair()
    listener = socket.create_server(("127.0.0.1", 0))
    egress = Egress(listener, theirs, rules, limits)
    daemon = TestDaemon(ours, verdict)
    threads = [threading.Thread(target=work, daemon=True) for work in (egress.accept, egress.listen, daemon.listen)]
    for thread in threads:
        thread.start()
    try:
        yield Running(listener.getsockname()[1], daemon, egress)
    finally:
        for sock in (ours, theirs, listener):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(PATIENCE)
        for sock in (ours, theirs, listener):
            sock.close()


@dataclass(frozen=True, slots=True)
class Host:
    """A host on loopback: where it listens and what it was sent, one entry per connection."""

    port: int
    seen: queue.Queue[bytes]

    @property
    def name(self) -> str:
        """How a rule lists it."""
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def host(talk: Callable[[socket.socket], bytes]) -> Iterator[Host]:
    """A host whose every connection is handled by ``talk``, which returns what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: queue.Queue[bytes] = queue.Queue()

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(PATIENCE)
            seen.put(talk(client))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Host(listener.getsockname()[1], seen)
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
        listener.close()


def read_request(client: socket.socket) -> bytes:
    """A head and its body, as sent."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        while not body.endswith(b"0\r\n\r\n"):
            body += client.recv(65536)
    elif b"content-length: " in lowered:
        size = int(lowered.split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < size and (piece := client.recv(65536)):
            body += piece
    return head + b"\r\n\r\n" + body


def answering(answer: bytes) -> Callable[[socket.socket], bytes]:
    """A host's talk: read one request, send these bytes."""

    def talk(client: socket.socket) -> bytes:
        request = read_request(client)
        client.sendall(answer)
        return request

    return talk


def plain(body: bytes = b"hello", *headers: bytes) -> bytes:
    """A small answer."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


def needs(available: bool, what: str) -> None:  # noqa: FBT001
    """Skip with a visible reason where the host lacks something; fail where it must be there."""
    if not available:
        if os.environ.get("CI"):
            pytest.fail(f"{what} is missing, and the automatic check must have it")
        pytest.skip(f"{what} is missing here")
