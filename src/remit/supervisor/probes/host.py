"""What the supervisor itself needs of this host: time, a folder nobody else can read, callers it can tell apart."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import time
from pathlib import Path

from remit.clock import SystemClock
from remit.ledger.places import state_folder
from remit.supervisor.probes import advice
from remit.supervisor.probes.probe import Seen, Trial, judged
from remit.supervisor.protocol import account_of, at_socket

__all__ = ["TRIALS"]

WRITTEN = 1_763_000_000  # this file was written after that moment, in seconds since 1970


def clock() -> Seen:
    """Look at both clocks twice: the one that only goes forward, and the one of the calendar."""
    first, before = time.monotonic(), SystemClock().now()
    time.sleep(0.02)
    second, after = time.monotonic(), SystemClock().now()
    passed = (after - before).total_seconds()
    return judged(
        [
            ("the steady clock went on by at least the time slept", second - first >= 0.02),
            ("the calendar went on as much, to half a second", 0 < passed < second - first + 0.5),
            (f"it says {after:%Y-%m-%d}, which is after this was written", after.timestamp() > WRITTEN),
        ]
    )


def state() -> Seen:
    """Make a run's folder where runs will be, keep a line in it durably, read it back, and take it away again."""
    runs = state_folder(os.environ) / "runs"
    missing = [folder for folder in (runs, *runs.parents) if not folder.exists()]
    folder = runs / f"probe-{os.getpid()}"
    try:
        for parent in reversed(missing):
            parent.mkdir(mode=0o700)
        folder.mkdir(mode=0o700)
        file = folder / "record"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, b"kept\n")
        os.fsync(descriptor)
        os.close(descriptor)
        kept = file.read_bytes() == b"kept\n"
        listening = _listens(folder / "socket")
        modes = [(path, path.stat()) for path in (runs, folder)]
        private = all(stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == os.geteuid() for _, found in modes)
    finally:
        for path in (folder / "record", folder / "socket"):
            path.unlink(missing_ok=True)
        for path in (folder, *missing):
            if path.exists():
                path.rmdir()
    return judged(
        [
            (f"in {runs} a line was kept durably and read back", kept),
            ("a control socket could be made there", listening),
            ("nobody else may enter it (0700, this user's own)", private),
        ]
    )


def control_socket() -> Seen:
    """Connect to a unix socket and see whether the kernel says whose process that was."""
    path = Path.cwd() / "socket"
    with socket.socket(socket.AF_UNIX) as listener, at_socket(path) as address:
        listener.bind(address)
        listener.listen()
        listener.settimeout(1.0)

        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1.0)
                client.connect(str(path))
                client.recv(1)
            os._exit(0)
        with listener.accept()[0] as accepted:
            account = account_of(accepted)
        os.waitpid(child, 0)
    return judged([(f"the kernel named the account of a caller ({account})", account == os.geteuid())])


def _listens(path: Path) -> bool:
    """Whether a control socket can be made at a path however long it is."""
    with socket.socket(socket.AF_UNIX) as listener, at_socket(path) as address:
        listener.bind(address)
        listener.listen()
    return path.is_socket()


TRIALS = (
    Trial(name="clock", piece=None, work=clock, advice=advice.clock),
    Trial(name="state folder", piece=None, work=state, advice=advice.state),
    Trial(name="control socket", piece=None, work=control_socket, advice=advice.none_known),
)
