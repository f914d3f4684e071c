"""The guard inside Inspect: each sample is a run of its own under the charter, decided and recorded call by call.

A call that is allowed is cleared and put on record as made at once: whether it came to its end is in Inspect's log.
"""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inspect_ai.tool import ToolCall
from inspect_ai.util import store

from remit.charter.model import Charter
from remit.charter.reader import read_charter
from remit.errors import Interrupted, RefusedError
from remit.evals.inspect.keeping import sample_here
from remit.guard.call import Call
from remit.guard.decision import Ask
from remit.guard.guard import Guard
from remit.ledger.places import agent_ledger, make_private
from remit.ledger.store import Ledger

__all__ = ["Guards", "Judged"]

_ASKING = 0.5  # seconds a question may wait here: people are asked by Inspect's own approvers


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the guard said of a call: ``because`` for the log, ``told`` for the agent, ``args`` where it goes on."""

    answer: Literal["allow", "ask", "deny", "stop"]
    because: str
    told: str = ""
    args: dict[str, object] = field(default_factory=dict)


class Guards:
    """The guards of the samples of one evaluation, made when a sample makes its first call, closed with it."""

    def __init__(self, charter: str, ledger: str = "") -> None:
        """Read the charter at once: an evaluation under a charter nobody can read does not begin.

        ``ledger`` is a file, that of the agent unless given.
        """
        self.charter: Charter = read_charter(Path(charter))
        self._place = Path(ledger) if ledger else None
        self._ledger: Ledger | None = None
        self._guards: dict[str, Guard] = {}

    async def judge(self, call: ToolCall) -> Judged:
        """Decide about a call, and put it on record; whatever goes wrong denies."""
        guard = await self._guard()
        wanted = Call(tool=call.function, args=dict(call.arguments))
        decision = await guard.propose(wanted)
        if isinstance(decision, Ask):
            who = ", ".join(decision.overseers)
            guard.clearing.note(
                "message", {"from": "guard", "text": f"`{call.function:.80}` is put to {who} by Inspect"}
            )
            return Judged(answer="ask", because=f"{_said(decision.because)}; to be agreed to by {who}")
        try:
            receipt = await guard.perform(wanted, dict)
        except RefusedError as error:
            return Judged(answer="deny", because=_said(getattr(error, "because", ())) or error.message, told=str(error))
        except Interrupted as stop:
            return Judged(answer="stop", because=str(stop))
        return Judged(answer="allow", because=_said(decision.because), args=receipt.value)

    async def _guard(self) -> Guard:
        """The guard of this sample; it is closed when Inspect forgets the sample."""
        sample = sample_here()
        if sample not in self._guards:
            self._guards[sample] = Guard(self.charter, ledger=self._opened(), life=_ASKING)
            await self._guards[sample].__aenter__()
            weakref.finalize(store(), self._close, sample)
        return self._guards[sample]

    def _close(self, sample: str) -> None:
        """End the run of a sample."""
        self._guards.pop(sample).__exit__(None, None, None)

    def _opened(self) -> Ledger:
        """The ledger, opened with the first call."""
        if self._ledger is None:
            place = self._place or agent_ledger(os.environ, self.charter.agent.name)
            if self._place is None:
                make_private(place.parent)
            self._ledger = Ledger.open(place)
        return self._ledger


def _said(because: object) -> str:
    """The rules that determined a decision, in one line."""
    return "; ".join(str(item) for item in because) if isinstance(because, tuple) else ""
