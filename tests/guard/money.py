"""Charters with budgets and time that is told, for tests about budgets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.small_charters import BASE

from remit.charter.model import Charter
from remit.charter.reader import parse_charter
from remit.guard.budgets.budget import Budgets

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def budgeted(agent: str = "tiny", **budget: str | float) -> Charter:
    """A charter with these budgets."""
    return parse_charter(json.dumps({**BASE, "agent": {"name": agent}, "budget": budget}))


@dataclass(slots=True, kw_only=True)
class Told:
    """A clock that says what it is told, and a monotonic clock beside it that stands still unless time passes."""

    moment: datetime = NOON
    passed: float = 0.0

    def now(self) -> datetime:
        """The moment it was told."""
        return self.moment

    def ticks(self) -> float:
        """Seconds that passed."""
        return self.passed

    def go(self, **span: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**span)
        self.passed += timedelta(**span).total_seconds()

    def set_back(self, **span: float) -> None:
        """Set the clock back without time passing."""
        self.moment -= timedelta(**span)


def opened(folder: Path, charter: Charter, clock: Told | None = None, *, run: str = "run", fleet: str = "") -> Budgets:
    """The budgets of a charter in a folder, on a clock that is told the time."""
    told = clock or Told()
    return Budgets.open(folder / "budgets.db", charter, run=run, clock=told, fleet=fleet, monotonic=told.ticks)
