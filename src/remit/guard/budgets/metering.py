"""What a charter's budgets count, in whole numbers: money in minor units, times in milliseconds, sizes in bytes.

Whole numbers add up without drift. What is spent is rounded up and what may be spent is rounded down, so that rounding
never makes money; a difference below a billionth of the smallest unit is taken for what floats do, not for an amount.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.charter.model import Budget, Charter
from remit.errors import BudgetExhaustedError
from remit.finding import Where

__all__ = ["CLOCKS", "WINDOWS", "Meter", "meters_of", "shown", "whole"]

WINDOWS: Mapping[str, float] = {
    "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0, "month": 31 * 86_400.0,
}  # fmt: skip
"""The length of each window in seconds; a month is the longest one, so that no month of the calendar holds more."""

CLOCKS = frozenset({"wall", "time", "clock"})
"""The budgets that are used up by time passing (the names the cage knows them by), not by calls.

As in the cage, one with a window (``30min/day``) bounds each run by its amount."""

_PLAIN = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # ISO 4217: no minor
_THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # ISO 4217: three digits
_MOST = 2**62  # what a 64-bit sum still holds
_NOISE = 1e-9
_EPSILON = 4 * 2.0**-52  # what multiplying two doubles may be off by, relative to the product


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One budget of one charter as it is counted.

    ``owner`` is who it is counted for (the agent, or the fleet it shares its windows with), ``run`` the run, empty
    where every run of the owner is counted together. ``most`` is the amount that may be used, in smallest units, of
    which ``factor`` make one base unit of ``unit``; a ``clock`` is used up by time passing.
    """

    owner: str
    run: str
    name: str
    unit: str
    per: str
    most: int
    factor: int
    clock: bool
    where: Where

    @property
    def window(self) -> float | None:
        """The length of the window in seconds, ``None`` where there is none."""
        return WINDOWS.get(self.per)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What tells one meter from another in the file."""
        return (self.owner, self.run, self.name, self.unit, self.per)


def meters_of(charters: Iterable[Charter], *, run: str, fleet: str) -> tuple[Meter, ...]:
    """The meters of every budget that is not unlimited, those of a charter that was derived before its origin's."""
    return tuple(
        _meter(charter, budget, run=run, fleet=fleet)
        for charter in charters
        for budget in charter.budgets.values()
        if budget.quantity is not None
    )


def whole(meter_factor: int, amount: object, *, up: bool) -> int:
    """An amount in base units as a whole number of smallest units, rounded up (spent) or down (may be spent).

    Raises ``BudgetExhaustedError`` for what is no amount: not a number, not finite, below zero. An amount beyond what
    can be counted is the largest that can.
    """
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise _no_amount(amount)
    if not math.isfinite(amount) or amount < 0:
        raise _no_amount(amount)
    if isinstance(amount, int):
        return min(amount * meter_factor, _MOST)
    scaled = amount * meter_factor
    if scaled >= _MOST:
        return _MOST
    nearest = round(scaled)
    if abs(scaled - nearest) <= max(_NOISE, abs(scaled) * _EPSILON):
        return nearest
    return math.ceil(scaled) if up else math.floor(scaled)


def shown(meter: Meter, amount: int) -> str:
    """An amount in words: ``12.50 EUR``, ``90 s``, ``3``."""
    digits = len(str(meter.factor)) - 1
    if meter.unit not in ("", "s", "B"):
        return f"{amount / meter.factor:.{digits}f} {meter.unit}"
    return f"{amount / meter.factor:g} {meter.unit}".strip() if meter.factor > 1 else f"{amount} {meter.unit}".strip()


def _meter(charter: Charter, budget: Budget, *, run: str, fleet: str) -> Meter:
    """The meter of one budget: a window is counted over all runs, everything else within one."""
    quantity = budget.quantity
    assert quantity is not None  # noqa: S101 - `meters_of` leaves unlimited budgets out
    shared = quantity.per in WINDOWS and not _is_clock(budget)
    factor = _factor(quantity.unit)
    return Meter(
        owner=(fleet if shared and fleet else charter.agent.name),
        run="" if shared else run,
        name=budget.name,
        unit=quantity.unit,
        per=quantity.per if shared or quantity.per == "call" else "run",
        clock=_is_clock(budget),
        most=whole(factor, quantity.amount, up=False),
        factor=factor,
        where=budget.where,
    )


def _is_clock(budget: Budget) -> bool:
    """Whether a budget counts the time a run takes."""
    return budget.name in CLOCKS and budget.quantity is not None and budget.quantity.unit == "s"


def _factor(unit: str) -> int:
    """How many smallest units make one base unit."""
    if unit == "s":
        return 1000
    if unit in ("", "B") or unit in _PLAIN:
        return 1
    return 1000 if unit in _THOUSANDTHS else 100


def _no_amount(amount: object) -> BudgetExhaustedError:
    """Refuse what cannot be counted: it would be spent without being seen."""
    return BudgetExhaustedError(
        f"`{amount!r:.40}` is no amount that can be counted",
        code="guard.budget-exhausted.unreadable",
        hint="an amount is a number of at least zero, in the base unit of its budget",
    )
