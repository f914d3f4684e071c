"""What a call is going to use up, worked out before it happens: an amount that cannot be told is never free.

Step 5 of spec/decisions.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from remit.charter.answer import Undecidable
from remit.charter.model import Budget, Charter
from remit.charter.normal import as_number
from remit.guard.decision import Because
from remit.guard.rules.normalising import Normal, people_in
from remit.guard.rules.rulebook import Permit
from remit.guard.standing import Standing

__all__ = ["Costs", "costs", "metered", "used_up"]

EVERY_CALL = frozenset(("calls", "requests"))
"""Budgets every call is counted in once, without a grant naming them."""

_PER_PERSON = frozenset(("emails", "messages"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a call spends of each budget, in base units.

    ``unknown`` names the budgets of which the amount cannot be told (``spends`` then holds all that is left of them).
    ``faults`` say what there is not enough of.
    """

    spends: Mapping[str, float]
    unknown: tuple[str, ...]
    faults: tuple[Because, ...]


def metered(budget: Budget) -> bool:
    """Whether a budget is used up in amounts nobody knows before a call: times, sizes, tokens."""
    return budget.quantity is not None and (budget.quantity.unit in ("s", "B") or budget.name == "tokens")


def used_up(charter: Charter, standing: Standing) -> list[Because]:
    """The metered budgets of which nothing is left; one nobody measured is used up."""
    return [
        Because(step=1, rule=f"budget.{name}", where=budget.where, what=f"nothing is left of the budget `{name}`")
        for name, budget in charter.budgets.items()
        if metered(budget) and not _left(standing, name) > 0
    ]


def costs(
    charter: Charter, normal: Normal, covering: Sequence[Permit], effects: Iterable[str], standing: Standing
) -> Costs:
    """What a call under these grants spends, and what there is not enough of."""
    spends: dict[str, float] = {}
    unknown: list[str] = []
    faults: list[Because] = []
    done = frozenset(effects)
    for name, budget in charter.budgets.items():
        if budget.quantity is None or metered(budget):
            continue
        amount = _amount(budget, charter, normal, covering, done)
        if amount is None:
            continue
        left = _left(standing, name)
        if isinstance(amount, Undecidable):
            unknown.append(name)
            amount = left if left > 0 else math.inf
        if not 0 <= amount <= left:
            what = _shortage(name, budget.quantity.unit, amount, left)
            faults.append(Because(step=5, rule=f"budget.{name}", where=budget.where, what=what))
        spends[name] = amount
    return Costs(spends=spends, unknown=tuple(unknown), faults=tuple(faults))


def _left(standing: Standing, name: str) -> float:
    """What is left of a budget; nothing where nobody says so."""
    remaining = standing.budgets.get(name)
    return 0.0 if remaining is None else remaining.left


def _amount(
    budget: Budget, charter: Charter, normal: Normal, covering: Sequence[Permit], effects: frozenset[str]
) -> float | Undecidable | None:
    """What a call takes from one budget, ``None`` where it is not counted in it."""
    named = any(permit.grant.budget == budget.name for permit in covering)
    unit = budget.quantity.unit if budget.quantity is not None else ""
    if unit:
        elsewhere = {_unit(charter, permit.grant.budget) for permit in covering} - {None, "", unit}
        shared = budget.name == "money" and "money.spend" in effects and not elsewhere
        return _money(unit, normal, covering) if named or shared else None
    if budget.name == "agents" and not named:
        return 1.0 if _starts_agents(covering, effects) else None
    if budget.name in _PER_PERSON and named:
        return float(max(1, people_in(normal.args) or 1))
    return 1.0 if named or budget.name in EVERY_CALL else None


def _unit(charter: Charter, name: str | None) -> str | None:
    """The unit of a budget, if it is there and has an end."""
    budget = charter.budgets.get(name or "")
    return budget.quantity.unit if budget is not None and budget.quantity is not None else None


def _money(unit: str, normal: Normal, covering: Sequence[Permit]) -> float | Undecidable:
    """The sum of the arguments a covering grant bounds in this currency."""
    names = {
        name for permit in covering for name, constraint in permit.grant.args.items() if constraint.unit == unit
    }  # fmt: skip
    if not names:
        return Undecidable(reason=f"no grant says which argument is the amount in {unit}")
    total = 0.0
    for name in sorted(names):
        value = normal.seen.get(name)
        for entry in value if isinstance(value, list | tuple) else (value,):
            number = as_number(entry)
            if isinstance(number, Undecidable):
                return number
            if number.unit not in ("", unit):
                return Undecidable(reason=f"`{name}` is not in {unit}")
            if number.amount < 0:
                return math.nan
            total += number.amount
    return total


def _starts_agents(covering: Sequence[Permit], effects: frozenset[str]) -> bool:
    """Whether a call starts another agent."""
    return "agent.spawn" in effects or any(
        permit.grant.kind == "agents" and not permit.grant.effects for permit in covering
    )  # fmt: skip


def _shortage(name: str, unit: str, amount: float, left: float) -> str:
    """Why an amount cannot be taken from a budget."""
    shown = f"{left:g} {unit}".strip()
    if math.isnan(amount):
        return f"an amount below nothing would fill the budget `{name}`"
    if math.isinf(amount):
        return f"nothing is left of the budget `{name}`"
    return f"the call takes {f'{amount:g} {unit}'.strip()} of the budget `{name}`, of which {shown} is left"
