"""HTTP/1.1 as a proxy must read it: one meaning or none (RFC 9110, RFC 9112).

Whatever two readers could understand differently is refused instead of repaired: both framings at once, a length said
twice, folded lines, bare carriage returns, codings other than ``chunked``, a Host that is not the target. What is sent
on is written anew from what was understood; no byte of a head is copied through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from remit.supervisor.egress.rules import canonical_host, literal, split_port

__all__ = [
    "Fault",
    "Request",
    "Response",
    "authority",
    "parse_request",
    "parse_response",
    "request_head",
    "response_head",
]

MOST_HEADERS = 100
TARGET = re.compile(r"[\x21\x22\x24-\x7e]{1,16000}")  # visible ASCII without the fragment's sign
METHOD = re.compile(r"[A-Z][A-Z-]{0,31}")
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
LENGTH = re.compile(r"[0-9]{1,15}")
STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade"
    " http2-settings expect host content-length".split()
)
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why bytes are no message this proxy passes on, with the status to answer."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that was understood. ``host`` is canonical; ``length`` is ``None`` when the body has no stated length.

    ``path`` is the target without scheme and authority, empty for ``CONNECT``. ``headers`` hold no hop-by-hop header.
    """

    method: str
    host: str
    port: int
    path: str
    minor: int
    headers: Headers
    length: int | None = None
    chunked: bool = False
    expects: bool = False

    @property
    def tunnel(self) -> bool:
        """Whether the client asks for a tunnel."""
        return self.method == "CONNECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The head of an answer that was understood; ``length`` is ``None`` when the body ends with the connection."""

    status: int
    reason: str
    headers: Headers
    length: int | None = None
    chunked: bool = False
    empty: bool = False


def authority(host: str, port: int, usual: int) -> str:
    """``host:port`` for a Host header or a CONNECT target; the usual port is left out."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port == usual else f"{shown}:{port}"


def parse_request(head: bytes) -> Request | Fault:
    """Understand the head of a request, from its first byte to its empty line."""
    try:
        return _request(head)
    except _MisreadError as error:
        return error.fault


def parse_response(head: bytes, method: str) -> Response | Fault:
    """Understand the head of an answer to ``method``; every fault is a 502."""
    try:
        return _response(head, method)
    except _MisreadError as error:
        return Fault(status=502, reason=f"the host answered with {error.fault.reason}")


class _MisreadError(Exception):
    """What was found wrong; never leaves this file."""

    def __init__(self, reason: str, status: int = 400) -> None:
        """Keep what to answer."""
        super().__init__(reason)
        self.fault = Fault(status=status, reason=reason)


def _request(head: bytes) -> Request:
    """Understand a request."""
    lines = _lines(head)
    method, _, rest = lines[0].partition(" ")
    target, _, version = rest.partition(" ")
    if version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise _MisreadError("no request line of HTTP/1.1")
    if not METHOD.fullmatch(method) or method == "TRACE":
        raise _MisreadError("a method that is not forwarded")
    headers = _headers(lines[1:])
    host, port, path = _place(method, target)
    length, chunked = _framing(headers)
    minor = int(version[-1])
    _demand_same_host(headers, host, port, minor=minor, tunnel=method == "CONNECT")
    if (chunked and minor == 0) or (method == "CONNECT" and (length or chunked)):
        raise _MisreadError("a body that this request cannot have")
    expectations = [value.lower() for value in _values(headers, "expect")]
    if expectations not in ([], ["100-continue"]):
        raise _MisreadError("an expectation that cannot be met", 417)
    return Request(
        method=method,
        host=host,
        port=port,
        path=path,
        minor=minor,
        headers=_end_to_end(headers),
        length=length,
        chunked=chunked,
        expects=bool(expectations) and minor == 1,
    )


def _response(head: bytes, method: str) -> Response:
    """Understand an answer."""
    lines = _lines(head)
    status_line = STATUS_LINE.fullmatch(lines[0])
    if status_line is None:
        raise _MisreadError("no status line of HTTP/1.1")
    headers = _headers(lines[1:])
    length, chunked = _framing(headers)
    status = int(status_line[2])
    empty = method == "HEAD" or status < 200 or status in {204, 304}
    stated = tuple(pair for pair in headers if empty and pair[0].lower() == "content-length" and status >= 200)
    return Response(
        status=status,
        reason=status_line[3] or "",
        headers=(*_end_to_end(headers), *stated),
        length=0 if empty else length,
        chunked=chunked and not empty,
        empty=empty,
    )


def request_head(request: Request, *, host: str, secrets: Iterable[tuple[str, str]]) -> bytes:
    """Write the head sent on to the host; the headers in ``secrets`` replace whatever the agent sent under their names.

    A name written with ``_`` for ``-`` counts as the same: some servers read it so.
    """
    own = tuple(secrets)
    replaced = {_alike(name) for name, _ in own} | ({"accept-encoding"} if own else set())
    kept = [(name, value) for name, value in request.headers if _alike(name) not in replaced]
    framing = [("Transfer-Encoding", "chunked")] if request.chunked else []
    if request.length is not None:
        framing = [("Content-Length", str(request.length))]
    plain = [("Accept-Encoding", "identity")] if own else []  # a compressed answer could not be searched for them
    written = [("Host", host), *kept, *plain, *own, *framing, ("Connection", "close")]
    return _written(f"{request.method} {request.path} HTTP/1.1", written)


def response_head(status: int, reason: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Write the head of an answer; every answer ends its connection."""
    return _written(f"HTTP/1.1 {status} {reason}", [*headers, ("Connection", "close")])


def _written(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """A head as bytes."""
    return "".join([first, "\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]).encode("latin-1")


def _alike(name: str) -> str:
    """A header's name as the laxest server reads it."""
    return name.lower().replace("_", "-")


def _lines(head: bytes) -> list[str]:
    """The lines of a head, which ends with an empty one and has no line break but CR LF."""
    if not head.endswith(b"\r\n\r\n"):
        raise _MisreadError("a head that does not end")
    lines = head[:-4].decode("latin-1").split("\r\n")
    if any("\r" in line or "\n" in line or "\0" in line for line in lines) or not all(lines):
        raise _MisreadError("a bare line break or an empty line in the head")
    if len(lines) > MOST_HEADERS + 1:
        raise _MisreadError(f"more than {MOST_HEADERS} headers", 431)
    return lines


def _headers(lines: list[str]) -> Headers:
    """The headers of a head; a folded line, a space before the colon or a control character is a fault."""
    pairs = []
    for line in lines:
        name, colon, value = line.partition(":")
        value = value.strip(" \t")
        if not colon or not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise _MisreadError("a header that is folded or malformed")
        pairs.append((name, value))
    return tuple(pairs)


def _values(headers: Headers, name: str) -> list[str]:
    """Every value of a header."""
    return [value for other, value in headers if other.lower() == name]


def _framing(headers: Headers) -> tuple[int | None, bool]:
    """The body's stated length and whether it is chunked; anything with two readings is a fault."""
    lengths, codings = _values(headers, "content-length"), _values(headers, "transfer-encoding")
    if any(_alike(name) in {"content-length", "transfer-encoding"} and "_" in name for name, _ in headers):
        raise _MisreadError("a length under a name that some servers read as another")
    if len(lengths) + len(codings) > 1:
        raise _MisreadError("a body whose length is said twice")
    if codings and codings[0].lower() != "chunked":
        raise _MisreadError("a transfer coding other than chunked")
    if lengths and not LENGTH.fullmatch(lengths[0]):
        raise _MisreadError("a length that is no number")
    return (int(lengths[0]) if lengths else None), bool(codings)


def _end_to_end(headers: Headers) -> Headers:
    """The headers without those of this connection, also those that ``Connection`` names."""
    named = {part.strip().lower() for value in _values(headers, "connection") for part in value.split(",")}
    return tuple(pair for pair in headers if pair[0].lower() not in HOP_BY_HOP | named)


def _place(method: str, target: str) -> tuple[str, int, str]:
    """Host, port and path of a target in absolute form, or of ``host:port`` for CONNECT."""
    if not TARGET.fullmatch(target):
        raise _MisreadError("a target with characters that do not belong there")
    if method == "CONNECT":
        return _host_and_port(target, None, "")
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() != "http":
        raise _MisreadError("ask the proxy for `http://host/...`, or for a tunnel with CONNECT")
    end = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    path = rest[end:]
    return _host_and_port(rest[:end], 80, path if path.startswith("/") else "/" + path)


def _host_and_port(text: str, usual: int | None, path: str) -> tuple[str, int, str]:
    """A canonical host and its port; CONNECT has no usual port."""
    try:
        name, port = split_port(text)
        host = canonical_host(name)
    except (ValueError, UnicodeError):
        raise _MisreadError("a target without a host this proxy can read") from None
    if (port or usual) is None or (":" in name and not name.startswith("[")):
        raise _MisreadError("a target without a port")
    return host, port or usual or 0, path


def _demand_same_host(headers: Headers, host: str, port: int, *, minor: int, tunnel: bool) -> None:
    """Demand a Host header: exactly one (HTTP/1.0 may leave it out), and it names the target."""
    values = _values(headers, "host")
    if len(values) != 1:
        if values or minor == 1:
            raise _MisreadError("no Host header, or more than one")
        return
    try:
        name, stated = split_port(values[0])
        same = canonical_host(name) == host and (name.startswith("[") or ":" not in name)
    except (ValueError, UnicodeError):
        same, stated = False, None
    expected = {port, None} if tunnel or port == 80 else {port}
    if not same or stated not in expected:
        shown = authority(host, port, 80) if literal(host) is None else "the target"
        raise _MisreadError(f"a Host header that does not name {shown}")
