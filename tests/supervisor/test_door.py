"""The door to a run's servers: bytes both ways, none while held, none after a stop."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.supervisor.egress.channel import Change
from remit.supervisor.egress.door import Door
from remit.supervisor.egress.proxy import Egress, Rules

PAUSE = 0.1  # seconds in which something that moves would be seen to move
PATIENCE = 60.0


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[Egress, int]]:
    """An egress process's worth of threads with a door that leads to a path, and the port of the door."""
    ours, theirs = socket.socketpair()
    listener = socket.create_server(("127.0.0.1", 0))
    egress = Egress(None, theirs, Rules())
    egress.door = Door(listener=listener, path=path, flow=egress.flow)
    thread = threading.Thread(target=egress.door.accept, daemon=True)
    thread.start()
    try:
        yield egress, listener.getsockname()[1]
    finally:
        egress.change(Change(doors=False, held=False))
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
        for sock in (ours, theirs, listener):
            sock.close()


@contextlib.contextmanager
def companion(path: Path) -> Iterator[socket.socket]:
    """Somebody who listens at the path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(8)
        listener.settimeout(PATIENCE)
        yield listener


@contextlib.contextmanager
def passed(path: Path) -> Iterator[tuple[Egress, int, socket.socket, socket.socket]]:
    """One connection through a door: the egress, the port, the agent's end and the companion's end."""
    with (
        companion(path) as listener,
        opened(path) as (egress, port),
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as agent,
    ):
        there, _ = listener.accept()
        with there:
            yield egress, port, agent, there


def quiet(sock: socket.socket) -> bool:
    """Whether nothing comes for a moment."""
    return not select.select([sock], [], [], PAUSE)[0]


@pytest.mark.requirement("RUN-03")
def test_bytes_pass_both_ways_and_the_end_of_one_side_is_the_end_of_the_other(tmp_path: Path) -> None:
    with passed(tmp_path / "door.sock") as (_, _, agent, there):
        agent.sendall(b"hello")
        there.sendall(b"there")
        assert (there.recv(10), agent.recv(10)) == (b"hello", b"there")
        agent.shutdown(socket.SHUT_WR)
        assert there.recv(10) == b""
        there.sendall(b"last words")
        there.close()
        assert (agent.recv(20), agent.recv(20)) == (b"last words", b"")


@pytest.mark.requirement("RUN-03")
def test_a_hold_moves_no_byte_and_loses_none(tmp_path: Path) -> None:
    with passed(tmp_path / "door.sock") as (egress, _, agent, there):
        egress.change(Change(held=True))
        agent.sendall(b"one")
        there.sendall(b"two")
        assert quiet(agent)
        assert quiet(there)
        egress.change(Change(held=False))
        assert (there.recv(10), agent.recv(10)) == (b"one", b"two")


@pytest.mark.requirement("RUN-03")
def test_a_stop_cuts_what_is_open_and_lets_nobody_in(tmp_path: Path) -> None:
    with passed(tmp_path / "door.sock") as (egress, port, agent, there):
        egress.change(Change(held=True))
        agent.sendall(b"kept back")
        egress.change(Change(doors=False, revoked=("*",), held=False))
        assert there.recv(20) == b"", "what waited during a hold does not slip out with a stop"
        with contextlib.suppress(ConnectionResetError):
            assert agent.recv(20) == b""
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as late,
            contextlib.suppress(ConnectionResetError, BrokenPipeError),
        ):
            late.sendall(b"late")
            assert late.recv(20) == b""
        assert egress.door is not None
        assert egress.door.closed


@pytest.mark.requirement("RUN-03")
def test_where_nobody_answers_outside_the_agent_sees_a_closed_door(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "nobody.sock") as (_, port),
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as agent,
        contextlib.suppress(ConnectionResetError),
    ):
        assert agent.recv(20) == b""
