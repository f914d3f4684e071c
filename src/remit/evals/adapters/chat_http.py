"""An organism behind OpenAI's protocol on this machine's loopback, for agents that bring their own loop.

Every request needs the token; a request that names another host (a page in a browser that was led here) is refused.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from remit.errors import RemitError
from remit.evals.adapters import chat
from remit.evals.adapters.conversation import Player
from remit.evals.organism import Move

__all__ = ["chat_application", "chat_routes"]

_LONGEST = 32 * 1024 * 1024  # bytes of a request: the whole conversation
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
Answering = Callable[[Mapping[str, Any], Move, int], Response]


def chat_routes(player: Player, *, token: str) -> list[Route]:
    """The routes at which an organism answers as a model."""
    model = f"organism/{player.organism.name}"

    def chats(body: Mapping[str, Any], move: Move, number: int) -> Response:
        if body.get("stream"):
            options = body.get("stream_options")
            usage = isinstance(options, dict) and bool(options.get("include_usage"))
            return _stream(chat.chat_events(move, model=model, number=number, usage=usage))
        return JSONResponse(chat.chat_answer(move, model=model, number=number))

    def responses(body: Mapping[str, Any], move: Move, number: int) -> Response:
        if body.get("stream"):
            return _stream(chat.response_events(move, model=model, number=number))
        return JSONResponse(chat.response_answer(move, model=model, number=number))

    async def complete(request: Request) -> Response:
        return await _answered(request, player, token, chat.heard_in_chat, chats)

    async def respond(request: Request) -> Response:
        return await _answered(request, player, token, chat.heard_in_responses, responses)

    async def models(request: Request) -> Response:
        listed = [{"id": model, "object": "model", "created": 0, "owned_by": "remit"}]
        return _refusal(request, token) or JSONResponse({"object": "list", "data": listed})

    return [
        Route("/v1/chat/completions", complete, methods=["POST"]),
        Route("/v1/responses", respond, methods=["POST"]),
        Route("/v1/models", models, methods=["GET"]),
    ]


def chat_application(player: Player, *, token: str) -> Starlette:
    """An application of these routes and nothing else."""
    return Starlette(routes=list(chat_routes(player, token=token)))


async def _answered(
    request: Request, player: Player, token: str, hear: Callable[[Mapping[str, Any]], list[Any]], answer: Answering
) -> Response:
    """Read a request, ask the organism, and answer; nothing a client sends ends the server."""
    refused = _refusal(request, token)
    if refused is not None:
        return refused
    body = await _body(request)
    if isinstance(body, Response):
        return body
    try:
        said = hear(body)
        return answer(body, player.reply(said, chat.tools_in(body)), len(said) - 1)
    except RemitError as problem:
        return _error(400, f"{problem.message}; {problem.hint}" if problem.hint else problem.message)
    except Exception as problem:  # noqa: BLE001 - the organism broke: its client hears so and can end
        return _error(500, f"the organism failed: {type(problem).__name__}: {problem}"[:300])


async def _body(request: Request) -> dict[str, Any] | Response:
    """The object a request carries, or why it cannot be read."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > _LONGEST:
            return _error(413, "the request is too long")
    try:
        body = json.loads(bytes(read))
    except (ValueError, RecursionError):
        return _error(400, "the request is no JSON")
    return body if isinstance(body, dict) else _error(400, "the request is no object")


def _refusal(request: Request, token: str) -> Response | None:
    """Why a request is not answered, ``None`` where it is."""
    host = request.headers.get("host", "").lower()
    if host.rpartition(":")[0] not in _LOOPBACK and host not in _LOOPBACK:
        return _error(421, "this is not the host that was asked for")
    if request.headers.get("origin"):
        return _error(403, "pages of a browser are not answered")
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not secrets.compare_digest(given.encode(), token.encode()):
        return _error(401, "the token is missing or not the one that was printed")
    return None


def _error(status: int, message: str) -> Response:
    """An error in the form clients of the protocol read."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": None}}, status_code=status)


def _stream(events: Iterator[str]) -> Response:
    """Events as they are read."""
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
