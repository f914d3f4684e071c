"""An approved plan while it is carried out: which call may come next, and nothing else.

A grant for one run, narrower than the charter. Steps come in order; one begins when every earlier one was performed.
A step that failed, was interrupted or is in doubt breaks the plan: what was planned after it was planned for another
world. Calls outside are for the charter's overseers, as if every grant said `ask`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.guard.call import Call
from remit.guard.plan import Plan, Step

__all__ = ["Following"]


@dataclass(slots=True, kw_only=True)
class Following:
    """An approved plan and how far it got.

    ``hashes`` stand for its steps, in order; ``digests`` are those of the calls literal steps stand for (``""`` for
    steps with conditions); ``agreed`` are the overseers who approved it.
    """

    plan: Plan
    hashes: tuple[str, ...]
    digests: tuple[str, ...]
    agreed: frozenset[str]
    known: frozenset[str] | None = None
    broken: str = ""
    _done: int = 0  # calls performed of the step that is next
    _next: int = 0  # its place
    _under_way: dict[str, Mapping[str, float]] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def finished(self) -> bool:
        """Whether every step was performed."""
        return self._next == len(self.plan.steps)

    @property
    def step(self) -> Step | None:
        """The step that is next, or under way; ``None`` when the plan is finished."""
        return None if self.finished else self.plan.steps[self._next]

    @property
    def said(self) -> str:
        """How far the plan got, in words."""
        if self.broken:
            return f"broken: {self.broken}"
        return "done" if self.finished else f"step {self._next + 1} of {len(self.plan.steps)} is next"

    def refusal(self, call: Call, digest: str, spends: Mapping[str, float]) -> str:
        """Why a call is outside the plan, empty where it is its next step.

        ``call`` is as proposed, ``digest`` that of the call as it would run, ``spends`` what it would reserve.
        """
        with self._lock:
            return self._refusal(call, digest, spends)

    def begin(self, call: Call, digest: str, spends: Mapping[str, float]) -> tuple[str, str]:
        """Take the next step for a call: its hash and no reason, or no hash and why the call is outside the plan."""
        with self._lock:
            reason = self._refusal(call, digest, spends)
            if reason:
                return "", reason
            self._under_way[call.id] = dict(spends)
            return self.hashes[self._next], ""

    def give_back(self, call_id: str) -> None:
        """The call was never started: its step is still to come."""
        with self._lock:
            self._under_way.pop(call_id, None)

    def end(self, call_id: str, *, performed: bool) -> None:
        """The call ended; one that was not performed breaks the plan."""
        with self._lock:
            spends = self._under_way.pop(call_id, None)
            if spends is None:
                return
            for name, amount in spends.items():
                self._spent[name] = self._spent.get(name, 0.0) + amount
            if not performed:
                self.broken = f"step {self._next + 1} of the plan was not performed"
                return
            self._done += 1
            if self._done == self.plan.steps[self._next].times:
                self._next, self._done = self._next + 1, 0

    def _refusal(self, call: Call, digest: str, spends: Mapping[str, float]) -> str:
        """The reason, under the lock."""
        step = self.step
        if self.broken:
            return self.broken
        if step is None:
            return "every step of the plan is done"
        if self._done + len(self._under_way) >= step.times:
            return f"step {step.number} of the plan is still under way"
        reason = step.fits(call, self.known)
        if reason:
            return f"{reason} (step {step.number})"
        if step.literal and digest != self.digests[self._next]:
            return f"the arguments mean something else than when step {step.number} was approved"
        return self._too_much(spends)

    def _too_much(self, spends: Mapping[str, float]) -> str:
        """Which of the plan's own budgets a call would exceed."""
        for name, most in self.plan.budget.items():
            under_way = sum(reserved.get(name, 0.0) for reserved in self._under_way.values())
            if self._spent.get(name, 0.0) + under_way + spends.get(name, 0.0) > most.amount:
                return f"the plan has no more of `{name}`"
        return ""
