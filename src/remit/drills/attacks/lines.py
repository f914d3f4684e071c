"""Attacks over sockets: the control socket, services of the host, its loopback."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from remit.drills.attacks.target import Seen, Target, attempts

__all__ = [
    "ask_abstract_sockets",
    "ask_control_socket",
    "ask_services",
    "forge_resume",
    "reach_loopback",
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
