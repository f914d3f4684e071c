"""Whether whole cages hold: a process started by the code that starts agents says what it sees, then its starter dies.

Every option the backend uses is in play, so that a missing or broken one shows; what the process inside says is
believed only together with what the kernel says outside.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.cage.environment import environment_of
from remit.supervisor.cage.filesystem import view_of
from remit.supervisor.cage.launching import launch, open_gate
from remit.supervisor.cage.order import Order
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import PATIENCE, STARTING, is_readable, orphan_safe
from remit.supervisor.probes.probe import Check, Seen, Trial, judged

__all__ = ["TRIALS", "cage"]

CLOSED = 0.15  # seconds in which nothing may come through a closed gate; an interpreter starts in a fifth of it
SOON = 2.0  # seconds; the process inside would go on for four
SEEN = (  # what the process inside says, and how it is told
    ("hidden", "a file outside its view was not there"),
    ("read", "what it was given to read could be read and not changed"),
    ("written", "what it was given to write could be written"),
    ("fixed", "its root could not be changed"),
    ("alone", "it saw no process but the cage's own"),
    ("network", "it reached no listener outside"),
    ("powerless", "it had no capability and could get none"),
    ("filtered", "a vsock socket was denied"),
    ("clean", "it had the variables it was given and no others"),
    ("session", "it led a session away from any terminal"),
)
INSIDE = """
import json, os, socket, sys, time
port, secret, read, write = int(sys.argv[1]), *sys.argv[2:5]
def works(call, *given):
    try:
        call(*given)
    except OSError:
        return False
    return True
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
seen = {
    "hidden": not os.path.exists(secret),
    "read": open(read + "/file").read() == "kept" and not works(open, read + "/file", "a"),
    "written": works(open, write + "/new", "w"),
    "fixed": not works(os.mkdir, "/probe") and not works(os.mkdir, "/usr/probe"),
    "alone": sum(name.isdigit() for name in os.listdir("/proc")) <= 3 and os.getpid() <= 3,
    "network": not works(socket.create_connection, ("127.0.0.1", port), 0.3),
    "powerless": int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0 and status["NoNewPrivs"] == "1",
    "filtered": not works(socket.socket, 40, socket.SOCK_STREAM),
    "clean": os.environ.get("REMIT_RUN") == "probe" and "REMIT_PROBE_OUTSIDE" not in os.environ,
    "session": os.getsid(0) > 0 and not works(open, "/dev/tty"),
}
os.write(1, json.dumps(seen).encode() + b"\\n")
end = time.monotonic() + 4
while time.monotonic() < end:
    os.write(1, b".")
    time.sleep(0.001)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caged:
    """A cage behind a closed gate: who started it, who stands between, and the ends of its pipes.

    ``starter`` and ``between`` are pidfds, ``between`` is ``None`` where nobody is.
    """

    starter: int
    between: int | None
    go: int
    output: int


def cage(backend: str) -> Seen:
    """Start a process in a cage by ``backend``, watch it from inside and outside, then kill whoever started it.

    The killing is done in three cages: while the gate is closed, in the middle of the work, and of the process that
    stands between the starter and the cage.
    """
    os.environ["REMIT_PROBE_OUTSIDE"] = "1"
    for name in ("read", "write", "outside", "registry/run/control"):
        Path(name).mkdir(parents=True)
        Path(name, "file").write_text("kept", encoding="ascii")
    for name in ("inbox", "outbox"):
        Path("registry/run/control", name).mkdir()
    with _started(backend) as caged:
        checks = [*_watched(caged)]
        _end(caged.starter)
        checks.append(("it died with its starter", _closes(caged.output)))
    if not all(came_true for _, came_true in checks):
        return judged(checks)
    with _started(backend) as caged:
        _end(caged.starter)
        checks.append(("one whose gate was still closed died with it as well", _closes(caged.output)))
    with _started(backend) as caged:
        if caged.between is not None:
            os.write(caged.go, b"1")
            beats = bool(_line(caged.output))
            _end(caged.between)
            checks.append(("so did one whose keeper was killed", beats and _closes(caged.output)))
    tried = f"{len(SEEN)} ways out and {len(checks) - len(SEEN)} other things were tried"
    return judged(checks, short=f"a process inside had only what it was given and died with its starter; {tried}")


@contextmanager
def _started(backend: str) -> Iterator[Caged]:
    """A cage behind a closed gate; its starter is killed afterwards. Raises ``OSError`` with why there is none."""
    told, tell = os.pipe()
    waiting, go = os.pipe()
    output, standard = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = os.fork()
        if child == 0:
            _start(backend, listener.getsockname()[1], tell, waiting, standard)
        for number in (tell, standard, waiting):
            os.close(number)
        starter = os.pidfd_open(child)
        try:
            said = os.read(told, 4000).decode(errors="replace") if is_readable(told, STARTING) else "no answer in time"
            word, _, keeper = said.partition(" ")
            if word != "ready":
                raise OSError(f"no cage was made: {said}")
            between = os.pidfd_open(int(keeper)) if keeper else None
            yield Caged(starter=starter, between=between, go=go, output=output)
        finally:
            _end(starter)
            for number in (told, go, output):
                os.close(number)


def _start(backend: str, port: int, tell: int, waiting: int, standard: int) -> None:
    """In a child: start the cage, say how that went, open its gate when told to, and wait to be killed."""
    try:
        orphan_safe()
        launched = launch(_order(backend, port, standard))
        os.close(standard)
        own = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - plain calls in a forked child
        apart = launched.namespace not in {None, own}
        keeper = "" if launched.process == launched.init else launched.process
        os.write(tell, f"ready {keeper}".encode() if apart else b"it had no PID namespace of its own")
        if is_readable(waiting, STARTING):
            open_gate(launched)
            signal.pause()
    except SupervisorError as error:
        os.write(tell, error.message.encode()[:2000])
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        with contextlib.suppress(OSError):
            os.write(tell, f"{type(error).__name__}: {error}".encode()[:2000])
    finally:
        os._exit(1)


def _order(backend: str, port: int, standard: int) -> Order:
    """The cage to ask for: one folder to read and to work in, one to write."""
    base = os.path.realpath(".")
    folders = (f"{base}/outside/file", f"{base}/read", f"{base}/write")
    command = (sys.executable, "-I", "-S", "-B", "-c", INSIDE, str(port), *folders)
    confinement = Confinement(folder=folders[1], write=(folders[2],))
    quiet = os.open("/dev/null", os.O_RDWR)
    return Order(
        run="probe",
        command=command,
        confinement=confinement,
        view=view_of(confinement, command, control=f"{base}/registry/run/control"),
        environment=environment_of(confinement, run="probe", proxy=None, secrets={}),
        standard=(quiet, standard, quiet),
        backend=backend,
    )


def _watched(caged: Caged) -> Iterator[Check]:
    """What was seen from the opening of the gate on, step by step; it ends with the first step nothing can follow."""
    yield "nothing ran before its gate was opened", not is_readable(caged.output, CLOSED)
    os.write(caged.go, b"1")
    answer = _line(caged.output)
    if not answer:
        yield "the process inside said what it saw", False
        return
    yield from ((claim, answer.get(name) is True) for name, claim in SEEN)
    yield "what it wrote is there outside", Path("write/new").exists()
    yield "what it was to read is unchanged", Path("read/file").read_text(encoding="ascii") == "kept"
    yield "it went on beating", is_readable(caged.output, PATIENCE) and bool(os.read(caged.output, 65_536))


def _line(output: int) -> dict[str, object]:
    """The first line the process inside says, as JSON; empty when none comes."""
    heard = b""
    while b"\n" not in heard and is_readable(output, STARTING) and (part := os.read(output, 4096)):
        heard += part
    try:
        value = json.loads(heard.partition(b"\n")[0])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _closes(output: int) -> bool:
    """Whether nobody holds the other end any more, soon: the last process inside is gone, long before its own end."""
    deadline = time.monotonic() + SOON
    while (left := deadline - time.monotonic()) > 0:
        if is_readable(output, left) and not os.read(output, 65_536):
            return True
    return False


def _end(pidfd: int) -> None:
    """Kill a process and wait for its end."""
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    is_readable(pidfd, PATIENCE)


def _of(backend: str) -> Callable[[], Seen]:
    """The trial of one backend."""
    return lambda: cage(backend)


TRIALS = (
    Trial(name="bubblewrap", piece=None, work=_of("bubblewrap"), advice=advice.bubblewrap),
    Trial(name="cage without bubblewrap", piece=None, work=_of("namespaces"), advice=advice.namespaces),
)
