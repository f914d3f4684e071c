"""What happens when a guard is opened: whatever a dead process began and did not finish is in doubt, and said to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from remit.errors import RefusedError
from remit.guard.clearing import Counting
from remit.guard.holder import Holder
from remit.recorder import Recorder

__all__ = ["reconcile"]


class _Written(Protocol):
    """An entry of a ledger."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def at(self) -> str:
        """When it was made."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What it says."""


@runtime_checkable
class _Remembering(Protocol):
    """A recorder that can be read: see ``remit.ledger.protocol.Store``."""

    def unsettled(self) -> tuple[_Written, ...]:
        """The intents without an outcome."""


@runtime_checkable
class _Reconciling(Protocol):
    """A ledger that settles intents in one step: see ``remit.ledger.store.Ledger``."""

    def reconcile(self, intents: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Settle these intents as unknown, where nobody did meanwhile."""


@runtime_checkable
class _Restoring(Protocol):
    """Budgets that can count again what a power cut took from them: see ``remit.guard.budget.Budgets``."""

    def restore(self, intents: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
        """Count intents again."""


def reconcile(ledger: Recorder, budgets: Counting | None) -> tuple[int, ...]:
    """Settle as *unknown* every intent whose guard is dead; the numbers of these intents.

    An intent names the process that held it (``holder``). One without that name, and one of a process that lives, is
    left alone. What such a call had reserved stays spent. Raises ``LedgerUnavailableError`` where the ledger cannot be
    read or written.
    """
    if not isinstance(ledger, _Remembering):
        return ()
    dead = [entry for entry in ledger.unsettled() if _is_dead(entry.facts.get("holder"))]
    if not dead:
        return ()
    numbers = tuple(entry.number for entry in dead)
    if isinstance(ledger, _Reconciling):
        numbers = ledger.reconcile(numbers)
    else:
        for number in numbers:
            ledger.record("reconciled", {"intent": number, "result": "unknown"})
    if budgets is not None and isinstance(budgets, _Restoring):
        intents = [{**entry.facts, "at": entry.at} for entry in dead]
        try:
            budgets.restore(intents)
        except RefusedError as error:  # nothing is spent on budgets that cannot be counted: every call will be denied
            ledger.record("message", {"from": "guard", "text": f"budgets were not restored: {error.message}"})
    return numbers


def _is_dead(holder: object) -> bool:
    """Whether a process that said it held an intent is gone."""
    return isinstance(holder, str) and bool(holder) and not Holder.of(holder).lives()
