"""The side that speaks to a remote server: every message a POST of its own, every answer a message or a stream.

A response stream that breaks is taken up again where the server gave its events ids; where it did not, whoever waits is
told that nobody knows how the request ended. In the stateless era a request is cancelled by closing its stream.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
import httpx2
from anyio.abc import TaskGroup
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from remit.errors import ProxyError
from remit.proxy.frames import LONGEST, Frame, Identifier, Kind, parse
from remit.proxy.http.headers import (
    LAST_EVENT,
    SESSION,
    VERSION,
    Marked,
    envelope_version,
    modern_headers,
)
from remit.proxy.http.line import Far, FarOpener, Hearing
from remit.proxy.http.remote import Remote, client_for, scrubbed
from remit.proxy.http.sse import Event, EventReader

__all__ = ["Upstream", "over_http"]

_SESSION_ID = re.compile(r"[\x21-\x7e]{1,1024}")
_MOST_ATTEMPTS = 3
_LONGEST_PAUSE = 10.0
_SHORTEST_PAUSE = 0.5
_SHORT = 30.0
_END_WITHIN = 5.0
_LOST = -32000


class _UnansweredError(Exception):
    """A request will not be answered, and nobody knows what became of it; the text says why."""


class _RejectedError(Exception):
    """A request was turned away before the server took it in; the text says why."""


@dataclass(slots=True)
class _Place:
    """How far a stream was read: the last event's id, and how long to wait before taking it up again (seconds)."""

    last: str = ""
    pause: float = 1.0


@dataclass(slots=True, kw_only=True)
class Upstream:
    """The connection to one remote server; ``hearing`` is given what it says."""

    remote: Remote
    client: httpx2.AsyncClient
    hearing: Hearing
    tasks: TaskGroup
    url: httpx2.URL
    session: str = ""
    version: str = ""
    marked: Marked = field(default_factory=Marked)
    _posts: dict[Identifier, anyio.CancelScope] = field(default_factory=dict)
    _methods: dict[Identifier, str] = field(default_factory=dict)
    _over: anyio.Event = field(default_factory=anyio.Event)
    _why: str = ""
    _listening: bool = False

    async def send(self, frame: Frame) -> None:
        """Send a message; raises ``ProxyError`` when a notification or an answer does not arrive."""
        if self._over.is_set():
            raise ProxyError(self._why, code="proxy.error.gone")
        if frame.kind is Kind.REQUEST:
            self.tasks.start_soon(self._ask, frame)
        elif not self._closes_a_stream(frame):
            await self._tell(frame)

    async def gone(self) -> str:
        """Wait until the session over there is gone; says why."""
        await self._over.wait()
        return self._why

    async def end(self) -> None:
        """End the session over there, if there is one; a server that does not answer is left alone."""
        for scope in self._posts.values():
            scope.cancel()
        if self.session:
            with anyio.move_on_after(_END_WITHIN), suppress(httpx2.HTTPError):
                await self.client.delete(self.url, headers=self._headers())

    def _closes_a_stream(self, frame: Frame) -> bool:
        """Cancel a stateless request by closing its stream, which is how that era says it."""
        if frame.method != "notifications/cancelled":
            return False
        identifier = frame.params.get("requestId")
        scope = self._posts.get(identifier) if isinstance(identifier, int | str) else None
        if scope is not None:
            scope.cancel()
        return scope is not None or not (self.session or self.version)

    def _headers(self) -> dict[str, str]:
        """The headers of whatever is sent in a session."""
        headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
        headers |= {SESSION: self.session} if self.session else {}
        return headers | ({VERSION: self.version} if self.version else {})

    def _headers_of(self, frame: Frame) -> dict[str, str]:
        """The headers a message is sent with."""
        if not self._is_stateless(frame):
            return self._headers()
        headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
        headers |= modern_headers(str(frame.method), frame.params)
        return headers | self.marked.headers(frame)

    def _is_stateless(self, frame: Frame) -> bool:
        """Whether a request stands for itself."""
        return envelope_version(frame.params) in MODERN_PROTOCOL_VERSIONS and frame.method != "initialize"

    async def _tell(self, frame: Frame) -> None:
        """Send a notification or an answer."""
        try:
            with anyio.fail_after(_SHORT):
                response = await self.client.post(self.url, content=frame.encode(), headers=self._headers())
        except (httpx2.HTTPError, TimeoutError) as error:
            raise ProxyError(self._unreachable(error), code="proxy.error.unreachable") from None
        if response.status_code == 404 and self.session:
            self._lose("the server has ended the session")
        if response.status_code not in {200, 202, 204}:
            raise ProxyError(self._refused(response.status_code), code="proxy.error.refused")
        if frame.method == "notifications/initialized" and not self._listening:
            self._listening = True
            self.tasks.start_soon(self._listen)

    async def _ask(self, frame: Frame) -> None:
        """Send a request and hand on whatever comes back; there is always an answer, unless it was cancelled."""
        identifier = "" if frame.id is None else frame.id
        self._methods[identifier] = str(frame.method)
        try:
            with anyio.CancelScope() as scope:
                if self._is_stateless(frame):
                    self._posts[identifier] = scope
                await self._exchange(frame, identifier)
        except (_RejectedError, httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            text = str(error) if isinstance(error, _RejectedError) else self._unreachable(error)
            await self.hearing.hear(Frame.error(identifier, _LOST, text), identifier)
        except _UnansweredError as error:
            await self.hearing.lost(identifier, str(error))
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            await self.hearing.lost(identifier, self._unreachable(error))
        except ProxyError as error:
            await self.hearing.lost(identifier, f"{self.remote.origin} sent what is not passed on: {error.message}")
        finally:
            self._posts.pop(identifier, None)
            self._methods.pop(identifier, None)

    async def _exchange(self, frame: Frame, identifier: Identifier) -> None:
        """One POST and its answer."""
        place = _Place()
        headers = self._headers_of(frame)
        async with self.client.stream("POST", self.url, content=frame.encode(), headers=headers) as response:
            if not await self._read_response(response, frame, identifier, place):
                return
        stateless = self._is_stateless(frame)
        for _ in range(_MOST_ATTEMPTS):
            if not place.last or stateless:
                break
            await anyio.sleep(place.pause)
            before = place.last
            if not await self._take_up(identifier, place):
                return
            if place.last == before:
                break
        raise _UnansweredError(
            f"the stream from {self.remote.origin} ended before the answer: nobody knows how it ended"
        )

    async def _read_response(
        self, response: httpx2.Response, frame: Frame, identifier: Identifier, place: _Place
    ) -> bool:
        """Read what a POST is answered with; true when a stream ended before the answer came."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _UnansweredError(f"{self.remote.origin} answered compressed, which was not asked for")
        if response.is_success and kind == "text/event-stream":
            self._note_session(frame, response)
            return await self._read_events(response, identifier, place)
        if kind == "application/json" and not response.has_redirect_location:
            answer = self._understood(await _whole(response))
            if answer.kind is Kind.ERROR and answer.id is None:
                answer = answer.with_id(identifier)
            if answer.answers and answer.id == identifier and (response.is_success or answer.kind is Kind.ERROR):
                self._note_session(frame, response)
                await self._heard(answer, identifier)
                self._note_end(response.status_code)
                return False
        self._note_end(response.status_code)
        turned_away = 300 <= response.status_code < 500
        raise (_RejectedError if turned_away else _UnansweredError)(self._refused(response.status_code))

    def _note_session(self, frame: Frame, response: httpx2.Response) -> None:
        """Keep the session a server opens with its answer to ``initialize``."""
        name = response.headers.get(SESSION, "")
        if frame.method == "initialize" and name and not self.session:
            if not _SESSION_ID.fullmatch(name):
                raise _UnansweredError(f"{self.remote.origin} named its session with signs that are not allowed")
            self.session = name

    def _note_end(self, status: int) -> None:
        """A session that is not known over there any more is over."""
        if status == 404 and self.session:
            self._lose("the server has ended the session")

    async def _read_events(self, response: httpx2.Response, identifier: Identifier | None, place: _Place) -> bool:
        """Hand on the messages of a stream; false once the request is answered, true when the stream ended."""
        reader = EventReader(LONGEST)
        try:
            async for data in response.aiter_raw():
                for event in reader.feed(data):
                    if await self._hear_event(event, identifier, place):
                        return False
        except httpx2.TransportError:
            if not place.last:
                raise
        return True

    async def _hear_event(self, event: Event, identifier: Identifier | None, place: _Place) -> bool:
        """Hand on one event; true when it answers the request."""
        place.last = event.id or place.last
        if event.retry is not None:
            place.pause = min(event.retry / 1000, _LONGEST_PAUSE)
        if event.name != "message" or not event.data:
            return False
        frame = self._understood(event.data)
        await self._heard(frame, identifier)
        return frame.answers and frame.id == identifier

    async def _heard(self, frame: Frame, identifier: Identifier | None) -> None:
        """Hand on a message, and note what the proxy itself needs of it."""
        if frame.kind is Kind.RESPONSE and frame.id is not None:
            method = self._methods.get(frame.id)
            if method == "initialize":
                version = frame.result.get("protocolVersion")
                self.version = version if isinstance(version, str) and len(version) < 32 else ""
            elif method == "tools/list":
                self.marked.note(frame.result)
        await self.hearing.hear(frame, identifier)

    async def _take_up(self, identifier: Identifier | None, place: _Place) -> bool:
        """Go on reading a stream behind its last event; false once the request is answered."""
        headers = {**self._headers(), "accept": "text/event-stream"}
        headers |= {LAST_EVENT: place.last} if place.last else {}
        async with self.client.stream("GET", self.url, headers=headers) as response:
            self._note_end(response.status_code)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if not response.is_success or kind != "text/event-stream":
                raise _UnansweredError(self._refused(response.status_code))
            return await self._read_events(response, identifier, place)

    async def _listen(self) -> None:
        """Listen to what the server says by itself, if it offers that; begin again when the stream ends."""
        place, failures = _Place(), 0
        while failures < _MOST_ATTEMPTS and not self._over.is_set():
            try:
                await self._take_up(None, place)
                failures = 0
            except _UnansweredError:
                return  # it does not offer that
            except httpx2.ReadTimeout:
                failures = 0  # it had nothing to say for a while
            except (httpx2.HTTPError, httpx2.StreamError, ProxyError):
                failures += 1
            await anyio.sleep(max(place.pause, _SHORTEST_PAUSE))

    def _understood(self, data: bytes) -> Frame:
        """A message of the server, without what must not be seen."""
        return parse(scrubbed(data, self.remote.headers.items()))

    def _lose(self, why: str) -> None:
        """The session over there is gone."""
        self._why = self._why or why
        self._over.set()

    def _refused(self, status: int) -> str:
        """What a status means that is no answer."""
        origin = self.remote.origin
        if 300 <= status < 400:
            return f"{origin} sends elsewhere (HTTP {status}), which is not followed: name the final address"
        if status in {401, 403}:
            return f"{origin} does not accept the proxy's credentials (HTTP {status})"
        return f"{origin} answered with HTTP {status} and no message"

    def _unreachable(self, error: Exception) -> str:
        """Why there is no answer; the words of the library may hold the address, never a header."""
        if isinstance(error, httpx2.TimeoutException | TimeoutError):
            return f"{self.remote.origin} did not answer in time: nobody knows whether it was done"
        kind = "cannot be reached" if isinstance(error, httpx2.ConnectError) else "broke the connection"
        return f"{self.remote.origin} {kind}: {' '.join(str(error).split())[:200].lower() or 'no reason given'}"


def over_http(remote: Remote) -> FarOpener:
    """How to connect to a remote server; raises ``ProxyError`` at once for a place the proxy does not go to."""
    remote.demand()

    @asynccontextmanager
    async def opened(hearing: Hearing) -> AsyncIterator[Far]:
        url = httpx2.URL(remote.url)
        async with client_for(remote) as client, anyio.create_task_group() as tasks:
            upstream = Upstream(remote=remote, client=client, hearing=hearing, tasks=tasks, url=url)
            try:
                yield upstream
            finally:
                with anyio.CancelScope(shield=True):
                    await upstream.end()
                tasks.cancel_scope.cancel()

    return opened


async def _whole(response: httpx2.Response) -> bytes:
    """The whole body, within bounds."""
    body = bytearray()
    async for data in response.aiter_raw():
        body += data
        if len(body) > LONGEST:
            raise _UnansweredError(f"the answer is larger than {LONGEST} bytes")
    return bytes(body)
