"""After a call: its outcome in the ledger, its reservation settled, its step of the plan done.

This happens in threads of its own while the caller goes on: a call costs its caller one durable append, the intent.
Whatever is lost in a crash meanwhile is an intent without an outcome, which the next start reconciles as unknown.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Literal

from remit.errors import RefusedError
from remit.guard.calls.clearing import Cleared, Clearing
from remit.guard.session import Label

__all__ = ["Ending", "Settling"]

Result = Literal["performed", "failed", "interrupted"]
_THREADS = 16
_DOUBTED = 1024  # given-up calls that may still say how they ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a call ended: its result, what may truthfully be said of it, why, and what it spent where that is known."""

    result: Result
    label: Label
    reason: str = ""
    actual: Mapping[str, float] | None = None
    late: bool = False


@dataclass(slots=True, kw_only=True)
class Settling:
    """Settles calls, several at once, so that their entries share a commit."""

    clearing: Clearing
    _pool: ThreadPoolExecutor | None = None
    _open: set[Future[None]] = field(default_factory=set)
    _doubted: dict[int, Future[None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def soon(self, cleared: Cleared, ending: Ending) -> None:
        """Settle a call without waiting for the disk; after ``close`` it is settled before this returns."""
        if self.clearing.following is not None and not ending.late:
            self._follow(cleared, ending)
        with self._lock:
            if not self._closed:
                self._pool = self._pool or ThreadPoolExecutor(_THREADS, thread_name_prefix="remit-settle")
                try:
                    future = self._pool.submit(self._settle, cleared, ending)
                except RuntimeError:  # the interpreter is on its way out
                    pass
                else:
                    self._open.add(future)
                    future.add_done_callback(self._done)
                    if ending.label == "unknown":
                        self._doubted[cleared.intent] = future
                        while len(self._doubted) > _DOUBTED:
                            self._doubted.pop(next(iter(self._doubted)))
                    return
        self._settle(cleared, ending)

    def _done(self, future: Future[None]) -> None:
        """Forget a settled call; one that broke on the way to the ledger is counted as not recorded."""
        self._open.discard(future)
        if future.exception() is not None:
            self.clearing.unrecorded += 1

    def drain(self, within: float | None = None) -> bool:
        """Wait until everything given so far is settled; whether that was so."""
        with self._lock:
            futures = set(self._open)
        return not wait(futures, timeout=within).not_done

    def close(self) -> None:
        """Settle what is left, and give the threads back."""
        with self._lock:
            self._closed, pool, self._pool = True, self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)

    def _follow(self, cleared: Cleared, ending: Ending) -> None:
        """Move the plan on at once: the next call may be its next step."""
        following = self.clearing.following
        if following is None or not cleared.step:
            return
        if ending.label == "not run":
            following.give_back(cleared.call.id)
        else:
            following.end(cleared.call.id, performed=ending.result == "performed")

    def _settle(self, cleared: Cleared, ending: Ending) -> None:
        """Settle the reservation, then write the outcome down."""
        doubted = self._doubted.pop(cleared.intent, None) if ending.late else None
        if doubted is not None:
            wait((doubted,))  # what was said first stands first in the record
        facts: dict[str, object] = {"intent": cleared.intent, "result": ending.result, "label": ending.label}
        if ending.reason:
            facts["reason"] = ending.reason
        if ending.actual is not None:
            facts["spends"] = dict(ending.actual)
        if ending.late:
            facts["late"] = True
        fault = self._budget(cleared, ending)
        if fault:
            facts["budget"] = fault
        self.clearing.note("outcome", facts)

    def _budget(self, cleared: Cleared, ending: Ending) -> str:
        """Commit what ran, give back what did not, keep what is in doubt as spent; the fault, where that failed."""
        budgets, reservation = self.clearing.budgets, cleared.reservation
        if budgets is None or reservation is None:
            return ""
        settle: Mapping[Label, Callable[[], None]] = {
            "ran": lambda: budgets.commit(reservation, ending.actual),
            "not run": lambda: budgets.release(reservation),
            "unknown": lambda: budgets.doubt(reservation),
        }
        try:
            settle[ending.label]()
        except RefusedError as error:
            with contextlib.suppress(RefusedError):
                budgets.doubt(reservation)
            return error.message
        return ""
