"""The cage built by ``bwrap``: new namespaces, a file system of its own, a gate in front of the command.

``bwrap`` is told everything through a descriptor, so that no path and no secret stands in its command line. Four
processes: the *keeper*, the caller's child, which ends all of it when the caller ends; ``bwrap`` itself; number 1 of
the PID namespace, which is ``bwrap`` too; and the agent. A second tie is ``--die-with-parent``.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from remit.confinement import Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor.cage import preparing
from remit.supervisor.cage.fence import fence_of
from remit.supervisor.cage.filesystem import KERNEL_FILES, Kind, Mount
from remit.supervisor.cage.order import Launched, Order, best_of
from remit.supervisor.kernel import seccomp, syscalls

__all__ = ["launch", "obstacle"]

LONGEST_START = 15.0  # seconds; a start takes milliseconds, a machine under load more
BETWEEN_LOOKS = 0.001
DOCTOR = "`remit doctor` says what this host lacks"
BROKEN = "supervisor.backend"  # the code that lets another backend be tried


def obstacle() -> str:
    """Why this backend cannot work here, as far as can be seen without trying; empty: nothing is in the way."""
    return "" if shutil.which("bwrap") else "`bwrap` is not installed (the package is called bubblewrap)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A ``bwrap`` that is being started: its keeper, and this end of each of its pipes."""

    keeper: int
    pidfd: int
    told: int
    failed: int
    gate: int


def launch(order: Order) -> Launched:
    """Start the agent behind a closed gate; raises ``SupervisorError`` with what ``bwrap`` said when it cannot."""
    account = preparing.account_of(order)
    beginning = _begin(order, account, None)
    opened = [beginning.told, beginning.failed]
    try:
        init, namespace = _first_process(beginning)
        init_pidfd = os.pidfd_open(init)
        opened.append(init_pidfd)
        _wait_until_built(init, beginning.pidfd)
        given = (*order.given, *fence_of(order, by="bubblewrap"), *_limit_processes(order, init))
        opened.remove(init_pidfd)
    except (OSError, SupervisorError, ValueError) as error:
        _clear_away(beginning)
        said = _complaint_of(order, account)
        raise SupervisorError(f"`bwrap` did not start: {said or error}", code=BROKEN, hint=DOCTOR) from error
    finally:
        for number in opened:
            os.close(number)
    return Launched(
        backend="bubblewrap",
        process=beginning.keeper,
        pidfd=beginning.pidfd,
        init=init,
        init_pidfd=init_pidfd,
        namespace=namespace,
        network_of=init,
        gate=beginning.gate,
        enforced=best_of(given),
    )


def _begin(order: Order, account: preparing.Account, complain: int | None) -> Beginning:
    """Start ``bwrap`` below its keeper; ``complain`` replaces standard error."""
    told, tell = os.pipe()
    waiting, gate = os.pipe()
    blocker = os.open(f"/proc/self/fd/{waiting}", os.O_RDWR | os.O_CLOEXEC)  # its end never comes by our own end
    os.close(waiting)
    failed, report = os.pipe()
    caller = os.getpid()
    keeper = os.fork()
    if keeper == 0:
        channels = (tell, blocker, report)
        _become_keeper(order, account, caller, channels if complain is None else (*channels, complain))
    for number in (tell, blocker, report):
        os.close(number)
    return Beginning(keeper=keeper, pidfd=os.pidfd_open(keeper), told=told, failed=failed, gate=gate)


def _become_keeper(order: Order, account: preparing.Account, caller: int, channels: tuple[int, ...]) -> NoReturn:
    """Stay between the caller and ``bwrap``, outside the cgroup: end all of it when the caller ends.

    ``bwrap`` ties its first process to itself only when the command is executed: one that waits at the gate would
    outlive it.
    """
    report = channels[2]
    try:
        kept = preparing.arrange(order, (os.pidfd_open(caller), *channels))
        report = kept[3]
        if os.getppid() != caller:
            os._exit(1)
        signal.signal(signal.SIGTERM, _end)
        syscalls.become_subreaper()
        syscalls.forbid_dumping()
        keeper = os.getpid()
        child = os.fork()
        if child == 0:
            _become_bwrap(order, account, keeper, kept[1:])
        syscalls.close_all_but((kept[0],))
        os._exit(_keep(child, kept[0]))
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(report, str(error))


def _keep(child: int, watched: int) -> int:
    """Wait for the end of ``bwrap``, or of the process watched; end what is left; return the agent's status."""
    pidfd = os.pidfd_open(child)
    with contextlib.suppress(SystemExit):
        select.select([watched, pidfd], [], [])
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    preparing.collect()
    return status if status >= 0 else 128 - status


def _end(_number: int, _frame: object) -> NoReturn:
    """Leave the wait."""
    raise SystemExit


def _become_bwrap(order: Order, account: preparing.Account, keeper: int, channels: tuple[int, ...]) -> NoReturn:
    """Turn this forked child into ``bwrap``."""
    tell, blocker, report, *complain = channels
    try:
        preparing.tie_to(keeper)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if order.cgroup is not None:
            order.cgroup.enter()
        if complain:
            os.dup2(complain[0], 2, inheritable=True)
        view = preparing.stage(order.view) if account.other else order.view
        preparing.become(account)
        preparing.tie_to(keeper)
        for number in (tell, blocker):
            os.set_inheritable(number, True)  # noqa: FBT003 - takes no keyword
        options = _options(order, account, view.mounts, tell=tell, blocker=blocker)
        settings = _in_memory(b"".join(os.fsencode(option) + b"\0" for option in options))
        program = shutil.which("bwrap") or "bwrap"
        preparing.limit(order)
        os.execve(program, ["bwrap", "--args", str(settings), "--", view.program, *order.command[1:]], {})  # noqa: S606 - no shell is wanted
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        preparing.give_up(report, str(error))


def _options(
    order: Order, account: preparing.Account, mounts: tuple[Mount, ...], *, tell: int, blocker: int
) -> Iterator[str]:
    """Everything ``bwrap`` is told."""
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session")
    yield from ("--uid", str(account.user), "--gid", str(account.group), "--cap-drop", "ALL", "--hostname", "agent")
    yield from ("--info-fd", str(tell), "--block-fd", str(blocker))
    if not seccomp.obstacle():
        yield from ("--seccomp", str(_in_memory(seccomp.filter_program(unix_sockets=False))))
    for place in mounts:
        yield from _mounted(place)
    yield from ("--remount-ro", "/", "--chdir", order.confinement.folder, "--clearenv")
    for name, value in order.environment.items():
        yield from ("--setenv", name, value)


def _mounted(place: Mount) -> Iterator[str]:
    """The options that make one place of the view."""
    match place.kind:
        case Kind.BIND:
            yield from ("--bind" if place.writable else "--ro-bind", place.source, place.target)
        case Kind.FOLDER:
            yield from ("--perms", f"{place.mode:04o}", "--size", str(place.size), "--tmpfs", place.target)
            if not place.writable:
                yield from ("--remount-ro", place.target)
        case Kind.FILE:
            yield from ("--perms", "0444", "--ro-bind-data", str(_in_memory(place.source.encode())), place.target)
        case Kind.LINK:
            yield from ("--symlink", place.source, place.target)
        case Kind.PROCESSES:
            yield from ("--proc", place.target)
            for name in KERNEL_FILES:
                if Path("/proc", name).exists():
                    yield from ("--ro-bind", f"/proc/{name}", f"{place.target}/{name}")
            first = f"{place.target}/1"  # bwrap's own: whoever could write its memory could untie it from the caller
            yield from ("--perms", "0500", "--size", "4096", "--tmpfs", first, "--remount-ro", first)
        case Kind.DEVICES:
            shared = f"{place.target}/shm"
            yield from ("--dev", place.target, "--perms", "1777", "--size", str(place.size), "--tmpfs", shared)
            yield from ("--remount-ro", place.target)


def _in_memory(content: bytes) -> int:
    """An inheritable descriptor of a file in memory with this content, at its beginning."""
    number = os.memfd_create("remit", 0)
    with open(number, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(number, 0, os.SEEK_SET)
    return number


def _first_process(beginning: Beginning) -> tuple[int, int | None]:
    """Read from ``bwrap`` which process is the first of the new namespace, and that namespace's number."""
    text = _read_all(beginning.told, beginning.pidfd)
    reason = _read_all(beginning.failed, beginning.pidfd).decode(errors="replace")
    if reason:
        raise SupervisorError(reason, code=BROKEN)
    facts = json.loads(text)
    number = facts.get("pid-namespace")
    return int(facts["child-pid"]), None if number is None else int(number)


def _read_all(source: int, pidfd: int) -> bytes:
    """Everything that comes out of a pipe until its other end is closed, or the process behind it has ended."""
    text = b""
    until = time.monotonic() + LONGEST_START
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([source, pidfd], [], [], left)
        if source in ready:
            part = os.read(source, 65536)
            if not part:
                break
            text += part
        elif ready:
            break
    return text


def _wait_until_built(init: int, pidfd: int) -> None:
    """Wait until ``bwrap`` has given up its last capability: the file system stands then, and only the gate is left."""
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until:
        status = Path(f"/proc/{init}/status").read_text(encoding="utf-8")
        if "\nCapEff:\t0000000000000000\n" in status:
            return
        if select.select([pidfd], [], [], BETWEEN_LOOKS)[0]:
            break
    raise SupervisorError("it ended or hung while it built the view", code=BROKEN)


def _limit_processes(order: Order, init: int) -> Iterator[Enforced]:
    """Limit the number of processes where no cgroup does it: the kernel counts them per account and user namespace."""
    most = order.confinement.processes
    if most is None or preparing.is_limited(order, Piece.PROCESS_COUNT):
        return
    try:
        resource.prlimit(init, resource.RLIMIT_NPROC, (most + 1, most + 1))  # the first process counts as well
    except OSError as error:
        yield Enforced(piece=Piece.PROCESS_COUNT, degree=Degree.NONE, reason=f"no cgroup, and no limit: {error}")
        return
    yield preparing.counted(preparing.account_of(order))


def _complaint_of(order: Order, account: preparing.Account) -> str:
    """Start ``bwrap`` once more behind a gate that stays closed, to hear what it complains about."""
    heard, complain = os.pipe()
    beginning = _begin(order, account, complain)
    os.close(complain)
    reason = _read_all(beginning.failed, beginning.pidfd)
    said = reason or _read_all(heard, beginning.pidfd)
    _clear_away(beginning)
    for number in (heard, beginning.told, beginning.failed):
        os.close(number)
    lines = said.decode(errors="replace").strip().splitlines()
    return "; ".join(line.removeprefix("bwrap: ") for line in lines)


def _clear_away(beginning: Beginning) -> None:
    """Have the keeper end what was started, take it off the process table and close what stays open otherwise."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(beginning.pidfd, signal.SIGTERM)
    if not select.select([beginning.pidfd], [], [], LONGEST_START)[0]:
        signal.pidfd_send_signal(beginning.pidfd, signal.SIGKILL)
    os.waitpid(beginning.keeper, 0)
    os.close(beginning.pidfd)
    os.close(beginning.gate)
