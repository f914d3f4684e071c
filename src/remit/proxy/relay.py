"""What the proxy does with each message, whatever carries it: pass it, answer it, drop it, or have it decided.

A transport (``stdio``, ``http``) reads frames and asks ``Relay.step`` about each, in the order they came. ``pass``,
``answer`` and ``drop`` are done at once. For ``handle`` it starts ``Relay.handle`` as a task of its own and goes on
reading: a call may wait for an overseer while everything else flows. One relay serves one conversation (a connection, a
session, or a single stateless request); what is learned of a server's tools is shared in the ``ToolBook``.

The transport keeps two promises: a request it passes is remembered by its id until it is answered, and an answer nobody
is waiting for goes nowhere. So a server cannot answer a call that is still waiting for its approval.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import anyio

from remit.errors import Interrupted, ProxyError, RefusedError, RemitError
from remit.proxy.frames import Frame, Identifier, Kind
from remit.proxy.judging import Judge
from remit.proxy.peers import Line, Peer
from remit.proxy.points import Side, Treatment, lookalike, treatment_of
from remit.proxy.refusals import refused_call, refused_question

__all__ = ["GONE", "PATIENCE", "Conduct", "Relay", "Step"]

PATIENCE = 600.0
"""How long the other side may be silent about a request, in seconds."""
GONE = -32000
"""The JSON-RPC error code of a request nobody will answer any more."""

_LATE = 5.0  # seconds the other side may take to answer a request that was cancelled
_INVALID = -32600
_INTERNAL = -32603
_PARAMS = -32602
_LONGEST_NAME = 256
_DECISIVE = {"name": "name", "arguments": "arguments", "taskid": "taskId", "_meta": "_meta"}


class Conduct(StrEnum):
    """What a transport does with a message."""

    PASS = "pass"  # noqa: S105 - no password: send ``Step.frame`` to the other side
    ANSWER = "answer"  # send ``Step.frame`` back to whoever said it
    DROP = "drop"  # nothing
    HANDLE = "handle"  # start ``Relay.handle(side, Step.frame, peer)``


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a transport does with a message, and the frame to do it with."""

    conduct: Conduct
    frame: Frame


@dataclass(slots=True, kw_only=True)
class _Open:
    """A request under way: its scope, its progress token, its line once it is handled, and what is said at its end."""

    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    token: object = None
    line: Line | None = None
    farewell: Frame | None = None

    @property
    def asked(self) -> bool:
        """Whether the other side has heard of it."""
        return self.line is not None and self.line.asked


@dataclass(slots=True, kw_only=True)
class Relay:
    """One conversation between a client and a server, under a charter.

    ``judge`` decides and answers what is handled. ``patience`` is how long the other side may be silent about a
    request, in seconds; progress counts as a word. A client that asked for progress hears every ``every`` seconds that
    its request waits for people.
    """

    judge: Judge
    patience: float = PATIENCE
    every: float = 5.0
    _open: dict[tuple[Side, Identifier], _Open] = field(default_factory=dict)

    def step(self, side: Side, frame: Frame) -> Step:
        """What to do with a message of one side; a request to be handled is under way from here on."""
        if lookalike(frame):
            return _refuse(frame, f"`{frame.method}` differs from a method by its spelling only")
        match treatment_of(side, frame):
            case Treatment.PASS:
                return Step(conduct=Conduct.PASS, frame=frame)
            case Treatment.CANCEL:
                return Step(conduct=self._cancel(side, frame), frame=frame)
            case Treatment.CHANGED:
                self.judge.tools.changed()
                return Step(conduct=Conduct.PASS, frame=frame)
            case Treatment.PROGRESS:
                self._hear_progress(frame)
                return Step(conduct=Conduct.PASS, frame=frame)
            case Treatment.INPUT:
                return Step(conduct=Conduct.HANDLE, frame=frame)
            case _:
                return self._begin(side, frame)

    async def handle(
        self, side: Side, frame: Frame, peer: Peer, back: Callable[[Frame], Awaitable[None]] | None = None
    ) -> Frame | None:
        """Do what ``step`` said is to be handled; ``peer`` is the side the frame was meant for.

        ``back`` takes notices for whoever asked, while that waits for people.

        For a request, returns the answer for whoever asked, ``None`` when it was cancelled and wants none. For an
        answer or a notification, returns what may be passed on in its place, ``None`` for nothing.
        """
        if frame.kind is not Kind.REQUEST:
            return await self.judge.passed_on(frame)
        key = (side, _identifier(frame))
        under_way = self._open.get(key)
        if under_way is None or under_way.line is not None:
            raise ProxyError("a request is handled once, after its step", code="proxy.error.order")
        under_way.line = line = Line(
            peer=peer, patience=self.patience, scope=under_way.scope, back=back, every=self.every
        )
        try:
            with under_way.scope:
                return await self._answer(side, frame, line)
        finally:
            self._open.pop(key, None)
        if line.lost and under_way.farewell is None:
            return Frame.error(frame.id, GONE, line.lost)
        return under_way.farewell

    async def stop(self, reason: str) -> None:
        """End every request under way: cancelled on the other side where that has heard of it, answered with why."""
        for (_, identifier), under_way in list(self._open.items()):
            if under_way.line is not None:
                await under_way.line.end(identifier, reason)
            under_way.farewell = Frame.error(identifier, GONE, f"the request was ended: {reason}")
            under_way.scope.cancel()

    @property
    def busy(self) -> int:
        """How many requests are under way."""
        return len(self._open)

    def _begin(self, side: Side, frame: Frame) -> Step:
        """Take a request in; refuse one that cannot be told from another or has no usable parameters."""
        key = (side, _identifier(frame))
        if key in self._open:
            return _refuse(frame, f"a request with the id `{frame.id}` is still under way")
        if fault := _fault(frame):
            return _refuse(frame, fault, number=_PARAMS)
        meta = frame.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, Mapping) else None
        self._open[key] = _Open(token=token)
        return Step(conduct=Conduct.HANDLE, frame=frame)

    def _cancel(self, side: Side, frame: Frame) -> Conduct:
        """A request was cancelled by whoever asked: end it here if it waits, let it end over there if it runs."""
        identifier = frame.params.get("requestId")
        under_way = self._open.get((side, identifier)) if isinstance(identifier, int | str) else None
        if under_way is None:
            return Conduct.PASS
        if under_way.asked:
            under_way.scope.deadline = anyio.current_time() + _LATE
            return Conduct.PASS
        under_way.scope.cancel()
        return Conduct.DROP

    def _hear_progress(self, frame: Frame) -> None:
        """A server that reports progress is not silent."""
        token = frame.params.get("progressToken")
        for under_way in self._open.values():
            if token is not None and under_way.token == token and under_way.line is not None:
                under_way.line.hear()

    async def _answer(self, side: Side, frame: Frame, line: Line) -> Frame:
        """The answer to a request; whatever goes wrong is an answer too."""
        refuse = refused_call if frame.method == "tools/call" else refused_question
        try:
            return await self.judge.answer(side, frame, line)
        except RefusedError as error:
            return refuse(frame, error)
        except ProxyError as error:
            return Frame.error(frame.id, GONE, error.message, {"code": error.code})
        except RemitError as error:  # a ledger that cannot be written, pins that cannot be read: nothing happens
            return refuse(frame, error)
        except Interrupted as stop:
            return refuse(frame, RefusedError(f"the run was stopped: {stop}", code="guard.refused.stopped"))
        except Exception as error:  # noqa: BLE001 (a fault of our own must not leave anybody waiting, or others without)
            text = f"remit failed in a way it should not ({type(error).__name__}): nobody knows whether it was done"
            return Frame.error(frame.id, _INTERNAL, text)


def _refuse(frame: Frame, reason: str, *, number: int = _INVALID) -> Step:
    """Answer a request with an error; anything else that is refused goes nowhere."""
    if frame.kind is not Kind.REQUEST:
        return Step(conduct=Conduct.DROP, frame=frame)
    return Step(conduct=Conduct.ANSWER, frame=Frame.error(frame.id, number, reason))


def _fault(frame: Frame) -> str:
    """Why the parameters of a request to be decided cannot be used, empty when they can."""
    params = frame.params
    for key in params:
        meant = _DECISIVE.get(key.casefold(), key)
        if key != meant:
            return f"the key `{key[:40]}` differs from `{meant}` by its case only"
    if frame.method != "tools/call":
        return ""
    name = params.get("name")
    if not isinstance(name, str) or not name or len(name) > _LONGEST_NAME:
        return "`name` must be the name of a tool"
    return "" if isinstance(params.get("arguments"), dict | None) else "`arguments` must be an object"


def _identifier(frame: Frame) -> Identifier:
    """The id of a request, which every request has."""
    return "" if frame.id is None else frame.id
