"""Many writers, one commit: whoever comes first commits for everybody who came meanwhile.

No thread is started. The first writer leads: it takes whatever waits and commits it in one transaction; then it hands
the lead to somebody who waits and goes home. Nobody's entry is acknowledged before the commit that holds it returned.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from remit.clock import Clock
from remit.errors import LedgerUnavailableError, RemitError
from remit.ledger.entry import check_kind, read_entry, spell_entry, spell_facts
from remit.ledger.redaction import Redaction

__all__ = ["Draft", "Group"]

_MOST = 1024


@dataclass(slots=True, eq=False, kw_only=True)
class Draft:
    """An entry that has no number yet, and how its writer learns what became of it.

    ``facts`` is the canonical spelling; ``salts`` maps the digest of each redacted value to its salt. Once settled,
    ``number`` is set, or ``error`` says why there is none; ``future`` is told as well, where there is one. ``turn`` is
    what its writer sleeps on, and ``leads`` says that it was woken to commit for everybody.
    """

    kind: str
    facts: bytes
    at: str = ""
    monotonic: float = 0.0
    salts: dict[str, bytes] = field(default_factory=dict)
    number: int = 0
    error: BaseException | None = None
    future: Future[int] | None = None
    turn: threading.Lock | None = None
    leads: bool = False

    @classmethod
    def of(cls, kind: str, facts: Mapping[str, object], monotonic: float | None, redaction: Redaction) -> Draft:
        """Redact and spell what is to be recorded, before anybody waits for it."""
        check_kind(kind, facts)
        kept, salts = redaction.apply(facts)
        moment = -1.0 if monotonic is None else round(monotonic, 6)
        return cls(kind=kind, facts=spell_facts(kind, kept), monotonic=moment, salts=salts)

    def stamp(self, clock: Clock) -> None:
        """Say when it was, where that was not said before."""
        self.at = clock.now().isoformat()
        if self.monotonic < 0:
            self.monotonic = round(time.monotonic(), 6)

    def document(self, number: int) -> dict[str, object]:
        """The whole entry it became, as JSON values."""
        return read_entry(number, spell_entry(number, self.at, self.monotonic, self.kind, self.facts)).document()

    def settle(self, number: int, error: BaseException | None = None) -> None:
        """Say what became of it, and wake whoever waits."""
        self.number, self.error = number, error
        if self.future is not None:
            if error is None:
                self.future.set_result(number)
            else:
                self.future.set_exception(error)
        turn = self.turn
        if turn is not None:
            turn.release()

    @property
    def settled(self) -> bool:
        """Whether it is known what became of it."""
        return bool(self.number) or self.error is not None


class Group:
    """The writers of one store in one process.

    ``commit`` makes a batch durable and returns its numbers, in order, or raises; it is never called twice at once.
    ``stamp`` is called for each draft, in the order they are committed in.
    """

    def __init__(
        self, commit: Callable[[Sequence[Draft]], Sequence[int]], stamp: Callable[[Draft], None], *, most: int = _MOST
    ) -> None:
        self._commit = commit
        self._stamp = stamp
        self._most = most
        self._lock = threading.Lock()
        self._quiet = threading.Condition(self._lock)
        self._queue: deque[Draft] = deque()
        self._leading = False
        self._closed = False

    def wait(self, draft: Draft) -> int:
        """Commit a draft and return its number; raises what the commit raised."""
        turn = threading.Lock()
        turn.acquire()
        draft.turn = turn
        if not self._enter(draft):
            self._await(draft, turn)
        if draft.leads:
            self._lead(draft)
        if draft.error is not None:
            raise draft.error
        return draft.number

    def submit(self, draft: Draft) -> Future[int]:
        """Commit a draft, or leave it to whoever is committing; the future is done when it is durable."""
        future: Future[int] = Future()
        draft.future = future
        future.set_running_or_notify_cancel()
        if self._enter(draft):
            self._lead(draft)
        return future

    def close(self) -> None:
        """Take nothing more, and return when what was taken is settled."""
        with self._lock:
            self._closed = True
            while self._leading or self._queue:
                self._quiet.wait()

    def _enter(self, draft: Draft) -> bool:
        """Stand in line; true for whoever has to lead."""
        with self._lock:
            if self._closed:
                raise LedgerUnavailableError("the ledger is closed", code="ledger.unavailable.closed")
            self._stamp(draft)
            self._queue.append(draft)
            if self._leading:
                return False
            self._leading = draft.leads = True
            return True

    def _await(self, draft: Draft, turn: threading.Lock) -> None:
        """Wait until the draft is settled or has to lead; whoever is interrupted here does not take the lead along."""
        try:
            turn.acquire()
        except BaseException:
            with self._lock:
                draft.turn = None
                led = draft.leads
            if led:
                self._lead(draft)
            raise

    def _lead(self, own: Draft) -> None:
        """Commit batches until somebody else can lead, or nobody waits any more."""
        batch: list[Draft] = []
        while True:
            try:
                with self._lock:
                    batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._most))]
                if batch:
                    self._settle(batch)
            except BaseException as interruption:
                self._fail(batch, interruption)
                self._give_up(own, interruption)
                raise
            if own.settled and self._pass_on():
                return

    def _settle(self, batch: list[Draft]) -> None:
        """Commit a batch and tell everybody in it; one error for each, for each is raised somewhere else."""
        try:
            numbers = self._commit(batch)
        except RemitError as error:
            for draft in batch:
                again = type(error)(error.message, code=error.code, hint=error.hint, where=error.where)
                again.__cause__ = error.__cause__
                draft.settle(0, again)
            return
        for draft, number in zip(batch, numbers, strict=True):
            draft.settle(number)

    def _fail(self, batch: list[Draft], interruption: BaseException) -> None:
        """Nobody hears of an acknowledgement that nobody can vouch for."""
        for draft in batch:
            if not draft.settled:
                error = LedgerUnavailableError(
                    "the commit was interrupted; whether the entry was kept is unknown",
                    code="ledger.unavailable.interrupted",
                )
                error.__cause__ = interruption
                draft.settle(0, error)

    def _give_up(self, own: Draft, interruption: BaseException) -> None:
        """Leave the lead although drafts may wait that nobody else can commit: those are told so."""
        own.turn = None
        while not self._pass_on():
            with self._lock:
                rest = list(self._queue)
                self._queue.clear()
            self._fail(rest, interruption)

    def _pass_on(self) -> bool:
        """Let somebody who waits lead; false while only unattended drafts are left, which the leader still owes."""
        with self._lock:
            for draft in self._queue:
                if draft.turn is not None:
                    draft.leads = True
                    draft.turn.release()
                    return True
            if self._queue:
                return False
            self._leading = False
            self._quiet.notify_all()
            return True
