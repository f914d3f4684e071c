"""Who may speak to the proxy: the token, the Host and the Origin of a request, looked at before anything of its body.

A web page in a browser on this machine can send requests to a loopback port, and a name it controls can be made to
resolve to 127.0.0.1 (DNS rebinding); so the Host must name this listener, an Origin must be one that was allowed, and
the token is something no page can know. On a unix socket the file's permissions are the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

__all__ = ["ANYBODY", "Doorkeeper", "Refusal", "fresh_token", "is_loopback"]

ANYBODY = "anybody"
_LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request does not come in: an HTTP status and one line."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorkeeper:
    """Decides about a request by its headers.

    ``tokens`` maps a name for each caller to the token it must present; empty: everybody who reaches the listener is
    ``anybody`` (a unix socket, or a person said so). ``hosts`` are the names (without port) a Host header may carry,
    ``None``: not looked at, for a unix socket. ``origins`` are the Origins that may call.
    """

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    hosts: frozenset[str] | None = None
    origins: frozenset[str] = frozenset()
    port: int | None = None

    def who(self, headers: Iterable[tuple[str, str]]) -> str | Refusal:
        """The name of the caller, or why the request does not come in. Header names are lower case."""
        pairs = tuple(headers)
        refusal = self._host(_values(pairs, "host")) or self._origin(_values(pairs, "origin")) or _framing(pairs)
        if refusal is not None:
            return refusal
        return self._caller(_values(pairs, "authorization")) if self.tokens else ANYBODY

    def _host(self, values: tuple[str, ...]) -> Refusal | None:
        """Demand one Host, and that it names this listener."""
        if self.hosts is None:
            return None
        if len(values) != 1:
            return Refusal(status=400, reason="a request has one Host header")
        name, port = _split(values[0])
        if name not in self.hosts or (self.port is not None and port not in {None, self.port}):
            return Refusal(status=421, reason="the Host header does not name this proxy")
        return None

    def _origin(self, values: tuple[str, ...]) -> Refusal | None:
        """Refuse a web page, unless its origin was allowed."""
        if values and (len(values) > 1 or values[0] not in self.origins):
            return Refusal(status=403, reason="requests from web pages are not accepted")
        return None

    def _caller(self, values: tuple[str, ...]) -> str | Refusal:
        """The caller whose token this is; every token is compared, in constant time."""
        scheme, _, presented = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        shown = sha256(presented.strip().encode("utf-8", "surrogateescape")).digest()
        found = ""
        for name, token in self.tokens.items():
            if hmac.compare_digest(shown, sha256(token.encode()).digest()):
                found = name
        if scheme.lower() != "bearer" or not found:
            return Refusal(status=401, reason="this proxy asks for its token: `Authorization: Bearer TOKEN`")
        return found


def fresh_token() -> str:
    """A token nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def is_loopback(host: str) -> bool:
    """Whether an address or a name can only be reached from this machine; a name counts only if it is ``localhost``."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


def _values(pairs: tuple[tuple[str, str], ...], name: str) -> tuple[str, ...]:
    """Every value of a header."""
    return tuple(value for other, value in pairs if other == name)


def _framing(pairs: tuple[tuple[str, str], ...]) -> Refusal | None:
    """Refuse a body whose length is said in two ways: two readers would see two requests."""
    framings = [name for name, _ in pairs if name in {"content-length", "transfer-encoding"}]
    if len(framings) > 1:
        return Refusal(status=400, reason="the length of the body is said twice")
    return None


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; a port that is none makes a name that matches nothing."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host.lower().strip("[]"), None
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        return "", None
    return name.lower().strip("[]"), int(port)
