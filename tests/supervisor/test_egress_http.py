"""HTTP with one meaning or none."""

from __future__ import annotations

import contextlib
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.small_egress import answering, host, plain, proxy, read_all

from remit.supervisor.egress.http import (
    HOP_BY_HOP,
    Fault,
    Request,
    Response,
    parse_request,
    parse_response,
    request_head,
    response_head,
)
from remit.supervisor.egress.proxy import Limits, Rules

IMPATIENT = Limits(connections=4, head=0.5, silence=0.5, answer=0.5, tunnel=0.5, parting=0.05)


def request(*lines: str, first: str = "POST http://a.example/x HTTP/1.1", host: str = "Host: a.example") -> bytes:
    """A head made of lines."""
    return "\r\n".join([first, *([host] if host else []), *lines, "", ""]).encode("latin-1")


def understood(head: bytes) -> Request:
    """A request that must be understood."""
    found = parse_request(head)
    assert isinstance(found, Request), found
    return found


def refused(head: bytes) -> Fault:
    """A request that must not be."""
    found = parse_request(head)
    assert isinstance(found, Fault), found
    return found


def test_a_plain_request_is_understood() -> None:
    found = understood(
        request(
            "Content-Length: 3", "A: b", first="POST http://A.example:8080/x?y=z HTTP/1.1", host="host:a.example:8080"
        )
    )
    assert (found.method, found.host, found.port, found.path) == ("POST", "a.example", 8080, "/x?y=z")
    assert (found.length, found.chunked, found.headers) == (3, False, (("A", "b"),))


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("http://a.example", "/"),
        ("http://a.example?q", "/?q"),
        ("HTTP://a.example/%2e%2e/", "/%2e%2e/"),
        ("http://a.example:80//b", "//b"),
    ],
)
def test_a_target_has_a_path(target: str, path: str) -> None:
    assert understood(request(first=f"GET {target} HTTP/1.1")).path == path


def test_a_tunnel_is_asked_for_by_host_and_port_with_or_without_a_host_header_in_the_older_version() -> None:
    for head in (
        b"CONNECT A.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"CONNECT a.example:443 HTTP/1.0\r\n\r\n",
    ):
        found = understood(head)
        assert (found.tunnel, found.host, found.port) == (True, "a.example", 443)


@pytest.mark.requirement("EGRESS-02")
@pytest.mark.parametrize(
    "head",
    [
        request("Content-Length: 3", "Transfer-Encoding: chunked"),
        request("Content-Length: 3", "Content-Length: 3"),
        request("Content-Length: 3", "content-length: 4"),
        request("Content-Length: 3, 3"),
        request("Content-Length: +3"),
        request("Content-Length: -3"),
        request("Content-Length: 0x3"),
        request("Content-Length: 3 3"),
        request("Content-Length:"),
        request("Content-Length: \u00b2"),
        request("Content-Length: 1" + "0" * 20),
        request("Content_Length: 3"),
        request("Transfer_Encoding: chunked"),
        request("Transfer-Encoding: gzip"),
        request("Transfer-Encoding: gzip, chunked"),
        request("Transfer-Encoding: chunked, chunked"),
        request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        request("Transfer-Encoding: identity"),
        request("Transfer-Encoding: \x0bchunked"),
        request("Transfer-Encoding : chunked"),
        request("Transfer-Encoding: chunked", first="POST http://a.example/ HTTP/1.0"),
        request("A: b", " folded"),
        request("A: b", "\tfolded"),
        request("A: b\rContent-Length: 3"),
        request("A: b\nContent-Length: 3"),
        request("A: b\0"),
        request("A: \x01"),
        request("A: \x7f"),
        request("no colon"),
        request(": no name"),
        request("A b: c"),
        request("A\u00e9: c"),
        request(host=""),
        request("Host: a.example"),
        request(host="Host: b.example"),
        request(host="Host: a.example:81"),
        request(host="Host: a.example@b.example"),
        request(host="Host: a.example, b.example"),
        request(host="Host:"),
        request(first="GET http://a.example/"),
        request(first="GET http://a.example/ HTTP/2.0"),
        request(first="GET http://a.example/ HTTP/1.1 "),
        request(first="GET  http://a.example/ HTTP/1.1"),
        request(first="GET\thttp://a.example/ HTTP/1.1"),
        request(first=" GET http://a.example/ HTTP/1.1"),
        request(first="get http://a.example/ HTTP/1.1"),
        request(first="TRACE http://a.example/ HTTP/1.1"),
        request(first="GET / HTTP/1.1"),
        request(first="GET * HTTP/1.1"),
        request(first="GET https://a.example/ HTTP/1.1"),
        request(first="GET ftp://a.example/ HTTP/1.1"),
        request(first="GET http://u:p@a.example/ HTTP/1.1"),
        request(first="GET http:///x HTTP/1.1"),
        request(first="GET http://a.example/#x HTTP/1.1"),
        request(first="GET http://a.example\\@b.example/ HTTP/1.1"),
        request(first="GET http://a.example/\u00e9 HTTP/1.1"),
        request(first="GET http://a.example:x/ HTTP/1.1"),
        request(first="GET http://a.example:0/ HTTP/1.1"),
        request(first="GET http://::1/ HTTP/1.1", host="Host: ::1"),
        request(first="CONNECT a.example HTTP/1.1"),
        request(first="CONNECT http://a.example:443/ HTTP/1.1"),
        request(first="CONNECT a.example:443/ HTTP/1.1"),
        request("Content-Length: 3", first="CONNECT a.example:443 HTTP/1.1"),
        request("Transfer-Encoding: chunked", first="CONNECT a.example:443 HTTP/1.1"),
        b"\r\n" + request(),
        request()[:-2],
        b"\r\n\r\n",
        b"",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(head: bytes) -> None:
    assert refused(head).status == 400


def test_too_many_headers_and_unknown_expectations_are_refused() -> None:
    assert refused(request(*["A: b"] * 200)).status == 431
    assert refused(request("Expect: 200-maybe")).status == 417


def test_headers_of_the_connection_are_not_sent_on() -> None:
    found = understood(
        request(
            "Connection: close, X-Mine",
            "X-Mine: 1",
            "Keep-Alive: 1",
            "Proxy-Connection: keep-alive",
            "Proxy-Authorization: Basic x",
            "TE: trailers",
            "Trailer: X",
            "Upgrade: websocket",
            "Kept: 2",
        )
    )
    assert found.headers == (("Kept", "2"),)


def test_a_credential_replaces_whatever_the_agent_sent_under_its_name() -> None:
    found = understood(
        request("Authorization: mine", "AUTHORIZATION: too", "X_Api_Key: mine", "Accept-Encoding: gzip", "A: b")
    )
    head = request_head(found, host="a.example", secrets=[("Authorization", "Bearer ours"), ("X-Api-Key", "ours")])
    assert head.lower().count(b"authorization") == 1
    assert b"Authorization: Bearer ours\r\n" in head
    assert b"mine" not in head
    assert b"too" not in head
    assert b"Accept-Encoding: identity\r\n" in head
    assert b"A: b\r\n" in head


def test_naming_the_credential_in_connection_does_not_remove_it() -> None:
    found = understood(request("Connection: Authorization"))
    assert b"Authorization: ours\r\n" in request_head(found, host="a.example", secrets=[("Authorization", "ours")])


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\nSet-Cookie: x\r\n\r\n",
        b"HTTP/1.1 999 OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"<html>",
        b"",
    ],
)
def test_an_answer_with_two_meanings_is_a_502(head: bytes) -> None:
    found = parse_response(head, "GET")
    assert isinstance(found, Fault)
    assert found.status == 502


def test_an_answer_has_a_length_chunks_neither_or_no_body() -> None:
    def read(text: str, method: str = "GET") -> tuple[int | None, bool, bool]:
        found = parse_response(text.replace("\n", "\r\n").encode(), method)
        assert isinstance(found, Response)
        return found.length, found.chunked, found.empty

    assert read("HTTP/1.1 200 OK\nContent-Length: 5\n\n") == (5, False, False)
    assert read("HTTP/1.1 200\nTransfer-Encoding: Chunked\n\n") == (None, True, False)
    assert read("HTTP/1.0 200 OK\n\n") == (None, False, False)
    assert read("HTTP/1.1 204 No\n\n") == (0, False, True)
    assert read("HTTP/1.1 200 OK\nContent-Length: 5\n\n", "HEAD") == (0, False, True)


piece = st.sampled_from(
    [
        b"\r\n",
        b"\r",
        b"\n",
        b" ",
        b"\t",
        b":",
        b"\0",
        b"\x80",
        b",",
        b"0",
        b"3",
        b"0x",
        b"[::1]",
        b"@",
        b"http://",
        b"a.example",
        b"Host",
        b"Content-Length",
        b"Transfer-Encoding",
        b"chunked",
        b"HTTP/1.1",
        b"GET",
        b"CONNECT",
        b"Connection",
        b"127.1",
        b"xn--",
    ]
)
noise = st.one_of(st.binary(max_size=300), st.lists(piece, max_size=40).map(b"".join))
line = st.one_of(
    st.sampled_from(
        [
            b"Content-Length: 3",
            b"Transfer-Encoding: chunked",
            b"A: b",
            b"Connection: A",
            b"Expect: 100-continue",
            b"Host: a.example",
        ]
    ),
    noise,
)
nearly = st.lists(line, max_size=6).map(
    lambda lines: b"\r\n".join([b"POST http://a.example/x HTTP/1.1", b"Host: a.example", *lines, b"", b""])
)


@given(st.one_of(noise, nearly, st.tuples(nearly, noise).map(lambda both: both[1] + both[0])))
def test_no_bytes_crash_the_reader_and_what_it_writes_reads_as_what_it_read(head: bytes) -> None:
    found = parse_request(head)
    parse_response(head, "GET")
    if isinstance(found, Fault):
        assert 400 <= found.status < 500
        return
    if found.tunnel:
        return
    written = request_head(
        found, host=f"[{found.host}]:{found.port}" if ":" in found.host else f"{found.host}:{found.port}", secrets=[]
    )
    names = [name.partition(b":")[0].lower().decode("latin-1") for name in written[:-4].split(b"\r\n")[1:]]
    assert written.endswith(b"\r\n\r\n")
    assert written.count(b"\r\n\r\n") == 1
    assert b"\r" not in written.replace(b"\r\n", b"")
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert names.count("host") == names.count("connection") == 1
    assert names.count("content-length") + names.count("transfer-encoding") <= 1
    first, rest = written.split(b"\r\n", 1)
    method, path, version = first.split(b" ")
    shown = f"[{found.host}]" if ":" in found.host else found.host
    again = parse_request(b"%b http://%b:%d%b %b\r\n%b" % (method, shown.encode(), found.port, path, version, rest))
    assert isinstance(again, Request)
    assert (again.host, again.port, again.path) == (found.host, found.port, found.path)
    assert (again.length, again.chunked, again.headers) == (found.length, found.chunked, found.headers)
    assert not {name.lower() for name, _ in again.headers} & HOP_BY_HOP


@pytest.mark.requirement("EGRESS-02")
@settings(max_examples=examples(60))
@given(st.lists(st.one_of(nearly, noise, st.just(b"3\r\nabc\r\n0\r\n\r\n")), max_size=3).map(b"".join))
def test_whatever_bytes_an_agent_sends_a_host_sees_one_request_that_was_a_call_or_nothing(data: bytes) -> None:
    with host(answering(plain())) as there, proxy(Rules(hosts=(there.name,)), limits=IMPATIENT) as running:
        sent = data.replace(b"a.example", there.name.encode())
        with running.connect() as client, contextlib.suppress(OSError):
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            read_all(client)
        passed = [call for call in running.daemon.intents if "refused" not in call]
        for _ in running.daemon.intents:
            running.daemon.outcome()
        assert len(running.daemon.intents) <= 1
        assert there.seen.qsize() <= len(passed)
        if there.seen.qsize() and passed[0]["tool"] != "https.connect":
            head, _, _ = there.seen.get().partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert lines[0] == f"{passed[0]['method']} {passed[0]['path']} HTTP/1.1".encode() or not head
            assert not head or lines[1] == b"Host: " + there.name.encode()


@given(noise, st.sampled_from(["GET", "HEAD", "POST"]))
def test_no_answer_crashes_the_reader(noise: bytes, method: str) -> None:
    found = parse_response(b"HTTP/1.1 200 OK\r\n" + noise + b"\r\n\r\n", method)
    if isinstance(found, Response):
        assert response_head(found.status, found.reason, found.headers).count(b"\r\n\r\n") == 1
