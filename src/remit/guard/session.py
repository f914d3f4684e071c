"""The life of a call, as a table.

Two rules. Everything that decides which phase follows which stands in the two tables of this file; a pair that is not
in them raises. And nothing here does anything: no file, no clock of its own, no callable; whoever makes a call says
what happened, and asks before it begins.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from remit.clock import Clock
from remit.errors import RefusedError
from remit.guard.standing import Phase, Remaining, Standing

__all__ = ["LABELS", "OPEN", "RUN_TABLE", "TABLE", "CallPhase", "Event", "Label", "Session", "diagram"]

CallPhase = Literal[
    "proposed", "awaiting", "cleared", "performing", "performed", "failed", "refused", "interrupted", "unknown"
]
Event = Literal["clear", "ask", "agree", "refuse", "expire", "begin", "finish", "fail", "lose", "stop"]
RunEvent = Literal["hold", "resume", "expire", "stop"]
Label = Literal["not run", "ran", "unknown"]

TABLE: Mapping[CallPhase, Mapping[Event, CallPhase]] = {
    "proposed": {"clear": "cleared", "ask": "awaiting", "refuse": "refused", "stop": "interrupted"},
    "awaiting": {"agree": "cleared", "refuse": "refused", "expire": "refused", "stop": "interrupted"},
    "cleared": {"begin": "performing", "refuse": "refused", "stop": "interrupted"},
    "performing": {"finish": "performed", "fail": "failed", "lose": "unknown", "stop": "unknown"},
    "unknown": {"finish": "performed", "fail": "failed"},  # somebody who saw it end may still say so
    "performed": {},
    "failed": {},
    "refused": {},
    "interrupted": {},
}
"""The life of a call: the phase it is in, what happens, the phase it is in then."""

RUN_TABLE: Mapping[Phase, Mapping[RunEvent, Phase]] = {
    "running": {"hold": "held", "expire": "expired", "stop": "stopped"},
    "held": {"hold": "held", "resume": "running", "expire": "expired", "stop": "stopped"},
    "expired": {"expire": "expired", "stop": "stopped"},
    "stopped": {"stop": "stopped"},
}
"""The life of a run as its calls see it; no way leads back from the last two."""

OPEN: tuple[CallPhase, ...] = tuple(phase for phase, events in TABLE.items() if "stop" in events)
"""The phases a stop changes."""

LABELS: Mapping[CallPhase, Label] = {
    "proposed": "not run",
    "awaiting": "not run",
    "cleared": "not run",
    "refused": "not run",
    "interrupted": "not run",
    "performing": "unknown",
    "unknown": "unknown",
    "performed": "ran",
    "failed": "ran",
}
"""What may truthfully be said: ``not run``, its callable was never started; ``ran``, it was started and came back, with
a result or with an error; ``unknown``, it was started and nobody saw it end."""

_SAID: Mapping[Label, str] = {
    "not run": "it did not run",
    "ran": "it ran",
    "unknown": "it was under way, and whether it took effect is not known",
}
_REMEMBERED = 1024  # closed calls whose phase can still be asked for


class Session:
    """The calls of one run and how the run stands. Safe to use from several threads.

    ``cwd`` is the folder relative paths start from and ``known`` the people and addresses already dealt with (``None``:
    nobody keeps such a list); both are handed on to every ``Standing``.
    """

    def __init__(self, *, clock: Clock, cwd: str = "", known: frozenset[str] | None = None) -> None:
        """Start a run that has made no call yet."""
        self.cwd = cwd
        self.known = known
        self.reason = ""
        self.stopped_at: datetime | None = None
        self._clock = clock
        self._phase: Phase = "running"
        self._open: dict[str, CallPhase] = {}
        self._closed: OrderedDict[str, CallPhase] = OrderedDict()
        self._interrupted: list[str] = []
        self._facts: dict[str, bool] = {}
        self._lock = threading.Lock()

    @property
    def phase(self) -> Phase:
        """How the run stands: running, held, stopped or expired."""
        return self._phase

    def propose(self, call_id: str) -> None:
        """Take in a new call; raises ``RefusedError`` when the run is over or the id was used before."""
        with self._lock:
            if self._phase in ("stopped", "expired"):
                raise self._over()
            if call_id in self._open or call_id in self._closed:
                raise _illegal(f"a second call has the id `{call_id}`", "every call has an id of its own")
            self._open[call_id] = "proposed"

    def move(self, call_id: str, event: Event) -> CallPhase:
        """Say what happened to a call, and return the phase it is in now.

        Raises ``RefusedError`` for a pair that is not in the table, and for ``begin`` while the run is not running:
        whoever calls ``move(id, "begin")`` before the callable never starts one after a stop.
        """
        with self._lock:
            if event == "begin" and self._phase != "running" and self._open.get(call_id) == "cleared":
                raise self._over()
            return self._move(call_id, event)

    def phase_of(self, call_id: str) -> CallPhase:
        """The phase of a call; raises ``RefusedError`` for one that is not known, or was closed long ago."""
        with self._lock:
            return self._phase_of(call_id)

    def awaits(self, call_id: str) -> bool:
        """Whether a call waits for people; one nobody knows does not."""
        return self._open.get(call_id) == "awaiting"

    def hold(self) -> None:
        """Start nothing new until ``resume``; calls under way go on."""
        self._turn("hold")

    def resume(self) -> None:
        """Let calls begin again; raises ``RefusedError`` where the run is over."""
        self._turn("resume")

    def expire(self) -> None:
        """Say that the run's time is over: nothing begins any more."""
        self._turn("expire")

    def stop(self, reason: str) -> Mapping[str, Label]:
        """Stop the run and every open call, and say of each what may truthfully be said.

        A second stop changes nothing. Approvals asked for before ``stopped_at`` are void: the caller voids them.
        """
        with self._lock:
            if self._phase != "stopped":
                self._phase = RUN_TABLE[self._phase]["stop"]
                self.stopped_at, self.reason = self._clock.now(), reason
                self._interrupted = [call for call, phase in self._open.items() if phase in OPEN]
                for call in self._interrupted:
                    self._move(call, "stop")
            return self._labels()

    def labels(self) -> Mapping[str, Label]:
        """What may be said now of every call that was stopped, is open or is unknown."""
        with self._lock:
            return self._labels()

    def explain(self, call_id: str) -> str:
        """What the model is told of a call that was interrupted, in one sentence without a full stop."""
        label = LABELS[self.phase_of(call_id)]
        why = f" ({self.reason})" if self.reason else ""
        state = "was stopped" if self._phase == "stopped" else f"is {self._phase}"
        return f"the run {state}{why}: of this call, {_SAID[label]}"

    def standing(
        self, budgets: Mapping[str, Remaining] | None = None, facts: Mapping[str, object] | None = None
    ) -> Standing:
        """What ``decide`` sees of the run at this moment; ``facts`` go over what calls have brought about."""
        with self._lock:
            known = {**self._facts, **(facts or {})}
        return Standing(phase=self._phase, budgets=budgets or {}, known=self.known, facts=known, cwd=self.cwd)

    def learn(self, facts: Mapping[str, bool]) -> None:
        """Take in what a call brought about, or took back: grants that need a fact go by it."""
        with self._lock:
            self._facts.update(facts)

    def _move(self, call_id: str, event: Event) -> CallPhase:
        """Look the pair up, and keep what is still open apart from what is over."""
        before = self._phase_of(call_id)
        after = TABLE[before].get(event)
        if after is None:
            possible = ", ".join(TABLE[before]) or "nothing"
            raise _illegal(f"`{event}` cannot happen to a call that is {before}", f"what can: {possible}")
        self._open[call_id] = after
        if not TABLE[after]:
            del self._open[call_id]
            self._closed[call_id] = after
            while len(self._closed) > _REMEMBERED + len(self._interrupted):
                self._closed.popitem(last=False)
        return after

    def _phase_of(self, call_id: str) -> CallPhase:
        """The phase of a call that is open or was closed lately."""
        phase = self._open.get(call_id) or self._closed.get(call_id)
        if phase is None:
            raise _illegal(f"no call `{call_id}` is open", "propose it first")
        return phase

    def _labels(self) -> Mapping[str, Label]:
        """The labels of what was stopped and of what is open."""
        calls = dict.fromkeys([*self._interrupted, *self._open])
        return {call: LABELS[self._phase_of(call)] for call in calls}

    def _turn(self, event: RunEvent) -> None:
        """Change how the run stands; raises ``RefusedError`` for a pair that is not in the table."""
        with self._lock:
            after = RUN_TABLE[self._phase].get(event)
            if after is None:
                raise _illegal(f"`{event}` cannot happen to a run that is {self._phase}", "start a new run")
            self._phase = after

    def _over(self) -> RefusedError:
        """The error of a call that may not begin as the run stands."""
        why = f": {self.reason}" if self.reason else ""
        hint = "wait until an overseer lets it go on" if self._phase == "held" else "start a new run"
        return RefusedError(f"the run is {self._phase}{why}", code=f"guard.refused.{self._phase}", hint=hint)


def diagram() -> str:
    """The table as a Mermaid state diagram, one arrow for each pair; the pages are drawn from it."""
    return "\n".join(_arrows())


def _arrows() -> Iterator[str]:
    """The lines of the diagram."""
    yield "stateDiagram-v2"
    yield "    [*] --> proposed"
    for phase, events in TABLE.items():
        yield from (f"    {phase} --> {after}: {event}" for event, after in events.items())
        if not events:
            yield f"    {phase} --> [*]"


def _illegal(message: str, hint: str) -> RefusedError:
    """The error of a pair that is not in the table: the caller is wrong about where the call stands."""
    return RefusedError(message, code="guard.refused.out-of-order", hint=hint)
