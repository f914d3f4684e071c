"""Make a cleared call: begin, run its callable with the decided arguments, and say truthfully how it ended."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn, TypeVar

import anyio
from anyio import CapacityLimiter

from remit.errors import Interrupted, RefusedError, _interrupted
from remit.guard.calls.clearing import Cleared, Waiting
from remit.guard.calls.doing import CameBack, Doing, Start
from remit.guard.calls.flights import Flights
from remit.guard.calls.settling import Ending, Settling
from remit.guard.decision import Deny
from remit.guard.receipt import Receipt
from remit.guard.session import LABELS, Event, Label, Session

__all__ = ["LOST", "NOT_RUN", "Act", "Actual", "Attempt", "Making"]

LOST = "guard.refused.lost"
NOT_RUN = "guard.refused.executor"
"""What an executor's errors are called that say more than that a call failed: nobody saw it end; it never began."""

T = TypeVar("T")
Act = Callable[[Start], Awaitable[T]]
Actual = Callable[[Any], Mapping[str, float]]
_LONGEST_REASON = 500


@dataclass(slots=True, kw_only=True)
class Making:
    """Runs the callables of cleared calls.

    ``deadline`` is the longest a call may take, in seconds.
    """

    session: Session
    settling: Settling
    deadline: float
    flights: Flights = field(default_factory=Flights)

    async def make(self, cleared: Cleared, act: Act[T], actual: Actual | None = None) -> Receipt[T]:
        """Run an awaitable callable within the deadline and within reach of a stop."""
        scope = anyio.CancelScope()
        value: list[T] = []
        start = Start(begin=partial(self._begin, cleared))
        with self.flights.on_a_loop(cleared.call.id, scope):
            try:
                with anyio.move_on_after(self.deadline) as limit, scope:
                    value.append(await act(start))
            except BaseException as error:
                if start.failed:
                    raise
                self._ended_by(cleared, error, begun=start.begun)
        if value:
            return self._receipt(cleared, value[0], actual)
        why = "the deadline passed" if limit.cancelled_caught else "the run was stopped"
        self._lost(cleared, why, begun=start.begun)
        self._stop_reached(cleared, None)
        raise _too_late(cleared, self.deadline)

    def doing(self, cleared: Cleared, do: Callable[[dict[str, object]], Any], limiter: CapacityLimiter) -> Doing:
        """One run of a callable, coroutine or plain, that says of itself what became of it."""
        return Doing(do=do, seen=partial(self._seen, cleared), late=partial(self.late, cleared), limiter=limiter)

    def make_here(
        self, cleared: Cleared, do: Callable[[dict[str, object]], T], actual: Actual | None = None
    ) -> Receipt[T]:
        """Run a plain callable in the caller's thread, where neither a deadline nor a stop can cut it short."""
        with self.flights.plain(cleared.call.id):
            args = self._begin(cleared)
            try:
                value = do(args)
            except BaseException as error:  # noqa: BLE001 - as above
                self._ended_by(cleared, error)
        return self._receipt(cleared, value, actual)

    def late(self, cleared: Cleared, result: CameBack) -> None:
        """Say that a callable nobody waited for any more came back after all."""
        self._seen(cleared, result)
        self.settling.soon(cleared, Ending(result=result, label="ran", late=True))

    def never(self, cleared: Cleared, reason: str) -> None:
        """Say that a cleared call is not made."""
        with contextlib.suppress(RefusedError):
            self.session.move(cleared.call.id, "refuse")
        self.settling.soon(cleared, Ending(result="interrupted", label="not run", reason=reason))

    def _seen(self, cleared: Cleared, result: CameBack) -> None:
        """Say in the session how a callable came back."""
        self._move(cleared, "finish" if result == "performed" else "fail")

    def _begin(self, cleared: Cleared) -> dict[str, object]:
        """Take the digest again, then begin: from here on the call is under way."""
        try:
            args = cleared.frozen.thaw()
            self.session.move(cleared.call.id, "begin")
            self.session.learn(dict.fromkeys(_undoes(cleared), False))
        except RefusedError as error:
            self.never(cleared, error.message)
            self._stop_reached(cleared, error)
            raise
        return args

    def _receipt(self, cleared: Cleared, value: T, actual: Actual | None) -> Receipt[T]:
        """It came back: say so, and let a stop that came meanwhile go first."""
        self._move(cleared, "finish")
        self.session.learn(dict.fromkeys(_brings(cleared), True))
        spent, fault = _spent(actual, value)
        self.settling.soon(cleared, Ending(result="performed", label="ran", actual=spent, reason=fault))
        self._stop_reached(cleared, None)
        return Receipt(
            value=value,
            call_id=cleared.call.id,
            tool=cleared.call.tool,
            digest=cleared.frozen.digest,
            intent=cleared.intent,
            decision=cleared.decision,
        )

    def _ended_by(self, cleared: Cleared, error: BaseException, *, begun: bool = True) -> NoReturn:
        """It ended in an exception, which goes on to the caller; a stop goes first."""
        code = error.code if isinstance(error, RefusedError) else ""
        if code == LOST:
            self._lost(cleared, _words(error))
        elif code == NOT_RUN:
            self._move(cleared, "fail")
            self.settling.soon(cleared, Ending(result="interrupted", label="not run", reason=_words(error)))
        elif isinstance(error, Exception):
            self._move(cleared, "fail")
            self.settling.soon(cleared, Ending(result="failed", label="ran", reason=_words(error)))
        else:
            why = "the run was stopped" if isinstance(error, Interrupted) else "whoever made the call was cancelled"
            self._lost(cleared, why, begun=begun)
        self._stop_reached(cleared, error)
        raise error

    def _lost(self, cleared: Cleared, reason: str, *, begun: bool = True) -> None:
        """It was under way and nobody saw it end, or it never began."""
        if not begun:
            self.never(cleared, reason)
            return
        self._move(cleared, "lose")
        label = self._label(cleared)
        self.settling.soon(cleared, Ending(result="interrupted", label=label, reason=reason))

    def _move(self, cleared: Cleared, event: Event) -> None:
        """Say what happened to a call; a stop may have said it before."""
        with contextlib.suppress(RefusedError):
            self.session.move(cleared.call.id, event)

    def _label(self, cleared: Cleared) -> Label:
        """What may truthfully be said of a call now."""
        return LABELS[self.session.phase_of(cleared.call.id)]

    def _stop_reached(self, cleared: Cleared, error: BaseException | None) -> None:
        """After a stop the caller is interrupted, whatever the call gave back."""
        if self.session.phase == "stopped" and (error is None or isinstance(error, Exception)):
            raise _interrupted(self.session.explain(cleared.call.id)) from error


@dataclass(slots=True, kw_only=True)
class Attempt:
    """Clearing a call in a thread that may be given up; ``never`` is told of a call that was cleared too late."""

    work: Callable[[], Cleared | Waiting]
    never: Callable[[Cleared], None]
    _found: Cleared | Waiting | None = None
    _given_up: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Cleared | Waiting:
        """Do the work, in whatever thread."""
        found = self.work()
        with self._lock:
            self._found, given_up = found, self._given_up
        if given_up and isinstance(found, Cleared):
            self.never(found)
        return found

    def give_up(self) -> Cleared | Waiting | None:
        """Wait no longer: what was found after all, else nothing, now and later."""
        with self._lock:
            self._given_up = True
            return self._found


def _brings(cleared: Cleared) -> tuple[str, ...]:
    """The facts a call brings about, as the grants that cover it say; one that shadow mode let pass brings none."""
    return () if isinstance(cleared.decision, Deny) else cleared.decision.effects


def _undoes(cleared: Cleared) -> tuple[str, ...]:
    """The facts a call takes back."""
    return () if isinstance(cleared.decision, Deny) else cleared.decision.undoes


def _spent(actual: Actual | None, value: object) -> tuple[Mapping[str, float] | None, str]:
    """What a call spent in truth, as its owner says; a fault in saying so leaves what was reserved."""
    if actual is None:
        return None, ""
    try:
        return dict(actual(value)), ""
    except Exception as error:  # noqa: BLE001 - the call was made; nothing its owner's arithmetic raises undoes that
        return None, f"what it spent is not known: {_words(error)}"


def _words(error: BaseException) -> str:
    """An exception in one line; the name of one nobody can catch by name says nothing."""
    name, said = type(error).__name__, " ".join(str(error).split())
    return (said if name.startswith("_") else f"{name}: {said}")[:_LONGEST_REASON].removesuffix(": ")


def _too_late(cleared: Cleared, deadline: float) -> RefusedError:
    """The guard waits no longer."""
    return RefusedError(
        f"`{cleared.call.tool:.80}` did not come back within {deadline:g} s",
        code="guard.refused.deadline",
        hint="it may have taken effect: look before you call it again",
    )
