"""A listening socket inside another network namespace: a socket belongs to the namespace it was made in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
from typing import NoReturn

from remit.errors import SupervisorError
from remit.supervisor.kernel import syscalls

__all__ = ["listen_inside"]

OWNER_OF_NAMESPACE = 0xB701  # NS_GET_USERNS of ioctl_ns(2)
PATIENCE = 10.0  # seconds
BACKLOG = 128


def listen_inside(network_of: int, *, port: int = 0) -> socket.socket:
    """A socket that listens on 127.0.0.1 in the network namespace of process ``network_of``; port 0: any free one.

    A child goes there and hands the socket back, so the caller stays where it is and nothing stays there. Raises
    ``SupervisorError``. Call it from a process without other threads: it forks.
    """
    try:
        namespace = os.open(f"/proc/{network_of}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        hint = "is it still running, and does it belong to this user?"
        raise SupervisorError(
            f"cannot open the network namespace of process {network_of}: {error.strerror}", hint=hint
        ) from error
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            return _sent_there(namespace, ours, theirs, network_of, port)
    except OSError as error:
        hint = "is a limit of processes or of open files reached?"
        raise SupervisorError(f"cannot send a child into a namespace: {error.strerror}", hint=hint) from error
    finally:
        os.close(namespace)


def _sent_there(
    namespace: int, ours: socket.socket, theirs: socket.socket, network_of: int, port: int
) -> socket.socket:
    """The socket that a child made in the namespace. Raises ``SupervisorError``, ``OSError`` when there is no child."""
    before = os.getpid()
    child = os.fork()
    if child == 0:
        _go_and_listen(namespace, theirs, before, port)
    try:
        theirs.close()
        return _handed_back(ours, network_of)
    finally:
        _reap(child)


def _handed_back(ours: socket.socket, network_of: int) -> socket.socket:
    """The socket the child made, or its error."""
    poller = select.poll()
    poller.register(ours, select.POLLIN)
    if not poller.poll(1000 * PATIENCE):
        raise SupervisorError(f"no answer from the network namespace of process {network_of}", hint="try again")
    message, descriptors, _, _ = socket.recv_fds(ours, 4096, 1)
    if descriptors:
        fcntl.fcntl(descriptors[0], fcntl.F_SETFD, fcntl.FD_CLOEXEC)  # `recv_fds` drops the flag that would do it
        return socket.socket(fileno=descriptors[0])
    said = message.decode(errors="replace") or "the child that went there died"
    hint = "entering it needs the user that made it, or root; see `ls -l /proc/PID/ns`"
    raise SupervisorError(f"cannot listen in the network namespace of process {network_of}: {said}", hint=hint)


def _reap(child: int) -> None:
    """End the child if it has not ended, and collect it."""
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def _go_and_listen(namespace: int, theirs: socket.socket, parent: int, port: int) -> NoReturn:
    """In the child: enter the namespace, listen, send the socket or the reason, and end whatever happens."""
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(PATIENCE) + 1)
        syscalls.set_parent_death_signal(signal.SIGKILL)
        if os.getppid() == parent:
            _enter(namespace)
            with _listening(port) as listener:
                socket.send_fds(theirs, [b"listening"], [listener.fileno()])
    except BaseException as error:  # noqa: BLE001 - this process was forked from another: nothing may unwind into it
        with contextlib.suppress(OSError):
            theirs.send(str(error).encode(errors="replace")[:4000])
    finally:
        os._exit(0)


def _enter(namespace: int) -> None:
    """Enter a network namespace; without the right to, enter the user namespace that owns it first."""
    try:
        syscalls.setns(namespace, syscalls.CLONE_NEWNET)
    except PermissionError:
        owner = fcntl.ioctl(namespace, OWNER_OF_NAMESPACE)
        syscalls.setns(owner, syscalls.CLONE_NEWUSER)
        syscalls.setns(namespace, syscalls.CLONE_NEWNET)


def _listening(port: int) -> socket.socket:
    """A listener on loopback, which is switched on first where that is ours to do."""
    with contextlib.suppress(OSError):  # whoever made the namespace may have done it, and binding tells otherwise
        syscalls.raise_loopback()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    listener.bind(("127.0.0.1", port))
    listener.listen(BACKLOG)
    return listener
