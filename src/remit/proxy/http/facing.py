"""The side a client speaks to: one ASGI application for every server in this process, each under its own path.

A request is looked at in this order, and nothing later is looked at before: Host, Origin and token, path and method,
content type, size, the message itself, the era, the session. Only then is it handed to a conversation, whose line leads
through the relay; there is no way to a server from here but that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS, is_version_at_least
from starlette.types import Receive, Scope, Send

from remit.errors import FrameError, LostEventsError, RemitError
from remit.proxy.frames import Frame, Kind, parse
from remit.proxy.http.bodies import Gone, read_body
from remit.proxy.http.conversation import Conversation
from remit.proxy.http.doorkeeper import Doorkeeper, Refusal
from remit.proxy.http.headers import LAST_EVENT, SESSION, VERSION, envelope_version, mismatch, unsupported
from remit.proxy.http.house import House
from remit.proxy.http.mail import Waiting
from remit.proxy.http.replies import Reply, send_events, send_reply
from remit.proxy.http.streams import split_event_id

__all__ = ["Facing"]

_AT_ONCE = 0.05  # seconds an answer may take before its connection is watched
_STREAM_AFTER = 3.0  # seconds an answer may take before it becomes a stream
_PRIMED_SINCE = "2025-11-25"
_ALLOWED = {"POST": "POST, GET, DELETE"}
_UNAUTHORISED = {"www-authenticate": 'Bearer realm="remit"'}
_NO_SESSION = Reply.refusing(404, "there is no such session; open one with `initialize`", number=-32001)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What a handler sees of a request."""

    method: str
    headers: tuple[tuple[str, str], ...]
    caller: str
    house: House
    receive: Receive
    send: Send

    def header(self, name: str) -> str | None:
        """The value of a header, ``None`` where it is not there; lower case names."""
        return next((value for other, value in self.headers if other == name), None)

    def twice(self) -> str:
        """A header of the protocol that is there more than once, empty when none is."""
        named = [name for name, _ in self.headers if name.startswith(("mcp-", "content-type", LAST_EVENT))]
        return next((name for name in named if named.count(name) > 1), "")


class Facing:
    """The application. ``houses`` maps a path (``/mcp``, ``/files/mcp``) to the server behind it."""

    def __init__(self, *, houses: Mapping[str, House], doorkeeper: Doorkeeper) -> None:
        """Keep what never changes while it runs."""
        self._houses = dict(houses)
        self._doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive, send)
            if answer is not None:
                await send_reply(send, answer)
        except* TimeoutError:
            pass  # the client reads no longer: its connection is ended below this

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> Reply | None:
        """The answer to a request; ``None`` when it went out already or there is nobody to answer."""
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
        caller = self._doorkeeper.who(headers)
        if isinstance(caller, Refusal):
            extra = _UNAUTHORISED if caller.status == 401 else None
            return Reply.refusing(caller.status, caller.reason, headers=extra)
        house = self._houses.get(scope.get("raw_path", b"").decode("latin-1"))
        if house is None or scope.get("query_string"):
            return Reply.refusing(404, "there is no server here", number=-32601)
        request = _Request(
            method=scope["method"], headers=headers, caller=caller, house=house, receive=receive, send=send
        )
        if twice := request.twice():
            return Reply.refusing(400, f"the header {twice} is there more than once", number=-32020)
        match request.method:
            case "POST":
                return await _post(request)
            case "GET":
                return await _get(request)
            case "DELETE":
                return await _delete(request)
            case _:
                return _not_allowed()


def _not_allowed() -> Reply:
    """The answer to a method that means nothing here."""
    return Reply.refusing(405, "only POST, GET and DELETE mean something here", headers={"allow": _ALLOWED["POST"]})


async def _post(request: _Request) -> Reply | None:
    """One message of the client."""
    content_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if content_type != "application/json" or request.header("content-encoding") not in {None, "identity"}:
        return Reply.refusing(415, "a message is sent as application/json, not compressed")
    if not {"json", "events"} <= _accepted(request):
        return Reply.refusing(406, "a client accepts both application/json and text/event-stream")
    body = await read_body(request.receive, request.header("content-length"))
    if isinstance(body, Gone):
        return None
    if isinstance(body, Reply):
        return body
    try:
        frame = parse(body)
    except FrameError as error:
        return Reply(status=400, body=Frame.refusing(error).encode())
    version = request.header(VERSION)
    if version in MODERN_PROTOCOL_VERSIONS or envelope_version(frame.params) is not None:
        return await _post_stateless(request, frame)
    if version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS:
        return _rejected(frame, *unsupported(version))
    return await _post_in_session(request, frame)


def _accepted(request: _Request) -> set[str]:
    """What the client accepts, of the two kinds of answers there are."""
    kinds = {part.partition(";")[0].strip().lower() for part in (request.header("accept") or "").split(",")}
    json = {"application/json", "application/*", "*/*"}
    events = {"text/event-stream", "text/*", "*/*"}
    return ({"json"} if kinds & json else set()) | ({"events"} if kinds & events else set())


def _rejected(frame: Frame, number: int, text: str, data: object = None, status: int = 400) -> Reply:
    """A request that goes nowhere, answered under its own id."""
    identifier = frame.id if frame.kind is Kind.REQUEST else None
    return Reply(status=status, body=Frame.error(identifier, number, text, data).encode())


async def _post_stateless(request: _Request, frame: Frame) -> Reply | None:
    """A message of the stateless era: a request that stands for itself."""
    if frame.kind is Kind.NOTIFICATION:
        return Reply(status=202)  # the era has none that a server could act on; closing a stream is how to cancel
    if frame.kind is not Kind.REQUEST:
        return _rejected(frame, -32600, "a client answers nothing in this era")
    wrong = mismatch(frame.message, request.headers)
    if wrong is not None:
        return _rejected(frame, *wrong)
    version = envelope_version(frame.params)
    if version not in MODERN_PROTOCOL_VERSIONS:
        return _rejected(frame, *unsupported(version))
    try:
        conversation = await request.house.lane(request.caller)
    except RemitError as error:
        return _unavailable(frame, error)
    if (wrong := conversation.mismatch(frame, request.headers)) is not None:
        return _rejected(frame, *wrong)
    async with conversation.in_use():
        waiting = await conversation.request(frame)
        if waiting is None:
            return _rejected(frame, -32600, "a request with this id is still under way")
        try:
            return await _exchange(request, conversation, waiting)
        finally:
            with anyio.CancelScope(shield=True):
                await conversation.withdraw(waiting)  # does nothing once it is answered
            conversation.mail.discard(waiting)


async def _post_in_session(request: _Request, frame: Frame) -> Reply | None:
    """A message of the handshake era: within a session, or the one that opens it."""
    identifier = request.header(SESSION)
    conversation = None if identifier is None else request.house.session(identifier, request.caller)
    if identifier is not None and conversation is None:
        return _NO_SESSION
    if conversation is None:
        if frame.method != "initialize" or frame.kind is not Kind.REQUEST:
            return _rejected(frame, -32600, "open a session with `initialize`, then name it in every request")
        try:
            conversation = await request.house.open_session(request.caller)
        except RemitError as error:
            return _unavailable(frame, error)
    elif frame.method == "initialize":
        return _rejected(frame, -32600, "this session is open already")
    async with conversation.in_use():
        if frame.kind is not Kind.REQUEST:
            await conversation.accept(frame)
            return Reply(status=202, headers={SESSION: conversation.identifier})
        try:
            return await _ask_in_session(request, conversation, frame)
        finally:
            if frame.method == "initialize" and not conversation.version:
                conversation.end("the session was never opened")


async def _ask_in_session(request: _Request, conversation: Conversation, frame: Frame) -> Reply | None:
    """A request within a session; a client that goes away may come back for the answer."""
    waiting = await conversation.request(frame)
    if waiting is None:
        return _rejected(frame, -32600, f"a request with the id `{frame.id}` is still under way")
    return await _exchange(request, conversation, waiting)


async def _exchange(request: _Request, conversation: Conversation, waiting: Waiting) -> Reply | None:
    """Answer a request: at once where that is possible, and watching its connection where it takes longer."""
    replies: list[Reply] = []
    try:
        if (reply := await _single(conversation, waiting, _AT_ONCE)) is not None:
            return reply
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_until_disconnected, request.receive, tasks.cancel_scope)
            replies += await _respond(request, conversation, waiting)
            tasks.cancel_scope.cancel()
    finally:
        waiting.stream.desert()
    return replies[0] if replies else None


async def _respond(request: _Request, conversation: Conversation, waiting: Waiting) -> list[Reply]:
    """Answer a request with one message if its answer comes first and soon; otherwise with a stream of events."""
    if (reply := await _single(conversation, waiting, _STREAM_AFTER)) is not None:
        return [reply]
    headers = _names(conversation)
    await send_events(request.send, waiting.stream, primed=_primed(conversation), headers=headers)
    return []


async def _single(conversation: Conversation, waiting: Waiting, within: float) -> Reply | None:
    """The answer as one message, if it is the first thing that comes, and in time."""
    first = await waiting.stream.first(within)
    if first is not None and first.last:
        conversation.mail.discard(waiting)
        return Reply(status=first.status, body=first.data, headers=_names(conversation))
    if first is None and waiting.stream.ended:
        text = conversation.reason or "the connection to the server is closed"
        return Reply(status=200, body=Frame.error(waiting.identifier, -32000, text).encode())
    return None


def _names(conversation: Conversation) -> dict[str, str]:
    """The header that names a session; nothing where there is none."""
    return {} if conversation.stateless else {SESSION: conversation.identifier}


def _primed(conversation: Conversation) -> bool:
    """Whether a client understands an empty event with an id."""
    return is_version_at_least(conversation.version, _PRIMED_SINCE) and not conversation.stateless


def _unavailable(frame: Frame, error: RemitError) -> Reply:
    """The answer when there is no server to speak to."""
    return _rejected(frame, -32000, error.message, {"code": error.code, "hint": error.hint}, status=503)


async def _get(request: _Request) -> Reply | None:
    """The stream of what a server says by itself, or a stream that is taken up again."""
    identifier = request.header(SESSION)
    if identifier is None or request.header(VERSION) in MODERN_PROTOCOL_VERSIONS:
        return _not_allowed()
    if "events" not in _accepted(request):
        return Reply.refusing(406, "a client that listens accepts text/event-stream")
    conversation = request.house.session(identifier, request.caller)
    if conversation is None:
        return _NO_SESSION
    stream, after = conversation.mail.standing, conversation.mail.standing.unheard
    last = request.header(LAST_EVENT)
    if last is not None:
        place = split_event_id(last)
        found = conversation.mail.stream(place[0]) if place is not None else None
        if place is None or found is None:
            return Reply.refusing(404, "what came behind this event is no longer kept")
        stream, after = found, place[1]
    elif stream.attached:
        return Reply.refusing(409, "this session is listened to already")
    async with conversation.in_use(), anyio.create_task_group() as tasks:
        tasks.start_soon(_until_disconnected, request.receive, tasks.cancel_scope)
        try:
            headers = {SESSION: conversation.identifier}
            await send_events(request.send, stream, after=after, primed=_primed(conversation), headers=headers)
        except LostEventsError as error:
            await send_reply(request.send, Reply.refusing(404, str(error)))
        tasks.cancel_scope.cancel()
    return None


async def _delete(request: _Request) -> Reply | None:
    """The end of a session, and of its server."""
    conversation = request.house.session(request.header(SESSION) or "", request.caller)
    if conversation is None:
        return _NO_SESSION
    fault = await request.house.end(conversation, "the client ended the session")
    if fault is not None:
        data = {"code": fault.code, "hint": fault.hint}
        return Reply.refusing(500, f"the session is over, its server is not: {fault.message}", number=-32603, data=data)
    return Reply(status=204)


async def _until_disconnected(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel when the client closes its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
