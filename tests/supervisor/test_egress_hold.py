"""Held: nothing moves, nothing is lost. Revoked: nothing moves again."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_egress import PATIENCE, Host, Running, answering, host, plain, proxy, read_all, read_request

from remit.supervisor.egress.flow import Flow
from remit.supervisor.egress.proxy import HeldSecret, Rules
from remit.supervisor.egress.scrub import MARK, scrubbed_stream

PAUSE = 0.1  # seconds in which something that moves would be seen to move
HOLDS = 25


def quiet(sock: socket.socket, pause: float = PAUSE) -> bytes:
    """Everything that is on its way to a socket, until nothing has come for a moment."""
    data = b""
    while select.select([sock], [], [], pause)[0]:
        piece = sock.recv(65536)
        if not piece:
            break
        data += piece
    return data


def drain(sock: socket.socket) -> None:
    """Read what the kernel already had for a socket, until it has none of it left on the other side.

    /proc/net/tcp says of each socket how many bytes of it nobody has acknowledged: ``sl local remote st tx:rx ...``.
    """
    ends = [f":{place[1]:04X}" for place in (sock.getpeername(), sock.getsockname())]
    end = time.monotonic() + PATIENCE
    waiting = True
    while waiting:
        if time.monotonic() > end:
            pytest.fail("what the kernel had never arrived")
        lines = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        (queues,) = (line[4] for line in lines if [line[1][-5:], line[2][-5:]] == ends)
        waiting = int(queues.partition(":")[0], 16) > 0  # asked before it is read, or some could come in between
        while select.select([sock], [], [], 0)[0]:
            assert sock.recv(1 << 20), "the tunnel broke"


@contextlib.contextmanager
def tunnel() -> Iterator[tuple[Running, socket.socket, socket.socket]]:
    """A proxy with one tunnel through it: the agent's end and the host's end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        name = f"127.0.0.1:{listener.getsockname()[1]}"
        with proxy(Rules(hosts=(name,))) as running, running.connect() as agent:
            agent.sendall(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            there, _ = listener.accept()
            with there:
                assert agent.recv(1000).startswith(b"HTTP/1.1 200 ")
                yield running, agent, there


@pytest.mark.requirement("EGRESS-05")
def test_a_hold_stops_both_directions_and_loses_nothing() -> None:
    with tunnel() as (running, agent, there):
        agent.sendall(b"one")
        there.sendall(b"two")
        assert (there.recv(10), agent.recv(10)) == (b"one", b"two")
        running.daemon.set(held=True)
        agent.sendall(b"three")
        there.sendall(b"four")
        assert (quiet(there), quiet(agent)) == (b"", b"")
        running.daemon.set(held=False)
        assert (there.recv(10), agent.recv(10)) == (b"three", b"four")


@pytest.mark.requirement("EGRESS-05")
def test_in_many_holds_under_load_not_a_byte_moves() -> None:
    def push(agent: socket.socket, ended: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while not ended.is_set():
                agent.sendall(b"x" * 1000)

    ended = threading.Event()
    with tunnel() as (running, agent, there):
        pushing = threading.Thread(target=push, args=(agent, ended))
        pushing.start()
        moved = []
        for _ in range(HOLDS):
            assert there.recv(65536)
            running.daemon.set(held=True)
            drain(there)
            moved.append(len(quiet(there, 0.02)))
            running.daemon.set(held=False)
        ended.set()
        for sock in (agent, there):
            sock.shutdown(socket.SHUT_RDWR)
        pushing.join(PATIENCE)
    assert moved == [0] * HOLDS


def test_a_new_request_waits_for_the_end_of_a_hold_and_is_not_even_asked_about() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,))) as running:
        running.daemon.set(held=True)
        with running.connect() as client:
            client.sendall(f"GET http://{there.name}/ HTTP/1.1\r\nHost: {there.name}\r\n\r\n".encode())
            assert quiet(client) == b""
            assert running.daemon.intents == []
            running.daemon.set(held=False)
            assert read_all(client).endswith(b"hello")


def test_an_answer_to_an_intent_does_not_pass_a_hold() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,)), lambda _: None) as running:
        client = running.connect()
        client.sendall(f"GET http://{there.name}/ HTTP/1.1\r\nHost: {there.name}\r\n\r\n".encode())
        asked = running.daemon.asked.get(timeout=PATIENCE)
        running.daemon.set(held=True)
        running.daemon.answer(asked["id"], proceed=True)
        assert quiet(client) == b""
        assert there.seen.empty()
        running.daemon.set(held=False)
        assert read_all(client).endswith(b"hello")
        client.close()


def test_patience_does_not_run_out_while_held(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("remit.supervisor.egress.flow.time", SimpleNamespace(monotonic=lambda: clock.now))
    flow = Flow()
    before = flow.now()
    clock.now += 1.0
    flow.hold()
    clock.now += 50.0
    flow.hold()
    assert flow.now() == before + 1.0
    flow.resume()
    flow.resume()
    clock.now += 2.0
    assert flow.now() == before + 3.0
    assert flow.attempt(lambda: 7) == 7


def slow(client: socket.socket) -> bytes:
    """A host that begins an answer and never ends it."""
    request = read_request(client)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
    return request + read_all(client)


def begun(running: Running, there: Host) -> socket.socket:
    """A request whose answer has begun."""
    client = running.connect()
    client.sendall(f"GET http://{there.name}/ HTTP/1.1\r\nHost: {there.name}\r\n\r\n".encode())
    data = b""
    while not data.endswith(b"begun"):
        data += client.recv(1000)
    return client


def test_revoking_a_host_cuts_what_is_under_way_and_lets_nothing_new_through() -> None:
    with host(slow) as there, host(slow) as other, proxy(Rules(hosts=(there.name, other.name))) as running:
        cut, kept = begun(running, there), begun(running, other)
        running.daemon.set(revoked=[there.name])
        assert read_all(cut) == b""
        assert quiet(kept) == b""
        kept.sendall(b"")  # still open
        assert there.seen.get(timeout=PATIENCE)
        answer = running.exchange(f"GET http://{there.name}/ HTTP/1.1\r\nHost: {there.name}\r\n\r\n".encode())
        assert b"revoked by an overseer" in answer
        assert f'"allowed": ["{other.name}"]'.encode() in answer
        for client in (cut, kept):
            client.close()


def test_a_shorter_list_of_hosts_cuts_what_it_no_longer_covers() -> None:
    with host(slow) as there, proxy(Rules(hosts=(there.name,))) as running:
        cut = begun(running, there)
        running.daemon.set(hosts=["a.example"])
        assert read_all(cut) == b""
        cut.close()


def test_a_revocation_between_intent_and_answer_wins() -> None:
    with host(answering(plain())) as there:
        secret = HeldSecret(host=there.name, header="X-Key", value="sk-" + "0123456789")
        rules = Rules(hosts=(there.name,), secrets=(secret,))
        with proxy(rules, lambda _: None) as running, running.connect() as client:
            client.sendall(f"GET http://{there.name}/ HTTP/1.1\r\nHost: {there.name}\r\n\r\n".encode())
            asked = running.daemon.asked.get(timeout=PATIENCE)
            running.daemon.set(revoked=["127.0.0.1"])
            running.daemon.answer(asked["id"], proceed=True)
            assert b"revoked by an overseer" in read_all(client)
            assert there.seen.empty()


def test_a_revocation_during_a_hold_holds_and_cuts() -> None:
    with host(slow) as there, proxy(Rules(hosts=(there.name,))) as running:
        cut = begun(running, there)
        running.daemon.set(held=True, revoked=[there.name])
        assert read_all(cut) == b""
        running.daemon.set(held=False)
        assert running.daemon.outcome()["status"] == 200
        cut.close()


def test_a_hold_is_in_force_only_when_the_byte_under_way_has_moved() -> None:
    flow, moving, moved, order = Flow(), threading.Event(), threading.Event(), list[str]()

    def move() -> None:
        moving.set()
        moved.wait(PATIENCE)
        order.append("moved")

    def hold() -> None:
        flow.hold()
        order.append("held")

    threads = [threading.Thread(target=flow.attempt, args=(move,)), threading.Thread(target=hold)]
    threads[0].start()
    assert moving.wait(PATIENCE)
    threads[1].start()
    threads[1].join(PAUSE)
    moved.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert order == ["moved", "held"]


@given(st.lists(st.sampled_from([b"secret", b"sec", b"ret", b"se", b"s", b"-", b"secsecret"]), max_size=12))
def test_a_credential_is_found_however_it_is_cut(pieces: list[bytes]) -> None:
    assert b"".join(scrubbed_stream(pieces, (b"secret",))) == b"".join(pieces).replace(b"secret", MARK)


def test_an_event_is_not_kept_back_for_a_credential_it_does_not_begin() -> None:
    assert list(scrubbed_stream([b"data: one\n\n", b"data: two\n\n"], (b"secret",))) == [
        b"data: one\n\n",
        b"data: two\n\n",
    ]
