"""Approvals: an overseer's yes to exactly one call, once, for a while.

A question is kept durably with the exact bytes that would run. It is answered by signed statements and redeemed once,
in one step, by whoever is about to run those bytes. Every named overseer must agree; one no refuses; silence expires,
and expired is denied. A byte that changed, another charter, another run, a stop in between: each makes it void. An
agent answers nothing, its own questions least of all.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from remit.clock import Clock
from remit.errors import ApprovalRefusedError
from remit.guard.approvals import bypass, records
from remit.guard.approvals.answer import Answer, read_answer
from remit.guard.approvals.bypass import Bypass
from remit.guard.approvals.fatigue import Fatigue, fatigue_of
from remit.guard.approvals.identity import Overseers, fingerprint
from remit.guard.approvals.judging import Judgement, State, agents, check, judge, over, refused, same
from remit.guard.approvals.request import Request, bind
from remit.guard.database import Database
from remit.guard.forward import Forward, Ticks

if TYPE_CHECKING:
    from remit.ledger.signing import SigningKey

__all__ = ["Approvals", "Approved", "Request", "State", "bind"]

_REMEMBERED = 90 * 86_400.0  # seconds a question is kept for after it expired
_SKEW = 300.0  # seconds the clock of whoever answers may differ from ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A redeemed approval: the question, and the signed answers it stands on.

    ``bypasses`` are the overseers who were not asked; whoever redeems records each as ``bypassed``.
    """

    request: Request
    answers: tuple[Answer, ...]
    bypasses: tuple[Bypass, ...] = ()

    def facts(self) -> Mapping[str, object]:
        """What the ledger's entry ``approved`` keeps: each answer can be verified from it with a public key alone."""
        return {
            "request": self.request.id,
            "call": self.request.call,
            "digest": self.request.digest,
            "charter": self.request.charter,
            "by": [answer.by for answer in self.answers],
            "answers": [dict(answer.facts()) for answer in self.answers],
            "bypassed": [dict(item.facts()) for item in self.bypasses],
        }


class Approvals:
    """The questions of every run on this host and their answers, kept in one file.

    Each method is one transaction and may be called from several threads and processes. Whatever keeps the file from
    being used raises ``ApprovalRefusedError`` (``guard.approval-refused.unavailable``).
    """

    def __init__(self, database: Database, overseers: Overseers, time_kept: Forward) -> None:
        """Stand on an open file; ``Approvals.open`` is the way in."""
        self.overseers = overseers
        self._database = database
        self._time = time_kept

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock | None = None,
        overseers: Path | None = None,
        monotonic: Ticks = time.monotonic,
    ) -> Approvals:
        """Open the file; the overseers' keys lie in ``overseers``, beside it where nothing else is said."""
        database = Database(path, tables=records.TABLES, version=1, unavailable=_unavailable, durable=True)
        keys = Overseers(overseers or path.with_name("overseers"))
        return cls(database, keys, Forward(clock, monotonic=monotonic))

    def ask(self, request: Request) -> Request:
        """Put a question to its overseers, durably, and return it with its times as they were kept.

        Raises ``ApprovalRefusedError`` for a question nobody but an agent could answer, and for one without a life.
        """
        check(request)
        life = (request.expires_at - request.asked_at).total_seconds()
        with self._database.transaction() as rows:
            now = records.seen(rows, self._time.seconds())
            records.forget(rows, now - _REMEMBERED)
            try:
                records.insert(rows, request, now, now + life)
            except sqlite3.IntegrityError:
                raise refused(f"the question `{request.id}` was asked before", "repeated", "ask anew") from None
            kept = records.request_of(rows, request.id)
        return kept or request

    def answer(
        self,
        request_id: str,
        by: str,
        agree: bool,  # noqa: FBT001 - a yes or a no is what an answer is
        *,
        key: SigningKey,
        digest: str,
        looked: float = 0.0,
    ) -> State:
        """Answer as an overseer, with their key, to the digest that was shown; the state the question is in then.

        ``looked`` is how many seconds the exact bytes were on the screen. Raises as ``accept``.
        """
        at = datetime.fromtimestamp(self._time.seconds(), UTC)
        answer = Answer(request=request_id, digest=digest, by=by, agree=agree, at=at, looked=looked)
        return self._take(replace(answer, signature=key.sign_bytes(answer.statement())))

    def accept(self, document: bytes) -> State:
        """Take in an answer that came over a wire (``Answer.document``); the state the question is in then.

        Raises ``ApprovalRefusedError`` for bytes that are no answer, a signature of another key, a name that was not
        asked or is an agent's, a second answer, another digest, a question that is over; ``ApprovalExpiredError``
        where it expired.
        """
        return self._take(read_answer(document))

    def state(self, request_id: str) -> State:
        """How a question stands; raises ``ApprovalRefusedError`` for one nobody asked."""
        return self.judgement(request_id).state

    def judgement(self, request_id: str) -> Judgement:
        """How a question stands, why, and which answers hold; raises as ``state``."""
        with self._database.reading() as rows:
            now = records.seen(rows, self._time.seconds(), write=False)
            return judge(rows, self.overseers, _asked(rows, request_id), now)

    async def wait(self, request_id: str, timeout: float | None = None) -> State:  # noqa: ASYNC109 - a state comes back, no error
        """Wait until a question no longer waits, in whatever process it is answered; at most ``timeout`` seconds.

        Returns the state, ``waiting`` when the time ran out. A question that is never answered expires, so without a
        timeout this ends when the question does.
        """
        import anyio

        pause, waited = 0.02, 0.0
        while (state := self.state(request_id)) == "waiting" and (timeout is None or waited < timeout):
            await anyio.sleep(pause if timeout is None else min(pause, timeout - waited))
            waited += pause
            pause = min(pause * 1.5, 0.25)
        return state

    def redeem(self, request_id: str, digest: str) -> Approved:
        """Use an approval, once: the caller is about to run exactly what ``digest`` (see ``bind``) was taken over.

        Raises ``ApprovalExpiredError``, or ``ApprovalRefusedError``: not everybody agreed, it was used before, it is
        void, or the digest is another, which also makes it void.
        """
        with self._database.transaction() as rows:
            now = records.seen(rows, self._time.seconds())
            request = _asked(rows, request_id)
            found = judge(rows, self.overseers, request, now)
            if found.state == "agreed" and same(digest, request.digest):
                records.close(rows, [request_id], "redeemed", "", now)
                return Approved(request=request, answers=found.answers, bypasses=found.bypasses)
            if found.state == "agreed":
                found = Judgement(state="void", why="what would run is not what was shown")
            if found.state != "waiting":
                records.close(rows, [request_id], found.state, found.why, now)
        raise over(request_id, found.state, found.why)

    def withdraw(self, request_id: str, why: str) -> None:
        """Make a question void because nobody will run its call any more; one that is over stays as it is."""
        with self._database.transaction() as rows:
            records.close(rows, [request_id], "void", why, records.seen(rows, self._time.seconds()))

    def void(self, before: datetime, *, run: str | None = None, why: str = "the run was stopped") -> int:
        """Make every question void that was asked until ``before`` and not redeemed; how many there were.

        ``before`` is told by the same clock as this was opened with; where that was set back, so is what it is compared
        with. Bypasses that were switched on by then end too. ``run`` keeps it to one run; ``None`` takes every run.
        """
        with self._database.transaction() as rows:
            now = records.seen(rows, self._time.seconds())
            moment = before.timestamp() + max(0.0, now - self._time.told())
            found = rows.execute(
                "SELECT id FROM requests WHERE state = 'waiting' AND asked <= ? AND (? IS NULL OR run = ?)",
                (moment, run, run),
            )
            bypass.end(rows, moment, run)
            return records.close(rows, [str(row[0]) for row in found.fetchall()], "void", why, now)

    def pending(self, *, run: str | None = None) -> tuple[Request, ...]:
        """The questions that wait for somebody's answer, the oldest first."""
        with self._database.reading() as rows:
            now = records.seen(rows, self._time.seconds(), write=False)
            waiting = [request for request in records.open_requests(rows, now) if run in (None, request.run)]
            return tuple(one for one in waiting if judge(rows, self.overseers, one, now).state == "waiting")

    def find(self, beginning: str) -> Request:
        """The question whose id starts like this; raises ``ApprovalRefusedError`` where there is not exactly one."""
        with self._database.reading() as rows:
            found = rows.execute(
                "SELECT id FROM requests WHERE substr(id, 1, ?) = ? LIMIT 2", (len(beginning), beginning)
            )
            ids = [str(row[0]) for row in found.fetchall()] if beginning else []
            request = records.request_of(rows, ids[0]) if len(ids) == 1 else None
        if request is None:
            what = "more than one question starts with" if len(ids) > 1 else "there is no question"
            raise refused(f"{what} `{beginning:.40}`", "unknown", "remit approve lists those that wait")
        return request

    def unsafe_bypass(self, by: str, *, key: SigningKey, run: str, charter: str, reason: str, seconds: float) -> Bypass:
        """Let a run go on without asking one overseer, for at most an hour; signed, and kept in the record.

        It covers one run under one charter. Whoever redeems an approval that rests on it records that. Raises
        ``ApprovalRefusedError`` for a key that is not the overseer's, without a reason, and for a longer time.
        """
        if not reason.strip() or not 0 < seconds <= bypass.LONGEST:
            raise refused("a bypass needs a reason and an end within an hour", "bypass", "say why, and for how long")
        public = self.overseers.public(by)
        with self._database.transaction() as rows:
            now = round(records.seen(rows, self._time.seconds()), 6)
            until = round(now + seconds, 6)
            made = Bypass(by=by, run=run, charter=charter, reason=reason, since=now, until=until)
            if records.is_agent(rows, by):
                raise refused(f"`{by}` is an agent, and agents approve nothing", "self", "an overseer has to")
            made = replace(made, signature=key.sign_bytes(made.statement()), key=fingerprint(public))
            if not public.verifies(made.statement(), made.signature):
                raise refused(f"the bypass is not signed by `{by}`", "key", "use that person's own key")
            bypass.keep(rows, made)
        return made

    def fatigue(self) -> tuple[Fatigue, ...]:
        """How each overseer has been answering: how often, how fast, and whether always with yes."""
        with self._database.reading() as rows:
            return fatigue_of(rows, records.seen(rows, self._time.seconds(), write=False))

    def close(self) -> None:
        """Close the file; every question stays as it is."""
        self._database.close()

    def _take(self, answer: Answer) -> State:
        """Check an answer from the signature down, and keep it."""
        public = self.overseers.public(answer.by)
        if not public.verifies(answer.statement(), answer.signature):
            raise refused(f"the answer is not signed by `{answer.by}`", "key", "answer with that person's own key")
        answer = replace(answer, key=fingerprint(public))
        with self._database.transaction() as rows:
            now = records.seen(rows, self._time.seconds())
            request = _asked(rows, answer.request)
            found = judge(rows, self.overseers, request, now)
            if found.state != "waiting":
                raise over(request.id, found.state, found.why)
            _fits(rows, request, answer, found, now)
            try:
                records.keep(rows, answer, took=max(0.0, now - request.asked_at.timestamp()), moment=now)
            except sqlite3.IntegrityError:
                raise refused(f"`{answer.by}` has answered", "answered", "an answer is given once") from None
            found = judge(rows, self.overseers, request, now)
            if found.state == "refused":
                records.close(rows, [request.id], found.state, found.why, now)
        return found.state


def _asked(rows: sqlite3.Connection, request_id: str) -> Request:
    """The question of that id; raises ``ApprovalRefusedError`` for one nobody asked."""
    request = records.request_of(rows, request_id)
    if request is None:
        raise refused(f"there is no question `{request_id:.40}`", "unknown", "remit approve lists those that wait")
    return request


def _fits(rows: sqlite3.Connection, request: Request, answer: Answer, found: Judgement, now: float) -> None:
    """Refuse an answer that was not asked for; raises ``ApprovalRefusedError``."""
    if answer.by in agents(request) or records.is_agent(rows, answer.by):
        raise refused(f"`{answer.by}` is an agent, and agents approve nothing", "self", "an overseer has to")
    if answer.by not in request.overseers:
        names = ", ".join(f"`{name}`" for name in request.overseers)
        raise refused(f"`{answer.by}` was not asked", "not-asked", f"asked were {names}")
    if not same(answer.digest, request.digest):
        raise refused("the answer is to other bytes than those that were asked about", "changed", "look at it again")
    if answer.by in {other.by for other in found.answers}:
        raise refused(f"`{answer.by}` has answered", "answered", "an answer is given once")
    if answer.key in {other.key for other in found.answers}:
        raise refused("one key cannot answer for two overseers", "one-key", "each person has a key of their own")
    if abs(answer.at.timestamp() - now) > _SKEW and not request.asked_at.timestamp() <= answer.at.timestamp() <= now:
        raise refused("the answer is from another time than the question", "time", "set the clock, and answer again")


def _unavailable(reason: str) -> ApprovalRefusedError:
    """The error of a file that cannot be used: what cannot be asked is not approved."""
    return ApprovalRefusedError(
        f"nobody can be asked: {reason}",
        code="guard.approval-refused.unavailable",
        hint="make the state folder writable; until then every call that needs a person is denied",
    )
