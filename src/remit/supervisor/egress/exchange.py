"""One connection of the agent: one request, understood, decided, recorded, and only then sent on."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from remit.supervisor.egress.channel import Daemon
from remit.supervisor.egress.dial import Dial
from remit.supervisor.egress.flow import Flow, Wire, bytes_of_body, hung_up
from remit.supervisor.egress.http import (
    Fault,
    Request,
    Response,
    authority,
    parse_request,
    parse_response,
    request_head,
    response_head,
)
from remit.supervisor.egress.rules import Refusal, Route, Rules
from remit.supervisor.egress.scrub import longest_first, scrubbed, scrubbed_stream
from remit.supervisor.egress.tunnel import relay

__all__ = ["Desk", "Exchange", "Limits"]

MOST_INTERIM_ANSWERS = 8
LONGEST_PATH = 2_048
MOST_DRAINED = 1 << 20
DENIED = "denied by the charter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what one agent can occupy: connections at a time, and seconds of silence.

    ``head`` is for a whole request head, ``silence`` between two pieces of a request's body, ``answer`` for a host's
    head and between two pieces of its body, ``tunnel`` without a byte either way, ``parting`` for what is unread.
    """

    connections: int = 128
    head: float = 15.0
    silence: float = 60.0
    answer: float = 600.0
    tunnel: float = 900.0
    parting: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an exchange needs of the proxy around it.

    ``decide`` judges a request now; ``admit`` also enters the client's socket among those that a revocation cuts, and
    returns how to add the socket to the host. ``rules`` gives the rules of this moment.
    """

    daemon: Daemon
    flow: Flow
    limits: Limits
    dial: Dial
    rules: Callable[[], Rules]
    decide: Callable[[Request], Route | Refusal]
    admit: Callable[[Request, socket.socket], tuple[Route, Callable[[socket.socket], None]] | Refusal]


class Exchange:
    """One request and its answer; the connection ends with it."""

    def __init__(self, client: socket.socket, desk: Desk) -> None:
        """Begin with a fresh connection."""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = Wire(client, desk.flow)
        self._desk = desk
        self._status: int | None = None
        self._error = ""
        self._moved = (0, 0)

    def run(self) -> None:
        """Serve the connection; whatever goes wrong ends it and nothing else."""
        try:
            head = self._client.read_head(self._desk.limits.head)
        except TimeoutError:
            self._say(408, "not understood", "the request's head took too long")
            return
        request = parse_request(head)
        if isinstance(request, Fault):
            self._say(request.status, "not understood", request.reason)
            return
        while not self._desk.flow.wait_open(1.0):
            if hung_up(self._client.sock):
                return
        first = self._desk.decide(request)
        number, answer = self._desk.daemon.ask(self._call(request, first), lambda: hung_up(self._client.sock))
        try:
            if answer is None:
                self._error = "the client hung up before the answer"
            elif isinstance(first, Refusal):
                self._deny(first.reason)
            elif not answer.proceed:
                self._deny(answer.reason or "an overseer said no")
            else:
                self._proceed(request)
        except (OSError, ValueError) as error:
            self._error = self._error or self._cleaned(str(error) or type(error).__name__)
            raise
        finally:
            sent, received = self._moved
            self._desk.daemon.tell(number, status=self._status, sent=sent, received=received, error=self._error)

    def _call(self, request: Request, decision: Route | Refusal) -> dict[str, object]:
        """What the record says about a request: no header and no body, and no held credential in its path."""
        tool = "https.connect" if request.tunnel else f"http.{request.method.lower()}"
        path = self._cleaned(request.path)[:LONGEST_PATH]
        port = decision.port if isinstance(decision, Route) else request.port
        size = None if request.chunked else request.length or 0
        call: dict[str, object] = {"tool": tool, "method": request.method, "host": request.host, "port": port}
        call |= {"path": path, "size": None if request.tunnel else size}
        return call | ({"refused": decision.reason} if isinstance(decision, Refusal) else {})

    def _cleaned(self, text: str) -> str:
        """A text without any held credential."""
        needles = longest_first(needle for secret in self._desk.rules().secrets for needle in secret.needles)
        return scrubbed(text.encode("utf-8", "replace"), needles).decode("utf-8", "replace")

    def _proceed(self, request: Request) -> None:
        """Connect and pass the request on, now that its intent is in the record."""
        admitted = self._desk.admit(request, self._client.sock)
        if isinstance(admitted, Refusal):
            self._deny(admitted.reason)
            return
        route, enter = admitted
        try:
            upstream = self._desk.dial(route, self._desk.flow, self._client.sock)
        except TimeoutError:
            self._fail(504, "the host did not accept a connection in time")
            return
        except (OSError, UnicodeError) as error:
            self._fail(502, f"the host could not be reached: {error}")
            return
        if isinstance(upstream, Refusal):
            self._deny(upstream.reason)
            return
        with upstream.sock:
            try:
                enter(upstream.sock)
                if request.tunnel:
                    self._tunnel(upstream)
                else:
                    self._forward(request, route, upstream)
            finally:
                self._moved = (upstream.sent, upstream.received)

    def _tunnel(self, upstream: Wire) -> None:
        """Relay bytes both ways without looking at them."""
        self._status = 200
        self._client.send(b"HTTP/1.1 200 Connection established\r\n\r\n", self._desk.limits.silence)
        relay(self._client, upstream, self._desk.limits.tunnel)

    def _forward(self, request: Request, route: Route, upstream: Wire) -> None:
        """Send a request on and its answer back."""
        secrets = [(secret.header, secret.value) for secret in route.secrets]
        host = authority(route.host, route.port, 443 if route.tls else 80)
        try:
            self._upload(request, upstream, request_head(request, host=host, secrets=secrets))
        except ValueError as error:
            self._error = str(error)
            self._say(400, "not understood", self._error)
            return
        try:
            response = self._await(request, upstream)
        except TimeoutError:
            self._fail(504, "the host did not answer in time")
            return
        except OSError as error:
            self._fail(502, f"the host broke off: {error}")
            return
        if isinstance(response, Fault):
            self._fail(response.status, response.reason)
            return
        self._status = response.status
        needles = tuple(
            sorted({needle for secret in route.secrets for needle in secret.needles}, key=len, reverse=True)
        )
        if needles and not response.empty and (coding := _coding_of(response)):
            self._fail(502, f"the host packed its answer (`{coding}`), in which a held credential could not be found")
            return
        try:
            self._download(request, response, upstream, needles)
        except (OSError, ValueError):
            self._break()
            raise

    def _upload(self, request: Request, upstream: Wire, head: bytes) -> None:
        """Send head and body. ``ValueError`` when the body cannot be understood: the host then gets no end of it.

        A host that closes before it has read everything may have answered: that is no error here.
        """
        patience = self._desk.limits.silence
        pieces = bytes_of_body(self._client, length=request.length or 0, chunked=request.chunked, patience=patience)
        if request.expects:
            self._client.send(b"HTTP/1.1 100 Continue\r\n\r\n", patience)
        for piece in _framed([head], pieces, chunked=request.chunked):
            try:
                upstream.send(piece, self._desk.limits.answer)
            except (BrokenPipeError, ConnectionResetError):
                return

    def _await(self, request: Request, upstream: Wire) -> Response | Fault:
        """The head of the host's answer, past interim ones."""
        for _ in range(MOST_INTERIM_ANSWERS):
            response = parse_response(upstream.read_head(self._desk.limits.answer), request.method)
            if isinstance(response, Fault) or response.status >= 200:
                return response
            if response.status == 101:
                break
        return Fault(status=502, reason="the host answered with something that is no answer")

    def _download(self, request: Request, response: Response, upstream: Wire, needles: tuple[bytes, ...]) -> None:
        """Send the host's answer back, without the credentials it may hold."""
        limits = self._desk.limits
        pieces = bytes_of_body(upstream, length=response.length, chunked=response.chunked, patience=limits.answer)
        headers = [(_clean(name, needles), _clean(value, needles)) for name, value in response.headers]
        chunked = False
        if response.length is not None and not needles and not response.empty:
            headers.append(("Content-Length", str(response.length)))
        elif not response.empty and request.minor == 1:
            headers.append(("Transfer-Encoding", "chunked"))
            chunked = True
        body = scrubbed_stream(pieces, needles) if needles else pieces
        head = response_head(response.status, _clean(response.reason, needles), headers)
        for piece in _framed([head], body, chunked=chunked):
            self._client.send(piece, limits.silence)

    def _deny(self, reason: str) -> None:
        """Tell the agent that it may not, why, and what it may."""
        self._error = f"{DENIED}: {reason}"
        self._say(403, DENIED, reason, allowed=self._desk.rules().allowed)

    def _fail(self, status: int, reason: str) -> None:
        """Tell the agent that the host could not be asked."""
        self._error = self._cleaned(reason)
        self._say(status, "the host could not be asked", self._error)

    def _say(self, status: int, error: str, reason: str, **more: object) -> None:
        """Answer with JSON of the proxy's own."""
        body = json.dumps({"error": error, "reason": reason, **more}).encode() + b"\n"
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        self._client.send(response_head(status, HTTPStatus(status).phrase, headers) + body, self._desk.limits.silence)
        self._part()

    def _part(self) -> None:
        """Read what the client still sends, for a while: closing over unread bytes would destroy the answer."""
        with contextlib.suppress(OSError):
            self._client.sock.shutdown(socket.SHUT_WR)
            deadline, left = self._desk.flow.now() + self._desk.limits.parting, MOST_DRAINED
            while left > 0:
                data = self._client.repeat(lambda: self._client.sock.recv(65536), select.POLLIN, deadline)
                if not data:
                    break
                left -= len(data)

    def _break(self) -> None:
        """Have the close reset the connection, so that nobody takes a part of an answer for the whole."""
        with contextlib.suppress(OSError):
            self._client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _coding_of(response: Response) -> str:
    """How the host packed its answer, although it was asked not to; empty when it did not."""
    values = [value for name, value in response.headers if name.lower() == "content-encoding"]
    codings = [coding.strip().lower() for value in values for coding in value.split(",")]
    return next((coding[:40] for coding in codings if coding not in ("", "identity")), "")


def _clean(text: str, needles: tuple[bytes, ...]) -> str:
    """A part of a head without the credentials."""
    return scrubbed(text.encode("latin-1"), needles).decode("latin-1") if needles else text


def _framed(head: Iterable[bytes], pieces: Iterable[bytes], *, chunked: bool) -> Iterator[bytes]:
    """A head and a body, coded in chunks when asked."""
    yield from head
    for piece in pieces:
        yield b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"
