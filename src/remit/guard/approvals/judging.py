"""How a question stands: worked out from what was written down, the answers that hold, and the time."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from remit.errors import ApprovalExpiredError, ApprovalRefusedError, RefusedError
from remit.guard.approvals import bypass, records
from remit.guard.approvals.answer import Answer
from remit.guard.approvals.bypass import Bypass
from remit.guard.approvals.identity import Overseers, fingerprint
from remit.guard.approvals.request import Request

__all__ = ["Judgement", "State", "check", "judge", "over", "refused", "same"]

State = Literal["waiting", "agreed", "refused", "expired", "void", "redeemed"]
"""``agreed``: everybody said yes and nobody has redeemed it; the last four are final."""

_FINAL: dict[str, State] = {"refused": "refused", "expired": "expired", "void": "void", "redeemed": "redeemed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The state of a question, why it is in it, and what the state stands on."""

    state: State
    why: str = ""
    answers: tuple[Answer, ...] = ()
    bypasses: tuple[Bypass, ...] = ()


def judge(rows: sqlite3.Connection, overseers: Overseers, request: Request, now: float) -> Judgement:
    """How a question stands at a moment; only answers whose signature holds count, each key once.

    Every overseer must have agreed, or have switched asking off for a while (``unsafe_bypass``).
    """
    written, why = records.state_of(rows, request.id) or ("void", "it is gone")
    if written in _FINAL:
        return Judgement(state=_FINAL[written], why=why)
    if now >= request.expires_at.timestamp():
        return Judgement(state="expired", why="nobody answered in time")
    answers = _holding(records.answers_of(rows, request.id), request, overseers)
    against = next((answer.by for answer in answers if not answer.agree), None)
    if against is not None:
        return Judgement(state="refused", why=f"`{against}` said no", answers=answers)
    missing = [name for name in request.overseers if name not in {answer.by for answer in answers}]
    bypasses = bypass.in_force(rows, overseers, request, missing, now)
    missing = [name for name in missing if name not in {item.by for item in bypasses}]
    if missing or not request.overseers:
        names = ", ".join(f"`{name}`" for name in missing) or "somebody who may"
        return Judgement(state="waiting", why=f"waits for {names}", answers=answers)
    return Judgement(state="agreed", answers=answers, bypasses=bypasses)


def check(request: Request) -> None:
    """Refuse a question that only an agent could answer, or nobody; raises ``ApprovalRefusedError``."""
    own = agents(request)
    if not request.overseers:
        raise refused("there is nobody to ask", "nobody", "name an overseer in the grant's `ask`")
    for name in request.overseers:
        if name in own:
            raise refused(f"`{name}` cannot approve a call of its own", "self", "an overseer is a person, not an agent")
    if request.expires_at <= request.asked_at:
        raise refused("the question expires before it is asked", "life", "give it a life of some minutes")


def agents(request: Request) -> frozenset[str]:
    """The names that are agents' and therefore nobody's who may answer: the agent and whoever calls for it."""
    return frozenset(name for name in (request.agent, request.principal) if name)


def over(request_id: str, state: str, why: str) -> RefusedError:
    """The error of a question that can be neither answered nor redeemed any more, or not yet."""
    reason = f": {why}" if why else ""
    what = f"the approval `{request_id}` is {state}{reason}"
    if state == "expired":
        return ApprovalExpiredError(f"the question `{request_id}` expired{reason}", hint="propose the call again")
    codes = {"redeemed": "used", "void": "void", "waiting": "waiting", "agreed": "answered"}
    hints = {
        "redeemed": "an approval is good for one call: ask again",
        "agreed": "everybody has agreed already",
        "refused": "do without it, or propose something else",
    }
    code = f".{codes[state]}" if state in codes else ""
    return ApprovalRefusedError(what, code=f"guard.approval-refused{code}", hint=hints.get(state, "propose it again"))


def refused(message: str, code: str, hint: str) -> ApprovalRefusedError:
    """An error below ``guard.approval-refused``."""
    return ApprovalRefusedError(message, code=f"guard.approval-refused.{code}", hint=hint)


def same(one: str, other: str) -> bool:
    """Whether two digests are the same, in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _holding(answers: Iterable[Answer], request: Request, overseers: Overseers) -> tuple[Answer, ...]:
    """The answers that hold: of a named overseer, to this digest, signed with the key enrolled now, no key twice."""
    held: dict[str, Answer] = {}
    for answer in answers:
        public = overseers.find(answer.by)
        holds = answer.by in request.overseers and same(answer.digest, request.digest)
        if holds and public is not None and public.verifies(answer.statement(), answer.signature):
            held.setdefault(fingerprint(public), answer)
    return tuple(held.values())
