"""Time what the egress proxy adds to a request on loopback.

Host, daemon, proxy and client are processes of their own. Every request has its own connection in every row but the
second, so a row differs from the first by the proxy alone. The daemon answers each intent at once, or (``fsync``)
after its line is durable in a file, as a run's record is. Prints milliseconds and the ratio to the direct request.

Run: ``uv run python -m bench.egress [--requests 2000] [--folder .]``
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

from bench.children import process

from remit.supervisor.egress.proxy import HeldSecret, Rules, serve

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024


def be_host(listener: socket.socket) -> None:
    """Answer every request of every connection, one connection at a time."""
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client:
            while client.recv(65536):
                client.sendall(ANSWER)


def be_daemon(channel: socket.socket, record: str) -> None:
    """Let every call pass, after writing it down durably when there is a record."""
    with channel.makefile("rb") as lines, Path(record or os.devnull).open("ab", buffering=0) as kept:
        for line in lines:
            message = json.loads(line)
            if record:
                kept.write(line)
                os.fsync(kept.fileno())
            if message.get("ask") == "intent":
                channel.sendall(json.dumps({"id": message["id"], "proceed": True}).encode() + b"\n")


@contextlib.contextmanager
def proxy(rules: Rules, record: str = "") -> Iterator[int]:
    """An egress process and its daemon until the block ends; yields the proxy's port."""
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        socket.create_server(("127.0.0.1", 0)) as listener,
        process(lambda: be_daemon(ours, record)),
        process(lambda: serve(listener, theirs, rules)),
    ):
        yield listener.getsockname()[1]


def milliseconds(request: Callable[[], None], times: int) -> list[float]:
    """How long each of many requests took, after some that do not count."""
    for _ in range(50):
        request()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        request()
        took.append(1e3 * (time.perf_counter() - began))
    return took


def fresh(port: int, target: str, host: str) -> Callable[[], None]:
    """A request on a connection of its own."""

    def request() -> None:
        client = HTTPConnection("127.0.0.1", port, timeout=10)
        client.request("GET", target, headers={"Host": host})
        answer = client.getresponse()
        assert (answer.status, len(answer.read())) == (200, 1024)
        client.close()

    return request


def kept_open(port: int) -> Callable[[], None]:
    """A request on one connection for all."""
    client = HTTPConnection("127.0.0.1", port, timeout=10)

    def request() -> None:
        client.request("GET", "/")
        assert len(client.getresponse().read()) == 1024

    return request


def tunnelled(port: int, host: int) -> Callable[[], None]:
    """A request through a tunnel of its own."""

    def request() -> None:
        client = HTTPConnection("127.0.0.1", port, timeout=10)
        client.set_tunnel("127.0.0.1", host)
        client.request("GET", "/")
        assert len(client.getresponse().read()) == 1024
        client.close()

    return request


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--folder", default=".", help="where the durable record goes")
    arguments = parser.parse_args()
    direct: list[float] = []

    def report(name: str, took: list[float]) -> None:
        direct[:] = direct or took
        ordered, base = sorted(took), sorted(direct)
        middle, late = statistics.median(ordered), ordered[int(0.99 * len(ordered))]
        base_middle, base_late = statistics.median(base), base[int(0.99 * len(base))]
        print(
            f"{name:34s} {middle:8.3f} {late:8.3f} {middle - base_middle:+9.3f} {late - base_late:+9.3f}"
            f" {middle / base_middle:6.1f}x",
            flush=True,
        )

    print(f"{arguments.requests} requests a row, 1 KiB answers, loopback, one at a time; milliseconds")
    print(f"{'':34s} {'p50':>8s} {'p99':>8s} {'added p50':>9s} {'added p99':>9s} {'ratio':>7s}")
    with socket.create_server(("127.0.0.1", 0)) as hosting, process(lambda: be_host(hosting)):
        port = hosting.getsockname()[1]
        name = f"127.0.0.1:{port}"
        report("direct", milliseconds(fresh(port, "/", name), arguments.requests))
        report("direct, connection kept open", milliseconds(kept_open(port), arguments.requests))
        secret = HeldSecret(host=name, header="Authorization", value="Bearer " + "0123456789" * 4)
        with proxy(Rules(hosts=(name,))) as at:
            report("proxy", milliseconds(fresh(at, f"http://{name}/", name), arguments.requests))
            report("proxy, tunnel", milliseconds(tunnelled(at, port), arguments.requests))
        with proxy(Rules(hosts=(name,), secrets=(secret,))) as at:
            title = "proxy, credential, searched answer"
            report(title, milliseconds(fresh(at, f"http://{name}/", name), arguments.requests))
        with (
            tempfile.NamedTemporaryFile(dir=arguments.folder) as record,
            proxy(Rules(hosts=(name,)), record.name) as at,
        ):
            report("proxy, fsync", milliseconds(fresh(at, f"http://{name}/", name), arguments.requests))


if __name__ == "__main__":
    main()
