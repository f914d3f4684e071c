"""Serving an application on this machine's loopback, in a thread, for as long as a block of code runs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from remit.errors import EvaluationError

__all__ = ["hosted"]

_START = 60.0  # seconds
_END = 30.0
_UNUSED = 65  # seconds; clients give an unused connection up after five or so, and must not meet its end


@contextmanager
def hosted(app: Starlette, *, port: int = 0) -> Iterator[str]:
    """Serve until the block ends, and give the address (``http://127.0.0.1:PORT``); port 0 takes a free one.

    Raises ``EvaluationError`` where it cannot listen.
    """
    bound = _bound(port)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=_UNUSED,
            limit_concurrency=64,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="remit-eval-host", daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_END)
        bound.close()
    if thread.is_alive():
        raise EvaluationError("the server of the environment did not end")


def _bound(port: int) -> socket.socket:
    """A socket that listens on loopback."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
    except OSError as problem:
        bound.close()
        message = f"cannot listen on `127.0.0.1:{port}`: {(problem.strerror or str(problem)).lower()}"
        raise EvaluationError(message, hint="choose another port, or none for a free one") from problem
    return bound


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Wait until it answers."""
    end = time.monotonic() + _START
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise EvaluationError("the server of the environment did not come up")
        time.sleep(0.005)
