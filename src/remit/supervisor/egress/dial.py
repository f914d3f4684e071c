"""From a route to a connection: resolved once, checked, and connected to the very address that was checked."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from remit.supervisor.egress.flow import Flow, Wire
from remit.supervisor.egress.rules import Reach, Refusal, Route, literal

__all__ = ["Dial", "connect", "why_not_address"]

CONNECT_SECONDS = 6.0
MOST_ADDRESSES = 4
Address = IPv4Address | IPv6Address
METADATA = frozenset(
    ip_address(text) for text in ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
TRANSLATED = IPv6Network("64:ff9b::/96")
CARRYING = (IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))
SPECIAL = (  # what older versions of Python call global
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("::/96"),
    IPv6Network("100::/64"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
    IPv6Network("5f00::/16"),
    IPv6Network("fec0::/10"),
)

Dial = Callable[[Route, Flow, socket.socket], "Wire | Refusal"]


def why_not_address(address: Address, route: Route) -> str:
    """Why an address may not be connected to, empty when it may.

    A listed address is reached as it is, ``localhost`` reaches loopback. A listed name may reach private addresses
    (an intranet), never loopback, link-local, multicast or metadata ones; a pattern reaches public addresses only.
    """
    if route.rule.reach is Reach.EXACT and literal(route.rule.host) == address:
        return ""
    for inner in _meant(address):
        if inner.is_loopback and route.rule.is_this_machine:
            continue
        near = inner.is_loopback or inner.is_link_local or inner.is_multicast or inner.is_unspecified
        if near or inner in METADATA:
            return "an address of this machine or its link, or one that hands out credentials"
        special = inner.is_reserved or any(inner in network for network in SPECIAL)
        if route.rule.reach is not Reach.EXACT and (special or not inner.is_global or _is_own(inner)):
            return "no public address"
    return ""


def _meant(address: Address) -> tuple[Address, ...]:
    """The addresses a packet to this one may end up at: itself, or those an IPv6 address carries."""
    if isinstance(address, IPv4Address):
        return (address,)
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in TRANSLATED:
        return (last,)
    carried = [address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in CARRYING) and not (address.is_loopback or address.is_unspecified):
        carried.append(last)
    return (address, *(inner for inner in carried if inner is not None))


def _is_own(address: Address) -> bool:
    """Whether packets to an address would never leave this machine: the kernel would send them from itself."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as probe:
        try:
            probe.connect((str(address), 9))  # a datagram socket only looks up the route, nothing is sent
            return bool(probe.getsockname()[0] == str(address))
        except OSError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One address that was resolved and checked."""

    family: socket.AddressFamily
    where: tuple[str, int]


def connect(route: Route, flow: Flow, client: socket.socket, context: ssl.SSLContext | None = None) -> Wire | Refusal:
    """Connect to a route, over TLS where it says so; a refusal when no address may be connected to.

    The certificate is verified against the host's name with the machine's own authorities. Raises ``OSError``.
    """
    places = _checked(route)
    if isinstance(places, Refusal):
        return places
    failure: OSError = OSError("no address")
    for place in places:
        try:
            raw = _open(place, flow, client)
        except ConnectionAbortedError:
            raise
        except OSError as error:
            failure = error
            continue
        return _secured(raw, route.host, flow, client, context) if route.tls else Wire(raw, flow, watched=client)
    raise failure


def _checked(route: Route) -> tuple[_Place, ...] | Refusal:
    """Resolve a host once and keep the addresses that may be connected to."""
    found = socket.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM)
    reason, places = "no address", []
    for family, _, _, _, where in found[:MOST_ADDRESSES]:
        fault = why_not_address(ip_address(str(where[0]).partition("%")[0]), route)
        if fault:
            reason = fault
        else:
            places.append(_Place(family=family, where=(str(where[0]), route.port)))
    return tuple(places) or Refusal(reason=f"`{route.host}` resolves to {reason}")


def _open(place: _Place, flow: Flow, client: socket.socket) -> socket.socket:
    """Connect to one address."""
    raw = socket.socket(place.family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        wire = Wire(raw, flow, watched=client)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline = flow.now() + CONNECT_SECONDS
        try:
            flow.attempt(lambda: raw.connect(place.where))
        except BlockingIOError:
            wire.wait(select.POLLOUT, deadline)
            if code := raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, "the host does not accept connections") from None
    except BaseException:
        raw.close()
        raise
    return raw


def _secured(raw: socket.socket, host: str, flow: Flow, client: socket.socket, context: ssl.SSLContext | None) -> Wire:
    """Speak TLS over a connection, with the certificate verified."""
    with contextlib.ExitStack() as opened:
        opened.callback(raw.close)
        verified = context or ssl.create_default_context()
        tls = verified.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
        opened.callback(tls.close)  # from here on the socket is its, not `raw`'s
        wire = Wire(tls, flow, watched=client)
        wire.repeat(tls.do_handshake, select.POLLIN, flow.now() + CONNECT_SECONDS)
        opened.pop_all()
    return wire
