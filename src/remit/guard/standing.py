"""How a run stands at the moment a call is decided: its phase, what its budgets have left, who is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from remit.charter.model import Charter

__all__ = ["Phase", "Remaining", "Standing", "unspent"]

Phase = Literal["running", "held", "stopped", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What a budget has left and what is used or reserved of it, in its base unit (seconds, bytes, as written)."""

    left: float
    used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What ``decide`` sees of a run: plain values, so that a decision can be replayed.

    ``budgets`` holds every budget of the charter that is not unlimited; one that is missing is exhausted. ``known``
    are people and addresses already dealt with, ``None`` where nobody keeps such a list. ``facts`` is what a condition
    sees as ``session.NAME``. ``cwd`` is the absolute folder relative paths start from, empty where nobody knows.
    """

    phase: Phase = "running"
    budgets: Mapping[str, Remaining] = field(default_factory=dict)
    known: frozenset[str] | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    cwd: str = ""


def unspent(charter: Charter) -> Mapping[str, Remaining]:
    """The budgets of a charter of which nothing is used yet: for replays and for questions about a run not started."""
    return {
        name: Remaining(left=budget.quantity.amount, used=0.0)
        for name, budget in charter.budgets.items()
        if budget.quantity is not None
    }
