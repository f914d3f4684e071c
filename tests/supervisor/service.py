"""A small HTTP service on loopback, outside the cage: what an agent in a test calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Service", "serving"]


@dataclass(slots=True, kw_only=True)
class Service:
    """Where it listens, and every request it got: method, path and the Authorization header."""

    port: int = 0
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The host as a charter lists it."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def serving() -> Iterator[Service]:
    """Serve until the block is left."""
    service = Service()

    class Answer(BaseHTTPRequestHandler):
        """Answer every request with its own path."""

        def do_GET(self) -> None:
            """Answer."""
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            service.seen.append((self.command, self.path, self.headers.get("Authorization", "")))
            body = self.path.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
