"""What the child does between the fork and its cage, the same for every backend; nothing here returns to the caller."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import resource
import select
import signal
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from remit.confinement import Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor.cage.filesystem import Kind, View
from remit.supervisor.cage.order import Order
from remit.supervisor.kernel import syscalls

__all__ = [
    "Account",
    "account_of",
    "arrange",
    "become",
    "collect",
    "counted",
    "give_up",
    "is_limited",
    "limit",
    "stage",
    "tie_to",
]

FIRST_FREE = 10  # descriptors from here on are out of the way of the standard ones
STAGES = ("/mnt", "/media", "/srv", "/opt")
COUNTS_BY_NAMESPACE = (5, 14)  # from this Linux on
ROOM_FOR_A_STAGE = "mode=0755,size=1m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom an agent runs as: numbers of the outside, and whether they differ from the caller's."""

    user: int
    group: int
    other: bool


def account_of(order: Order) -> Account:
    """Look up whom to run as; raises ``SupervisorError`` when the account is unknown or the caller may not change."""
    name = order.confinement.user
    if name is None:
        return Account(user=os.getuid(), group=os.getgid(), other=False)
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise SupervisorError(f"there is no account `{name}`", code="supervisor.view") from None
    other = (entry.pw_uid, entry.pw_gid) != (os.getuid(), os.getgid())
    if other and os.geteuid() != 0:
        hint = "start it as root, or leave the account out of the charter"
        raise SupervisorError(f"only root can run an agent as `{name}`", code="supervisor.view", hint=hint)
    return Account(user=entry.pw_uid, group=entry.pw_gid, other=other)


def tie_to(parent: int) -> None:
    """Die with the parent from now on; end at once when it is gone already."""
    syscalls.set_parent_death_signal(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def arrange(order: Order, keep: Iterable[int]) -> tuple[int, ...]:
    """Put the standard descriptors in place and close all others but ``keep``, whose new numbers are returned."""
    moved = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE) for number in (*order.standard, *keep)]
    for place, number in enumerate(moved[:3]):
        os.dup2(number, place, inheritable=True)
    kept = tuple(moved[3:])
    syscalls.close_all_but({0, 1, 2, *kept})
    _forget_signals()
    os.umask(0o022)
    return kept


def _forget_signals() -> None:
    """Take back every handler and every mask: what the parent does at a signal is no business of this process."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):  # the C library keeps two for itself
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def is_limited(order: Order, piece: Piece) -> bool:
    """Whether the cgroup already keeps the whole of a limit, so that no weaker one is needed."""
    return any(outcome.piece is piece and outcome.degree is Degree.FULL for outcome in order.given)


def limit(order: Order) -> None:
    """Set the limits that hold for each process by itself: no core file, and memory where no cgroup keeps it."""
    _lower(resource.RLIMIT_CORE, 1)  # with 1 the kernel starts no core program either (core(5))
    memory = order.confinement.memory
    if memory is not None and not is_limited(order, Piece.MEMORY):
        _lower(resource.RLIMIT_AS, memory)


def _lower(which: int, most: int) -> None:
    """Set a limit, and never above what the caller itself may have."""
    hard = resource.getrlimit(which)[1]
    kept = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (kept, kept))


def become(account: Account) -> None:
    """Give up root for another account, for good, and keep being able to write this process's own maps."""
    if not account.other:
        return
    os.setgroups([])
    os.setresgid(account.group, account.group, account.group)
    os.setresuid(account.user, account.user, account.user)
    syscalls.allow_dumping()


def stage(view: View) -> View:
    """Bring every path of the view where another account can reach it: only root can, in mounts of its own.

    An account that may not look into ``/root`` could not build a view with a path below it; root gathers the paths in
    one open folder, in a mount namespace nobody else sees, and the view is built from there.
    """
    sources = [place.source for place in view.mounts if place.kind is Kind.BIND]
    floor = next(place for place in STAGES if Path(place).is_dir() and not any(s.startswith(place) for s in sources))
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_SLAVE)
    syscalls.mount("stage", floor, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, ROOM_FOR_A_STAGE)
    mounts = []
    for number, place in enumerate(view.mounts):
        if place.kind is not Kind.BIND:
            mounts.append(place)
            continue
        staged = Path(floor, str(number))
        if Path(place.source).is_dir():
            staged.mkdir()
        else:
            staged.touch()
        syscalls.mount(place.source, str(staged), None, syscalls.MS_BIND | syscalls.MS_REC)
        mounts.append(replace(place, source=str(staged)))
    return replace(view, mounts=tuple(mounts))


def give_up(report: int, reason: str) -> NoReturn:
    """Tell the parent why the cage could not be built, and end."""
    with contextlib.suppress(OSError):
        os.write(report, reason.encode(errors="replace")[: select.PIPE_BUF])
    os._exit(125)


def counted(account: Account) -> Enforced:
    """What a limit on the number of processes of an account is worth in a user namespace of its own."""
    piece, by = Piece.PROCESS_COUNT, "RLIMIT_NPROC in a user namespace"
    if account.user == 0:
        return Enforced(
            piece=piece, degree=Degree.NONE, reason="no cgroup counts processes, and root has no other limit"
        )
    release = tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])
    if release < COUNTS_BY_NAMESPACE:
        return Enforced(
            piece=piece, degree=Degree.PARTIAL, by=by, reason="before Linux 5.14 it counts all of the account's"
        )
    return Enforced(piece=piece, degree=Degree.FULL, by=by)


def collect() -> None:
    """End the orphans that became children of this process, until none is left."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            os.waitpid(-1, 0)
