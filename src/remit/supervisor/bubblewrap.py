"""The cage built by ``bwrap``: new namespaces, a file system of its own, a gate in front of the command.

``bwrap`` is told everything through a descriptor, so that no path and no secret stands in its command line. It stays
outside as the caller's child, holds the agent's first process (number 1 of the PID namespace), and both die with the
caller (``--die-with-parent``).
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
from pathlib import Path

from remit.confinement import Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor import preparing, seccomp
from remit.supervisor.cage import Launched, Order, best_of
from remit.supervisor.fence import fence_of
from remit.supervisor.filesystem import KERNEL_FILES, Kind, Mount

__all__ = ["launch", "obstacle"]

LONGEST_START = 15.0  # seconds; a start takes milliseconds, a machine under load more
BETWEEN_LOOKS = 0.001
BROKEN = "supervisor.backend"  # the code that lets another backend be tried


def obstacle() -> str:
    """Why this backend cannot work here, as far as can be seen without trying; empty: nothing is in the way."""
    return "" if shutil.which("bwrap") else "`bwrap` is not installed (the package is called bubblewrap)"


def launch(order: Order) -> Launched:
    """Start the agent behind a closed gate; raises ``SupervisorError`` with what ``bwrap`` said when it cannot."""
    account = preparing.account_of(order)
    told, tell = os.pipe()
    waiting, gate = os.pipe()
    blocker = os.open(f"/proc/self/fd/{waiting}", os.O_RDWR | os.O_CLOEXEC)  # its end never comes by our own end
    os.close(waiting)
    failed, report = os.pipe()
    caller = os.getpid()
    process = os.fork()
    if process == 0:
        _become_bwrap(order, account, caller, (tell, blocker, report))
    pidfd = os.pidfd_open(process)
    for number in (tell, blocker, report):
        os.close(number)
    init = init_pidfd = None
    try:
        init, namespace = _first_process(told, failed, pidfd)
        init_pidfd = os.pidfd_open(init)
        _wait_until_built(init, pidfd)
        given = (*order.given, *fence_of(order, by="bubblewrap"), *_limit_processes(order, init))
    except (OSError, SupervisorError, ValueError) as error:
        _clear_away(process, pidfd, (gate, *((init_pidfd,) if init_pidfd is not None else ())))
        message = error.message if isinstance(error, SupervisorError) else str(error)
        said = "" if message.startswith("before bwrap") else _what_it_says(order, account)
        raise SupervisorError(f"`bwrap` did not start: {said or message}", code=BROKEN) from error
    finally:
        os.close(told)
        os.close(failed)
    return Launched(
        backend="bubblewrap",
        process=process,
        pidfd=pidfd,
        init=init,
        init_pidfd=init_pidfd,
        namespace=namespace,
        network_of=init,
        gate=gate,
        enforced=best_of(given),
    )


def _become_bwrap(
    order: Order, account: preparing.Account, caller: int, channels: tuple[int, int, int], *, complain: int | None = None
) -> None:
    """Turn this forked child into ``bwrap``; ``complain`` replaces standard error. Never returns."""
    tell, blocker, report = channels
    try:
        preparing.tie_to(caller)
        if order.cgroup is not None:
            order.cgroup.enter()
        keep = (tell, blocker, report) if complain is None else (tell, blocker, report, complain)
        kept = preparing.arrange(order, keep)
        tell, blocker, report = kept[:3]
        if complain is not None:
            os.dup2(kept[3], 2, inheritable=True)
        preparing.limit(order)
        view = preparing.stage(order.view) if account.other else order.view
        preparing.become(account)
        preparing.tie_to(caller)
        for number in (tell, blocker):
            os.set_inheritable(number, True)
        options = _options(order, account, view.mounts, tell=tell, blocker=blocker)
        settings = _in_memory(b"".join(os.fsencode(option) + b"\0" for option in options))
        program = shutil.which("bwrap") or "bwrap"
        os.execve(program, ["bwrap", "--args", str(settings), "--", view.program, *order.command[1:]], {})
    except BaseException as error:  # noqa: BLE001: a forked child must not go on as its parent
        preparing.give_up(report, f"before bwrap: {error}")


def _options(
    order: Order, account: preparing.Account, mounts: tuple[Mount, ...], *, tell: int, blocker: int
) -> Iterator[str]:
    """Everything ``bwrap`` is told."""
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session")
    yield from ("--uid", str(account.user), "--gid", str(account.group), "--cap-drop", "ALL", "--hostname", "agent")
    yield from ("--info-fd", str(tell), "--block-fd", str(blocker))
    yield from ("--seccomp", str(_in_memory(seccomp.filter_program(unix_sockets=not order.view.sockets))))
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


def _first_process(told: int, failed: int, pidfd: int) -> tuple[int, int | None]:
    """Read from ``bwrap`` which process is the first of the new namespace, and that namespace's number."""
    text = _read_all(told, pidfd)
    reason = _read_all(failed, pidfd).decode(errors="replace")
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


def _what_it_says(order: Order, account: preparing.Account) -> str:
    """Start ``bwrap`` once more behind a gate that stays closed, to hear what it complains about."""
    heard, complain = os.pipe()
    tell, blocker, report = (os.open(os.devnull, os.O_RDWR) for _ in range(3))
    waiting, gate = os.pipe()
    os.close(blocker)
    blocker = waiting
    caller = os.getpid()
    process = os.fork()
    if process == 0:
        _become_bwrap(order, account, caller, (tell, blocker, report), complain=complain)
    pidfd = os.pidfd_open(process)
    for number in (complain, tell, blocker, report):
        os.close(number)
    said = _read_all(heard, pidfd)
    os.close(heard)
    _clear_away(process, pidfd, (gate,))
    lines = said.decode(errors="replace").strip().splitlines()
    return "; ".join(line.removeprefix("bwrap: ") for line in lines)


def _clear_away(process: int, pidfd: int, others: tuple[int, ...]) -> None:
    """End what was started, take it off the process table and close the descriptors."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.waitpid(process, 0)
    for number in (pidfd, *others):
        os.close(number)
