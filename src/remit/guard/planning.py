"""Plans and questions of the agent: put to people as calls are, and a plan, once agreed to, is followed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from remit.errors import ApprovalRefusedError, DeniedError, LedgerError, RefusedError
from remit.guard.binding import Binding
from remit.guard.call import Call
from remit.guard.calls.clearing import Clearing, Waiting
from remit.guard.calls.following import Following
from remit.guard.calls.frozen import freeze
from remit.guard.calls.passing import Passing
from remit.guard.decision import Ask, Because
from remit.guard.plan import read_plan
from remit.guard.preview import Preview, preview

__all__ = ["ASK", "PLAN", "Planning"]

PLAN = "remit.plan"
ASK = "remit.ask"
"""The names under which an agent's plans and questions are put, as if they were calls."""

_LONGEST_QUESTION = 4000


@dataclass(slots=True, kw_only=True)
class Planning:
    """Checks plans, puts them and questions to people, and makes an approved plan what the run follows."""

    binding: Binding
    passing: Passing

    async def plan(self, document: Mapping[str, object]) -> Preview:
        """Check a plan, have it agreed to where somebody has to, and follow it from now on."""
        seen, asked = await self.passing.hop(partial(self.check, document))
        if asked is not None:
            await self.passing.awaiting.agreed(asked, self.passing.hop)
        await self.passing.hop(partial(self.follow, seen, asked))
        return seen

    def plan_here(self, document: Mapping[str, object]) -> Preview:
        """As ``plan``, for plain code."""
        seen, asked = self.check(document)
        if asked is not None:
            self.passing.awaiting.agreed_here(asked)
        self.follow(seen, asked)
        return seen

    async def ask(self, text: str) -> bool:
        """Put a question and wait: whether everybody said yes; silence raises ``ApprovalExpiredError``."""
        asked = await self.passing.hop(partial(self.question, text))
        try:
            await self.passing.awaiting.agreed(asked, self.passing.hop)
        except ApprovalRefusedError:
            return False
        self.done(asked)
        return True

    @property
    def clearing(self) -> Clearing:
        """What every call has to pass."""
        return self.passing.clearing

    def check(self, document: Mapping[str, object]) -> tuple[Preview, Waiting | None]:
        """Read a plan, check it, write it down; the question to put, ``None`` where nobody has to agree.

        While another plan is followed that is not done, whoever agreed to that one has to agree to leave it. Raises
        ``DeniedError`` for what is no plan, or does what the charter does not allow.
        """
        plan = read_plan(document, self.binding.charter)
        seen = preview(
            plan, self.binding.book, self.clearing.judge, principal=self.passing.principal, placed=self.binding.placed
        )
        if seen.refused:
            error = DeniedError(
                f"the plan is denied: {seen.refused[0].what}", code="guard.denied.plan", hint="plan within the charter"
            )
            error.because = seen.refused
            self._denied(error, plan.digest)
            raise error
        self._record(seen)
        earlier = self.clearing.following
        left = earlier.agreed if earlier is not None and not earlier.finished else frozenset()
        overseers = tuple(dict.fromkeys((*seen.overseers, *sorted(left))))
        if not overseers:
            if earlier is not None and not earlier.finished:
                raise self._stuck(plan.digest)
            return seen, None
        because = (Because(step=6, what=f"a plan of {len(seen.steps)} steps is for a person to decide"),)
        call = Call(tool=PLAN, args=seen.document(), principal=self.passing.principal)
        return seen, self._question(call, overseers, because, seen.effects)

    def follow(self, seen: Preview, asked: Waiting | None) -> None:
        """Follow a plan from now on: nothing outside of it happens without asking."""
        self.clearing.following = Following(
            plan=seen.plan,
            hashes=tuple(step.hash for step in seen.steps),
            digests=tuple(step.digest for step in seen.steps),
            agreed=frozenset(() if asked is None else asked.overseers),
            known=self.passing.session.known,
        )
        self.done(asked)

    def question(self, text: str) -> Waiting:
        """A question of the agent's own to its overseers, who answer yes or no; nothing is allowed by the answer."""
        overseers = tuple(self.binding.charter.overseers)
        if not text.strip() or len(text) > _LONGEST_QUESTION or not overseers:
            reason = "the charter names no overseer" if not overseers else "it is empty or too long to be read"
            raise DeniedError(f"the question is not put: {reason}", code="guard.denied.question")
        because = (Because(step=6, what="the agent asks"),)
        return self._question(
            Call(tool=ASK, args={"question": text}, principal=self.passing.principal), overseers, because, ()
        )

    def done(self, asked: Waiting | None) -> None:
        """Say in the session that a question was answered with yes."""
        if asked is not None:
            with contextlib.suppress(RefusedError):
                self.passing.session.move(asked.call.id, "agree")
                self.passing.session.move(asked.call.id, "begin")
                self.passing.session.move(asked.call.id, "finish")

    def _question(
        self, call: Call, overseers: tuple[str, ...], because: tuple[Because, ...], effects: tuple[str, ...]
    ) -> Waiting:
        """Something people have to agree to, in the form of a call."""
        self.passing.session.propose(call.id)
        decision = Ask(because=because, overseers=overseers, args=call.args, effects=effects)
        return Waiting(call=call, frozen=freeze(call), decision=decision, overseers=overseers)

    def _record(self, seen: Preview) -> None:
        """Write a plan down before anybody is asked about it; one that cannot be is denied."""
        facts = {"plan": seen.plan.digest, "document": seen.document(), "guard": self.clearing.guard}
        try:
            self.clearing.ledger.record("planned", facts)
        except LedgerError as error:
            raise DeniedError(
                f"the plan could not be recorded: {error.message}", code="guard.denied.unrecorded", hint=error.hint
            ) from error

    def _denied(self, error: DeniedError, plan: str) -> None:
        """Write down that a plan was refused."""
        because = [str(reason) for reason in error.because]
        self.clearing.note("denied", {"tool": PLAN, "plan": plan, "code": error.code, "because": because})

    def _stuck(self, plan: str) -> DeniedError:
        """A plan that is not done cannot be left without anybody's leave."""
        error = DeniedError(
            "the plan is denied: another one is not done yet", code="guard.denied.plan", hint="finish it first"
        )
        error.because = (Because(step=3, what="another plan is followed"),)
        self._denied(error, plan)
        return error
