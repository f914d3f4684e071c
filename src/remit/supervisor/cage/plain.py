"""No cage at all: a session of its own and a keeper that collects what the agent leaves; it says what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn

from remit.confinement import Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor.cage import preparing
from remit.supervisor.cage.filesystem import HOME
from remit.supervisor.cage.order import Launched, Order, best_of
from remit.supervisor.kernel import syscalls

__all__ = ["launch", "with_reasons"]

NOTHING = (
    Piece.PROCESSES,
    Piece.FILESYSTEM,
    Piece.NETWORK,
    Piece.IPC,
    Piece.SOCKETS,
    Piece.PRIVILEGES,
    Piece.HOLD,
    Piece.STOP,
)
WITHOUT = "the agent runs without a cage"


def launch(order: Order) -> Launched:
    """Start the agent behind a closed gate, uncaged; raises ``SupervisorError`` when even that fails."""
    account = preparing.account_of(order)
    waiting, gate = os.pipe()
    failed, report = os.pipe()
    caller = os.getpid()
    process = os.fork()
    if process == 0:
        _become_keeper(order, account, caller, (waiting, report))
    os.close(waiting)
    os.close(report)
    pidfd = os.pidfd_open(process)
    with os.fdopen(failed, "rb") as lines:
        said = lines.readline().decode(errors="replace")
    if said != "ready\n":
        os.waitpid(process, 0)
        os.close(pidfd)
        os.close(gate)
        raise SupervisorError(f"the agent could not be started: {said}", code="supervisor.backend")
    return Launched(
        backend="plain",
        process=process,
        pidfd=pidfd,
        init=None,
        init_pidfd=None,
        namespace=None,
        network_of=None,
        gate=gate,
        enforced=best_of((*order.given, *_enforced(order))),
    )


def with_reasons(launched: Launched, failures: Iterable[str]) -> Launched:
    """Add to every missing piece why the stronger backends were not used."""
    why = "; ".join(failures)
    enforced = (
        replace(outcome, reason=f"{outcome.reason} ({why})") if outcome.reason == WITHOUT and why else outcome
        for outcome in launched.enforced
    )
    return replace(launched, enforced=tuple(enforced))


def _enforced(order: Order) -> Iterable[Enforced]:
    """What is left without a cage."""
    for piece in NOTHING:
        yield Enforced(piece=piece, degree=Degree.NONE, reason=WITHOUT)
    yield Enforced(piece=Piece.DESCRIPTORS, degree=Degree.FULL, by="all closed before the start")
    yield Enforced(piece=Piece.ENVIRONMENT, degree=Degree.FULL, by="built from the charter")
    reason = "a parent-death signal reaches the agent's main process, not what that started"
    yield Enforced(piece=Piece.SUPERVISION, degree=Degree.PARTIAL, by="parent-death signal", reason=reason)
    if order.confinement.memory is not None:
        reason = "a limit on the addresses of each process (RLIMIT_AS), not on their sum"
        yield Enforced(piece=Piece.MEMORY, degree=Degree.PARTIAL, by="RLIMIT_AS", reason=reason)
    if order.confinement.processes is not None:
        yield Enforced(piece=Piece.PROCESS_COUNT, degree=Degree.NONE, reason=WITHOUT)


def _become_keeper(order: Order, account: preparing.Account, caller: int, channels: tuple[int, int]) -> NoReturn:
    """Start the agent, wait for its end, end what it left, and pass its status on."""
    waiting, report = channels
    try:
        preparing.tie_to(caller)
        if order.cgroup is not None:
            order.cgroup.enter()
        waiting, report = preparing.arrange(order, (waiting, report))
        preparing.become(account)
        preparing.tie_to(caller)
        syscalls.forbid_dumping()
        syscalls.become_subreaper()
        os.write(report, b"ready\n")
        os.close(report)
        if not os.read(waiting, 1):
            os._exit(0)
        keeper = os.getpid()
        agent = os.fork()
        if agent == 0:
            _become_agent(order, keeper)
        syscalls.close_all_but(())
        status = _status_of(agent)
        preparing.collect()
        os._exit(status)
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(report, str(error))


def _become_agent(order: Order, keeper: int) -> NoReturn:
    """Execute the command; says on standard error why it cannot."""
    try:
        preparing.tie_to(keeper)
        os.setsid()
        os.chdir(order.confinement.folder)
        preparing.limit(order)
        os.execve(order.view.program, (order.view.program, *order.command[1:]), _without_a_view(order))  # noqa: S606 - no shell
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(2, f"remit: the command could not be executed: {error}\n")


def _status_of(agent: int) -> int:
    """Wait for the agent, collecting the orphans that end meanwhile."""
    while True:
        child, status = os.waitpid(-1, 0)
        if child == agent:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _without_a_view(order: Order) -> dict[str, str]:
    """The environment, with the places outside for those that exist only in a cage."""
    outside = {place.target: place.source for place in order.view.mounts}
    environment = {name: outside.get(value, value) for name, value in order.environment.items()}
    return {**environment, "HOME": order.confinement.folder} if environment.get("HOME") == HOME else environment
