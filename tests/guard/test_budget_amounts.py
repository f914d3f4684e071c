"""Whole numbers: ten cents are ten cents, and rounding never makes money."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.guard.money import Told, budgeted, opened

from remit.errors import BudgetExhaustedError
from remit.guard.budgets.budget import Budgets, Reservation
from remit.guard.budgets.metering import whole

ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("BUDGET-06")
@pytest.mark.parametrize(
    ("factor", "amount", "spent", "allowed"),
    [
        (100, 0.1 + 0.2, 30, 30),  # a float's noise is no cent
        (100, 19.99, 1999, 1999),
        (100, 0.001, 1, 0),  # half a cent costs one, and buys none
        (100, 0, 0, 0),
        (1, 2.5, 3, 2),
        (1, 10**40, 2**62, 2**62),
        (1000, 1e300, 2**62, 2**62),
        (1000, 0.0005, 1, 0),
    ],
)
def test_amounts_are_whole_rounded_against_whoever_spends(factor: int, amount: float, spent: int, allowed: int) -> None:
    assert whole(factor, amount, up=True) == spent
    assert whole(factor, amount, up=False) == allowed


@given(st.floats(min_value=0, max_value=1e12), st.sampled_from((1, 100, 1000)))
def test_rounding_is_off_by_less_than_one_smallest_unit_and_never_cheap(amount: float, factor: int) -> None:
    exact = Fraction(amount) * factor
    up, down = whole(factor, amount, up=True), whole(factor, amount, up=False)
    noise = Fraction(1, 10**9) + exact * Fraction(1, 2**49)  # amounts are floats: half a unit is lost from 2**49 on
    assert exact - noise <= up < exact + 1 + noise
    assert exact - 1 - noise < down <= exact + noise
    assert down <= up


def test_a_thousand_small_amounts_add_up_without_drift(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="1 EUR/run"))
    for number in range(10):
        budgets.commit(budgets.reserve(str(number), {"money": 0.1}))
    assert budgets.remaining()["money"].left == 0
    with pytest.raises(BudgetExhaustedError):
        budgets.reserve("one more", {"money": 0.01})


@pytest.mark.parametrize(
    ("amount", "spends", "left"),
    [("1000 JPY/day", 1, 999), ("1 KWD/day", 0.001, 0.999), ("2KiB", 48, 2000), ("3/run", 1, 2)],
)
def test_each_unit_has_its_smallest_part(tmp_path: Path, amount: str, spends: float, left: float) -> None:
    budgets = opened(tmp_path, budgeted(thing=amount))
    budgets.reserve("a", {"thing": spends})
    assert budgets.remaining()["thing"].left == left


class Spending(RuleBasedStateMachine):
    """Any interleaving of reserving, settling, dying and the clock, against a list kept by hand."""

    LIMIT = 500
    WINDOW = 3600.0

    def __init__(self) -> None:
        """Start with an empty file."""
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.clock = Told()
        self.charter = budgeted(money="5 EUR/hour")
        self.budgets: Budgets = opened(Path(self.folder.name), self.charter, self.clock)
        self.number = 0
        self.held: dict[str, tuple[Reservation, int]] = {}
        self.gone: list[tuple[float, int]] = []  # when it was settled, and cents

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.budgets.close()
        self.folder.cleanup()

    def counted(self) -> int:
        """What must be counted now: all that is held, and all that was spent within the hour."""
        spent = sum(cents for at, cents in self.gone if at > self.clock.passed - self.WINDOW)
        return spent + sum(cents for _, cents in self.held.values())

    @rule(cents=st.integers(0, 300))
    def reserve(self, cents: int) -> None:
        """Reserve, which succeeds exactly where enough is left."""
        self.number += 1
        name, fits = str(self.number), self.counted() + cents <= self.LIMIT
        try:
            self.held[name] = (self.budgets.reserve(name, {"money": cents / 100}), cents)
            assert fits
        except BudgetExhaustedError:
            assert not fits

    @precondition(lambda self: self.held)
    @rule(data=st.data(), how=st.sampled_from(("commit", "release", "doubt", "less")))
    def settle(self, data: st.DataObject, how: str) -> None:
        """Settle one of what is held."""
        name = data.draw(st.sampled_from(sorted(self.held)))
        reservation, cents = self.held.pop(name)
        if how == "release":
            self.budgets.release(reservation)
        elif how == "less":
            self.budgets.commit(reservation, {"money": cents // 2 / 100})
            self.gone.append((self.clock.passed, cents // 2))
        else:
            (self.budgets.commit if how == "commit" else self.budgets.doubt)(reservation)
            self.gone.append((self.clock.passed, cents))

    @rule(seconds=st.integers(0, 5000))
    def go(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.go(seconds=seconds)

    @rule(seconds=st.integers(0, 100_000))
    def set_back(self, seconds: int) -> None:
        """Set the clock back: nothing comes of it."""
        self.clock.set_back(seconds=seconds)

    @invariant()
    def as_kept_by_hand(self) -> None:
        """The file says what the list says, and never more than there is."""
        remaining = self.budgets.remaining()["money"]
        assert round(remaining.used * 100) == self.counted() <= self.LIMIT
        assert math.isclose(remaining.left, (self.LIMIT - self.counted()) / 100, abs_tol=1e-9)


TestSpending = pytest.mark.requirement("BUDGET-01", "BUDGET-04")(Spending.TestCase)


def spent_by_processes(folder: Path, *, processes: int, operations: int, seed: int) -> dict[str, object]:
    """What came of processes that spent and were killed."""
    words = [sys.executable, "-m", "tests.guard.spending", str(folder), str(processes), str(operations), str(seed)]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout)
    return found


def assert_nothing_was_lost(found: dict[str, object]) -> None:
    """No overspend, no free money, no reservation left open."""
    spent, used, limit, states = found["spent"], found["used"], found["limit"], found["states"]
    assert isinstance(spent, int)
    assert isinstance(used, int)
    assert isinstance(limit, int)
    assert isinstance(states, dict)
    assert spent <= used <= limit
    assert found["uncounted"] == []
    assert found["sums agree"] is True
    assert set(states) == {"released", "spent", "unknown"}
    assert used > 0.9 * limit  # the end was reached: it is there that overspending would show


@pytest.mark.slow
@pytest.mark.requirement("BUDGET-01", "BUDGET-03")
def test_ten_thousand_reservations_of_processes_that_are_killed_overspend_nothing(tmp_path: Path) -> None:
    found = spent_by_processes(tmp_path, processes=4, operations=10_000, seed=1)
    assert isinstance(found["attempts"], int)
    assert found["attempts"] >= 10_000
    assert isinstance(found["kills"], int)
    assert found["kills"] >= 10
    assert_nothing_was_lost(found)


@pytest.mark.slow
@pytest.mark.requirement("BUDGET-01", "BUDGET-03")
@pytest.mark.parametrize("seed", range(4))
def test_fifty_thousand_reservations_each_overspend_nothing(tmp_path: Path, seed: int) -> None:
    assert_nothing_was_lost(spent_by_processes(tmp_path, processes=6, operations=50_000, seed=seed))
