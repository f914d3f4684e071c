"""Whether namespaces can be made here, and whether they hide and end what they are meant to."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from pathlib import Path

from remit.confinement import Piece
from remit.supervisor.kernel import syscalls
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import Beating as Beats
from remit.supervisor.probes.organisms import (
    beat_until_the_deadline,
    count_of,
    is_readable,
    leave_for,
    must_leave_for,
    orphan_safe,
    put,
    said_by,
    shared_memory,
)
from remit.supervisor.probes.probe import Check, Seen, Trial, judged

__all__ = ["TRIALS", "ipc_namespace", "mount_namespace", "pid_namespace", "user_namespace"]


def user_namespace() -> Seen:
    """Make a user namespace and use what it gives: a mount of one's own. Ubuntu lets one be made that gives nothing."""
    user = os.geteuid()
    Path("own").mkdir()

    def work() -> str:
        leave_for(syscalls.CLONE_NEWNS, always=True)
        mapped = Path("/proc/self/uid_map").read_text(encoding="ascii").split() == ["0", str(user), "1"]
        syscalls.mount("tmpfs", "own", "tmpfs")
        Path("own/file").touch()
        return f"{mapped} {os.geteuid()}"

    said = said_by(work)
    shown = said == "True 0"
    claim = f"uid {user} made one, was uid 0 only inside it and mounted a tmpfs"
    return judged([(claim if shown else f"{claim}: {said}", shown), ("the mount stayed inside", not _has("own/file"))])


def pid_namespace() -> Seen:
    """Start a process that leads a session of its own in a PID namespace, end its first process, and count beats."""
    must_leave_for(syscalls.CLONE_NEWPID)
    memory = shared_memory()
    child = os.fork()
    if child == 0:
        _hold_a_namespace(memory)
    holder = os.pidfd_open(child)
    alive = Beats(process=child, pidfd=holder, memory=memory)
    try:
        beats = alive.goes_on()
        first = count_of(memory, 1)
        checks: list[Check] = [("a process that forked away from its session beat inside", beats)]
        if beats and first > 0:
            init = os.pidfd_open(first)
            signal.pidfd_send_signal(init, signal.SIGKILL)
            checks.append(("its first process ended on SIGKILL", is_readable(init, 1.0)))
            os.close(init)
            checks.append(("no beat came after that", alive.stands_still()))
        return judged(checks)
    finally:
        alive.end()


def _hold_a_namespace(memory: object) -> None:
    """In a child: leave for a PID namespace, fork its first process, leave its number outside in slot 1, and wait."""
    import mmap

    assert isinstance(memory, mmap.mmap)  # noqa: S101 - a shared map is all it is called with
    try:
        orphan_safe()
        leave_for(syscalls.CLONE_NEWPID)
        first = os.fork()
        if first == 0:
            orphan_safe()
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    beat_until_the_deadline(memory)
                os._exit(0)
            while True:
                os.wait()
        put(memory, first, 1)
        os.waitpid(first, 0)
        signal.pause()
    finally:
        os._exit(1)


def mount_namespace() -> Seen:
    """Give a process a root of its own with one folder to read and one to write, and let it look for the rest."""
    for name in ("root", "read", "write", "outside"):
        Path(name).mkdir()
        Path(name, "file").write_text("kept", encoding="ascii")
    said = said_by(lambda: _seen_from_a_root_of_its_own(str(Path.cwd())))
    expected = "read+ write+ make- change- outside- old-"
    claim = "in a root of its own a process read the one folder and changed the other, and found nothing else"
    unchanged = Path("read/file").read_text(encoding="ascii") == "kept"
    written = _has("write/new")
    shown = said == expected
    return judged(
        [
            (claim if shown else f"{claim}: {said or 'no answer'}", shown),
            ("what it wrote is there outside", written),
            ("what it was to read is unchanged", unchanged),
        ]
    )


def _seen_from_a_root_of_its_own(base: str) -> str:
    """Pivot into a tmpfs with two folders bound in, and try six things."""
    leave_for(syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    root = f"{base}/root"
    syscalls.mount("tmpfs", root, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV)
    for name in ("read", "write", "old"):
        Path(root, name).mkdir()
    for name in ("read", "write"):
        syscalls.mount(f"{base}/{name}", f"{root}/{name}", None, syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.make_read_only(f"{root}/read")
    syscalls.pivot_root(root, f"{root}/old")
    os.chdir("/")
    syscalls.unmount("/old", syscalls.MNT_DETACH)
    reading, writing = os.O_RDONLY, os.O_WRONLY | os.O_CREAT
    attempts = (
        ("read", "/read/file", reading),
        ("write", "/write/new", writing),
        ("make", "/read/new", writing),
        ("change", "/read/file", os.O_WRONLY),
        ("outside", f"{base}/outside/file", reading),
        ("old", "/old/etc", reading),
    )
    return " ".join(f"{name}{'+' if _opens(path, how) else '-'}" for name, path, how in attempts)


def ipc_namespace() -> Seen:
    """Make System V memory, look at it from inside and from outside a new IPC namespace."""
    library = ctypes.CDLL(None, use_errno=True)
    library.shmat.restype = ctypes.c_void_p
    number = int(library.shmget(0, 4096, 0o1600))  # IPC_PRIVATE, IPC_CREAT and 0600
    if number < 0:
        raise OSError(ctypes.get_errno(), "shmget: no System V memory can be made")
    library.shmat(number, None, 0)
    library.shmctl(number, 0, None)  # IPC_RMID: gone when the last process that has it attached is

    def work(*, leave: bool) -> str:
        if leave:
            leave_for(syscalls.CLONE_NEWIPC)
        found = library.shmctl(number, 2, bytes(512))  # IPC_STAT
        return "found" if found == 0 else errno.errorcode.get(ctypes.get_errno(), "?")

    near, far = said_by(lambda: work(leave=False)), said_by(lambda: work(leave=True))
    return judged(
        [
            ("memory shared by its number was found by another process", near == "found"),
            (f"and not from a new IPC namespace ({far})", far in {"EINVAL", "EIDRM"}),
        ]
    )


def _opens(path: str, how: int) -> bool:
    """Whether a file opens; nothing of Python's library is reachable where this runs."""
    try:
        os.close(os.open(path, how))
    except OSError:
        return False
    return True


def _has(path: str) -> bool:
    """Whether something is there."""
    return Path(path).exists()


TRIALS = (
    Trial(name="user namespace", piece=None, work=user_namespace, advice=advice.namespaces),
    Trial(name="pid namespace", piece=Piece.PROCESSES, work=pid_namespace, advice=advice.namespaces),
    Trial(name="mount namespace", piece=Piece.FILESYSTEM, work=mount_namespace, advice=advice.namespaces),
    Trial(name="ipc namespace", piece=Piece.IPC, work=ipc_namespace, advice=advice.namespaces),
)
