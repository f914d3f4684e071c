"""A question goes out signed, an answer comes in signed, and everything else is turned away at the door."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.guard.asking import Desk, bound, order
from tests.small_charters import BASE

from remit.charter.reader import parse_charter
from remit.errors import ApprovalExpiredError, ApprovalRefusedError, RefusedError
from remit.guard.approvals.answer import Answer, read_answer
from remit.guard.approvals.door import Door
from remit.guard.approvals.webhook import SIGNATURE, Webhook, Webhooks, is_signed, signature

SECRET = "a secret of more than sixteen signs"  # noqa: S105 - a test's own
NOW = 1_790_000_000.0


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two overseers and nothing asked."""
    return Desk(folder=tmp_path)


@contextmanager
def receiver(status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Iterator[tuple[str, list[Any]]]:
    """Somebody who takes questions: an address, and what came in."""
    seen: list[Any] = []

    class Taker(BaseHTTPRequestHandler):
        """Takes what comes."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers[SIGNATURE], body))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook?team=a", seen
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def signed_answer(desk: Desk, request: Any, *, agree: bool = True, by: str = "buyer", **changes: Any) -> Answer:
    """An answer as the person's own device makes it."""
    facts = {"request": request.id, "digest": request.digest, "by": by, "agree": agree, "at": desk.clock.now()}
    draft = Answer(**{**facts, **changes})
    from dataclasses import replace

    return replace(draft, signature=desk.approvals.overseers.signer(by).sign_bytes(draft.statement()))


def post(url: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    """Knock at the door."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST", f"/{path}", body=body, headers={"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.requirement("APPROVAL-08")
def test_a_question_goes_out_with_the_exact_bytes_and_a_signature_over_all_of_it(desk: Desk) -> None:
    request = desk.ask(order(payee="p\u0430ypal"))
    with receiver() as (url, seen):
        delivery = Webhook(url=url, secret=SECRET).send(request, now=NOW)
    assert (delivery.delivered, delivery.status) == (True, 200)
    ((path, header, body),) = seen
    assert path == "/hook?team=a"
    assert is_signed(SECRET, body, header, NOW)
    said = json.loads(body)
    assert said["shown"].encode() == request.shown
    assert (said["request"], said["digest"], said["overseers"]) == (request.id, request.digest, ["buyer"])
    assert "Cyrillic" in said["notes"][0]


@pytest.mark.requirement("APPROVAL-08")
def test_a_signature_is_over_body_and_time_and_is_good_for_minutes() -> None:
    header = signature(SECRET, b"body", NOW)
    assert is_signed(SECRET, b"body", header, NOW + 299)
    assert not is_signed(SECRET, b"body", header, NOW + 301)
    assert not is_signed(SECRET, b"Body", header, NOW)
    assert not is_signed(SECRET + "x", b"body", header, NOW)
    assert not is_signed(SECRET, b"body", header.replace("t=1", "t=2"), NOW)
    for broken in ("", "t=1", "v1=ab", header + " ", header.upper(), "t=x,v1=" + "0" * 64):
        assert not is_signed(SECRET, b"body", broken, NOW)


@pytest.mark.requirement("APPROVAL-08")
def test_what_the_receiver_says_is_never_an_answer(desk: Desk) -> None:
    request = desk.ask()
    for status in (200, 302, 401, 500):
        with receiver(status, (("Location", "http://127.0.0.1:1/"), ("X-Approved", "yes"))) as (url, seen):
            delivery = Webhook(url=url, secret=SECRET).send(request, now=NOW)
        assert delivery.delivered == (status == 200)
        assert len(seen) == 1  # no redirect is followed, nothing is sent twice
    assert desk.approvals.state(request.id) == "waiting"


def test_a_receiver_that_is_not_there_is_said_and_changes_nothing(desk: Desk) -> None:
    request = desk.ask()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]  # nobody else can listen there meanwhile
        delivery = Webhook(url=f"http://127.0.0.1:{port}/", secret=SECRET).send(request, now=NOW, timeout=60)
    assert (delivery.delivered, delivery.status) == (False, 0)
    assert delivery.reason
    assert desk.approvals.state(request.id) == "waiting"


def test_those_whom_the_charter_reaches_by_webhook_hear_of_what_they_are_asked(desk: Desk) -> None:
    people = {
        "buyer": {"channels": ["webhook", "cli"]},
        "lead": {"channels": ["webhook"]},
        "ops": {"channels": ["cli"]},
    }
    charter = parse_charter(json.dumps({**BASE, "overseers": people}))
    folder = desk.approvals.overseers.folder
    with receiver() as (url, seen):
        Webhook(url=url, secret=SECRET).write(folder / "buyer.webhook")
        hooks = Webhooks.of(charter, folder, clock=desk.clock)
        told = hooks.asked(desk.ask(overseers=("buyer", "lead", "ops")))
        hooks.asked(desk.ask(overseers=("ops",)))
    assert [name for name, delivery in told.items() if delivery.delivered] == ["buyer"]
    assert told["lead"].reason.startswith("none is set up")
    (folder / "lead.webhook").write_text("{}")
    (folder / "lead.webhook").chmod(0o644)
    assert "read by others" in hooks.asked(desk.ask(overseers=("lead",)))["lead"].reason
    assert len(seen) == 1
    assert is_signed(SECRET, seen[0][2], seen[0][1], desk.clock.now().timestamp())


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.org/", "ftp://example.org/", "https://", "https://a@example.org/", "file:///etc/passwd", ""],
)
def test_an_address_that_would_give_the_question_away_is_refused(url: str) -> None:
    with pytest.raises(ApprovalRefusedError):
        Webhook(url=url, secret=SECRET)


def test_a_webhook_is_kept_where_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "overseers" / "buyer.webhook"
    hook = Webhook(url="https://hooks.example.org/x", secret=SECRET)
    hook.write(path)
    assert Webhook.read(path) == hook
    assert Webhook.read(tmp_path / "none") is None
    path.chmod(0o644)
    with pytest.raises(ApprovalRefusedError, match="read by others"):
        Webhook.read(path)
    path.chmod(0o600)
    path.write_text("[1]")
    with pytest.raises(ApprovalRefusedError):
        Webhook.read(path)


@pytest.mark.requirement("APPROVAL-08")
def test_a_signed_answer_comes_in_through_the_door_once(desk: Desk) -> None:
    call = order()
    request = desk.ask(call)
    answer = signed_answer(desk, request)
    with Door(desk.approvals.accept) as door:
        assert post(door.url, answer.document()) == (200, {"state": "agreed"})
        status, said = post(door.url, answer.document())
        assert (status, said["code"]) == (403, "guard.approval-refused.answered")
    assert desk.approvals.redeem(request.id, bound(call)).answers[0].by == "buyer"


@pytest.mark.requirement("APPROVAL-08")
def test_an_answer_that_comes_too_late_or_from_another_time_is_turned_away(desk: Desk) -> None:
    request = desk.ask()
    ahead = signed_answer(desk, request, at=desk.clock.now() + timedelta(minutes=6))
    with pytest.raises(ApprovalRefusedError, match="another time"):
        desk.approvals.accept(ahead.document())
    answer = signed_answer(desk, request)
    desk.clock.go(minutes=5)
    with Door(desk.approvals.accept) as door:
        assert post(door.url, answer.document())[0] == 410
    with pytest.raises(ApprovalExpiredError):
        desk.approvals.accept(answer.document())


@pytest.mark.requirement("APPROVAL-08")
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/answer", {"Host": "evil.example.org"}, 403),
        ("/answer", {"Host": "127.0.0.1.evil.example.org:80"}, 403),
        ("/answer", {"Origin": "http://127.0.0.1"}, 403),
        ("/answer", {"Origin": "null"}, 403),
        ("/other", {}, 404),
        ("/answer", {"Content-Type": "text/plain"}, 415),
        ("/answer", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_a_page_in_a_browser_and_a_stranger_are_turned_away(
    desk: Desk, path: str, headers: dict[str, str], status: int
) -> None:
    request = desk.ask()
    body = signed_answer(desk, request).document()  # even with a good answer
    with Door(desk.approvals.accept) as door:
        assert post(door.url.replace("/answer", path), body, **headers)[0] == status
    assert desk.approvals.state(request.id) == "waiting"


@pytest.mark.requirement("APPROVAL-08")
@pytest.mark.parametrize("length", ["-1", "99999999999", "9" * 5000, "x", "0", "16385", ""])
def test_a_length_that_is_none_is_turned_away_before_a_byte_is_read(desk: Desk, length: str) -> None:
    with Door(desk.approvals.accept) as door, socket.create_connection(_address(door), timeout=60) as line:
        line.sendall(
            b"POST /answer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {length}\r\n\r\n".encode()
        )
        assert b" 413 " in _all(line)


@pytest.mark.parametrize("data", [b"\x16\x03\x01 tls", b"GET / HTTP/1.1\r\n\r\n", b"\r\n" * 50, b"POST\r\n\r\n"])
def test_noise_ends_in_an_error_and_the_door_goes_on(desk: Desk, data: bytes) -> None:
    request = desk.ask()
    with Door(desk.approvals.accept) as door:
        with socket.create_connection(_address(door), timeout=60) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            assert b" 200 " not in _all(line)
        assert post(door.url, signed_answer(desk, request).document())[0] == 200


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_fuzz_whatever_is_sent_the_door_answers_or_hangs_up_and_takes_nothing(desk: Desk, data: st.DataObject) -> None:
    request = desk.ask()
    good = signed_answer(desk, request).document()
    word = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
    method, path = data.draw(st.sampled_from(("POST", "GET", "PUT", "post", ""))), data.draw(st.just("/answer") | word)
    names = st.sampled_from(("Host", "Origin", "Content-Length", "Content-Type", "Transfer-Encoding", "Expect")) | word
    headers = data.draw(st.lists(st.tuples(names, word | st.just("127.0.0.1") | st.just("chunked")), max_size=6))
    body = data.draw(st.binary(max_size=100) | st.just(good[:-1]))
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    with Door(desk.approvals.accept) as door:
        with socket.create_connection(_address(door), timeout=60) as line:
            line.sendall(head.encode("ascii") + b"\r\n" + body)
            line.shutdown(socket.SHUT_WR)
            assert b" 200 " not in _all(line).partition(b"\r\n")[0]
        assert desk.approvals.state(request.id) == "waiting"
        assert post(door.url, good)[0] == 200


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_fuzz_nothing_but_the_signed_answer_is_taken_for_one(desk: Desk, data: st.DataObject) -> None:
    request = desk.ask()
    good = signed_answer(desk, request).document()
    value = st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
    parts: dict[str, Any] = json.loads(good)
    statement = json.loads(parts["statement"])

    def edited(name: str) -> bytes:
        changed = {**statement, name: data.draw(value)}
        return json.dumps({**parts, "statement": json.dumps(changed, sort_keys=True, separators=(",", ":"))}).encode()

    def flipped() -> bytes:
        bits = bytearray(good)
        bits[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
        return bytes(bits)

    kinds: dict[str, Callable[[], bytes]] = {
        "noise": lambda: data.draw(st.binary(max_size=300)),
        "json": lambda: json.dumps(data.draw(value)).encode(),
        "field": lambda: edited(data.draw(st.sampled_from(sorted(statement)))),
        "flip": flipped,
        "cut": lambda: good[: data.draw(st.integers(0, len(good) - 1))],
        "space": lambda: good.replace(b",", b", ", 1),
        "deep": lambda: b"[" * 5000,
        "part": lambda: json.dumps({**parts, "statement": data.draw(value)}).encode(),
    }
    document = kinds[data.draw(st.sampled_from(sorted(kinds)))]()
    if document != good:
        with pytest.raises(RefusedError):
            desk.approvals.accept(document)
        assert desk.approvals.state(request.id) == "waiting"


def test_an_answer_is_read_as_it_was_written(desk: Desk) -> None:
    answer = signed_answer(desk, desk.ask(), looked=2.5)
    assert read_answer(answer.document()) == answer


def _address(door: Door) -> tuple[str, int]:
    """Where the door is."""
    host, _, port = door.url.removeprefix("http://").partition("/")[0].partition(":")
    return host, int(port)


def _all(line: socket.socket) -> bytes:
    """Whatever is said until the line is closed."""
    said = b""
    while part := line.recv(65536):
        said += part
    return said
