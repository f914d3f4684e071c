"""What a run may still use up: reserved before a call, settled after it, and never free in between.

Three rules. An amount is counted from the moment it is reserved. It stays counted until somebody who knows says
otherwise: a process that dies between reserving and settling leaves it *unknown*, which is spent. And time that goes
backwards opens no window.

A window slides: of ``20 EUR/day`` no 24 hours ever hold more than 20 EUR, counted until a day after the call was
settled. It is shared by every run, sub-agent and process of the agent on this host (of the *fleet*, where one is
named). A budget without a window belongs to one run. See docs/explain/budgets.md.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from remit.charter.model import Charter
from remit.clock import Clock
from remit.errors import BudgetExhaustedError
from remit.guard.budgets import counting
from remit.guard.budgets.metering import meters_of, whole
from remit.guard.call import Call
from remit.guard.database import Database
from remit.guard.forward import Forward, Ticks
from remit.guard.holder import Holder
from remit.guard.standing import Remaining

__all__ = ["Budgets", "Reservation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What was set aside for one call: ``amounts`` by budget, in base units.

    ``parts`` are places of meters with the whole amounts that stand on them; only ``Budgets`` reads them.
    """

    run: str
    call: str
    amounts: Mapping[str, float]
    parts: tuple[tuple[int, int], ...] = ()


_SETTLED = 1.0  # seconds of what was settled that a power cut may take
_REMEMBERED = 90 * 86_400.0  # seconds a run is remembered for after it was last counted in


class Budgets:
    """The budgets of one charter in one run, kept in a file that every process of the host shares.

    Every method is one transaction and may be called from several threads and processes at once. Whatever keeps the
    file from being read or written raises ``BudgetExhaustedError`` (``guard.budget-exhausted.unavailable``): a budget
    that cannot be counted is exhausted.
    """

    def __init__(
        self, database: Database, charters: Sequence[Charter], *, run: str, fleet: str, time_kept: Forward
    ) -> None:
        """Stand on an open file; ``Budgets.open`` is the way in."""
        self.run = run
        self._database = database
        self._meters = meters_of(charters, run=run, fleet=fleet)
        self._names = frozenset(name for charter in charters for name in charter.budgets)
        self._time = time_kept
        self._holder = Holder.here()
        with database.transaction() as rows:
            moment = self._time.seconds()
            counting.forget(rows, moment - _REMEMBERED)
            self._numbers = counting.register(rows, self._meters, moment)

    @classmethod
    def open(
        cls,
        path: Path,
        charter: Charter,
        *,
        run: str,
        clock: Clock | None = None,
        fleet: str = "",
        under: Sequence[Charter] = (),
        monotonic: Ticks = time.monotonic,
    ) -> Budgets:
        """Open the file, make the meters a charter needs, and turn what dead processes held into unknown.

        ``run`` names the run, so that a process that starts again counts on where it left off. ``fleet`` names whom
        windows are shared with, this agent alone where it is empty. ``under`` are the charters this one was derived
        from: what a sub-agent spends is counted in theirs too, all in one step.
        """
        database = Database(path, tables=counting.TABLES, version=1, unavailable=_unavailable)
        budgets = cls(database, (charter, *under), run=run, fleet=fleet, time_kept=Forward(clock, monotonic=monotonic))
        budgets.reconcile()
        return budgets

    @property
    def path(self) -> Path:
        """The file they are kept in, for the budgets of a sub-agent."""
        return self._database.path

    def remaining(self) -> Mapping[str, Remaining]:
        """What each budget that is not unlimited has left and what is used of it, in base units.

        Where a charter was derived from another, the one that has less left counts.
        """
        moment, found = self._time.seconds(), dict[str, Remaining]()
        with self._database.reading() as rows:
            for meter, number in zip(self._meters, self._numbers, strict=True):
                used = 0 if meter.per == "call" else counting.count(rows, meter, number, moment)[0]
                left = max(0, meter.most - used) / meter.factor
                if meter.name not in found or left < found[meter.name].left:
                    found[meter.name] = Remaining(left=left, used=used / meter.factor)
        return found

    def reserve(self, call_id: str, spends: Mapping[str, float], *, call: Call | None = None) -> Reservation:
        """Set aside what a call will spend, in every budget it touches or in none.

        ``spends`` maps a budget's name to an amount in its base unit. Raises ``BudgetExhaustedError`` where one has
        less left, where one is unknown or an amount cannot be counted, where the run's time is up, and for a call that
        was counted before: a call that is tried again is a new call.
        """
        parts = self._parts(spends, refuse=True)
        holder, principal = str(self._here()), "" if call is None else call.principal
        with self._database.transaction() as rows:
            moment = self._time.seconds()
            for place in self._clocks():
                counting.take(rows, self._meters[place], self._numbers[place], 0, moment)
            for place, amount in parts:
                number = self._numbers[place]
                counting.take(rows, self._meters[place], number, amount, moment)
                counting.add(
                    rows, number, amount, run=self.run, call=call_id, state="held", holder=holder, principal=principal
                )
        return Reservation(run=self.run, call=call_id, amounts=dict(spends), parts=parts)

    def commit(self, reservation: Reservation, actual: Mapping[str, float] | None = None) -> None:
        """Settle a reservation as spent: as reserved, or with the amounts ``actual`` says of the budgets it names.

        What was spent is counted even where it is more than was reserved or left, and in budgets nothing was reserved
        in. Raises ``RefusedError`` (``guard.refused.settled``) for one that was settled before.
        """
        truth = {} if actual is None else dict(self._parts(actual))
        self._settle(reservation, "spent", truth, after=("held", "unknown"))

    def release(self, reservation: Reservation) -> None:
        """Give a reservation back, because the call was never started.

        Raises ``RefusedError`` for one that was settled before, also for one that became unknown: it stays spent.
        """
        self._settle(reservation, "released", {place: 0 for place, _ in reservation.parts}, after=("held",))

    def doubt(self, reservation: Reservation) -> None:
        """Say that nobody knows whether the call happened: it stays spent, until ``commit`` says how much it was."""
        self._settle(reservation, "unknown", {}, after=("held", "unknown"))

    def reconcile(self, live: Collection[str] = ()) -> tuple[str, ...]:
        """Turn what processes that no longer live held into unknown; the ids of those calls.

        ``live`` are calls known to be under way elsewhere (in an executor that outlived whoever reserved).
        """
        known = frozenset(live)
        with self._database.transaction() as rows:
            holders = [str(row[0]) for row in rows.execute("SELECT DISTINCT holder FROM spends WHERE state = 'held'")]
            dead = [text for text in holders if not Holder.of(text).lives()]
            return tuple(call for text in dead for call in counting.mark(rows, text, self._time.seconds(), known))

    def restore(self, intents: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
        """Count again what the ledger knows was begun and this file does not; the ids of those calls.

        The ledger waits for the disk before a call happens and this file does not, so a power cut may take what was
        reserved and settled last. Each intent is the facts of the ledger's entry (``call.id``, ``spends``, and ``run``
        where it was another) with its ``at`` (ISO 8601). What is added is unknown, which is spent, however little is
        left. A call is counted once, so restoring twice changes nothing; of another run only windows are counted.
        Raises ``BudgetExhaustedError`` for an intent that cannot be read.
        """
        added = []
        with self._database.transaction() as rows:
            for intent in intents:
                call, spends = intent.get("call"), intent.get("spends")
                if isinstance(call, Mapping) and isinstance(spends, Mapping) and spends:
                    at, run = _moment_of(intent.get("at")), intent.get("run")
                    if self._restored(rows, str(call.get("id")), spends, at, run if isinstance(run, str) else None):
                        added.append(str(call.get("id")))
        self._database.settle(every=0)
        return tuple(added)

    def close(self) -> None:
        """Close the file; what is held stays counted."""
        self._database.close()

    def _here(self) -> Holder:
        """This process, which may have been forked since."""
        if self._holder.number != os.getpid():
            self._holder = Holder.here()
        return self._holder

    def _clocks(self) -> tuple[int, ...]:
        """The places of the meters that time uses up."""
        return tuple(place for place, meter in enumerate(self._meters) if meter.clock)

    def _parts(self, spends: Mapping[str, float], *, refuse: bool = False) -> tuple[tuple[int, int], ...]:
        """The meters that amounts stand on, with whole amounts; with ``refuse`` one call must keep to its own bound."""
        for name in spends:
            if name not in self._names:
                raise BudgetExhaustedError(
                    f"no charter has a budget `{name}`, so nothing of it is left",
                    code="guard.budget-exhausted.unknown",
                    hint="add the budget to the charter, or take it out of the grant",
                )
        parts = []
        for place, meter in enumerate(self._meters):
            if meter.name in spends:
                amount = whole(meter.factor, spends[meter.name], up=True)
                if meter.per != "call":
                    parts.append((place, amount))
                elif refuse and amount > meter.most:
                    raise counting.exhausted(meter, amount, meter.most)
        return tuple(parts)

    def _settle(self, reservation: Reservation, state: str, truth: dict[int, int], *, after: Sequence[str]) -> None:
        """Move every part of a reservation to its next state, and count what the truth says beyond it."""
        held = {place for place, _ in reservation.parts}
        with self._database.transaction() as rows:
            moment = self._time.seconds()
            for place, _ in reservation.parts:
                counting.settle(
                    rows,
                    self._numbers[place],
                    run=reservation.run,
                    call=reservation.call,
                    state=state,
                    amount=truth.get(place),
                    after=after,
                    moment=moment,
                )
            beyond = [(place, amount) for place, amount in truth.items() if place not in held and amount]
            self._add(rows, reservation.call, beyond, state, moment, run=reservation.run)
        self._database.settle(every=_SETTLED)  # after the call, so that nobody waits for it before one

    def _restored(
        self, rows: sqlite3.Connection, call: str, spends: Mapping[str, float], at: float, run: str | None
    ) -> bool:
        """Count one intent where it is missing; whether any of it was."""
        own = run in (None, self.run)
        missing = [
            (place, amount)
            for place, amount in self._parts(spends)
            if (own or not self._meters[place].run) and not counting.is_counted(rows, self._numbers[place], call, run)
        ]
        return self._add(rows, call, missing, "unknown", at, run=self.run if run is None else run)

    def _add(
        self,
        rows: sqlite3.Connection,
        call: str,
        parts: Iterable[tuple[int, int]],
        state: str,
        at: float,
        *,
        run: str,
    ) -> bool:
        """Count what was spent already; whether any of it was new."""
        moment = self._time.seconds()
        new = [
            counting.spend(rows, self._numbers[place], amount, run=run, call=call, state=state, at=at, moment=moment)
            for place, amount in parts
        ]
        return any(new)


def _moment_of(at: object) -> float:
    """The moment an entry was written; raises ``BudgetExhaustedError`` where it does not say."""
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:
        raise BudgetExhaustedError(
            f"the intent's time `{at!s:.40}` cannot be read",
            code="guard.budget-exhausted.unreadable",
            hint="verify the ledger",
        ) from None


def _unavailable(reason: str) -> BudgetExhaustedError:
    """The error of a file that cannot be used: what cannot be counted is exhausted."""
    return BudgetExhaustedError(
        f"the budgets cannot be counted: {reason}",
        code="guard.budget-exhausted.unavailable",
        hint="make the state folder writable; until then every call that spends is denied",
    )
