"""The proxy as a whole: what passes, what does not, and what the record says."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import Any

import pytest
from tests.small_egress import PATIENCE, QUICK, answering, host, plain, proxy, read_all, read_request

from remit.supervisor.egress.proxy import HeldSecret, Limits, Rules

SECRET = "sk-" + "very-secret-0123456789"


def get(name: str, *lines: str, method: str = "GET", path: str = "/", body: bytes = b"") -> bytes:
    """A request as a client of a proxy writes it."""
    head = [f"{method} http://{name}{path} HTTP/1.1", f"Host: {name}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def body_of(answer: bytes) -> dict[str, Any]:
    """The JSON of an answer of the proxy's own."""
    document = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert isinstance(document, dict)
    return document


def test_a_request_passes_as_a_call_that_was_recorded_first() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,))) as running:
        answer = running.exchange(get(there.name, "A: b", path="/x?y=z"))
        assert answer.endswith(b"\r\n\r\nhello")
        sent = there.seen.get(timeout=PATIENCE)
        assert sent == f"GET /x?y=z HTTP/1.1\r\nHost: {there.name}\r\nA: b\r\nConnection: close\r\n\r\n".encode()
        call = {
            "tool": "http.get",
            "method": "GET",
            "host": "127.0.0.1",
            "port": there.port,
            "path": "/x?y=z",
            "size": 0,
        }
        assert running.daemon.intents == [call]
        outcome = running.daemon.outcome()
        assert (outcome["status"], outcome["error"], outcome["sent"]) == (200, "", len(sent))
        assert outcome["received"] == len(plain())


@pytest.mark.requirement("EGRESS-01")
def test_nothing_is_sent_before_the_daemon_has_answered() -> None:
    with (
        host(answering(plain())) as there,
        proxy(Rules(hosts=(there.name,)), lambda _: None) as running,
        running.connect() as client,
    ):
        client.sendall(get(there.name))
        asked = running.daemon.asked.get(timeout=PATIENCE)
        assert there.seen.empty()
        running.daemon.answer(asked["id"], proceed=True)
        assert read_all(client).endswith(b"hello")


def test_a_denied_call_is_a_403_that_says_why_and_what_is_allowed() -> None:
    with (
        host(answering(plain())) as there,
        proxy(Rules(hosts=(there.name,)), lambda _: (False, "not today")) as running,
    ):
        answer = running.exchange(get(there.name, "Content-Length: 5", method="POST", body=b"hello"))
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert body_of(answer) == {"error": "denied by the charter", "reason": "not today", "allowed": [there.name]}
        assert running.daemon.outcome()["error"] == "denied by the charter: not today"
        assert there.seen.empty()


def test_a_host_that_is_not_listed_is_refused_whatever_the_daemon_says_and_stands_in_the_record() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=("a.example",))) as running:
        for data in (get(there.name), f"CONNECT {there.name} HTTP/1.1\r\nHost: {there.name}\r\n\r\n".encode()):
            answer = running.exchange(data)
            assert answer.startswith(b"HTTP/1.1 403 ")
            assert body_of(answer)["allowed"] == ["a.example"]
            assert running.daemon.outcome()["status"] is None
        assert [call["tool"] for call in running.daemon.intents] == ["http.get", "https.connect"]
        assert all(call["refused"] for call in running.daemon.intents)
        assert there.seen.empty()


@pytest.mark.requirement("EGRESS-03")
def test_a_listed_name_that_leads_to_this_machine_is_not_connected_to() -> None:
    with proxy(Rules(hosts=("*",))) as running:
        answer = running.exchange(get("localhost"))
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert "resolves to" in body_of(answer)["reason"]


def test_a_body_passes_by_length_and_in_chunks() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,))) as running:
        running.exchange(get(there.name, "Content-Length: 5", method="POST", body=b"12345"))
        assert there.seen.get(timeout=PATIENCE).endswith(b"Content-Length: 5\r\nConnection: close\r\n\r\n12345")
        chunks = b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
        answer = running.exchange(get(there.name, "Transfer-Encoding: chunked", method="PUT", body=chunks))
        assert answer.startswith(b"HTTP/1.1 200 ")
        head, _, body = there.seen.get(timeout=PATIENCE).partition(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head
        assert b"abc" in body
        assert b"railer" not in body
        assert [call["size"] for call in running.daemon.intents] == [5, None]


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\nabc\r\n",
        b"-1\r\n",
        b"3\r\nab",
        b"1" * 20 + b"\r\n",
        b"3" + b" " * 5000,
    ],
)
def test_a_body_that_cannot_be_understood_never_ends_at_the_host(body: bytes) -> None:
    def talk(client: socket.socket) -> bytes:
        return read_all(client)

    with host(talk) as there, proxy(Rules(hosts=(there.name,))) as running, running.connect() as client:
        client.sendall(get(there.name, "Transfer-Encoding: chunked", method="POST", body=body))
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client)
        assert not answer or answer[9:12] in {b"400", b"502"}
        assert b"0\r\n\r\n" not in there.seen.get(timeout=PATIENCE).partition(b"\r\n\r\n")[2]
        assert running.daemon.outcome()["error"]


def test_what_follows_a_request_on_its_connection_is_not_a_second_request() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,))) as running:
        answer = running.exchange(get(there.name) + get(there.name, path="/smuggled"))
        assert answer.count(b"HTTP/1.1") == 1
        assert b"smuggled" not in there.seen.get(timeout=PATIENCE)
        assert there.seen.empty()
        assert len(running.daemon.intents) == 1


def test_what_is_not_understood_is_a_400_and_no_call() -> None:
    with proxy(Rules(hosts=("a.example",))) as running:
        both = get("a.example", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST", body=b"0\r\n\r\n")
        for data in (
            both,
            b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
            b"\x16\x03\x01\n",
            b"GET http://a.example/ HTTP/1.1\n\n",
        ):
            answer = running.exchange(data)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert body_of(answer)["error"] == "not understood"
        assert running.daemon.heard == []


def test_a_head_that_trickles_in_or_never_ends_is_given_up() -> None:
    with proxy(Rules(), limits=Limits(head=0.2)) as running:
        assert running.exchange(b"GET http://a.example/ HT").startswith(b"HTTP/1.1 408 ")
    with proxy(Rules()) as running:
        assert running.exchange(b"GET http://a.example/ HTTP/1.1\r\nA: " + b"x" * 70_000).startswith(b"HTTP/1.1 400 ")


def test_more_connections_than_the_limit_are_turned_away() -> None:
    with proxy(Rules(), limits=replace(QUICK, connections=2)) as running:
        occupying = [running.connect() for _ in range(2)]
        for client in occupying:
            client.sendall(b"GET ")
        answers = []
        for _ in range(50):  # the two may not have been taken in yet
            answers.append(running.exchange(b""))
            if answers[-1]:
                break
        assert answers[-1].startswith(b"HTTP/1.1 503 ")
        for client in occupying:
            client.close()


def test_a_tunnel_relays_both_ways_and_counts() -> None:
    def talk(client: socket.socket) -> bytes:
        data = read_all(client)
        client.sendall(data.upper())
        return data

    with host(talk) as there, proxy(Rules(hosts=(there.name,))) as running, running.connect() as client:
        client.sendall(f"CONNECT {there.name} HTTP/1.1\r\nHost: {there.name}\r\n\r\nearly ".encode())
        assert client.recv(100) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        client.sendall(b"x" * 300_000)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"EARLY " + b"X" * 300_000
        outcome = running.daemon.outcome()
        assert (outcome["status"], outcome["sent"], outcome["received"]) == (200, 300_006, 300_006)
        assert running.daemon.intents[0]["tool"] == "https.connect"


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: x\r\n\r\n",
            b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nabc", b"3\r\nabc\r\n0\r\n\r\n"),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabJUNK",
            b"\r\n\r\nab",
        ),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"Content-Length: 9\r\nConnection: close\r\n\r\n"),
    ],
)
def test_an_answer_arrives_in_a_framing_of_its_own(answer: bytes, end: bytes) -> None:
    with host(answering(answer)) as there, proxy(Rules(hosts=(there.name,))) as running:
        assert running.exchange(get(there.name)).endswith(end)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    ],
)
def test_a_part_of_an_answer_is_never_taken_for_the_whole(answer: bytes) -> None:
    with host(answering(answer)) as there, proxy(Rules(hosts=(there.name,))) as running:
        assert not running.exchange(get(there.name)).endswith(b"0\r\n\r\n")
        outcome = running.daemon.outcome()
        assert (outcome["status"], bool(outcome["error"])) == (200, True)


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 9]
)
def test_a_host_that_does_not_answer_properly_is_a_502(answer: bytes) -> None:
    with host(answering(answer)) as there, proxy(Rules(hosts=(there.name,))) as running:
        assert running.exchange(get(there.name)).startswith(b"HTTP/1.1 502 ")
        assert running.daemon.outcome()["error"]


def test_a_host_that_is_not_there_is_a_502() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        name = f"127.0.0.1:{taken.getsockname()[1]}"
    with proxy(Rules(hosts=(name,))) as running:
        assert running.exchange(get(name)).startswith(b"HTTP/1.1 502 ")


@pytest.mark.requirement("EGRESS-04")
def test_a_held_credential_goes_to_its_host_and_never_to_the_agent_or_the_record() -> None:
    def talk(client: socket.socket) -> bytes:
        request = read_request(client)
        client.sendall(b"HTTP/1.1 200 " + SECRET.encode() + b"\r\nX-Echo: Bearer " + SECRET.encode() + b"\r\n\r\n")
        for part in (
            b"echo ",
            SECRET[:7].encode(),
            SECRET[7:].encode(),
            b" x" * 40_000,
            SECRET.encode(),
            SECRET[:3].encode(),
        ):
            client.sendall(part)
        return request

    with host(talk) as there:
        secret = HeldSecret(host=there.name, header="Authorization", value=f"Bearer {SECRET}")
        with proxy(Rules(hosts=(there.name,), secrets=(secret,))) as running:
            answer = running.exchange(get(there.name, "authorization: mine", path=f"/{SECRET}"))
            sent = there.seen.get(timeout=PATIENCE)
            assert b"Authorization: Bearer " + SECRET.encode() in sent
            assert b"mine" not in sent
            running.daemon.outcome()
            assert SECRET.encode() not in answer
            assert answer.count(b"[held]") == 4
            assert SECRET.encode() not in b"".join(running.daemon.heard)


@pytest.mark.requirement("EGRESS-04")
def test_an_answer_that_is_packed_is_not_passed_on_where_a_credential_went_in() -> None:
    import gzip

    packed = gzip.compress(SECRET.encode())
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    with host(answering(head.encode() + packed)) as there:
        held = HeldSecret(host=there.name, header="Authorization", value=SECRET)
        with proxy(Rules(hosts=(there.name,), secrets=(held,))) as running:
            answer = running.exchange(get(there.name))
            assert answer.startswith(b"HTTP/1.1 502")
            assert packed not in answer
            assert "packed its answer (`gzip`)" in running.daemon.outcome()["error"]
        with proxy(Rules(hosts=(there.name,))) as running:
            assert packed in running.exchange(get(there.name)), "without a credential it is nobody's affair"


def test_a_credential_whose_life_is_over_is_not_used() -> None:
    with host(answering(plain())) as there:
        secret = HeldSecret(host=there.name, header="Authorization", value=SECRET, life=0.0)
        with proxy(Rules(hosts=(there.name,), secrets=(secret,))) as running:
            answer = running.exchange(get(there.name))
            assert answer.startswith(b"HTTP/1.1 403 ")
            assert "expired" in body_of(answer)["reason"]
            assert there.seen.empty()


@pytest.mark.requirement("EGRESS-01")
def test_a_client_that_hangs_up_while_it_waits_leaves_an_outcome_and_no_request() -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,)), lambda _: None) as running:
        with running.connect() as client:
            client.sendall(get(there.name))
            asked = running.daemon.asked.get(timeout=PATIENCE)
        assert "hung up" in running.daemon.outcome()["error"]
        running.daemon.answer(asked["id"], proceed=True)
        assert running.exchange(b"\n")  # the proxy is well
        assert there.seen.empty()


def test_a_part_of_an_answer_without_a_length_ends_in_a_reset() -> None:
    broken = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"
    with host(answering(broken)) as there, proxy(Rules(hosts=(there.name,))) as running, running.connect() as client:
        client.sendall(f"GET http://{there.name}/ HTTP/1.0\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            client.makefile("rb").read()
