"""The cage built by hand: the kernel's namespaces, mounts, Landlock and seccomp, without any other program.

Three processes. The *outer* one is the caller's child: it joins the cgroup, changes the account, makes the user and PID
namespaces, and passes the status on. The *first* one is number 1 of the PID namespace: it makes the other namespaces
and the view, waits at the gate, and then only collects. The *agent* is its child. Each dies with the one before.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import time
from pathlib import Path
from typing import NoReturn

from remit.confinement import Piece
from remit.errors import SupervisorError
from remit.supervisor.cage import building, preparing
from remit.supervisor.cage.fence import fence_of
from remit.supervisor.cage.filesystem import Kind, View
from remit.supervisor.cage.order import Launched, Order, best_of
from remit.supervisor.kernel import landlock, seccomp, syscalls

__all__ = ["first_process", "launch", "map_account", "obstacle", "status_of", "tie_to_outer"]

LONGEST_START = 15.0  # seconds
OWN = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWNET
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWCGROUP
)


def obstacle() -> str:
    """Why this backend cannot work here, as far as can be seen without trying; empty: nothing is in the way."""
    try:
        most = int(Path("/proc/sys/user/max_user_namespaces").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return "this kernel has no user namespaces"
    return "" if most > 0 else "user namespaces are switched off (`sysctl user.max_user_namespaces`)"


def launch(order: Order) -> Launched:
    """Start the agent behind a closed gate; raises ``SupervisorError`` with the step that failed."""
    account = preparing.account_of(order)
    waiting, gate = os.pipe()
    told, report = os.pipe()
    caller = os.getpid()
    process = os.fork()
    if process == 0:
        _become_outer(order, account, caller, (waiting, report))
    os.close(waiting)
    os.close(report)
    pidfd = os.pidfd_open(process)
    try:
        init, namespace = first_process(told)
        init_pidfd = os.pidfd_open(init)
    except (OSError, SupervisorError) as error:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(pidfd)
        os.close(gate)
        message = f"the namespaces could not be made: {error}"
        hint = "`remit doctor` says what this host lacks"
        raise SupervisorError(message, code="supervisor.backend", hint=hint) from error
    finally:
        os.close(told)
    counted = () if order.confinement.processes is None else (preparing.counted(account),)
    return Launched(
        backend="namespaces",
        process=process,
        pidfd=pidfd,
        init=init,
        init_pidfd=init_pidfd,
        namespace=namespace,
        network_of=init,
        gate=gate,
        enforced=best_of((*order.given, *fence_of(order, by="namespaces"), *counted)),
    )


def first_process(told: int) -> tuple[int, int]:
    """Read which process is the first of the new namespace, and that namespace's number, once the cage stands."""
    text = b""
    until = time.monotonic() + LONGEST_START
    facts: dict[str, str] = {}
    while not {"init", "ready"} <= facts.keys():
        ready, _, _ = select.select([told], [], [], max(0.0, until - time.monotonic()))
        part = os.read(told, 65536) if ready else b""
        text += part
        lines = text.decode(errors="replace").splitlines()
        facts = dict(line.split(" ", 1) for line in lines if line.startswith(("init ", "ready ")))
        if not part and not {"init", "ready"} <= facts.keys():
            said = "; ".join(line for line in lines if not line.startswith("init "))
            raise SupervisorError(said or "it ended or hung while it built the view", code="supervisor.backend")
    return int(facts["init"]), int(facts["ready"])


def _become_outer(order: Order, account: preparing.Account, caller: int, channels: tuple[int, int]) -> NoReturn:
    """Be the process between the caller and the cage."""
    waiting, report = channels
    try:
        preparing.tie_to(caller)
        if order.cgroup is not None:
            order.cgroup.enter()
        waiting, report = preparing.arrange(order, (waiting, report))
        view = preparing.stage(order.view) if account.other else order.view
        preparing.become(account)
        syscalls.unshare(syscalls.CLONE_NEWUSER)
        map_account(account)
        syscalls.unshare(syscalls.CLONE_NEWPID)
        preparing.tie_to(caller)
        lives, living = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(living)
            _become_first(order, view, (waiting, report, lives))
        os.write(report, f"init {first}\n".encode())
        syscalls.close_all_but((living,))
        syscalls.drop_capabilities()
        syscalls.forbid_dumping()
        preparing.tie_to(caller)
        os._exit(status_of(first))
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(report, str(error))


def map_account(account: preparing.Account) -> None:
    """Keep the account's own numbers inside the user namespace, and map nobody else."""
    syscalls.allow_dumping()  # until the agent's gate: an unprivileged daemon hands its refusal down to this fork
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{account.user} {account.user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{account.group} {account.group} 1", encoding="ascii")


def _become_first(order: Order, view: View, channels: tuple[int, int, int]) -> NoReturn:
    """Be number 1 of the PID namespace: build the cage, wait at the gate, start the agent, collect."""
    waiting, report, lives = channels
    try:
        tie_to_outer(lives)
        namespace = Path("/proc/self/ns/pid").stat().st_ino
        syscalls.unshare(OWN)
        syscalls.raise_loopback()
        socket.sethostname("agent")
        building.build(view)
        syscalls.forbid_new_privileges()
        syscalls.drop_capabilities()
        tie_to_outer(lives)
        os.write(report, f"ready {namespace}\n".encode())
        os.close(report)
        ready, _, _ = select.select([waiting, lives], [], [])
        if lives in ready or not os.read(waiting, 1):
            os._exit(0)
        syscalls.forbid_dumping()
        agent = os.fork()
        if agent == 0:
            _become_agent(order)
        syscalls.close_all_but(())
        os._exit(status_of(agent))
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(report, str(error))


def tie_to_outer(lives: int) -> None:
    """Die with the outer process; its number cannot be seen from here, so its end of a pipe says whether it lives."""
    syscalls.set_parent_death_signal(signal.SIGKILL)
    if select.select([lives], [], [], 0)[0]:
        os._exit(1)


def _become_agent(order: Order) -> NoReturn:
    """Execute the command behind the last fences; says on standard error why it cannot."""
    try:
        os.setsid()
        syscalls.close_all_but((0, 1, 2))
        os.chdir(order.confinement.folder)
        writable = [place.target for place in order.view.mounts if place.writable]
        devices = [place.target for place in order.view.mounts if place.kind in {Kind.DEVICES, Kind.PROCESSES}]
        if landlock.abi():  # a second fence behind the view; many kernels are started without it
            landlock.restrict(read=("/",), write=(*writable, *devices))
        program = b"" if seccomp.obstacle() else seccomp.filter_program(unix_sockets=False)
        processes = order.confinement.processes
        if processes is not None and not preparing.is_limited(order, Piece.PROCESS_COUNT):
            resource.setrlimit(resource.RLIMIT_NPROC, (processes + 1, processes + 1))  # the first process counts too
        preparing.limit(order)
        if program:
            seccomp.install(program)
        os.execve(order.view.program, (order.view.program, *order.command[1:]), order.environment)  # noqa: S606 - no shell
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(2, f"remit: the command could not be executed: {error}\n")


def status_of(child: int) -> int:
    """Wait for a child, collecting whatever else ends meanwhile, and return its status as a shell would."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
