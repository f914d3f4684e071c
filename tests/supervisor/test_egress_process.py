"""The egress process: it ends with its daemon, and a listener comes out of a namespace nobody stays in."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.small_egress import answering, host, needs, plain, read_all
from tests.supervisor.scene import eventually

from remit.supervisor.kernel import syscalls

SOURCE = str(Path(__file__).parents[2] / "src")
PATIENCE = 60.0
NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
BEGIN = f"import sys; sys.path.insert(0, {SOURCE!r})\n"
SERVE = (
    BEGIN
    + """
import os, signal, socket
signal.alarm(120)
from remit.supervisor.egress.proxy import Rules, serve
listener, channel = (socket.socket(fileno=int(text)) for text in sys.argv[1:3])
rules = Rules(hosts=tuple(sys.argv[3:]))
parent = os.getpid()
child = os.fork()
if child == 0:
    signal.alarm(120)
    serve(listener, channel, rules)
print(child, flush=True)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), flush=True)
"""
)


class Started:
    """An egress process below a process of its own."""

    def __init__(self, process: subprocess.Popen[str], channel: socket.socket, port: int) -> None:
        """Learn the process's id."""
        assert process.stdout is not None
        self.process, self.channel, self.port = process, channel, port
        self.number = int(process.stdout.readline())
        self.handle = os.pidfd_open(self.number)

    def ended(self) -> bool:
        """Whether the egress process ends soon."""
        return bool(select.select([self.handle], [], [], PATIENCE)[0])


@contextlib.contextmanager
def egress_process(*hosts: str) -> Iterator[Started]:
    """Start an egress process that ends with the block."""
    ours, theirs = socket.socketpair()
    stray = os.open(os.devnull, os.O_RDONLY)
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        given = (listener.fileno(), theirs.fileno(), stray)
        command = [sys.executable, "-I", "-S", "-c", SERVE, str(given[0]), str(given[1]), *hosts]
        process = subprocess.Popen(command, pass_fds=given, stdout=subprocess.PIPE, text=True)
        started = Started(process, ours, port)
        theirs.close()
        try:
            yield started
        finally:
            ours.close()
            process.kill()
            process.communicate(timeout=PATIENCE)
            os.close(started.handle)
            os.close(stray)


def answered(started: Started, name: str) -> bytes:
    """A request through the process, with its intent answered."""
    with socket.create_connection(("127.0.0.1", started.port), timeout=PATIENCE) as client:
        client.sendall(f"GET http://{name}/ HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        started.channel.settimeout(PATIENCE)
        asked = json.loads(started.channel.recv(65536))
        started.channel.sendall(json.dumps({"id": asked["id"], "proceed": True, "reason": ""}).encode() + b"\n")
        return read_all(client)


def open_in(process: int) -> list[str]:
    """What a process holds open."""
    found = []
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(entry.readlink()))
    return found


def test_it_serves_and_keeps_no_file_but_its_two_sockets() -> None:
    with host(answering(plain())) as there, egress_process(there.name) as started:
        assert answered(started, there.name).endswith(b"hello")
        eventually(lambda: len(open_in(started.number)) == 5)  # the ends of the call are closed a moment after it
        places = open_in(started.number)
        sockets = [place for place in places if place.startswith("socket:")]
        assert len(sockets) == 2
        assert set(places) - set(sockets) == {"/dev/null"}
        assert len(places) == 5
        assert "NoNewPrivs:\t1" in Path(f"/proc/{started.number}/status").read_text()


def test_it_ends_when_the_daemon_closes_the_channel() -> None:
    with egress_process() as started:
        started.channel.close()
        assert started.ended()
        assert started.process.stdout is not None
        assert started.process.stdout.readline() == "1\n"


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"[]\n",
        b'{"set":{"hosts":["a b"]}}\n',
        b'{"set":{"held":"yes"}}\n',
        b'{"set":{"hosts":"a"}}\n',
        b"x" * 2**21,
    ],
)
def test_it_ends_when_it_cannot_understand_its_daemon(line: bytes) -> None:
    with egress_process() as started:
        with contextlib.suppress(OSError):
            started.channel.sendall(line)
        assert started.ended()


def test_it_dies_with_the_process_that_started_it_although_the_channel_stays_open() -> None:
    with egress_process() as started:
        with socket.create_connection(("127.0.0.1", started.port), timeout=PATIENCE) as client:
            client.sendall(b"\n")
            assert read_all(client).startswith(b"HTTP/1.1 400 ")  # it is at work, so it has set its signal
        started.process.kill()
        assert started.ended()


INSIDE = (
    BEGIN
    + """
import signal, socket
signal.alarm(120)
from remit.supervisor.kernel import syscalls
syscalls.unshare(int(sys.argv[1]))
print("ready", flush=True)
port = int(sys.stdin.readline())
with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
    print(client.recv(100).decode(), flush=True)
"""
)
OUTSIDE = (
    BEGIN
    + """
import os, signal
signal.alarm(120)
from remit.errors import SupervisorError
from remit.supervisor.egress.proxy import listen_inside
before = os.stat("/proc/self/ns/net").st_ino, os.stat("/proc/self/ns/user").st_ino, len(os.listdir("/proc/self/fd"))
try:
    listener = listen_inside(int(sys.argv[1]))
except SupervisorError as error:
    print(f"error: {error} | {error.hint}", flush=True)
    sys.exit(3)
print(listener.getsockname()[1], os.get_inheritable(listener.fileno()), flush=True)
listener.settimeout(60)
client, _ = listener.accept()
client.sendall(b"from outside")
client.close(), listener.close()
after = os.stat("/proc/self/ns/net").st_ino, os.stat("/proc/self/ns/user").st_ino, len(os.listdir("/proc/self/fd"))
print(before == after, flush=True)
"""
)


def python(script: str, argument: int, *, user: int | None) -> subprocess.Popen[str]:
    """Start a script bare; as another user with the machine's own interpreter."""
    program = sys.executable if user is None else SYSTEM_PYTHON
    command = [program, "-I", "-S", "-c", script, str(argument)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, user=user, group=user, cwd="/",
        extra_groups=None if user is None else [],
    )  # fmt: skip


def unprivileged_user() -> int | None:
    """The user to be for a test of what needs no privilege: nobody when the tests run as root."""
    return NOBODY if os.geteuid() == 0 else None


def needs_namespaces(flags: int, user: int | None) -> None:
    """Skip where these namespaces cannot be made."""
    if user is not None:
        probe = subprocess.run(
            [SYSTEM_PYTHON, "-I", "-S", "-c", BEGIN + "import remit.supervisor.egress.proxy"],
            user=user, cwd="/", capture_output=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        needs(probe.returncode == 0, "an interpreter that another user can run")
    with python(INSIDE, flags, user=user) as process:
        said, _ = process.communicate("0\n", timeout=PATIENCE)
    needs(said.startswith("ready"), "the right to make network namespaces")


def demand_reached_inside(flags: int, user: int | None) -> None:
    """Make a namespace, listen in it from outside, connect from inside."""
    needs_namespaces(flags, user)
    with python(INSIDE, flags, user=user) as inside:
        assert inside.stdout is not None
        assert inside.stdout.readline() == "ready\n"
        with python(OUTSIDE, inside.pid, user=user) as outside:
            assert outside.stdout is not None
            said = outside.stdout.readline()
            assert said.endswith(" False\n"), said
            answer, _ = inside.communicate(said.split()[0] + "\n", timeout=PATIENCE)
            assert answer == "from outside\n"
            rest, _ = outside.communicate(timeout=PATIENCE)
            assert rest == "True\n"


def test_a_listener_comes_out_of_a_network_namespace() -> None:
    needs(os.geteuid() == 0, "root")
    demand_reached_inside(syscalls.CLONE_NEWNET, None)


def test_a_listener_comes_out_of_a_namespace_that_another_user_namespace_owns() -> None:
    demand_reached_inside(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNET, None)


def test_a_listener_comes_out_without_any_privilege() -> None:
    demand_reached_inside(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNET, unprivileged_user())


def test_a_namespace_that_may_not_be_entered_is_an_error_with_a_hint() -> None:
    needs(os.geteuid() == 0, "root")
    needs_namespaces(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNET, NOBODY)
    with python(INSIDE, syscalls.CLONE_NEWNET, user=None) as inside:
        assert inside.stdout is not None
        assert inside.stdout.readline() == "ready\n"
        with python(OUTSIDE, inside.pid, user=NOBODY) as outside:
            said, _ = outside.communicate(timeout=PATIENCE)
        inside.kill()
    assert said.startswith("error: cannot open the network namespace of process ")
    assert said.partition(" | ")[2].strip()


def test_a_process_that_is_not_there_is_an_error_with_a_hint() -> None:
    with python(OUTSIDE, 2**22 + 1, user=None) as outside:
        said, _ = outside.communicate(timeout=PATIENCE)
    assert said.startswith("error: cannot open the network namespace of process 4194305: ")
