"""A call that waits for people: the question is put, its answer awaited, and a yes used once, for these very bytes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import anyio

from remit.clock import Clock
from remit.errors import ApprovalExpiredError, ApprovalRefusedError, LedgerError, RefusedError, _interrupted
from remit.guard.approval import Approvals, Request, State, bind
from remit.guard.call import Call
from remit.guard.calls.clearing import Clearing, Waiting, call_facts
from remit.guard.session import Session

__all__ = ["Awaiting", "Hop", "Overseer"]

_FIRST, _LONGEST = 0.02, 0.25  # seconds between two looks


class Overseer(Protocol):
    """A way to reach a person: a terminal, a webhook, a message."""

    def asked(self, request: Request) -> object:
        """Tell them that a question waits; the answer comes through the approvals, signed with their key."""


class Hop(Protocol):
    """Runs something that waits for a disk in a thread."""

    def __call__(self, work: Callable[[], Any], /) -> Awaitable[Any]:
        """What it returned; raises what it raised."""


@dataclass(slots=True, kw_only=True)
class Awaiting:
    """Puts questions and waits for their answers.

    ``open`` opens the approvals where none were given. ``told`` are reached when a question is put. ``life`` is how
    long a question waits; then it has expired, which is a no.
    """

    approvals: Approvals | None
    open: Callable[[], Approvals]
    session: Session
    clearing: Clearing
    told: tuple[Overseer, ...]
    run: str
    agent: str
    clock: Clock
    life: timedelta

    async def agreed(self, waiting: Waiting, hop: Hop) -> Mapping[str, object]:
        """Wait on an event loop; what the intent says of the approval.

        Raises ``ApprovalRefusedError``, ``ApprovalExpiredError``, or ``Interrupted`` where the run was stopped.
        """
        request: Request = await hop(partial(self.put, waiting))
        pause = _FIRST
        try:
            with anyio.move_on_after(self.life.total_seconds() + _LONGEST * 4):
                while self.waits(await hop(partial(self.look, request))):
                    await anyio.sleep(pause)
                    pause = min(pause * 1.5, _LONGEST)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await hop(partial(self.withdraw, waiting, request, "whoever made the call was cancelled"))
            raise
        return await hop(partial(self.use, waiting, request))  # type: ignore[no-any-return]

    def agreed_here(self, waiting: Waiting) -> Mapping[str, object]:
        """Wait in the caller's thread; raises as ``agreed``."""
        request = self.put(waiting)
        pause, end = _FIRST, time.monotonic() + self.life.total_seconds() + _LONGEST * 4
        try:
            while self.waits(self.look(request)) and time.monotonic() < end:
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST)
        except BaseException:
            self.withdraw(waiting, request, "whoever made the call was interrupted")
            raise
        return self.use(waiting, request)

    def put(self, waiting: Waiting) -> Request:
        """Put the question, durably, and tell whoever can be told. A question that cannot be recorded is not put."""
        approvals = self.approvals = self.approvals or self.open()
        with contextlib.suppress(RefusedError):
            self.session.move(waiting.call.id, "ask")
        request = approvals.ask(
            Request.of(
                _as_it_would_run(waiting),
                charter=self.clearing.charter,
                run=self.run,
                agent=self.agent,
                overseers=waiting.overseers,
                now=self.clock.now(),
                life=self.life,
                effects=waiting.decision.effects,
                because=[str(reason) for reason in waiting.decision.because],
            )
        )
        facts = {"guard": self.clearing.guard, **_facts(waiting, request), "overseers": list(request.overseers)}
        typed = {"typed": True} if self.clearing.typed(waiting.call.tool) else {}
        try:
            self.clearing.ledger.record("asked", {**facts, **typed, "expires": request.expires_at.isoformat()})
        except LedgerError as error:
            approvals.withdraw(request.id, "the question could not be recorded")
            raise ApprovalRefusedError(
                f"nobody was asked: {error.message}", code="guard.approval-refused.unrecorded", hint=error.hint
            ) from error
        for overseer in self.told:  # in a thread: a terminal may take as long as the person in front of it
            threading.Thread(target=_tell, args=(overseer, request), daemon=True, name="remit-ask").start()
        return request

    def look(self, request: Request) -> State:
        """How the question stands."""
        return self._opened().state(request.id)

    def waits(self, state: State) -> bool:
        """Whether there is still something to wait for; an approval is not used while the run is held."""
        if self.session.phase == "stopped":
            return False
        return state == "waiting" or (state == "agreed" and self.session.phase == "held")

    def use(self, waiting: Waiting, request: Request) -> Mapping[str, object]:
        """Use the yes, once, for exactly these bytes, and write down who gave it; raises where there is none."""
        if self.session.phase == "stopped":
            self.withdraw(waiting, request, self.session.reason)
            raise _interrupted(self.session.explain(waiting.call.id))
        call = _as_it_would_run(waiting)
        digest = bind(call, charter=self.clearing.charter, run=self.run, overseers=waiting.overseers)
        try:
            approved = self._opened().redeem(request.id, digest)
            number = self.clearing.ledger.record("approved", {"guard": self.clearing.guard, **approved.facts()})
            for bypass in approved.bypasses:
                self.clearing.ledger.record("bypassed", {"request": request.id, "approved": number, **bypass.facts()})
        except (ApprovalExpiredError, ApprovalRefusedError) as error:
            self._refused(waiting, request, error)
            raise
        except LedgerError as error:
            refused = ApprovalRefusedError(
                f"the approval could not be recorded: {error.message}",
                code="guard.approval-refused.unrecorded",
                hint=error.hint,
            )
            self._refused(waiting, request, refused)
            raise refused from error
        by = [answer.by for answer in approved.answers]
        return {"request": request.id, "entry": number, "by": by}

    def withdraw(self, waiting: Waiting, request: Request, why: str) -> None:
        """Take the question back: nobody will run its call any more."""
        with contextlib.suppress(RefusedError):
            self._opened().withdraw(request.id, why)
        with contextlib.suppress(RefusedError):
            self.session.move(waiting.call.id, "refuse")
        self.clearing.note("refused", {**_facts(waiting, request), "reason": why})

    def void(self) -> None:
        """After a stop every question of this run is void."""
        if self.approvals is not None and self.session.stopped_at is not None:
            with contextlib.suppress(RefusedError):
                self.approvals.void(self.session.stopped_at, run=self.run)

    def _refused(self, waiting: Waiting, request: Request, error: RefusedError) -> None:
        """A no, or silence: say so in the session and in the ledger."""
        error.because = waiting.decision.because
        expired = isinstance(error, ApprovalExpiredError)
        with contextlib.suppress(RefusedError):
            self.session.move(waiting.call.id, "expire" if expired else "refuse")
        facts = {**_facts(waiting, request), "reason": error.message, "code": error.code}
        self.clearing.note("expired" if expired else "refused", facts)

    def _opened(self) -> Approvals:
        """The approvals a question was put to."""
        assert self.approvals is not None  # noqa: S101 - `put` opened them
        return self.approvals


def _tell(overseer: Overseer, request: Request) -> None:
    """Tell somebody; the question stands whether or not they could be told."""
    with contextlib.suppress(Exception):
        overseer.asked(request)


def _as_it_would_run(waiting: Waiting) -> Call:
    """The call with the arguments that would run."""
    return replace(waiting.call, args=waiting.frozen.arguments())


def _facts(waiting: Waiting, request: Request) -> dict[str, object]:
    """What every entry about a question says."""
    return {"request": request.id, "call": call_facts(waiting.call, waiting.frozen), "digest": request.digest}
