"""What the guard stands on fails: a ledger that hangs, a process that is killed, parts that are not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random

import anyio
import pytest
from tests.guard.desk import Desk, charter_of, mail, refund, until

import remit
from remit.errors import BudgetExhaustedError, DeniedError, LedgerUnavailableError
from remit.guard.budgets.budget import Budgets
from remit.guard.guard import Guard
from remit.guard.holder import Holder
from remit.guard.testing import MemoryRecorder
from remit.ledger.store import Ledger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


class Hanging(MemoryRecorder):
    """A ledger whose disk does not answer while it is closed."""

    def __init__(self) -> None:
        """Answer, at first."""
        super().__init__()
        self.answers = threading.Event()
        self.answers.set()

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Wait for the disk, then keep it."""
        assert self.answers.wait(60)
        return super().record(kind, facts)


@pytest.mark.requirement("GUARD-03")
def test_a_ledger_that_hangs_denies_and_what_it_keeps_afterwards_was_not_run(desk: Desk) -> None:
    ledger = Hanging()

    async def main() -> None:
        async with desk.guard(ledger=ledger) as guard:
            guard.passing.patience = 0.2
            ledger.answers.clear()
            with pytest.raises(DeniedError) as refused:
                await guard.perform(refund(20), desk.do)
            assert refused.value.code == "guard.denied.unrecorded"
            ledger.answers.set()
            await until(lambda: ledger.of("outcome"))
            assert guard.standing().budgets["money"].left == 100

    anyio.run(main)
    assert desk.ran == []
    assert [outcome["label"] for outcome in ledger.of("outcome")] == ["not run"]


@pytest.mark.requirement("GUARD-04")
def test_a_ledger_that_hangs_holds_up_neither_a_hold_nor_a_stop(desk: Desk) -> None:
    ledger = Hanging()

    async def main() -> None:
        async with desk.guard(ledger=ledger) as guard:
            guard.passing.patience = 0.2
            ledger.answers.clear()
            await guard.hold("look")
            phases = [guard.session.phase]
            with pytest.raises(LedgerUnavailableError):
                await guard.resume()
            assert guard.session.phase == phases[0]
            assert await guard.stop("enough", within=0.1) == {}
            phases.append(guard.session.phase)
            assert phases == ["held", "stopped"]
            ledger.answers.set()

    anyio.run(main)


AGENT = """
    import os, sys, time
    from pathlib import Path
    from tests.guard.desk import charter_of, refund
    from remit.guard.budgets.budget import Budgets
    from remit.guard.guard import Guard
    from remit.ledger.store import Ledger
    folder = Path(sys.argv[1])
    def do(args):
        (folder / "ran").write_text("yes")
        time.sleep(60)
    charter = charter_of()
    with Guard(charter, ledger=Ledger.open(folder / "ledger.db"), run="desk",
               budgets=Budgets.open(folder / "budgets.db", charter, run="desk")) as guard:
        guard.perform_here(refund(30), do)
"""


@pytest.mark.requirement("GUARD-14")
def test_a_process_killed_in_the_middle_of_a_call_leaves_it_in_doubt_and_its_money_spent(desk: Desk) -> None:
    command = [sys.executable, "-c", textwrap.dedent(AGENT), str(desk.folder)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        anyio.run(until, (desk.folder / "ran").exists)
        os.kill(process.pid, signal.SIGKILL)
    with Ledger.open(desk.folder / "ledger.db") as ledger:
        with desk.guard(ledger=ledger) as guard:
            assert guard.standing().budgets["money"].left == 70
        entries = list(ledger.entries())
    assert [entry.kind for entry in entries] == ["opened", "intent", "reconciled", "opened", "closed"]
    assert entries[2].facts == {"intent": 2, "result": "unknown"}


def test_an_outcome_that_cannot_be_kept_is_counted_and_denies_nothing_by_itself(desk: Desk) -> None:
    class Broken(MemoryRecorder):
        """A ledger with a fault nobody foresaw, in outcomes only."""

        def record(self, kind: str, facts: Mapping[str, object]) -> int:
            """Keep it, or break."""
            if kind == "outcome":
                raise ZeroDivisionError
            return super().record(kind, facts)

    with desk.guard(ledger=Broken()) as guard:
        assert guard.perform_here(refund(20), desk.do).value == "done"
        anyio.run(until, lambda: guard.report().unrecorded == 1)


def test_what_a_living_process_has_under_way_is_left_alone(desk: Desk) -> None:
    desk.ledger.record("intent", {"call": {"tool": "x"}, "holder": str(Holder.here())})
    desk.ledger.record("intent", {"call": {"tool": "x"}})
    desk.ledger.record("intent", {"call": {"tool": "x"}, "holder": "999999999:1:0"})
    with desk.guard():
        assert [entry["intent"] for entry in desk.ledger.of("reconciled")] == [3]


def test_a_ledger_that_cannot_be_written_opens_no_guard(desk: Desk) -> None:
    desk.ledger.broken = True
    with pytest.raises(remit.RemitError), desk.guard():
        raise AssertionError("it was opened")


def test_budgets_and_approvals_lie_below_the_state_folder(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(desk.folder / "state"))
    with Guard(charter_of(), ledger=desk.ledger, life=0.1) as guard:
        guard.perform_here(refund(20), desk.do)
        with pytest.raises(remit.RemitError):
            guard.perform_here(mail(), desk.do)
    assert {path.name for path in (desk.folder / "state" / "remit").glob("*.db")} == {"budgets.db", "approvals.db"}


def test_a_guard_that_was_not_entered_counts_no_budget_and_so_spends_none(desk: Desk) -> None:
    guard = Guard(charter_of(), ledger=desk.ledger)
    with pytest.raises(BudgetExhaustedError):
        guard.perform_here(refund(20), desk.do)
    assert desk.ran == []


def test_after_the_guard_was_closed_no_call_is_made(desk: Desk) -> None:
    with desk.guard() as guard:
        child = guard.delegate_here({"agent": "junior", "grants": [*charter_of().document["grants"]]})  # type: ignore[misc]
    for closed in (guard, child):
        with pytest.raises(DeniedError):
            closed.perform_here(refund(20), desk.do)
    assert desk.ran == []


EFFECTS = """
    import os, sys
    from pathlib import Path
    from tests.guard.desk import charter_of
    from remit.guard.budgets.budget import Budgets
    from remit.guard.call import Call
    from remit.guard.guard import Guard
    from remit.ledger.store import Ledger
    folder = Path(sys.argv[1])
    effects = os.open(folder / "effects", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    charter = charter_of(budget={"calls": "1000000/run"}, grants=[{"tool": "note.add"}])
    with Guard(charter, ledger=Ledger.open(folder / "ledger.db"), run="desk",
               budgets=Budgets.open(folder / "budgets.db", charter, run="desk")) as guard:
        while True:
            call = Call(tool="note.add")
            guard.perform_here(call, lambda _args, call=call: os.write(effects, call.id.encode() + b"\\n"))
"""


def kills(folder: Path, count: int) -> tuple[int, int]:
    """Kill an agent so many times in the middle of its calls; how many effects there are, and how many intents."""
    random = Random(7)
    command = [sys.executable, "-c", textwrap.dedent(EFFECTS), str(folder)]
    for _ in range(count):
        before = size_of(folder / "effects")
        with subprocess.Popen(command, cwd=ROOT) as process:
            anyio.run(until, lambda before=before: size_of(folder / "effects") > before)
            time.sleep(random.random() * 0.05)
            process.kill()
    effects = (folder / "effects").read_text(encoding="ascii").split()
    with Ledger.open(folder / "ledger.db") as ledger:
        intents = {str(entry.facts["call"]["id"]) for entry in ledger.entries() if entry.kind == "intent"}  # type: ignore[index]
    assert len(effects) == len(set(effects))
    assert set(effects) <= intents
    charter = charter_of(budget={"calls": "1000000/run"}, grants=[{"tool": "note.add"}])
    used = Budgets.open(folder / "budgets.db", charter, run="desk").remaining()["calls"].used
    assert len(intents) <= used
    return len(effects), len(intents)


def size_of(path: Path) -> int:
    """How long a file is, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


@pytest.mark.requirement("GUARD-01")
def test_no_effect_is_without_its_intent_however_the_process_ends(desk: Desk) -> None:
    effects, intents = kills(desk.folder, 3)
    assert 3 <= effects <= intents


@pytest.mark.slow
@pytest.mark.requirement("GUARD-01")
def test_no_effect_is_without_its_intent_in_fifty_kills(desk: Desk) -> None:
    effects, intents = kills(desk.folder, 50)
    assert 50 <= effects <= intents


def test_an_exception_in_the_body_comes_out_as_it_is_and_the_session_is_closed(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard():
            raise LookupError("of the agent")

    with pytest.raises(LookupError):
        anyio.run(main)
    assert desk.ledger.kinds() == ["opened", "closed"]


def test_an_overseer_who_cannot_be_told_does_not_keep_others_from_answering(desk: Desk) -> None:
    honest = desk.overseer("ops")

    class Deaf:
        """A webhook that is down."""

        def asked(self, request: object) -> None:
            """Fail."""
            raise ConnectionError(request)

    with desk.guard(approvals=honest.approvals, overseers=[Deaf(), honest]) as guard:
        assert guard.perform_here(mail(), desk.do).value == "done"


def test_several_processes_share_a_ledger_and_a_budget(desk: Desk) -> None:
    program = (
        AGENT.replace("time.sleep(60)", "time.sleep(0)")
        .replace("refund(30)", "refund(30)")
        .replace("guard.perform_here(refund(30), do)", "[guard.perform_here(refund(5), do) for _ in range(4)]")
    )
    command = [sys.executable, "-c", textwrap.dedent(program), str(desk.folder)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert Budgets.open(desk.folder / "budgets.db", charter_of(), run="desk").remaining()["money"].left == 40
    with Ledger.open(desk.folder / "ledger.db") as ledger:
        kinds = [entry.kind for entry in ledger.entries()]
    assert (kinds.count("intent"), kinds.count("outcome"), kinds.count("reconciled")) == (12, 12, 0)
