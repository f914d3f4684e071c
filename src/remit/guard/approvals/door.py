"""The loopback door answers come in through: one path, one method, and nothing is believed but a signature.

It listens on this machine only. A page in a browser cannot use it (any ``Origin`` is refused, and so is a ``Host`` that
is not this machine), and whoever can reach it still needs an overseer's key: what comes in is ``Answer.document``.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Self

from remit.errors import ApprovalExpiredError, RefusedError
from remit.guard.approvals.answer import LARGEST

__all__ = ["Door"]

_PATH = "/answer"
_PATIENCE = 5.0  # seconds a caller may take for its bytes
_AT_ONCE = 16


class _Server(ThreadingMixIn, HTTPServer):
    """A server with as many callers at once as a person has fingers."""

    daemon_threads = True
    request_queue_size = _AT_ONCE

    def __init__(self, address: tuple[str, int], accept: Callable[[bytes], str]) -> None:
        """Listen, and hand what comes in to ``accept``."""
        self.accept = accept
        self.room = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a caller in where there is room, else hang up."""
        if not self.room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Hear one caller for as long as an answer takes at most, then make room."""
        end = threading.Timer(2 * _PATIENCE, _hang_up, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self.room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about a caller that hung up or sent nonsense."""


def _hang_up(connection: socket.socket) -> None:
    """End a connection whose caller sends a byte at a time."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One caller."""

    timeout = _PATIENCE
    server_version = "remit"
    sys_version = ""
    protocol_version = "HTTP/1.0"  # one answer a connection
    server: _Server

    def do_POST(self) -> None:
        """Take in one answer."""
        refusal = self._misplaced()
        if refusal:
            self._say(refusal, {"error": "this door takes signed answers from this machine only"})
            return
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,6}", length) or not 0 < int(length) <= LARGEST:
            self._say(413, {"error": f"an answer has at most {LARGEST} bytes, and says how many"})
            return
        body = self.rfile.read(int(length))
        try:
            self._say(200, {"state": self.server.accept(body)})
        except ApprovalExpiredError as error:
            self._say(410, {"error": error.message, "code": error.code})
        except RefusedError as error:
            self._say(403, {"error": error.message, "code": error.code})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        """Say nothing: facts go to the ledger."""

    def _misplaced(self) -> int:
        """The status for a caller that is at the wrong door, 0 for one that is not."""
        host = self.headers.get("Host", "").rpartition(":")[0].strip("[]") or self.headers.get("Host", "")
        if host not in ("127.0.0.1", "localhost", "::1") or self.headers.get("Origin") is not None:
            return 403
        if self.path != _PATH:
            return 404
        return 0 if self.headers.get_content_type() == "application/json" else 415

    def _say(self, status: int, document: dict[str, object]) -> None:
        """Answer with a JSON document."""
        body = json.dumps(document).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)


class Door:
    """The door, open for as long as it is used as a context manager.

    ``accept`` takes the bytes and returns the state (``Approvals.accept``); ``port`` 0 takes a free one.
    """

    def __init__(self, accept: Callable[[bytes], str], *, port: int = 0) -> None:
        """Take the port; raises ``OSError`` where it is taken. Nobody is heard yet."""
        self._server = _Server(("127.0.0.1", port), accept)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where answers are posted to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{_PATH}"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the door."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_PATIENCE)
