"""What happens when a guard is opened: whatever a dead process began and did not finish is in doubt, and said to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from remit.errors import RefusedError
from remit.guard.calls.clearing import Counting
from remit.guard.holder import Holder
from remit.recorder import Recorder

__all__ = ["reconcile"]


_LATE = 2000  # entries: more than a guard writes in the second a power cut may take from the budgets


class _Written(Protocol):
    """An entry of a ledger."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def number(self) -> int:
        """The number it has."""

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
class _Readable(Protocol):
    """A ledger that can be read from any entry on."""

    @property
    def size(self) -> int:
        """How many entries it has."""

    def entries(self, start: int = 1, stop: int | None = None) -> Iterable[_Written]:
        """The entries from one number to another."""


@runtime_checkable
class _Reconciling(Protocol):
    """A ledger that settles intents in one step: see ``remit.ledger.store.Ledger``."""

    def reconcile(self, intents: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Settle these intents as unknown, where nobody did meanwhile."""


@runtime_checkable
class _Restoring(Protocol):
    """Budgets that can count again what a power cut took from them: see ``remit.guard.budgets.budget.Budgets``."""

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
    _restore(ledger, budgets, [*dead, *_before_the_boot(ledger)])
    numbers = tuple(entry.number for entry in dead)
    if not dead:
        return ()
    if isinstance(ledger, _Reconciling):
        numbers = ledger.reconcile(numbers)
    else:
        for number in numbers:
            ledger.record("reconciled", {"intent": number, "result": "unknown"})
    return numbers


def _restore(ledger: Recorder, budgets: Counting | None, entries: list[_Written]) -> None:
    """Count intents again that a power cut took from the budgets; those that are counted stay as they are."""
    if entries and budgets is not None and isinstance(budgets, _Restoring):
        intents = [{**entry.facts, "at": entry.at} for entry in entries]
        try:
            budgets.restore(intents)
        except RefusedError as error:  # nothing is spent on budgets that cannot be counted: every call will be denied
            ledger.record("message", {"from": "guard", "text": f"budgets were not restored: {error.message}"})


def _before_the_boot(ledger: Recorder) -> list[_Written]:
    """The last intents, settled or not, of processes that ended with an earlier boot of this machine.

    The ledger waited for the disk before each of their calls; the budgets may have lost what they counted last.
    """
    if not isinstance(ledger, _Readable):
        return []
    late = ledger.entries(max(1, ledger.size - _LATE))
    return [entry for entry in late if entry.kind == "intent" and _of_an_earlier_boot(entry.facts.get("holder"))]


def _of_an_earlier_boot(holder: object) -> bool:
    """Whether a process ran on this host before it was started this time."""
    here, there = Holder.here(), Holder.of(holder if isinstance(holder, str) else "")
    return there.host in ("", here.host) and there.boot not in ("", here.boot)


def _is_dead(holder: object) -> bool:
    """Whether a process that said it held an intent is gone."""
    return isinstance(holder, str) and bool(holder) and not Holder.of(holder).lives()
