"""The half of a guarded call that waits for disks: what is left, the decision, the reservation, the durable intent.

Everything here is plain and blocking, so that one thread hop of an event loop, or a plain function, does all of it. The
steps, in this order: (1) how the run stands, (2) the decision, by every charter that binds, (3) the plan, (4) the
reservation, (5) the intent. A call is cleared only when the ledger said that the intent is on the disk.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from remit.errors import BudgetExhaustedError, DeniedError, LedgerError, RefusedError
from remit.guard.budgets.budget import Reservation
from remit.guard.call import Call
from remit.guard.calls.following import Following
from remit.guard.calls.frozen import Frozen, freeze
from remit.guard.decision import Allow, Ask, Because, Decision, Deny
from remit.guard.standing import Remaining, Standing
from remit.recorder import Recorder

__all__ = ["Cleared", "Clearing", "Counting", "Waiting", "call_facts", "refusal"]

_SHADOWED = "shadow mode: decided, not enforced"
_ENTER = "budgets are counted once the guard is entered: `with remit.Guard(...) as guard`, or `async with`"


class Counting(Protocol):
    """What the guard needs of budgets; see ``remit.guard.budgets.budget.Budgets``."""

    def remaining(self) -> Mapping[str, Remaining]:
        """What each budget has left."""

    def reserve(self, call_id: str, spends: Mapping[str, float], *, call: Call | None = None) -> Reservation:
        """Set aside what a call will spend; raises ``BudgetExhaustedError``."""

    def commit(self, reservation: Reservation, actual: Mapping[str, float] | None = None) -> None:
        """Settle as spent."""

    def release(self, reservation: Reservation) -> None:
        """Give back what a call that never started had set aside."""

    def doubt(self, reservation: Reservation) -> None:
        """Keep as spent what nobody knows the fate of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A call that may be made now: its bytes, what was decided, what is reserved, and the number of its intent.

    ``step`` is the hash of the plan's step it is, empty outside of a plan.
    """

    call: Call
    frozen: Frozen
    decision: Decision
    intent: int
    reservation: Reservation | None = None
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A call that waits for every one of ``overseers`` to agree to exactly these bytes.

    ``deviation`` says why it is outside the plan that is being followed, where it is.
    """

    call: Call
    frozen: Frozen
    decision: Ask
    overseers: tuple[str, ...]
    deviation: str = ""


Deciding = Callable[[Call, Standing], Decision]


@dataclass(slots=True, kw_only=True)
class Clearing:
    """What a call has to pass.

    ``decide`` answers for every charter that binds; ``typed`` says whether a tool's arguments are known; ``overseers``
    are the people who are asked about what is outside a plan. ``guard`` names this guard in the ledger, ``holder`` its
    process; ``charter`` is the digest of its charter.
    """

    decide: Deciding
    standing: Callable[[Mapping[str, Remaining]], Standing]
    ledger: Recorder
    charter: str
    guard: str
    holder: str = ""
    typed: Callable[[str], bool] = lambda _tool: False
    overseers: tuple[str, ...] = ()
    budgets: Counting | None = None
    shadow: bool = False
    following: Following | None = None
    unrecorded: int = field(default=0)

    def judge(self, call: Call) -> Decision:
        """Decide a call as it stands now, without recording or reserving anything."""
        return self.decide(call, self._stands())

    def clear(
        self, call: Call, agreed: Waiting | None = None, approval: Mapping[str, object] | None = None
    ) -> Cleared | Waiting:
        """Let a call pass, or say whom it waits for; raises the ``RefusedError`` that says why not.

        ``agreed`` is what its overseers agreed to: a call that means anything else by now is refused. ``approval`` is
        what the intent says of them.
        """
        began, following = time.perf_counter(), self.following
        try:
            standing = self._stands()
            decision = self.decide(call, standing)
            frozen = freeze(call, None if isinstance(decision, Deny) else decision.args)
        except RefusedError as error:
            raise self.denied(call, error) from None
        if isinstance(decision, Deny):
            return self._refused(call, frozen, decision, standing, began)
        if agreed is not None and agreed.frozen.digest != frozen.digest:
            raise self.denied(call, _changed(call))
        step, deviation = following.begin(call, frozen.digest, decision.spends) if following is not None else ("", "")
        try:
            if deviation and agreed is None:
                self._deviated(call, frozen, deviation)
            waiting = self._waiting(call, frozen, decision, step=step, deviation=deviation)
            if waiting is not None and not self.shadow and not _covers(agreed, waiting):
                if following is not None:
                    following.give_back(call.id)
                return waiting
            return self._reserved(call, frozen, decision, step, approval, began=began)
        except BaseException:
            if following is not None:
                following.give_back(call.id)
            raise

    def note(self, kind: str, facts: Mapping[str, object]) -> int | None:
        """Record what happened where nothing depends on it any more; a ledger that cannot be written is counted."""
        try:
            return self.ledger.record(kind, {"guard": self.guard, **facts})
        except LedgerError:
            self.unrecorded += 1
            return None

    def _stands(self) -> Standing:
        """Step 1: the run's phase and what its budgets have left."""
        return self.standing({} if self.budgets is None else self.budgets.remaining())

    def _refused(self, call: Call, frozen: Frozen, decision: Deny, standing: Standing, began: float) -> Cleared:
        """Refuse, or in shadow mode only say so: a run that is held or stopped is so in shadow mode too."""
        error = refusal(call, decision, counted=self.budgets is not None)
        if self.shadow and standing.phase == "running":
            return self._reserved(call, frozen, decision, "", None, began=began)
        raise self.denied(call, error)

    def _waiting(
        self, call: Call, frozen: Frozen, decision: Allow | Ask, *, step: str, deviation: str
    ) -> Waiting | None:
        """Step 3: who has to agree; ``None`` where nobody has to, or where they agreed to the plan it is a step of."""
        following = self.following
        asked = decision.overseers if isinstance(decision, Ask) else ()
        if following is None or step:
            each = isinstance(decision, Ask) and decision.each  # then no plan stands for the answer
            agreed = frozenset[str]() if following is None or each else following.agreed
            left = tuple(name for name in asked if name not in agreed)
            if not left:
                return None
            return Waiting(call=call, frozen=frozen, decision=_asking(decision, left), overseers=left)
        everybody = asked or self.overseers
        because = (*decision.because, Because(step=3, what=f"outside the plan: {deviation}"))
        if not everybody:
            raise self.denied(call, refusal(call, Deny(because=because, code="guard.denied.outside-plan")))
        decided = _asking(replace(decision, because=because), everybody)
        return Waiting(call=call, frozen=frozen, decision=decided, overseers=everybody, deviation=deviation)

    def _deviated(self, call: Call, frozen: Frozen, reason: str) -> None:
        """Write down that a call is outside the plan that is followed."""
        plan = "" if self.following is None else self.following.plan.digest
        self.note("deviated", {"call": call_facts(call, frozen), "plan": plan, "reason": reason})

    def _reserved(
        self,
        call: Call,
        frozen: Frozen,
        decision: Decision,
        step: str,
        approval: Mapping[str, object] | None,
        *,
        began: float,
    ) -> Cleared:
        """Steps 4 and 5: set aside what it spends, then write the intent down, with what deciding cost in seconds."""
        spends = {} if isinstance(decision, Deny) else decision.spends
        reservation = None
        if self.budgets is not None and spends:
            try:
                reservation = self.budgets.reserve(call.id, spends, call=call)
            except BudgetExhaustedError as error:
                if not self.shadow:
                    raise self.denied(call, error) from None
        facts: dict[str, object] = {
            "call": call_facts(call, frozen),
            "digest": frozen.digest,
            "charter": self.charter,
            "guard": self.guard,
            "holder": self.holder,
            "decision": said(decision),
            "because": [str(reason) for reason in decision.because],
            "spends": dict(spends),
            **({"typed": True} if self.typed(call.tool) else {}),
            **({"step": step} if step else {}),
            **({"approval": dict(approval)} if approval else {}),
            "overhead": round(time.perf_counter() - began, 6),
        }
        try:
            if self.shadow and not isinstance(decision, Allow):
                facts["shadowed"] = self.ledger.record("shadowed", {**facts, "why": _SHADOWED})
            number = self.ledger.record("intent", facts)
        except LedgerError as error:
            self._give_back(reservation)
            self.unrecorded += 1
            raise _unrecorded(call, error) from error
        return Cleared(call=call, frozen=frozen, decision=decision, intent=number, reservation=reservation, step=step)

    def denied(self, call: Call, error: RefusedError) -> RefusedError:
        """Write a refusal down, as far as that is possible: nothing runs either way."""
        because = [str(reason) for reason in error.because] or [error.message]
        facts = {"call": call_facts(call), "charter": self.charter, "code": error.code, "because": because}
        self.note("denied", facts)
        return error

    def _give_back(self, reservation: Reservation | None) -> None:
        """Release what was set aside for a call that will not be made; what cannot be released stays spent."""
        if reservation is not None and self.budgets is not None:
            with contextlib.suppress(RefusedError):
                self.budgets.release(reservation)


def call_facts(call: Call, frozen: Frozen | None = None) -> dict[str, object]:
    """A call as the ledger keeps it, with the arguments that would run where they are known."""
    args: object = dict(call.args) if frozen is None else frozen.arguments()
    whose = {"principal": call.principal, "server": call.server} | ({"schema": call.schema} if call.schema else {})
    return {"id": call.id, "tool": call.tool, "args": args, **whose}


def said(decision: Decision) -> str:
    """A decision as one word."""
    match decision:
        case Allow():
            return "allow"
        case Ask():
            return "ask"
        case Deny():
            return "deny"


def refusal(call: Call, decision: Deny, *, counted: bool = True) -> RefusedError:
    """The error a denied call is answered with: the reason, what would be allowed, and every rule that spoke.

    ``counted``: whether the budgets are open; a guard nobody entered has none of anything left.
    """
    reason = decision.because[0].what if decision.because else "no grant covers it"
    kind = BudgetExhaustedError if decision.code.startswith(BudgetExhaustedError.code) else DeniedError
    nothing = "nothing like it is allowed" if kind is DeniedError else "nothing of it is left to spend for now"
    hint = f"allowed would be: {decision.allowed}" if decision.allowed else nothing
    if kind is BudgetExhaustedError and not counted:
        hint = _ENTER
    error = kind(f"`{call.tool:.80}` is denied: {reason}", code=decision.code, hint=hint)
    error.because, error.allowed = decision.because, decision.allowed
    return error


def _asking(decision: Allow | Ask, overseers: Sequence[str]) -> Ask:
    """The same decision, with these people asked."""
    return Ask(
        because=decision.because,
        overseers=tuple(overseers),
        args=decision.args,
        spends=decision.spends,
        effects=decision.effects,
        each=isinstance(decision, Ask) and decision.each,
    )


def _covers(agreed: Waiting | None, waiting: Waiting) -> bool:
    """Whether everybody who has to agree did."""
    return agreed is not None and set(waiting.overseers) <= set(agreed.overseers)


def _changed(call: Call) -> DeniedError:
    """The call that was approved is not the one that would run now."""
    return DeniedError(
        f"`{call.tool:.80}` would do something else now than what was approved",
        code="guard.denied.swapped",
        hint="propose it anew: whoever approved it saw other arguments",
    )


def _unrecorded(call: Call, error: LedgerError) -> DeniedError:
    """A call nobody could prove afterwards is not made."""
    refused = DeniedError(
        f"`{call.tool:.80}` is denied: {error.message}", code="guard.denied.unrecorded", hint=error.hint
    )
    refused.because = (Because(step=5, what="an intent that cannot be recorded is not acted on"),)
    return refused
