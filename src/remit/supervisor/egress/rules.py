"""Which hosts an agent may reach, and with which credential: pure rules, decided before anything is resolved.

A rule is an exact host, ``*.domain`` (below the domain, not the domain itself), either of them with ``:port``, or ``*``
(any public host). Without a port a rule covers 80 and 443. Names are compared as lower-case A-labels without the final
dot; every spelling of an address that a resolver would accept (``127.1``, ``0x7f000001``, ``2130706433``,
``::ffff:127.0.0.1``) is the address it stands for (WHATWG URL Standard, host parsing), and is reached only when the
address itself was listed.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, ip_address

from remit.errors import SupervisorError

__all__ = ["HeldSecret", "HostRule", "Reach", "Refusal", "Route", "Rules", "canonical_host", "literal", "split_port"]

USUAL_PORTS = (80, 443)
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
FIELD_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
DEVIATING = "ßς\u200c\u200d"  # IDNA 2003 and 2008 disagree about these: one name would have two meanings
SHORTEST_NEEDLE = 6


class Reach(Enum):
    """What a rule covers."""

    EXACT = auto()
    BELOW = auto()
    ANY = auto()


def canonical_host(text: str) -> str:
    """One spelling for each host: lower-case A-labels, or the plain form of an address.

    IPv6 addresses come without brackets, mapped ones as the IPv4 address they carry. Raises ``ValueError`` when the
    text is no host.
    """
    bracketed = text.startswith("[") and text.endswith("]")
    bare = text[1:-1] if bracketed else text
    if bracketed or ":" in bare:
        if "%" in bare:
            raise ValueError(f"an address with a zone is not reached: `{text}`")
        address = IPv6Address(bare)
        return str(address.ipv4_mapped or address)
    name = _letters(text).removesuffix(".")
    labels = name.split(".")
    if NUMBER.fullmatch(labels[-1]):
        return str(_number_address(labels))
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"no host name: `{text[:80]}`")
    return name


def _letters(text: str) -> str:
    """A name as lower-case A-labels; ``ValueError`` when it has no single such form."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    if any(letter in text for letter in DEVIATING):
        raise ValueError(f"a name with two encodings: `{text}`, write it as `xn--...`")
    return folded.encode("idna").decode("ascii").lower()


def _number_address(labels: list[str]) -> IPv4Address:
    """The address that ``inet_aton`` would read from dotted numbers, decimal, octal or hexadecimal, one to four."""
    spelling = ".".join(labels)
    if len(labels) > 4 or not all(NUMBER.fullmatch(label) for label in labels):
        raise ValueError(f"no address: `{spelling[:80]}`")
    numbers = [_number(label) for label in labels]
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise ValueError(f"no address: `{spelling[:80]}`")
    return IPv4Address(last + sum(number << 8 * (3 - place) for place, number in enumerate(leading)))


def _number(label: str) -> int:
    """One part of an address: ``0x`` is hexadecimal, a leading zero octal."""
    if label[:2] in {"0x", "0X"}:
        return int(label[2:] or "0", 16)
    return int(label, 8 if len(label) > 1 and label[0] == "0" else 10)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address a canonical host is, or nothing when it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def split_port(text: str) -> tuple[str, int | None]:
    """``host:port`` in its two halves; a bare IPv6 address has no port. Raises ``ValueError`` on a wrong port."""
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        host += bracket
        if rest and not rest.startswith(":"):
            raise ValueError(f"no host: `{text[:80]}`")
        port = rest[1:] if rest else None
    elif text.count(":") > 1:
        return text, None
    else:
        host, colon, digits = text.partition(":")
        port = digits if colon else None
    if port is None:
        return host, None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"no port: `{text[:80]}`")
    return host, int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """One entry of the list of hosts. ``ports`` empty means every port, which only a revocation uses."""

    text: str
    reach: Reach
    host: str
    ports: tuple[int, ...]

    @classmethod
    def read(cls, text: str, *, usual: tuple[int, ...] = USUAL_PORTS) -> HostRule:
        """Read a rule; raises ``SupervisorError`` when it is none."""
        try:
            name, port = split_port(text.strip())
            ports = usual if port is None else (port,)
            if name == "*":
                return cls(text=text, reach=Reach.ANY, host="", ports=ports)
            reach = Reach.BELOW if name.startswith("*.") else Reach.EXACT
            host = canonical_host(name[2:] if reach is Reach.BELOW else name)
        except (ValueError, UnicodeError) as fault:
            hint = "write `host`, `host:port`, `*.domain` or `*`; an address of version 6 with a port goes in brackets"
            raise SupervisorError(f"cannot read the host `{text}`", hint=hint) from fault
        if reach is Reach.BELOW and literal(host):
            raise SupervisorError(f"nothing is below an address: `{text}`", hint="list the address itself")
        return cls(text=text, reach=reach, host=host, ports=ports)

    def covers(self, host: str, port: int) -> bool:
        """Whether this rule speaks of a canonical host at a port; a pattern never covers an address."""
        if self.ports and port not in self.ports:
            return False
        match self.reach:
            case Reach.EXACT:
                return host == self.host
            case Reach.BELOW:
                return host.endswith("." + self.host) and literal(host) is None
            case Reach.ANY:
                return literal(host) is None

    @property
    def is_this_machine(self) -> bool:
        """Whether the rule lists a loopback address or ``localhost`` by name."""
        address = literal(self.host)
        near = address.is_loopback if address else self.host == "localhost" or self.host.endswith(".localhost")
        return self.reach is Reach.EXACT and near


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSecret:
    """A credential that stays outside the agent: ``header: value`` is set on plain requests to ``host``.

    ``value`` is the whole header value (``Bearer ...``), ``bare`` the credential in it where that is only a part of it.
    ``life`` is in seconds from the start of the egress process.
    A ``host`` that is a loopback address with a port gets it over plain HTTP; every other host over TLS only.
    """

    host: str
    header: str
    value: str = field(repr=False)
    life: float | None = None
    bare: str = field(default="", repr=False)
    rule: HostRule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what would not be one header of one request; the message never holds the value."""
        if not TOKEN.fullmatch(self.header) or self.header.lower() in {"host", "content-length", "transfer-encoding"}:
            raise SupervisorError(f"a credential cannot go into the header `{self.header}`", hint="name another header")
        if not FIELD_VALUE.fullmatch(self.value):
            hint = "it must be printable ASCII without line breaks and without spaces at its ends"
            raise SupervisorError(f"the credential for `{self.host}` cannot be a header value", hint=hint)
        object.__setattr__(self, "rule", HostRule.read(self.host))
        if self.rule.ports == (80,) and not self.is_plain:
            raise SupervisorError(f"the credential for `{self.host}` would go in the clear", hint="leave the port out")

    @property
    def is_plain(self) -> bool:
        """Whether it goes over plain HTTP: only to this machine, at a port that was listed."""
        return self.rule.is_this_machine and self.rule.ports != USUAL_PORTS

    @property
    def needles(self) -> tuple[bytes, ...]:
        """What must not come back in an answer: the value, its token, and what a Basic token encodes; longest first."""
        _, _, token = self.value.rpartition(" ")
        found = {self.value, token, self.bare}
        if self.value.lower().startswith("basic "):
            try:
                decoded = base64.b64decode(token, validate=True).decode("latin-1")
            except (binascii.Error, ValueError):
                decoded = ""
            found |= {decoded, decoded.partition(":")[2]}
        long = {needle.encode("latin-1") for needle in found if len(needle) >= SHORTEST_NEEDLE}
        return tuple(sorted(long | {self.value.encode("ascii")}, key=len, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a request goes: the host and port really connected to, over TLS or not, with which credentials."""

    host: str
    port: int
    rule: HostRule
    tls: bool = False
    secrets: tuple[HeldSecret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request goes nowhere."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The hosts an agent may reach, the credentials held for them, and what was revoked since.

    Raises ``SupervisorError`` when a host cannot be read. No host: nothing is reached.
    """

    hosts: tuple[str, ...] = ()
    secrets: tuple[HeldSecret, ...] = ()
    revoked: tuple[str, ...] = ()
    listed: tuple[HostRule, ...] = field(init=False, repr=False, compare=False)
    lost: tuple[HostRule, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read every host once; exact rules come first because they may reach what a pattern may not."""
        listed = sorted((HostRule.read(text) for text in self.hosts), key=lambda rule: rule.reach is not Reach.EXACT)
        object.__setattr__(self, "listed", tuple(listed))
        object.__setattr__(self, "lost", tuple(HostRule.read(text, usual=()) for text in self.revoked))

    @property
    def allowed(self) -> tuple[str, ...]:
        """The hosts to tell a refused agent about: what is listed and not revoked as a whole."""
        return tuple(text for text in self.hosts if text not in self.revoked)

    def changed(self, *, hosts: tuple[str, ...] | None, revoked: tuple[str, ...]) -> Rules:
        """The same rules with another list of hosts, or with more revoked; what is revoked stays so."""
        both = (*self.revoked, *(text for text in revoked if text not in self.revoked))
        kept = Rules(hosts=self.hosts if hosts is None else hosts, secrets=self.secrets, revoked=both)
        secrets = tuple(secret for secret in self.secrets if not _is_lost(secret.rule, kept.lost))
        return Rules(hosts=kept.hosts, secrets=secrets, revoked=both)

    def route(self, host: str, port: int, *, tunnel: bool, moment: float) -> Route | Refusal:
        """Decide about a canonical host and a port; ``moment`` is in seconds since the start of the run.

        A plain request to a host with a credential is raised to TLS: port 80 becomes 443.
        """
        found = () if tunnel else self._secrets_for(host, port)
        tls = bool(found) and not found[0].is_plain
        at = 443 if tls and port == 80 else port
        if any(rule.reach is Reach.ANY or rule.covers(host, port) or rule.covers(host, at) for rule in self.lost):
            return Refusal(reason=f"`{host}` was revoked by an overseer")
        rule = next((rule for rule in self.listed if rule.covers(host, at)), None)
        if rule is None:
            return Refusal(reason=self._why_not(host, at))
        if any(secret.life is not None and moment >= secret.life for secret in found):
            return Refusal(reason=f"the credential held for `{host}` has expired")
        return Route(host=host, port=at, rule=rule, tls=tls, secrets=found)

    def _secrets_for(self, host: str, port: int) -> tuple[HeldSecret, ...]:
        """The credentials for a plain request: those for this machine as asked, all others at their TLS port."""
        near = tuple(secret for secret in self.secrets if secret.is_plain and secret.rule.covers(host, port))
        raised = 443 if port == 80 else port
        return near or tuple(
            secret for secret in self.secrets if not secret.is_plain and secret.rule.covers(host, raised)
        )

    def _why_not(self, host: str, port: int) -> str:
        """Say whether it is the host or the port that is not listed."""
        if any(port not in rule.ports and rule.covers(host, rule.ports[0]) for rule in self.listed):
            return f"`{host}` is listed, but not its port {port}"
        if literal(host):
            return f"the address `{host}` is not listed; addresses are reached only when they are listed as such"
        return f"`{host}` is not among the hosts of the charter"


def _is_lost(rule: HostRule, lost: tuple[HostRule, ...]) -> bool:
    """Whether a credential's host was revoked as a whole."""
    return any(
        entry.covers(rule.host, rule.ports[0]) or (entry.reach, entry.host) == (rule.reach, rule.host) for entry in lost
    )
