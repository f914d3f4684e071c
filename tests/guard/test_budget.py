"""What may still be used up: counted from the moment it is reserved, and never given back by a crash or a clock."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.guard.money import NOON, Told, budgeted, opened

from remit.errors import BudgetExhaustedError, RefusedError
from remit.guard.budgets.budget import Budgets
from remit.guard.call import Call
from remit.guard.holder import Holder
from remit.guard.standing import Remaining


def intent(call: str, at: str = NOON.isoformat(), **spends: object) -> dict[str, object]:
    return {"at": at, "call": {"id": call, "tool": "pay"}, "spends": spends}


@pytest.mark.requirement("BUDGET-01")
def test_what_is_reserved_is_gone_at_once(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/day"))
    budgets.reserve("a", {"money": 7.5})
    assert budgets.remaining() == {"money": Remaining(left=2.5, used=7.5)}
    with pytest.raises(
        BudgetExhaustedError, match=r"needs 3\.00 EUR of the budget `money`, and 2\.50 EUR of 10\.00 EUR"
    ):
        budgets.reserve("b", {"money": 3})
    budgets.reserve("c", {"money": 2.5})
    assert budgets.remaining()["money"].left == 0


@pytest.mark.requirement("BUDGET-01")
def test_one_budget_that_is_exhausted_takes_nothing_from_the_others(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/day", emails=1))
    budgets.reserve("a", {"money": 1, "emails": 1})
    with pytest.raises(BudgetExhaustedError, match="emails"):
        budgets.reserve("b", {"money": 1, "emails": 1})
    assert budgets.remaining()["money"].used == 1


def test_a_call_that_never_started_gives_back_what_it_held(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/day"))
    budgets.release(budgets.reserve("a", {"money": 10}))
    assert budgets.remaining()["money"].left == 10


def test_what_was_spent_in_truth_is_counted_also_beyond_what_was_reserved(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/day", tokens=100))
    budgets.commit(budgets.reserve("a", {"money": 4}), {"money": 1.25, "tokens": 130})
    assert budgets.remaining() == {"money": Remaining(left=8.75, used=1.25), "tokens": Remaining(left=0, used=130)}


@pytest.mark.requirement("BUDGET-03")
def test_a_call_nobody_knows_about_stays_spent(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/run"))
    held = budgets.reserve("a", {"money": 6})
    budgets.doubt(held)
    with pytest.raises(RefusedError, match="settled before"):
        budgets.release(held)
    assert budgets.remaining()["money"].left == 4
    budgets.commit(held, {"money": 2})  # somebody found out
    assert budgets.remaining()["money"].left == 8


def test_a_reservation_is_settled_once(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/run"))
    spent, given = budgets.reserve("a", {"money": 3}), budgets.reserve("b", {"money": 3})
    budgets.commit(spent)
    budgets.release(given)
    for settle, reservation in ((budgets.release, spent), (budgets.commit, given), (budgets.release, given)):
        with pytest.raises(RefusedError) as refused:
            settle(reservation)
        assert refused.value.code == "guard.refused.settled"
    assert budgets.remaining()["money"].used == 3


def test_a_call_that_is_tried_again_is_counted_again_and_needs_an_id_of_its_own(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(calls="5/hour"))
    budgets.commit(budgets.reserve("a", {"calls": 1}))
    with pytest.raises(BudgetExhaustedError, match="counted before"):
        budgets.reserve("a", {"calls": 1})
    budgets.reserve("a-again", {"calls": 1})
    assert budgets.remaining()["calls"].used == 2


@pytest.mark.requirement("BUDGET-02")
def test_a_window_slides_and_starts_when_the_call_was_settled(tmp_path: Path) -> None:
    clock = Told()
    budgets = opened(tmp_path, budgeted(emails="2/hour"), clock)
    first = budgets.reserve("a", {"emails": 1})
    clock.go(minutes=30)
    budgets.commit(first)
    clock.go(minutes=20)
    budgets.commit(budgets.reserve("b", {"emails": 1}))
    clock.go(minutes=39)  # 89 minutes after the first was reserved, 59 after it was settled
    with pytest.raises(BudgetExhaustedError, match="in any hour"):
        budgets.reserve("c", {"emails": 1})
    clock.go(minutes=1)
    assert budgets.remaining()["emails"].left == 1
    budgets.reserve("d", {"emails": 1})
    with pytest.raises(BudgetExhaustedError):
        budgets.reserve("e", {"emails": 1})


@pytest.mark.requirement("BUDGET-02")
def test_what_is_held_stays_counted_however_long_it_takes(tmp_path: Path) -> None:
    clock = Told()
    budgets = opened(tmp_path, budgeted(emails="1/minute"), clock)
    budgets.reserve("a", {"emails": 1})
    clock.go(days=3)
    assert budgets.remaining()["emails"].left == 0


@pytest.mark.requirement("BUDGET-04")
def test_time_that_goes_backwards_gives_nothing_back(tmp_path: Path) -> None:
    clock = Told()
    budgets = opened(tmp_path, budgeted(emails="2/hour", wall="2h"), clock)
    budgets.commit(budgets.reserve("a", {"emails": 1}))
    clock.go(minutes=59)
    budgets.commit(budgets.reserve("b", {"emails": 1}))
    clock.set_back(days=2)
    assert budgets.remaining()["emails"].left == 0
    again = opened(tmp_path, budgeted(emails="2/hour", wall="2h"), clock)  # a process that only knows the wrong time
    assert again.remaining()["emails"].left == 0
    assert again.remaining()["wall"].used >= 59 * 60
    clock.go(minutes=61)
    assert budgets.remaining()["emails"].left == 2  # an hour went by, whatever the clock says
    assert budgets.remaining()["wall"].left == 0


def test_the_time_of_a_run_is_a_budget_that_calls_cannot_outlast(tmp_path: Path) -> None:
    clock = Told()
    budgets = opened(tmp_path, budgeted(wall="2h", calls="9/run"), clock)
    clock.go(minutes=90)
    assert budgets.remaining()["wall"] == Remaining(left=1800, used=5400)
    budgets.reserve("a", {"calls": 1})
    clock.go(minutes=30)
    with pytest.raises(BudgetExhaustedError, match="used up its time, 7200 s"):
        budgets.reserve("b", {"calls": 1})


def test_a_budget_per_call_bounds_each_call_and_no_sum(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="5 EUR/call"))
    for number in range(3):
        budgets.commit(budgets.reserve(str(number), {"money": 5}))
    with pytest.raises(BudgetExhaustedError, match="per call"):
        budgets.reserve("d", {"money": 5.01})
    assert budgets.remaining()["money"] == Remaining(left=5, used=0)


@pytest.mark.requirement("BUDGET-02")
def test_a_window_is_shared_by_the_runs_of_an_agent_and_a_run_is_not(tmp_path: Path) -> None:
    charter = budgeted(money="10 EUR/day", calls="3/run")
    opened(tmp_path, charter, run="first").reserve("a", {"money": 4, "calls": 1})
    second = opened(tmp_path, charter, run="second")
    assert second.remaining() == {"money": Remaining(left=6, used=4), "calls": Remaining(left=3, used=0)}
    other = opened(tmp_path, budgeted(agent="other", money="10 EUR/day"), run="third")
    assert other.remaining()["money"].left == 10


def test_a_fleet_shares_its_windows_across_agents(tmp_path: Path) -> None:
    one = opened(tmp_path, budgeted(agent="one", money="10 EUR/day"), run="r1", fleet="desk")
    two = opened(tmp_path, budgeted(agent="two", money="10 EUR/day"), run="r2", fleet="desk")
    one.reserve("a", {"money": 8})
    with pytest.raises(BudgetExhaustedError):
        two.reserve("b", {"money": 3})


@pytest.mark.requirement("BUDGET-05")
def test_a_sub_agent_spends_from_the_budget_of_the_agent_that_started_it(tmp_path: Path) -> None:
    parent, child = budgeted(agent="parent", money="10 EUR/run"), budgeted(agent="child", money="8 EUR/run")
    own = opened(tmp_path, parent)
    told = Told()
    derived = Budgets.open(tmp_path / "budgets.db", child, run="run", clock=told, under=(parent,), monotonic=told.ticks)
    own.reserve("a", {"money": 5})
    assert derived.remaining()["money"] == Remaining(left=5, used=5)  # the parent's is the narrower one now
    held = derived.reserve("b", {"money": 4}, call=Call(tool="pay", principal="child"))
    assert own.remaining()["money"].left == 1
    with pytest.raises(BudgetExhaustedError):
        derived.reserve("c", {"money": 2})
    derived.release(held)
    assert own.remaining()["money"].left == 5


def test_a_run_nobody_counted_in_for_months_is_forgotten_and_windows_are_not(tmp_path: Path) -> None:
    clock, charter = Told(), budgeted(money="10 EUR/run", emails="5/hour")
    opened(tmp_path, charter, clock).reserve("a", {"money": 4, "emails": 1})
    clock.go(days=89)
    assert opened(tmp_path, charter, clock).remaining()["money"].used == 4
    clock.go(days=91)
    assert opened(tmp_path, charter, clock).remaining() == {
        "money": Remaining(left=10, used=0),
        "emails": Remaining(left=4, used=1),  # it is still held
    }


def test_nothing_is_counted_for_a_budget_without_an_end(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="unlimited", calls="2/run"))
    budgets.reserve("a", {"money": 1e9, "calls": 1})
    assert list(budgets.remaining()) == ["calls"]


@pytest.mark.requirement("BUDGET-06")
@pytest.mark.parametrize("amount", [-0.01, float("nan"), float("inf"), True, "3", None])
def test_an_amount_that_cannot_be_counted_is_refused(tmp_path: Path, amount: object) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/day"))
    with pytest.raises(BudgetExhaustedError) as refused:
        budgets.reserve("a", {"money": amount})  # type: ignore[dict-item]
    assert refused.value.code == "guard.budget-exhausted.unreadable"
    assert budgets.remaining()["money"].left == 10


@pytest.mark.requirement("BUDGET-06")
def test_a_budget_the_charter_does_not_have_is_exhausted(tmp_path: Path) -> None:
    with pytest.raises(BudgetExhaustedError) as refused:
        opened(tmp_path, budgeted(money="10 EUR/day")).reserve("a", {"monney": 1})
    assert refused.value.code == "guard.budget-exhausted.unknown"


@pytest.mark.requirement("BUDGET-06")
@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to look like one" * 40, b"SQLite format 3\0"]
)
def test_a_file_that_cannot_be_read_is_an_exhausted_budget(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "budgets.db").write_bytes(content)
    with pytest.raises(BudgetExhaustedError) as refused:
        opened(tmp_path, budgeted(money="10 EUR/day"))
    assert refused.value.code == "guard.budget-exhausted.unavailable"


def test_a_file_of_another_form_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "budgets.db")) as file, file:
        file.execute("PRAGMA user_version=99")
    with pytest.raises(BudgetExhaustedError, match="form 99"):
        opened(tmp_path, budgeted(money="10 EUR/day"))


def test_the_file_is_closed_to_everybody_else(tmp_path: Path) -> None:
    budget = opened(tmp_path / "state", budgeted(money="10 EUR/day"))
    budget.reserve("a", {"money": 1})
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {"budgets.db": 0o600, "budgets.db-wal": 0o600, "budgets.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.requirement("BUDGET-03")
def test_what_a_dead_process_held_is_unknown_and_spent(tmp_path: Path) -> None:
    charter = budgeted(money="10 EUR/day")
    pid = os.fork()
    if pid == 0:
        opened(tmp_path, charter).reserve("a", {"money": 4})
        os._exit(0)
    os.waitpid(pid, 0)
    budgets = opened(tmp_path, charter)
    assert budgets.remaining()["money"].used == 4
    assert budgets.reconcile() == ()  # opening did it
    own = budgets.reserve("b", {"money": 1})
    assert budgets.reconcile() == ()  # this process lives
    budgets.release(own)


def test_a_call_that_is_known_to_be_under_way_is_left_to_whoever_makes_it(tmp_path: Path) -> None:
    charter = budgeted(money="10 EUR/day")
    budgets = opened(tmp_path, charter)
    pid = os.fork()
    if pid == 0:
        opened(tmp_path, charter).reserve("a", {"money": 4})
        os._exit(0)
    os.waitpid(pid, 0)
    assert budgets.reconcile(live={"a"}) == ()
    assert budgets.reconcile() == ("a",)


def test_a_process_that_was_forked_counts_on_a_connection_of_its_own(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(calls="10/run"))
    budgets.reserve("parent", {"calls": 1})
    pid = os.fork()
    if pid == 0:
        budgets.commit(budgets.reserve("child", {"calls": 1}))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert budgets.remaining()["calls"].used == 2


def test_a_process_with_the_number_of_a_dead_one_is_not_taken_for_it() -> None:
    here = Holder.here()
    assert Holder.of(str(here)) == here
    assert here.lives()
    assert not Holder(number=here.number, started="1", boot=here.boot).lives()
    assert not Holder(number=here.number, started=here.started, boot="another").lives()
    assert not Holder.of("no process at all").lives()


@pytest.mark.requirement("BUDGET-07")
def test_after_a_power_cut_the_ledger_says_what_was_spent(tmp_path: Path) -> None:
    charter = budgeted(money="10 EUR/run", emails="5/hour")
    budgets = opened(tmp_path, charter)
    budgets.commit(budgets.reserve("kept", {"money": 2, "emails": 1}))
    intents: list[dict[str, object]] = [
        intent("kept", money=2, emails=1),
        intent("lost", money=7, emails=1),
        intent("old", at="2026-11-20T10:00:00+00:00", emails=1),  # its window is over
        {"at": NOON.isoformat(), "call": {"tool": "http.get"}},  # another's intent: it spends nothing
    ]
    assert budgets.restore(intents) == ("lost",)
    assert budgets.restore(intents) == ()
    assert budgets.remaining() == {"money": Remaining(left=1, used=9), "emails": Remaining(left=3, used=2)}
    budgets.restore([intent("more", money=5)])
    assert budgets.remaining()["money"] == Remaining(left=0, used=14)  # what was spent was spent


@pytest.mark.requirement("BUDGET-07")
def test_an_intent_of_another_run_is_counted_in_windows_only_and_not_twice(tmp_path: Path) -> None:
    charter = budgeted(money="10 EUR/day", emails="5/run")
    before = opened(tmp_path, charter, run="before")
    before.commit(before.reserve("kept", {"money": 1, "emails": 1}))
    after = opened(tmp_path, charter, run="after")
    kept, lost = intent("kept", money=1, emails=1), intent("lost", money=2, emails=1)
    assert after.restore([{**kept, "run": "before"}, {**lost, "run": "before"}]) == ("lost",)
    assert after.restore([kept, lost]) == ("kept", "lost")  # whose run is not known: the run that asks counts them
    assert after.remaining() == {"money": Remaining(left=7, used=3), "emails": Remaining(left=3, used=2)}


def test_what_was_settled_reaches_the_disk_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    monkeypatch.setattr("os.fdatasync", waited.append)
    budgets = opened(tmp_path, budgeted(calls="100/run"))
    held = [budgets.reserve(str(number), {"calls": 1}) for number in range(20)]
    assert waited == []  # nobody waits for the disk before a call
    for reservation in held:
        budgets.commit(reservation)
    assert 1 <= len(waited) < 20


@pytest.mark.requirement("BUDGET-06")
@pytest.mark.parametrize("bad", [intent("a", money=-1), intent("a", rubles=1), intent("a", at="yesterday", money=1)])
def test_an_intent_that_cannot_be_read_restores_nothing(tmp_path: Path, bad: dict[str, object]) -> None:
    budgets = opened(tmp_path, budgeted(money="10 EUR/run"))
    with pytest.raises(BudgetExhaustedError):
        budgets.restore([intent("good", money=1), bad])
    assert budgets.remaining()["money"].used == 0


@pytest.mark.requirement("BUDGET-01")
def test_parallel_branches_never_spend_more_than_there_is(tmp_path: Path) -> None:
    budgets = opened(tmp_path, budgeted(money="1 EUR/day"))
    start = threading.Barrier(8)

    def branch(number: int) -> int:
        start.wait(60)
        won = 0
        for count in range(30):
            try:
                budgets.reserve(f"{number}-{count}", {"money": 0.01})
                won += 1
            except BudgetExhaustedError:
                pass
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(branch, range(8))) == 100
    assert budgets.remaining()["money"] == Remaining(left=0, used=1)
