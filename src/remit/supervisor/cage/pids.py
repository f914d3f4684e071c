"""A cage for a program of the user's own: its processes cannot outlive it, and nothing else is taken from it.

A PID namespace makes a stop real; files, network, sockets and rights stay those of whoever started it, and the report
says so piece by piece. Two processes as in ``namespaces``: the *outer* one is the caller's child, the *first* one is
number 1 of the namespace. It is started when it is asked for by name only: an agent gets a whole cage or none.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from remit.confinement import Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor.cage import namespaces, preparing
from remit.supervisor.cage.order import Launched, Order, best_of
from remit.supervisor.kernel import syscalls

__all__ = ["NAME", "launch"]

NAME = "pid-namespace"
SHARED = (
    (Piece.FILESYSTEM, "it has the files of whoever started it"),
    (Piece.NETWORK, "it has the network of whoever started it"),
    (Piece.IPC, "it shares memory and queues with whoever started it"),
    (Piece.SOCKETS, "it reaches every unix socket of whoever started it"),
    (Piece.PRIVILEGES, "it has the rights of whoever started it"),
    (Piece.ENVIRONMENT, "it has the environment of whoever started it"),
)


def launch(order: Order) -> Launched:
    """Start the program behind a closed gate; raises ``SupervisorError`` where no PID namespace can be made."""
    waiting, gate = os.pipe()
    told, report = os.pipe()
    caller = os.getpid()
    process = os.fork()
    if process == 0:
        _become_outer(order, caller, (waiting, report))
    os.close(waiting)
    os.close(report)
    pidfd = os.pidfd_open(process)
    try:
        init, namespace = namespaces.first_process(told)
        init_pidfd = os.pidfd_open(init)
    except (OSError, SupervisorError) as error:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(pidfd)
        os.close(gate)
        message = f"no PID namespace could be made: {error}"
        raise SupervisorError(
            message, code="supervisor.backend", hint="`remit doctor` says what this host lacks"
        ) from error
    finally:
        os.close(told)
    return Launched(
        backend=NAME,
        process=process,
        pidfd=pidfd,
        init=init,
        init_pidfd=init_pidfd,
        namespace=namespace,
        network_of=None,
        gate=gate,
        enforced=best_of((*order.given, *_enforced(order))),
    )


def _enforced(order: Order) -> Iterator[Enforced]:
    """What is kept from the program: only that something of it stays behind."""
    for piece, reason in SHARED:
        yield Enforced(piece=piece, degree=Degree.NONE, reason=reason)
    yield Enforced(piece=Piece.PROCESSES, degree=Degree.FULL, by="PID namespace")
    yield Enforced(piece=Piece.DESCRIPTORS, degree=Degree.FULL, by="all closed before the start")
    yield Enforced(piece=Piece.STOP, degree=Degree.FULL, by="the first process of the PID namespace")
    means = "parent-death signals of the PID namespace's first process and its parent"
    yield Enforced(piece=Piece.SUPERVISION, degree=Degree.FULL, by=means)
    if all(outcome.piece is not Piece.HOLD for outcome in order.given):
        yield Enforced(piece=Piece.HOLD, degree=Degree.NONE, reason="there is no cgroup to freeze")


def _become_outer(order: Order, caller: int, channels: tuple[int, int]) -> NoReturn:
    """Be the process between the caller and the namespace."""
    waiting, report = channels
    try:
        preparing.tie_to(caller)
        if order.cgroup is not None:
            order.cgroup.enter()
        waiting, report = preparing.arrange(order, (waiting, report))
        if os.geteuid() != 0:  # root needs no user namespace, and would lose the files of others in one
            account = preparing.account_of(order)
            syscalls.unshare(syscalls.CLONE_NEWUSER)
            namespaces.map_account(account)
        syscalls.unshare(syscalls.CLONE_NEWPID)
        preparing.tie_to(caller)
        lives, living = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(living)
            _become_first(order, (waiting, report, lives))
        os.write(report, f"init {first}\n".encode())
        syscalls.close_all_but((living,))
        syscalls.forbid_dumping()
        preparing.tie_to(caller)
        os._exit(namespaces.status_of(first))
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(report, str(error))


def _become_first(order: Order, channels: tuple[int, int, int]) -> NoReturn:
    """Be number 1 of the PID namespace: wait at the gate, start the program, collect."""
    waiting, report, lives = channels
    try:
        namespaces.tie_to_outer(lives)
        namespace = Path("/proc/self/ns/pid").stat().st_ino
        _see_own_processes()
        os.write(report, f"ready {namespace}\n".encode())
        os.close(report)
        ready, _, _ = select.select([waiting, lives], [], [])
        if lives in ready or not os.read(waiting, 1):
            os._exit(0)
        syscalls.forbid_dumping()
        program = os.fork()
        if program == 0:
            _become_program(order)
        syscalls.close_all_but(())
        os._exit(namespaces.status_of(program))
    except BaseException as error:  # noqa: BLE001 - as above
        preparing.give_up(report, str(error))


def _see_own_processes() -> None:
    """Show the program its own processes and no others; where that may not be mounted it sees the old numbers."""
    with contextlib.suppress(OSError):
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_SLAVE)
        syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)


def _become_program(order: Order) -> NoReturn:
    """Execute the command; says on standard error why it cannot."""
    try:
        os.setsid()
        syscalls.allow_dumping()
        syscalls.close_all_but((0, 1, 2))
        os.chdir(order.confinement.folder)
        preparing.limit(order)
        os.execve(order.view.program, (order.view.program, *order.command[1:]), order.environment)  # noqa: S606 - no shell
    except BaseException as error:  # noqa: BLE001 - as above
        preparing.give_up(2, f"remit: the command could not be executed: {error}\n")
