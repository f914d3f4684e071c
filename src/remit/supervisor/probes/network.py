"""Whether a network namespace really reaches nothing, and whether a listener can be put into one from outside."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import replace

from remit.confinement import Degree, Piece
from remit.supervisor.egress.listener import listen_inside
from remit.supervisor.kernel import seccomp, syscalls
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import PATIENCE, is_readable, leave_for, must_leave_for, orphan_safe, said_by
from remit.supervisor.probes.probe import Check, Seen, Trial, judged

__all__ = ["TRIALS", "egress_listener", "network_namespace"]

Address = tuple[str, int]


def network_namespace() -> Seen:
    """Listen on loopback and on an abstract socket, and try to reach both with and without a network namespace."""
    name = f"\0remit-probe-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(name)
        abstract.listen()
        address = listener.getsockname()
        near = said_by(lambda: f"{_reaches(address)} {_reaches(name)}")
        far = said_by(lambda: _from_a_new_network(address, name))
    return _as_far_as_filtered(
        [
            ("listeners on loopback and on an abstract socket were reached", near == "reached reached"),
            (f"neither was from a new network namespace with its loopback up ({far})", far == "refused refused own"),
        ]
    )


def egress_listener() -> Seen:
    """Put a listener into another process's network namespace and let that process, with no other way, reach it."""
    must_leave_for(syscalls.CLONE_NEWNET)
    ready, tell = os.pipe()
    listening, go = os.pipe()
    answer, speak = os.pipe()
    child = os.fork()
    if child == 0:
        _wait_and_connect(tell, listening, speak)
    pidfd = os.pidfd_open(child)
    try:
        if not is_readable(ready, PATIENCE) or os.read(ready, 1) != b"r":
            raise OSError("no process could enter a network namespace")
        with listen_inside(child) as listener:
            port = listener.getsockname()[1]
            outside = said_by(lambda: _reaches(("127.0.0.1", port)))
            listener.settimeout(PATIENCE)
            os.write(go, str(port).encode())
            with listener.accept()[0] as accepted:
                accepted.sendall(b"through")
        heard = os.read(answer, 16) if is_readable(answer, PATIENCE) else b""
    finally:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        is_readable(pidfd, PATIENCE)
        os.close(pidfd)
    return _as_far_as_filtered(
        [
            ("a process in a network namespace of its own reached a listener held outside", heard == b"through"),
            ("nobody outside could connect to it", outside == "refused"),
        ]
    )


def _as_far_as_filtered(checks: list[Check]) -> Seen:
    """What was seen, less where nothing denies vsock: a way to a virtual machine's host that no namespace closes."""
    unfiltered = seccomp.obstacle()
    if not unfiltered:
        return judged(checks)
    seen = judged(checks, at_most=Degree.PARTIAL, because=f"vsock is in no network namespace: {unfiltered}")
    return replace(seen, advice=advice.kernel()) if seen.degree is Degree.PARTIAL else seen


def _wait_and_connect(tell: int, listening: int, speak: int) -> None:
    """In a child: leave for a network namespace, wait for a port, connect, and pass on what comes."""
    try:
        orphan_safe()
        leave_for(syscalls.CLONE_NEWNET)
        syscalls.raise_loopback()
        os.write(tell, b"r")
        if is_readable(listening, PATIENCE):
            with socket.create_connection(("127.0.0.1", int(os.read(listening, 8))), timeout=PATIENCE) as connection:
                os.write(speak, connection.recv(16))
        signal.pause()
    finally:
        os._exit(1)


def _from_a_new_network(address: Address, name: str) -> str:
    """Try the two listeners from a new network namespace, and one of its own to see that it works at all."""
    leave_for(syscalls.CLONE_NEWNET)
    syscalls.raise_loopback()
    with socket.create_server(("127.0.0.1", 0)) as own:
        works = "own" if _reaches(own.getsockname()) == "reached" else "dead"
    return f"{_reaches(address)} {_reaches(name)} {works}"


def _reaches(address: Address | str) -> str:
    """``reached``, ``refused``, or the error."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(PATIENCE / 3)
        try:
            client.connect(address)
        except ConnectionRefusedError:
            return "refused"
        except OSError as error:
            return type(error).__name__
    return "reached"


TRIALS = (
    Trial(name="network namespace", piece=Piece.NETWORK, work=network_namespace, advice=advice.namespaces),
    Trial(name="egress listener", piece=Piece.NETWORK, work=egress_listener, advice=advice.namespaces),
)
