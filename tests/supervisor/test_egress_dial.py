"""Where a name may lead, and what a credential travels in."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.small_egress import needs, plain, proxy, read_request

from remit.supervisor.egress import dial as egress_dial
from remit.supervisor.egress.dial import connect, why_not_address
from remit.supervisor.egress.flow import Flow, Wire
from remit.supervisor.egress.proxy import HeldSecret, Rules
from remit.supervisor.egress.rules import HostRule, Refusal, Route

NEAR = (
    "127.0.0.1 127.8.8.8 ::1 0.0.0.0 :: 169.254.1.1 169.254.169.254 fe80::1 224.0.0.1 ff02::1 168.63.129.16"
    " 100.100.100.200 fd00:ec2::254 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 2002:7f00:1:: ::7f00:1"
).split()
PRIVATE = (
    "10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 192.0.0.8 192.0.2.1 198.18.0.1 203.0.113.1 240.0.0.1"
    " fc00::1 fd12::1 2001:db8::1 fec0::1 100::1 64:ff9b::a00:1 2002:a00:1:: ::ffff:10.0.0.1"
).split()
PUBLIC = "1.1.1.1 93.184.216.34 2606:4700::1111 64:ff9b::808:808 ::ffff:8.8.8.8".split()


def route(rule: str, host: str = "a.example", port: int = 443) -> Route:
    """A route that a rule let through."""
    return Route(host=host, port=port, rule=HostRule.read(rule))


@pytest.mark.parametrize("address", [*NEAR, *PRIVATE])
@pytest.mark.parametrize("rule", ["*", "*.example"])
def test_a_pattern_leads_to_no_address_that_is_not_public(address: str, rule: str) -> None:
    assert why_not_address(ip_address(address), route(rule))


@pytest.mark.parametrize("address", NEAR)
def test_a_listed_name_leads_neither_to_this_machine_nor_to_what_hands_out_credentials(address: str) -> None:
    assert why_not_address(ip_address(address), route("a.example"))


@pytest.mark.parametrize("address", PRIVATE)
def test_a_listed_name_may_lead_into_a_private_network(address: str) -> None:
    assert why_not_address(ip_address(address), route("a.example")) == ""


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("rule", ["*", "*.example", "a.example"])
def test_a_public_address_is_reached_by_every_rule(address: str, rule: str) -> None:
    assert why_not_address(ip_address(address), route(rule)) == ""


def test_a_listed_address_and_localhost_by_name_are_reached() -> None:
    assert why_not_address(ip_address("169.254.169.254"), route("169.254.169.254", "169.254.169.254")) == ""
    assert why_not_address(ip_address("::1"), route("localhost:80", "localhost")) == ""
    assert why_not_address(ip_address("169.254.169.254"), route("localhost:80", "localhost"))
    assert why_not_address(ip_address("127.0.0.2"), route("10.0.0.1", "a.example"))


def test_the_addresses_of_this_machine_are_its_own() -> None:
    assert egress_dial._is_own(ip_address("127.0.0.1"))
    assert not egress_dial._is_own(ip_address("192.0.2.1"))


def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "10.255.255.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    places: list[object] = []

    def opened(place: object, *_: object) -> socket.socket:
        places.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(egress_dial, "_open", opened)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ConnectionRefusedError):
        connect(route("a.example"), Flow(), ours)
    assert asked == ["a.example"]
    assert "10.255.255.1" in str(places)


def test_among_several_addresses_only_those_that_pass_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "169.254.169.254")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert isinstance(connect(route("*"), Flow(), ours), Refusal)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for ``localhost`` that signed itself, in one file."""
    needs(shutil.which("openssl") is not None, "openssl")
    folder = tmp_path_factory.mktemp("certificate")
    key, signed, both = folder / "key.pem", folder / "signed.pem", folder / "both.pem"
    command = (
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {key} -out {signed} -days 2"
    )
    subprocess.run(
        [*command.split(), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    both.write_text(key.read_text() + signed.read_text())
    return both


class SealedHost:
    """A host that speaks TLS, answers one request per connection, and keeps what it was sent."""

    def __init__(self, certificate: Path) -> None:
        """Listen."""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.seen: list[bytes] = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        """Serve one connection."""
        raw, _ = self.listener.accept()
        raw.settimeout(60)
        try:
            with self.context.wrap_socket(raw, server_side=True) as client:
                self.seen.append(read_request(client))
                client.sendall(plain(b"sealed " * 30_000))
        except OSError:
            raw.close()

    def close(self) -> None:
        """Stop listening."""
        self.thread.join(60)
        self.listener.close()


def test_a_credential_travels_in_tls_to_a_host_whose_certificate_was_verified(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = SealedHost(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    secret = HeldSecret(host="api.example:8443", header="Authorization", value="Bearer " + "0123456789")

    def to_this_machine(found: Route, flow: Flow, client: socket.socket) -> Wire | Refusal:
        assert (found.host, found.port, found.tls) == ("api.example", 8443, True)
        here = replace(found, host="localhost", port=there.port, rule=HostRule.read("localhost"))
        return connect(here, flow, client, trusting)

    with proxy(Rules(hosts=("api.example:8443",), secrets=(secret,))) as running:
        monkeypatch.setattr(running.egress, "_dial", to_this_machine)
        answer = running.exchange(b"GET http://api.example:8443/x HTTP/1.0\r\n\r\n")
        assert answer.count(b"sealed ") == 30_000
        assert running.daemon.outcome()["status"] == 200
    there.close()
    assert b"Authorization: Bearer 0123456789\r\n" in there.seen[0]
    assert there.seen[0].startswith(b"GET /x HTTP/1.1\r\nHost: api.example:8443\r\n")


@pytest.mark.parametrize("trusted", [True, False], ids=["another name", "nobody trusts it"])
def test_a_credential_does_not_go_where_the_certificate_does_not_fit(certificate: Path, *, trusted: bool) -> None:
    there = SealedHost(certificate)
    context = ssl.create_default_context(cafile=str(certificate) if trusted else None)
    host = "127.0.0.1" if trusted else "localhost"
    secret = HeldSecret(host="api.example", header="Authorization", value="Bearer " + "0123456789")
    sealed = replace(route(f"{host}:{there.port}", host, there.port), tls=True, secrets=(secret,))
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ssl.SSLCertVerificationError):
        connect(sealed, Flow(), ours, context)
    there.close()
    assert there.seen == []
