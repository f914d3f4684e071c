"""The overseers' hand on a run: hold it, let it go on, stop it, and with it every sub-agent below it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.charter.model import Charter
from remit.errors import LedgerUnavailableError, RefusedError
from remit.guard.binding import Binding
from remit.guard.calls.awaiting import Awaiting
from remit.guard.calls.clearing import Clearing
from remit.guard.calls.making import Making
from remit.guard.delegation import narrowed
from remit.guard.session import Label, Session

__all__ = ["Hand", "unanswered"]


@dataclass(slots=True, kw_only=True)
class Hand:
    """What holds, resumes and stops one guard; ``below`` are the hands on the guards of its sub-agents."""

    session: Session
    binding: Binding
    clearing: Clearing
    making: Making
    awaiting: Awaiting
    below: list[Hand] = field(default_factory=list)

    def hold(self) -> None:
        """Start nothing new, here and below, from this moment."""
        self.session.hold()
        for hand in self.below:
            with contextlib.suppress(RefusedError):  # a sub-agent that is over needs no hold
                hand.hold()

    def held(self, reason: str, by: str) -> None:
        """Write down that the run is held; the hold stands even where that cannot be recorded."""
        self.clearing.note("held", {"reason": reason, "by": by})

    def ready(self, charter: Charter | None, by: str) -> None:
        """Show that going on widens nothing, and write it down, here and below, before anything begins again.

        Raises ``RefusedError`` for a run that is not held, ``DeniedError`` for a wider charter, and
        ``LedgerUnavailableError``.
        """
        if self.session.phase != "held":
            raise RefusedError(f"the run is {self.session.phase}, not held", code="guard.refused.out-of-order")
        if charter is not None:
            narrowed(self.binding.charter, charter)
        facts = {"by": by, "guard": self.clearing.guard, "charter": (charter or self.binding.charter).digest}
        self.clearing.ledger.record("resumed", facts)
        for hand in self._held_below():
            hand.ready(None, by)

    def go_on(self, charter: Charter | None) -> None:
        """Let calls begin again, here and below, under a narrower charter where one was given."""
        if charter is not None:
            self.binding.narrow(charter)
            self.clearing.charter = charter.digest
        below = self._held_below()
        self.session.resume()
        for hand in below:
            hand.go_on(None)

    def _held_below(self) -> list[Hand]:
        """The hands below whose run is held; one that was stopped stays stopped."""
        return [hand for hand in self.below if hand.session.phase == "held"]

    def halt(self, reason: str) -> None:
        """Let nothing begin any more, here and below, and cancel what is under way."""
        self.session.stop(reason)
        for hand in self.below:
            hand.halt(reason)
        self.making.flights.cancel()

    def stopped(self, reason: str, by: str, within: float) -> Mapping[str, Label]:
        """Wait for outcomes, make approvals void, and write down what became of each call."""
        self.making.settling.drain(within)
        self.awaiting.void()
        labels = dict(self.session.labels())
        for hand in self.below:
            labels.update(hand.stopped(reason, by, within))
        self.clearing.note("stopped", {"reason": reason, "by": by, "calls": labels})
        return labels

    async def landed(self, within: float) -> None:
        """Wait until nothing is under way, here and below; each at most ``within`` seconds."""
        await self.making.flights.land(within)
        for hand in self.below:
            await hand.landed(within)

    def landed_here(self, within: float) -> None:
        """As ``landed``, for plain code."""
        self.making.flights.land_here(within)
        for hand in self.below:
            hand.landed_here(within)


def unanswered(what: str) -> LedgerUnavailableError:
    """The error of a ledger that takes longer than the guard's patience."""
    return LedgerUnavailableError(f"the ledger did not answer in time: {what}", hint="see whether its disk answers")
