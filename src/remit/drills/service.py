"""A small service on loopback that stands in for the real one and writes down every request as it arrives.

It runs outside of the cage, in the process of the drill: what it saw, and when, is an observation nobody in the cage
can change.
"""

from __future__ import annotations

import fnmatch
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from remit.drills.plan import Reply, Service

__all__ = ["Arrivals", "serving"]

_LARGEST = 1 << 20


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """The requests a service saw: seconds of the monotonic clock, and ``POST /orders``."""

    service: Service
    port: int = 0
    _seen: list[tuple[float, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        """What a confinement has to grant."""
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """What the agent is told."""
        return f"http://{self.host}"

    def note(self, request: str) -> None:
        """Write a request down."""
        with self._lock:
            self._seen.append((time.monotonic(), request))

    @property
    def seen(self) -> tuple[tuple[float, str], ...]:
        """Every request so far, in the order of arrival."""
        with self._lock:
            return tuple(self._seen)

    def reply_to(self, method: str, path: str) -> Reply:
        """The first answer that matches, else an empty object."""
        fitting = (
            reply
            for reply in self.service.replies
            if fnmatch.fnmatchcase(method, reply.method.upper()) and fnmatch.fnmatchcase(path, reply.path)
        )
        return next(fitting, Reply(body=json.dumps({"method": method, "path": path})))


class _Server(http.server.ThreadingHTTPServer):
    """A server that says nothing about clients that were killed in the middle of an answer: that is what drills do."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a broken connection go."""


@contextmanager
def serving(service: Service) -> Iterator[Arrivals]:
    """Serve on a free port of loopback while the block runs."""
    arrivals = Arrivals(service=service)
    server = _Server(("127.0.0.1", 0), _handler(arrivals))
    arrivals.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield arrivals
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def _handler(arrivals: Arrivals) -> type[http.server.BaseHTTPRequestHandler]:
    """A class of handlers that write into ``arrivals``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        """Notes, reads what was sent, answers."""

        timeout = 10  # a client that stops in the middle holds a thread no longer than this
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            """Answer any method."""
            path = self.path.partition("?")[0]
            arrivals.note(f"{self.command} {path}")
            self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))
            reply = arrivals.reply_to(self.command, path)
            if reply.delay:
                time.sleep(reply.delay)
            body = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Print nothing: what arrived stands in ``arrivals``."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    return Handler
