"""What an agent's process holds in place of tools: a line to the guard, and the guard's side of that line."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from anyio import to_thread

from remit.errors import (
    ApprovalExpiredError,
    ApprovalRefusedError,
    BudgetExhaustedError,
    DeniedError,
    Interrupted,
    RefusedError,
    RemitError,
    _interrupted,
)
from remit.guard.call import Call
from remit.guard.receipt import Receipt
from remit.guard.wire import receive, send

__all__ = ["Stub", "answer_stub"]

_RAISED = (ApprovalExpiredError, ApprovalRefusedError, BudgetExhaustedError, DeniedError, RefusedError)
_KINDS: Mapping[str, type[RemitError]] = {kind.code: kind for kind in _RAISED}
Execute = Callable[..., Awaitable[Any]]


class Stub:
    """The agent's end. It knows names and nothing else; calls are made one at a time, from any thread."""

    def __init__(self, channel: socket.socket) -> None:
        """Speak over a connected socket, the other end of which is answered by ``answer_stub``."""
        self._channel = channel
        self._lock = threading.Lock()

    def call(self, tool: str, /, **args: object) -> Any:
        """Make a call and return its value.

        Raises what the guard raised: the ``RefusedError`` that says why not, ``RemitError`` for what the tool raised,
        ``Interrupted`` after a stop.
        """
        with self._lock:
            send(self._channel, {"tool": tool, "args": args})
            answer = receive(self._channel)
        if answer is None:
            raise _interrupted("the guard is gone")
        if "interrupted" in answer:
            raise _interrupted(str(answer["interrupted"]))
        if "error" in answer:
            raise _error(answer)
        return answer.get("value")


class _Performing(Protocol):
    """What answers a stub needs of the guard."""

    async def perform_by(self, call: Call, execute: Execute) -> Receipt[Any]:
        """Make a call by something that checks the decision itself."""


async def answer_stub(guard: _Performing, execute: Execute, channel: socket.socket) -> None:
    """Answer an agent's stub until it is gone or speaks otherwise; each call is guarded.

    ``execute`` runs what was cleared: an ``Executor``. Cancelling this ends the line.
    """
    try:
        while True:
            message = await to_thread.run_sync(partial(_heard, channel), abandon_on_cancel=True)
            if message is None:
                return
            answer = await _answer(guard, execute, message)
            try:
                await to_thread.run_sync(partial(send, channel, answer), abandon_on_cancel=True)
            except OSError:
                return
    finally:
        with contextlib.suppress(OSError):
            channel.shutdown(socket.SHUT_RDWR)


def _heard(channel: socket.socket) -> dict[str, object] | None:
    """The next message, ``None`` for a line that broke: an agent that speaks no sense is not listened to."""
    try:
        return receive(channel)
    except (OSError, RefusedError):
        return None


async def _answer(guard: _Performing, execute: Execute, message: Mapping[str, object]) -> dict[str, object]:
    """What one message is answered with."""
    tool, args = message.get("tool"), message.get("args")
    if message.keys() != {"tool", "args"} or not isinstance(tool, str) or not isinstance(args, Mapping):
        return _told(
            DeniedError("this is no call", code="guard.denied.arguments", hint="name a tool and its arguments")
        )
    try:
        receipt = await guard.perform_by(Call(tool=tool, args=dict(args)), execute)
    except RemitError as error:
        return _told(error)
    except Interrupted as stop:
        return {"interrupted": str(stop)}
    return {"value": receipt.value}


def _told(error: RemitError) -> dict[str, object]:
    """An error as it is sent."""
    because = [str(reason) for reason in getattr(error, "because", ())]
    return {
        "error": error.code,
        "message": error.message,
        "hint": error.hint,
        "because": because,
        "allowed": str(getattr(error, "allowed", "")),
    }


def _error(answer: Mapping[str, object]) -> RemitError:
    """An error as it came."""
    code = str(answer.get("error"))
    kind = next((_KINDS[known] for known in _KINDS if code == known or code.startswith(f"{known}.")), RemitError)
    error = kind(str(answer.get("message")), code=code, hint=str(answer.get("hint", "")))
    if isinstance(error, RefusedError):
        because = answer.get("because")
        error.because = tuple(because) if isinstance(because, list) else ()
        error.allowed = str(answer.get("allowed", ""))
    return error
