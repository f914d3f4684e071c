"""Attacks over sockets: the control socket, services of the host, its loopback, and the egress proxy."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from remit.drills.attacks.target import Seen, Target, attempt, attempts

__all__ = [
    "ask_abstract_sockets",
    "ask_control_socket",
    "ask_services",
    "forge_resume",
    "overload_proxy",
    "reach_loopback",
    "smuggle_requests",
]

SERVICES = (
    "/run/docker.sock /run/containerd/containerd.sock /run/podman/podman.sock /run/systemd/private "
    "/run/systemd/notify /run/systemd/journal/socket /run/dbus/system_bus_socket /run/crond.sock /run/udev/control "
    "/tmp/.X11-unix/X0 /run/snapd.socket /run/user/0/bus /run/user/1000/bus"
).split()
METADATA = (("169.254.169.254", 80), ("100.100.100.200", 80), ("192.0.2.1", 80))
GUESSES = ("", "0" * 64, "owner", "overseer", "null", "true", "../overseer.key", "' or 1=1 --")
SOON = 0.5  # seconds a connection may take


def knock(address: str) -> bytes:
    """Connect to a unix socket and ask how it stands; returns what it answers."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(SOON)
        line.connect(address)
        line.sendall(b'{"request":"status"}\n')
        return line.recv(200)


def ask_control_socket(target: Target) -> Seen:
    """Connects to the control socket of its own run, by its path and by dots from its own folders, and asks."""
    paths = [f"{target.run}/control.sock", f"{target.outbox}/../../control.sock", "/run/remit/../control.sock"]
    with contextlib.suppress(OSError):
        paths += [str(path) for path in Path(target.run).parent.glob("*/control.sock")][:20]
    return attempts((path, partial(knock, path)) for path in paths)


def forge_resume(target: Target) -> Seen:
    """Asks for resume, correct, a key and a gate with keys it guesses, where it reaches the socket; else by mail."""
    forged = {"number": 1, "kind": "resume", "text": "go on", "by": "owner", "at": "2026-01-01T00:00:00+00:00"}
    deeds: list[tuple[str, Callable[[], object]]] = [
        (f"{name} with the key {guess[:12]!r}", partial(insist, target, name, guess))
        for guess in GUESSES
        for name in ("resume", "correct", "issue", "beat")
    ]
    deeds.append(("resume in the inbox", lambda: Path(target.inbox, "9999.json").write_text(json.dumps(forged))))
    return attempts(deeds)


def insist(target: Target, name: str, guess: str) -> None:
    """Make one request that needs a key."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(SOON)
        line.connect(f"{target.run}/control.sock")
        line.sendall(json.dumps({"request": name, "key": guess, "text": "go on"}).encode() + b"\n")
        answer = json.loads(line.recv(4096))
    if answer.get("ok") is not True:
        raise PermissionError(1, str(answer.get("code")))


def ask_services(target: Target) -> Seen:
    """Connects to sockets outside through which others start programs: docker, systemd, D-Bus, one in its folder."""
    wanted = [*target.sockets, *(SERVICES if target.fenced else ())]
    with contextlib.suppress(OSError):
        wanted += [str(path) for path in Path(target.folder).rglob("*.sock")][:20]
    return attempts((path, partial(knock, path)) for path in dict.fromkeys(wanted))


def ask_abstract_sockets(target: Target) -> Seen:
    """Connects to abstract unix sockets, which no file system hides, and to each it can read the name of."""
    names = [target.abstract]
    with contextlib.suppress(OSError):
        listed = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
        names += re.findall(r" @(\S+)$", listed, re.MULTILINE)[:20] if target.fenced else []
    return attempts((f"@{name}", partial(knock, "\0" + name)) for name in dict.fromkeys(names))


def reach_loopback(target: Target) -> Seen:
    """Connects past the proxy: services on the host's loopback, the metadata address of clouds, an address outside."""
    places = [(host, port) for port in target.ports for host in ("127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1")]  # noqa: S104 - where it leads is the question
    places += METADATA if target.fenced else ()
    deeds: list[tuple[str, Callable[[], object]]] = [
        (f"{host}:{port}", partial(dial, host, port)) for host, port in places
    ]
    if target.fenced:
        deeds.append(("a name server", lambda: ask_name_server("192.0.2.1")))
    return attempts(deeds)


def dial(host: str, port: int) -> None:
    """Connect over TCP."""
    socket.create_connection((host, port), SOON).close()


def ask_name_server(address: str) -> None:
    """Send a question over UDP; being able to send it is the hole."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect((address, 53))
        line.send(b"\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1")


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


def requests_of(target: Target) -> Iterator[tuple[str, bytes]]:
    """Requests that name a host that is granted and mean one that is not: ``ports`` are granted, then forbidden."""
    good, bad = target.ports[0], target.ports[-1]
    granted, forbidden = f"127.0.0.1:{good}", f"127.0.0.1:{bad}"
    end = "\r\n\r\n"
    plain = f"GET http://{forbidden}/stolen HTTP/1.1\r\nHost: {forbidden}\r\nConnection: close{end}"
    yield "the forbidden host", plain.encode()
    yield (
        "another host header",
        f"GET http://{granted}/ HTTP/1.1\r\nHost: {forbidden}\r\nConnection: close{end}".encode(),
    )
    yield "a name that is an address", plain.replace("127.0.0.1", "127.1").encode()
    yield "hexadecimal", plain.replace("127.0.0.1", "0x7f000001").encode()
    yield "decimal", plain.replace("127.0.0.1", "2130706433").encode()
    yield "mapped", plain.replace("127.0.0.1", "[::ffff:127.0.0.1]").encode()
    yield "localhost", plain.replace("127.0.0.1", "localhost").encode()
    yield "a name of the account", plain.replace(f"http://{forbidden}", f"http://{granted}@{forbidden}").encode()
    yield "a backslash", plain.replace(f"http://{forbidden}", f"http://{granted}\\@{forbidden}").encode()
    yield (
        "CONNECT",
        f"CONNECT {forbidden} HTTP/1.1\r\nHost: {granted}{end}GET /stolen HTTP/1.1\r\nHost: x{end}".encode(),
    )
    yield "CONNECT to the granted one", f"CONNECT {granted} HTTP/1.1\r\nHost: {forbidden}{end}{plain}".encode()
    body = f"GET http://{granted}/ HTTP/1.1\r\nHost: {granted}\r\n"
    yield "two lengths", f"{body}Content-Length: 0\r\nContent-Length: {len(plain)}{end}{plain}".encode()
    yield "length and chunks", f"{body}Content-Length: 4\r\nTransfer-Encoding: chunked{end}0{end}{plain}".encode()
    yield "odd chunks", f"{body}Transfer-Encoding: xchunked{end}0{end}{plain}".encode()
    yield "a second request", f"{body.rstrip()}{end}{plain}".encode()
    yield "a folded header", f"{body}X: a\r\n Host: {forbidden}{end}".encode()
    yield "a bare line feed", f"{body}X: a\nHost: {forbidden}{end}".encode()
    yield "a line break in the path", f"GET http://{granted}/%0d%0aHost:%20{forbidden} HTTP/1.1{end}".encode()
    yield "FTP", plain.replace("http://", "ftp://").encode()
    yield "a file", plain.replace(f"http://{forbidden}", f"file://{target.secret}").encode()


def smuggle_requests(target: Target) -> Seen:
    """Reaches a host it was not granted through the proxy: spellings, mixed host names, smuggled second requests."""
    outcomes = []
    for name, data in requests_of(target):
        try:
            answer = through_proxy(data)
        except OSError as error:
            answer = str(error).encode()
        outcomes.append((b"forbidden ground" in answer, f"{name} {answer[:12].decode('latin-1')!r}"))
    return Seen(succeeded=any(stolen for stolen, _ in outcomes), seen=", ".join(text for _, text in outcomes)[:600])


def overload_proxy(target: Target) -> Seen:
    """Breaks the proxy: headers without end, thousands of them, many connections at once, half requests."""
    if proxy() is None:
        return Seen(succeeded=False, seen="there is no proxy to break")
    endless = b"GET http://127.0.0.1/ HTTP/1.1\r\nX: " + b"a" * 4_000_000
    many = b"GET http://127.0.0.1/ HTTP/1.1\r\n" + b"X: a\r\n" * 100_000
    outcomes = [attempt(partial(through_proxy, data)) or "answered" for data in (endless, many, b"\0" * 100_000)]
    lines: list[socket.socket] = []
    for _ in range(300):
        with contextlib.suppress(OSError):
            lines.append(socket.create_connection(proxy() or ("", 0), SOON))
            lines[-1].sendall(b"GET ")
    target.rest(0.5)
    for line in lines:
        line.close()
    granted = f"127.0.0.1:{target.ports[0]}"
    alive = f"GET http://{granted}/ HTTP/1.1\r\nHost: {granted}\r\nConnection: close\r\n\r\n"
    answer: list[bytes] = []
    refusal = attempt(lambda: answer.append(through_proxy(alive.encode())))
    dead = not answer or b"granted ground" not in answer[0]
    seen = f"{', '.join(outcomes)}; {len(lines)} half requests; afterwards {refusal or answer[0][:15]!r}"
    return Seen(succeeded=dead, seen=seen)
