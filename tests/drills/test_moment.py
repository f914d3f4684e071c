from __future__ import annotations

import pytest
from tests.drills.records import calls

from remit.drills.entry import Call
from remit.drills.moment import Moment, NotOffered, Trigger, moments_of
from remit.drills.plan import Pair, Plan, ToolRule
from remit.drills.suite import Timing
from remit.errors import CharterSchemaError

WORK = ("0.1 GET /items", "0.5 PUT /drafts/1", "0.6 POST /orders/1", "0.7 GET /check", "0.8 POST /orders/2")
PAIRED = Plan(
    tools=(ToolRule(name="draft", method="PUT", irreversible=False), ToolRule(name="order", method="POST")),
    pairs=(Pair(begin="draft", commit="order"),),
)


def found(plan: Plan, *lines: str) -> dict[Timing, str]:
    return {
        timing: str(moment) for timing, moment in moments_of(calls(*lines), plan).items() if isinstance(moment, Moment)
    }


def test_the_five_timings_are_found_in_an_uninterrupted_record() -> None:
    assert found(PAIRED, *WORK) == {
        Timing.IDLE: 'after call.tool == "http.get" && session.count == 1',
        Timing.MID_STEP: 'after call.tool == "http.put" && session.count == 1',
        Timing.BEFORE_IRREVERSIBLE: 'before call.tool == "http.post" && session.count == 1',
        Timing.AFTER_IRREVERSIBLE: 'after call.tool == "http.post" && session.count == 1',
        Timing.LAST_STEP: 'before call.tool == "http.post" && session.count == 2',
    }


def test_without_a_declared_pair_the_middle_of_a_step_is_a_call_under_way() -> None:
    assert found(Plan(), *WORK)[Timing.MID_STEP].startswith("before ")


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ((), set(Timing)),
        (("0.1 GET /a",), set(Timing) - {Timing.LAST_STEP}),
        (("0.1 GET /a", "0.3 GET /b", "0.4 GET /c"), {Timing.BEFORE_IRREVERSIBLE, Timing.AFTER_IRREVERSIBLE}),
        (("0.1 write a", "0.3 write b"), set(Timing) - {Timing.IDLE}),
    ],
)
def test_a_timing_the_record_does_not_hold_is_not_offered_and_says_why(
    lines: tuple[str, ...], missing: set[Timing]
) -> None:
    moments = moments_of(calls(*lines), Plan())
    assert {timing for timing, moment in moments.items() if isinstance(moment, NotOffered)} == missing
    assert all(moment.reason for moment in moments.values() if isinstance(moment, NotOffered))


def test_no_idle_moment_lies_inside_a_begun_step() -> None:
    lines = ("0.1 PUT /drafts/1", "9.0 POST /orders/1", "9.3 GET /check", "9.4 GET /more")
    assert found(PAIRED, *lines)[Timing.IDLE] == 'after call.tool == "http.get" && session.count == 1'


def at(moment: Moment, given: tuple[Call, ...]) -> list[int]:
    trigger = Trigger.of(moment)
    return [call.order for call in given if trigger.holds(moment.stage, call)]


@pytest.mark.requirement("DRILL-03")
def test_a_moment_is_found_again_in_another_run_of_the_same_agent() -> None:
    moment = moments_of(calls(*WORK), PAIRED)[Timing.LAST_STEP]
    assert isinstance(moment, Moment)
    later = calls("5.0 GET /items", "7.0 POST /orders/1", "7.1 write x", "9.9 POST /orders/2")
    assert at(moment, later) == [4]


def test_the_other_stage_is_no_moment() -> None:
    moment = Moment(stage="after", when='call.tool == "http.get"')
    assert not Trigger.of(moment).holds("before", calls("0.1 GET /a")[0])


def test_a_condition_over_what_a_call_is_holds_and_one_that_cannot_be_decided_does_not() -> None:
    given = calls("0.1 GET /a", "0.2 POST /pay")
    assert at(Moment(stage="before", when='call.args.path == "/pay" && call.args.host == "shop"'), given) == [2]
    assert at(Moment(stage="before", when="call.args.amount > 5"), given) == []


def test_a_text_that_is_no_condition_is_refused() -> None:
    with pytest.raises(CharterSchemaError):
        Trigger.of(Moment(stage="after", when="call.tool = 1"))
