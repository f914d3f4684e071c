"""Any history of asking, answering, swapping, replaying, stopping and setting clocks, against a list kept by hand."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from tests.example_counts import examples
from tests.guard.asking import Desk, bound, order

from remit.errors import RefusedError
from remit.guard.approval import Request
from remit.guard.approvals.answer import Answer
from remit.guard.call import Call

CALLS = (order(), order(amount=81), order(payee="Раpier GmbH"), replace(order(), server="other"))
PEOPLE = ("buyer", "lead")
OVERSEERS = (("buyer",), ("lead",), ("buyer", "lead"))


@dataclass(slots=True, kw_only=True)
class Asked:
    """What is known of one question without asking the file."""

    request: Request
    call: Call
    ends: float
    yes: set[str] = field(default_factory=set)
    over: bool = False


class Histories(RuleBasedStateMachine):
    """Nothing runs that should not, and what may run does."""

    ran: ClassVar[list[str]] = []

    def __init__(self) -> None:
        """Start with two overseers and nothing asked."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(folder=Path(self.folder.name))
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.desk.approvals.close()
        self.folder.cleanup()

    def one(self, data: st.DataObject) -> Asked:
        """One of the questions."""
        return data.draw(st.sampled_from(self.asked[-3:]))

    def waits(self, asked: Asked) -> bool:
        """Whether a question still takes an answer."""
        everybody = asked.yes == set(asked.request.overseers)
        return not asked.over and not everybody and self.desk.clock.passed < asked.ends

    @rule(call=st.sampled_from(CALLS), overseers=st.sampled_from(OVERSEERS), run=st.sampled_from(("run", "other")))
    def ask(self, call: Call, overseers: tuple[str, ...], run: str) -> None:
        """Ask about a call."""
        request = self.desk.ask(call, overseers=overseers, run=run)
        self.asked.append(Asked(request=request, call=call, ends=self.desk.clock.passed + 300))

    @rule(call=st.sampled_from(CALLS), overseers=st.sampled_from(OVERSEERS), run=st.sampled_from(("run", "other")))
    def agree(self, call: Call, overseers: tuple[str, ...], run: str) -> None:
        """Ask about a call and have everybody agree."""
        self.ask(call, overseers, run)
        for name in overseers:
            self.say(self.asked[-1], by=name, key=name, agree=True)

    @precondition(lambda self: self.asked)
    @rule(
        data=st.data(),
        by=st.sampled_from(PEOPLE),
        key=st.sampled_from(PEOPLE),
        agree=st.sampled_from((True, True, False)),
    )
    def answer(self, data: st.DataObject, by: str, key: str, *, agree: bool) -> None:
        """Answer in a name with a key, which may be another's."""
        self.say(self.one(data), by=by, key=key, agree=agree)

    def say(self, asked: Asked, *, by: str, key: str, agree: bool) -> None:
        """Hand an answer in, which is taken exactly where it should be."""
        counts = by == key and by in asked.request.overseers and by not in asked.yes and self.waits(asked)
        signer, digest = self.desk.approvals.overseers.signer(key), asked.request.digest
        try:
            self.desk.approvals.answer(asked.request.id, by, agree, key=signer, digest=digest)
        except RefusedError:
            assert not counts
            return
        assert counts
        self.answers += self.desk.approvals.judgement(asked.request.id).answers
        if agree:
            asked.yes.add(by)
        else:
            asked.over = True

    @precondition(lambda self: self.asked and self.answers)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """Send an answer again, as it was or moved to another question: it is never taken."""
        answer = data.draw(st.sampled_from(self.answers))
        request = data.draw(st.sampled_from((answer.request, self.one(data).request.id)))
        moved = replace(answer, request=request)
        with pytest.raises(RefusedError):
            self.desk.approvals.accept(moved.document())

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), swap=st.sampled_from((False, False, True)), elsewhere=st.sampled_from((False, False, True)))
    def redeem(self, data: st.DataObject, *, swap: bool, elsewhere: bool) -> None:
        """Run a call: the one that was asked about, or another one."""
        asked = self.one(data)
        call = data.draw(st.sampled_from(CALLS)) if swap else asked.call
        self.run_it(asked, call, "elsewhere" if elsewhere else asked.request.run)

    def run_it(self, asked: Asked, call: Call, run: str) -> None:
        """Use the approval for a call, which works exactly where it should."""
        digest = bound(call, overseers=asked.request.overseers, run=run)
        agreed = asked.yes == set(asked.request.overseers) and not asked.over
        same = call is asked.call and run == asked.request.run
        may = agreed and same and self.desk.clock.passed < asked.ends
        try:
            self.desk.opened().redeem(asked.request.id, digest)
        except RefusedError:
            assert not may
        else:
            assert may
            self.ran.append(asked.request.id)
        asked.over = asked.over or agreed  # used, or void because something else would have run

    @rule(call=st.sampled_from(CALLS), overseers=st.sampled_from(OVERSEERS))
    def perform(self, call: Call, overseers: tuple[str, ...]) -> None:
        """Ask, have everybody agree, and run it: it must run, and whatever comes later must not run it again."""
        self.agree(call, overseers, "run")
        self.run_it(self.asked[-1], call, "run")

    @rule(run=st.sampled_from(("run", "other", "", "", "")))
    def stop(self, run: str) -> None:
        """Stop a run, now and then: what was asked before is void."""
        if not run:
            return
        self.desk.approvals.void(self.desk.clock.now(), run=run)
        for asked in self.asked:
            asked.over = asked.over or asked.request.run == run
        self.desk.clock.go(seconds=1)

    @rule(seconds=st.integers(1, 400))
    def go(self, seconds: int) -> None:
        """Let time pass."""
        self.desk.clock.go(seconds=seconds)

    @rule(seconds=st.integers(1, 10_000))
    def set_back(self, seconds: int) -> None:
        """Set the clock back."""
        self.desk.clock.set_back(seconds=seconds)


TestHistories = pytest.mark.requirement("APPROVAL-02", "APPROVAL-03", "APPROVAL-04", "APPROVAL-06")(Histories.TestCase)
TestHistories.settings = settings(max_examples=examples(20), stateful_step_count=40)


@pytest.mark.slow
def test_many_more_histories_run_nothing_that_should_not() -> None:
    before = len(Histories.ran)
    run_state_machine_as_test(Histories, settings=settings(max_examples=examples(120), stateful_step_count=60))
    assert len(Histories.ran) > before + 60  # and what may run does
    assert len(set(Histories.ran)) == len(Histories.ran)  # once
