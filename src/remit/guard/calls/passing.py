"""The way of a call from its proposal to the point where it may begin: decided, agreed to, recorded, or refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from remit.errors import DeniedError, RefusedError
from remit.guard.call import Call
from remit.guard.calls.awaiting import Awaiting
from remit.guard.calls.clearing import Cleared, Clearing, Waiting
from remit.guard.calls.making import Attempt, Making
from remit.guard.session import Event, Session

__all__ = ["Passing"]

T = TypeVar("T")
_THREADS = 64


def _limiter() -> CapacityLimiter:
    """As many threads as may wait for a disk at once."""
    return CapacityLimiter(_THREADS)


@dataclass(slots=True, kw_only=True)
class Passing:
    """Takes calls to the point where they may begin.

    ``agent`` is the charter's agent; ``principal`` is how its calls are signed (empty for the charter's own agent).
    ``patience`` is the longest the ledger and the budgets may take, in seconds.
    """

    session: Session
    clearing: Clearing
    awaiting: Awaiting
    making: Making
    agent: str
    patience: float
    principal: str = ""
    _clearers: CapacityLimiter = field(default_factory=_limiter)

    async def cleared(self, call: Call) -> Cleared:
        """Clear a call, waiting for people where they have to agree; raises the ``RefusedError`` that says why not."""
        call = self._own(call)
        step = await self._patiently(call, partial(self._step, call, None, None))
        while isinstance(step, Waiting):
            try:
                approval = await self.awaiting.agreed(step, self.hop)
            except TimeoutError:
                raise self._unrecorded(call) from None
            step = await self._patiently(call, partial(self._step, call, step, approval))
        return step

    def cleared_here(self, call: Call) -> Cleared:
        """As ``cleared``, in the caller's thread."""
        call = self._own(call)
        step = self._step(call, None, None)
        while isinstance(step, Waiting):
            step = self._step(call, step, self.awaiting.agreed_here(step))
        return step

    async def hop(self, work: Callable[[], T]) -> T:
        """Run in a thread what waits for a disk. It is not cut short: an append is either on record or it is not."""
        with anyio.fail_after(self.patience, shield=True):
            return await to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._clearers)

    def _own(self, call: Call) -> Call:
        """Take a new call in: this guard's agent makes it, and no other may be named.

        A run that is over takes none in; the decision then says so.
        """
        if call.principal not in ("", self.principal):
            what = f"`{call.principal:.80}` does not call through the guard of `{self.agent}`"
            hint = "a sub-agent calls through the guard that was made for it"
            raise self.clearing.denied(call, DeniedError(what, code="guard.denied.principal", hint=hint))
        call = replace(call, principal=self.principal)
        if self.session.phase in ("running", "held"):
            try:
                self.session.propose(call.id)
            except RefusedError as error:
                raise self.clearing.denied(call, error) from None
        return call

    def _step(self, call: Call, agreed: Waiting | None, approval: Mapping[str, object] | None) -> Cleared | Waiting:
        """Clear a call, or find whom it waits for, and say so in the session."""
        try:
            step = self.clearing.clear(call, agreed, approval)
        except RefusedError:
            self._move(call, "refuse")
            raise
        if isinstance(step, Cleared):
            self._move(call, "clear" if agreed is None else "agree")
        return step

    def _move(self, call: Call, event: Event) -> None:
        """Say what happened to a call; a stop may have ended it before."""
        with contextlib.suppress(RefusedError):
            self.session.move(call.id, event)

    async def _patiently(self, call: Call, work: Callable[[], Cleared | Waiting]) -> Cleared | Waiting:
        """Clear in a thread. One that takes too long is given up, and what it clears afterwards is not made."""
        attempt = Attempt(work=work, never=partial(self.making.never, reason="the guard had given up waiting for it"))
        try:
            return await self.hop(attempt.run)
        except TimeoutError:
            found = attempt.give_up()
            if found is not None:
                return found
        raise self._unrecorded(call)

    def _unrecorded(self, call: Call) -> DeniedError:
        """A call nobody could write down in time does not happen."""
        self._move(call, "refuse")
        return DeniedError(
            f"`{call.tool:.80}` is denied: it could not be recorded within {self.patience:g} s",
            code="guard.denied.unrecorded",
            hint="see whether the disk of the ledger answers",
        )
