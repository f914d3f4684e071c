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
from collections.abc import Callable
from pathlib import Path

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.cage import Order
from remit.supervisor.environment import environment_of
from remit.supervisor.filesystem import view_of
from remit.supervisor.launching import launch, open_gate
from remit.supervisor.probes import advice
from remit.supervisor.probes.organisms import PATIENCE, is_readable, orphan_safe
from remit.supervisor.probes.probe import Check, Seen, Trial, judged

__all__ = ["TRIALS", "cage"]

CLOSED = 0.15  # seconds in which nothing may come through a closed gate; an interpreter starts in a fifth of it
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


def cage(backend: str) -> Seen:
    """Start the process in a cage by ``backend``, watch it from inside and outside, then kill whoever started it."""
    os.environ["REMIT_PROBE_OUTSIDE"] = "1"
    for name in ("read", "write", "outside", "registry/run/control"):
        Path(name).mkdir(parents=True)
        Path(name, "file").write_text("kept", encoding="ascii")
    for name in ("inbox", "outbox"):
        Path("registry/run/control", name).mkdir()
    told, tell = os.pipe()
    waiting, go = os.pipe()
    output, standard = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        child = os.fork()
        if child == 0:
            _start(backend, port, tell, waiting, standard)
        for number in (tell, standard):
            os.close(number)
        starter = os.pidfd_open(child)
        try:
            return judged(_watched(starter, told, go, output))
        finally:
            _end(starter)


def _start(backend: str, port: int, tell: int, waiting: int, standard: int) -> None:
    """In a child: start the cage, say how that went, open its gate when told to, and wait to be killed."""
    try:
        orphan_safe()
        launched = launch(_order(backend, port, standard))
        os.close(standard)
        own = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - plain calls in a forked child
        apart = launched.namespace not in {None, own}
        os.write(tell, b"ready" if apart else b"no PID namespace of its own was made")
        if is_readable(waiting, PATIENCE):
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


def _watched(starter: int, told: int, go: int, output: int) -> list[Check]:
    """What was seen, step by step; it ends with the first step nothing can follow."""
    said = os.read(told, 4000).decode(errors="replace") if is_readable(told, PATIENCE) else "it did not start in time"
    if said != "ready":
        return [(f"a process started behind a closed gate ({said})", False)]
    checks: list[Check] = [("nothing ran before its gate was opened", not is_readable(output, CLOSED))]
    os.write(go, b"1")
    answer = _line(output)
    if not answer:
        return [*checks, ("the process inside said what it saw", False)]
    checks += [(claim, answer.get(name) is True) for name, claim in SEEN]
    checks.append(("what it wrote is there outside", Path("write/new").exists()))
    checks.append(("what it was to read is unchanged", Path("read/file").read_text(encoding="ascii") == "kept"))
    beats = is_readable(output, PATIENCE) and bool(os.read(output, 65_536))
    _end(starter)
    checks.append(("it went on until its starter was killed, and died with it", beats and _closes(output)))
    return checks


def _line(output: int) -> dict[str, object]:
    """The first line the process inside says, as JSON; empty when none comes."""
    heard = b""
    while b"\n" not in heard and is_readable(output, PATIENCE) and (part := os.read(output, 4096)):
        heard += part
    try:
        value = json.loads(heard.partition(b"\n")[0])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _closes(output: int) -> bool:
    """Whether nobody holds the other end any more: the last process inside is gone."""
    for _ in range(10_000):
        if not is_readable(output, PATIENCE):
            return False
        if not os.read(output, 65_536):
            return True
    return False


def _end(starter: int) -> None:
    """Kill whoever started the cage."""
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(starter, signal.SIGKILL)
    is_readable(starter, PATIENCE)


def _of(backend: str) -> Callable[[], Seen]:
    """The trial of one backend."""
    return lambda: cage(backend)


TRIALS = (
    Trial(name="bubblewrap", piece=None, work=_of("bubblewrap"), advice=advice.bubblewrap),
    Trial(name="cage without bubblewrap", piece=None, work=_of("namespaces"), advice=advice.namespaces),
)
