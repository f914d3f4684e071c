"""Whether a process can give up what it does not need: system calls, capabilities, paths, signals to others."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from remit.confinement import Degree, Piece
from remit.supervisor.kernel import landlock, seccomp, syscalls
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import beating, said_by
from remit.supervisor.probes.probe import Seen, Trial, judged

__all__ = ["TRIALS"]

VSOCK, IO_URING_SETUP = 40, 425
SIGNALS_SINCE = 6  # the version of Landlock that keeps signals and abstract sockets inside


def system_calls() -> Seen:
    """Make sockets of several families, with the filter and without it."""

    def work(*, fenced: bool) -> str:
        if fenced:
            seccomp.install(seccomp.filter_program(unix_sockets=False))
        families = (socket.AF_UNIX, socket.AF_INET, VSOCK)
        return " ".join([*(_socket_of(family) for family in families), _ring()])

    before, after = said_by(lambda: work(fenced=False)), said_by(lambda: work(fenced=True))
    return judged(
        [
            ("before the filter unix and internet sockets could be made", before.startswith("made made")),
            (f"with it unix and vsock were denied, io_uring was gone ({after})", after == "EPERM made EPERM ENOSYS"),
        ]
    )


def unix_sockets() -> Seen:
    """Connect to a unix socket by its path, with the filter and without it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        listener.listen()

        def work(*, fenced: bool) -> str:
            if fenced:
                seccomp.install(seccomp.filter_program(unix_sockets=False))
            with socket.socket(socket.AF_UNIX) as client:
                client.connect("socket")
            return "reached"

        near, far = said_by(lambda: work(fenced=False)), said_by(lambda: work(fenced=True))
    return judged(
        [
            ("a listener at a path was reached without the filter", near == "reached"),
            ("and could not be with it", far.startswith("PermissionError")),
        ]
    )


def capabilities() -> Seen:
    """Give up every capability, and try what needs one, here and in a program that is started then."""

    def work() -> str:
        syscalls.drop_capabilities()
        syscalls.forbid_new_privileges()
        if _named(lambda: os.chroot(".")) != "EPERM":
            return "chroot worked"
        script = "while read line; do case $line in CapEff:*|CapPrm:*|NoNewPrivs:*) echo $line;; esac; done"
        command = ["/bin/sh", "-c", f"{script} < /proc/self/status"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1, check=False)  # noqa: S603
        return done.stdout

    said = " ".join(said_by(work).split())
    expected = f"CapPrm: {'0' * 16} CapEff: {'0' * 16} NoNewPrivs: 1"
    claim = "a process that gave them up could not chroot, and a program it started had none"
    return judged([(claim if said == expected else f"{claim}: {said}", said == expected)])


def paths() -> Seen:
    """Name one folder to read and one to write, and try these and another one."""
    for name in ("read", "write", "other"):
        Path(name).mkdir()
        Path(name, "file").write_text("kept", encoding="ascii")

    def work(*, fenced: bool) -> str:
        if fenced:
            landlock.restrict(read=["read"], write=["write"])
        tries = (("read/file", os.O_RDONLY), ("read/file", os.O_WRONLY), ("write/file", os.O_RDWR))
        made = ("write/new", os.O_WRONLY | os.O_CREAT)
        return "".join(_opened(path, how) for path, how in (*tries, made, ("other/file", os.O_RDONLY)))

    before, after = said_by(lambda: work(fenced=False)), said_by(lambda: work(fenced=True))
    return judged(
        [
            ("before it every path could be opened", before == "+++++"),
            (f"with Landlock {landlock.abi()} only the named ones, and for what they were named", after == "+-++-"),
        ]
    )


def signals() -> Seen:
    """Signal a process outside, with Landlock's scope and without it."""
    if landlock.abi() < SIGNALS_SINCE:
        return Seen(degree=Degree.NONE, proof=f"this kernel has Landlock {landlock.abi()}, scopes came with 6")
    with beating() as alive:

        def work(*, fenced: bool) -> str:
            if fenced:
                landlock.restrict(read=[], write=[])
            os.kill(alive.process, 0 if not fenced else 9)
            return "sent"

        near, far = said_by(lambda: work(fenced=False)), said_by(lambda: work(fenced=True))
        return judged(
            [
                ("a signal to a process outside could be sent before", near == "sent"),
                ("SIGKILL could not be sent from inside the scope", far.startswith("PermissionError")),
                ("and its target went on", alive.goes_on()),
            ]
        )


def _socket_of(family: int) -> str:
    """``made`` or the name of the error."""
    return _named(lambda: socket.socket(family, socket.SOCK_STREAM).close())


def _ring() -> str:
    """What the kernel says to io_uring_setup with nothing in it: EFAULT where it is there."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    result = library.syscall(IO_URING_SETUP, 1, None)
    return "made" if result >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")


def _named(work: Callable[[], None]) -> str:
    """``made`` or the name of the error."""
    try:
        work()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "?")
    return "made"


def _opened(path: str, how: int) -> str:
    """``+`` when a file opens, ``-`` when that is denied."""
    with contextlib.suppress(PermissionError):
        os.close(os.open(path, how))
        return "+"
    return "-"


TRIALS = (
    Trial(name="seccomp", piece=Piece.PRIVILEGES, work=system_calls, advice=advice.kernel),
    Trial(name="unix sockets denied", piece=Piece.SOCKETS, work=unix_sockets, advice=advice.kernel),
    Trial(name="capabilities", piece=Piece.PRIVILEGES, work=capabilities, advice=advice.none_known),
    Trial(name="landlock paths", piece=Piece.FILESYSTEM, work=paths, advice=advice.landlock),
    Trial(name="landlock signals", piece=Piece.SUPERVISION, work=signals, advice=advice.landlock),
)
