"""A power cut takes what the budgets counted last; the ledger, which waited for the disk, gives it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.guard.desk import Desk, refund

from remit.guard.budgets.budget import Budgets
from remit.ledger.store import Ledger


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


def worked(desk: Desk, *amounts: float) -> None:
    """Make some calls, settled every one, on a ledger that lasts."""
    with Ledger.open(desk.folder / "ledger.db") as ledger, desk.guard(ledger=ledger) as guard:
        for amount in amounts:
            guard.perform_here(refund(amount), desk.do)


def boot_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, *, lost: bool) -> None:
    """Start the machine again, with or without what the budgets counted."""
    boot = desk.folder / "boot"
    boot.write_text("another-boot")
    monkeypatch.setattr("remit.guard.holder._BOOT", boot)
    for path in desk.folder.glob("budgets.db*") if lost else ():
        path.unlink()


def left(desk: Desk) -> float:
    """What is left once a guard was opened again."""
    with Ledger.open(desk.folder / "ledger.db") as ledger, desk.guard(ledger=ledger) as guard:
        return guard.standing().budgets["money"].left


@pytest.mark.requirement("BUDGET-07")
@pytest.mark.parametrize("lost", [True, False])
def test_calls_that_were_settled_before_a_power_cut_are_counted_once_after_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    worked(desk, 20, 30)
    boot_again(desk, monkeypatch, lost=lost)
    assert left(desk) == 50
    assert left(desk) == 50


@pytest.mark.requirement("BUDGET-07")
def test_within_one_boot_nothing_was_lost_and_nothing_is_counted_again(desk: Desk) -> None:
    worked(desk, 20)
    budgets = Budgets.open(desk.folder / "budgets.db", desk.charter, run="desk")
    assert budgets.remaining()["money"].left == 80
    assert left(desk) == 80
