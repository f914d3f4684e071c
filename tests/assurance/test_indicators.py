"""Numbers of a running system: what is counted, what is not known, and when a release has to wait for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.assurance.case import Case, Claim, ClaimKind, Indicator
from remit.assurance.counting import Counted, NamedLedger, count_signals
from remit.assurance.release.verdict import Flip, Reason, Release, Verdict
from remit.assurance.review.indicators import (
    Level,
    heed_indicators,
    indicator_findings,
    indicator_reasons,
    indicator_states,
    shown_value,
    stand_indicators,
)
from remit.assurance.signals import METRICS, quantile_signal, share_signal
from remit.errors import TamperedError
from remit.finding import Severity, Where
from remit.ledger.entry import Entry

START = datetime(2026, 11, 1, tzinfo=UTC)
PLACE = Where(file="case.yaml", line=7)


def entries(*facts: tuple[str, Mapping[str, object]], seconds: float = 1.0) -> list[Entry]:
    """Entries of these kinds with these facts, one after the other, so many seconds apart."""
    return [
        Entry(
            number=number,
            at=(START + timedelta(seconds=seconds * number)).isoformat(),
            monotonic=seconds * number,
            kind=kind,
            facts=said,
            leaf=b"",
        )
        for number, (kind, said) in enumerate(facts, start=1)
    ]


def call(tool: str = "mail.send", **args: object) -> dict[str, object]:
    """The facts that name a call."""
    return {"call": {"id": f"id-{len(args)}", "tool": tool, "args": args, "principal": "mailer"}}


def counted(*facts: tuple[str, Mapping[str, object]], benign: frozenset[str] = frozenset()) -> Counted:
    """What is counted in one ledger."""
    return count_signals([NamedLedger(name="run", entries=entries(*facts))], benign=benign)


def case(metric: str, warn: float, fail: float, *, source: str = "ledger", gate: bool = True) -> Case:
    """A case whose claim C rests on C-low, of which one indicator speaks."""
    claims = {
        "C": Claim(id="C", text="safe", kind=ClaimKind.CONTROL, gate=gate, support=("C-low",), where=PLACE),
        "C-low": Claim(id="C-low", text="stops", kind=ClaimKind.CONTROL, where=PLACE),
    }
    indicator = Indicator(id="S-1", claim="C-low", metric=metric, warn=warn, fail=fail, source=source, where=PLACE)
    return Case(
        file="case.yaml",
        id="c",
        version=1,
        charter="remit.yaml",
        subject={},
        claims=claims,
        indicators={"S-1": indicator},
        where=PLACE,
    )


def stop(took: float, verdict: str = "dead") -> tuple[str, dict[str, object]]:
    """The receipt of a stop, as the supervisor writes it."""
    return "stopped", {"report": {"took": took, "verdict": verdict, "reason": "drill"}}


def test_a_denied_call_that_is_let_through_unchanged_later_was_blocked_for_nothing() -> None:
    found = counted(
        ("denied", call(to="a@acme.example")),
        ("denied", call(to="b@acme.example")),
        ("intent", {**call(to="a@acme.example"), "decision": "allow"}),
        ("outcome", {"intent": 3, "result": "performed"}),
    )
    signal = found.signals["blocked_but_benign"]
    assert (signal.k, signal.n, signal.sources) == (1, 2, ("run#1",))
    assert signal.low is not None
    assert signal.low < 0.5 < (signal.high or 0)
    assert [(note.what, note.source) for note in found.notable] == [("blocked but benign", "run#1")]


def test_a_call_that_is_tried_again_and_denied_again_was_not_blocked_for_nothing() -> None:
    asked = call(url="https://x.example")
    found = counted(
        ("intent", asked), ("denied", {"intent": 1}), ("intent", asked), ("denied", {"intent": 3, "reason": "no"})
    )
    assert (found.signals["blocked_but_benign"].k, found.signals["blocked_but_benign"].n) == (0, 2)
    assert found.signals["unsettled_share"].n == 0


def test_somebody_may_mark_a_denied_call_as_benign_and_a_spent_budget_is_counted_apart() -> None:
    spent = {**call(amount=3), "code": "guard.budget-exhausted.month"}
    found = counted(("denied", call()), ("denied", spent), benign=frozenset({"run#1", "other#1"}))
    assert (found.signals["blocked_but_benign"].k, found.signals["blocked_but_benign"].n) == (1, 1)
    assert (found.signals["budget_exhaustion_share"].k, found.signals["budget_exhaustion_share"].n) == (1, 2)


def test_questions_are_timed_to_their_end_whatever_that_was() -> None:
    found = counted(
        ("asked", {"request": "r1"}),
        ("approved", {"request": "r1"}),
        ("asked", {"request": "r2"}),
        ("message", {}),
        ("refused", {"request": "r2", **call()}),
        ("asked", {"request": "r3"}),
        ("expired", {"request": "r3", **call()}),
    )
    assert found.signals["p50_approval_s"].value == 1.0
    assert found.signals["p99_approval_s"].value == 2.0
    assert (found.signals["refusal_share"].k, found.signals["unanswered_share"].k) == (1, 1)
    assert found.signals["refusal_share"].n == 3
    assert (found.signals["escalation_share"].k, found.signals["escalation_share"].n) == (2, 2)


def test_a_stop_that_left_a_survivor_took_for_ever() -> None:
    found = counted(stop(0.2), stop(0.3), stop(0.1, "survivors"), stop(0.1, "unknown"))
    assert found.signals["p50_stop_ms"].value == 300.0
    assert found.signals["p99_stop_ms"].value == math.inf
    assert (found.signals["stop_failure_share"].k, found.signals["stop_failure_share"].n) == (2, 4)
    assert found.signals["p99_stop_ms"].sources[:2] == ("run#4", "run#3")
    assert shown_value(math.inf, METRICS["p99_stop_ms"]) == "never"


def test_overrides_unsettled_calls_and_ends_of_runs_are_counted_with_their_entries() -> None:
    found = counted(
        ("opened", {"charter": "sha256:1", "shadow": False}),
        ("bypassed", {"reason": "unsafe_approve"}),
        ("intent", {**call(), "decision": "allow", "overhead": 0.0005}),
        ("intent", {**call(more=1), "decision": "ask"}),
        ("outcome", {"intent": 4, "result": "performed"}),
        ("held", {"took": 0.02, "frozen": True}),
        ("exited", {"status": 1}),
    )
    assert found.signals["override_share"].sources == ("run#2",)
    assert (found.signals["unsettled_share"].k, found.signals["unsettled_share"].sources) == (1, ("run#3",))
    assert found.signals["p50_overhead_ms"].value == pytest.approx(0.5)
    assert found.signals["p50_hold_ms"].value == pytest.approx(20)
    assert (found.signals["run_success_guarded"].k, found.signals["run_success_guarded"].n) == (0, 1)
    assert found.signals["run_success_unguarded"].value is None


def test_an_alert_on_a_call_that_was_not_let_through_is_a_near_miss() -> None:
    kill = call("shell.run", command="systemctl stop auditd && rm -rf /var/log/audit")
    found = counted(("denied", kill), ("intent", {**kill, "decision": "allow"}), ("outcome", {"intent": 2}))
    near = [note for note in found.notable if note.what == "near miss"]
    assert near
    assert near[0].source == "run#1"
    assert found.signals["near_miss_share"].k == 1
    assert found.signals["alert_share"].value is not None


def test_what_lies_outside_of_the_time_that_is_asked_for_is_not_counted() -> None:
    listed = entries(("denied", call()), ("denied", call()), ("denied", call()))
    found = count_signals(
        [NamedLedger(name="run", entries=listed)],
        since=START + timedelta(seconds=2),
        until=START + timedelta(seconds=2.5),
    )
    assert found.signals["blocked_but_benign"].n == found.entries == 1


def test_every_metric_without_an_entry_has_no_value_and_no_indicator_of_it_is_ok() -> None:
    nothing = counted(("message", {}))
    for name, signal in nothing.signals.items():
        assert signal.value is None, name
        assert stand_indicators(case(name, 0.1, 0.2), nothing)[0].level is Level.UNKNOWN


@pytest.mark.requirement("REVIEW-01")
@pytest.mark.parametrize(
    ("metric", "source", "why"),
    [
        ("p99_happiness", "ledger", "nobody counts a metric called `p99_happiness`"),
        ("p99_stop_ms", "otel", "its source is `otel`, and only ledgers were counted"),
        ("p99_approval_s", "ledger", "no ledger has an entry that shows"),
    ],
)
def test_what_nobody_counts_is_unknown_and_holds_the_release(metric: str, source: str, why: str) -> None:
    spoken = case(metric, 1, 2, source=source)
    states = indicator_states(spoken, [NamedLedger(name="run", entries=entries(stop(0.1)))], as_of=START.replace(day=2))
    assert states[0].level is Level.UNKNOWN
    assert why in states[0].why
    assert [reason.claim for reason in indicator_reasons(spoken, states)] == ["C-low"]
    assert [finding.code for finding in indicator_findings(states)] == ["REMIT-A099"]


@pytest.mark.requirement("REVIEW-01")
def test_an_empty_ledger_and_a_damaged_one_are_unknown_even_where_the_numbers_are_good() -> None:
    def damaged() -> Iterator[Entry]:
        """A ledger that breaks off at an entry somebody changed."""
        yield from entries(*[stop(0.1)] * 400)
        raise TamperedError("entry 401 is not what was recorded")

    for ledger, why in (([], "has no entry of that time"), (damaged(), "entry 401 is not what was recorded")):
        states = indicator_states(
            case("p50_stop_ms", 4000, 5000), [NamedLedger(name="run", entries=ledger)], as_of=START.replace(day=2)
        )
        assert states[0].level is Level.UNKNOWN
        assert why in states[0].why


@pytest.mark.requirement("REVIEW-01")
@pytest.mark.parametrize(
    ("stops", "level", "why"),
    [
        ([0.1] * 400, Level.OK, "100 ms (n = 400)"),
        ([0.1] * 20, Level.WARN, "too few to exclude 5000 ms"),
        ([0.1] * 390 + [4.5] * 10, Level.WARN, "at or beyond 4000 ms"),
        ([0.1] * 390 + [6.0] * 10, Level.FAIL, "at or beyond 5000 ms"),
    ],
)
def test_an_indicator_is_well_only_when_enough_was_seen_to_exclude_a_failing_one(
    stops: list[float], level: Level, why: str
) -> None:
    states = stand_indicators(case("p99_stop_ms", 4000, 5000), counted(*[stop(took) for took in stops]))
    assert states[0].level is level
    assert why in states[0].why


def test_where_the_warning_lies_above_the_failure_small_is_bad() -> None:
    ends: list[tuple[str, Mapping[str, object]]]
    ends = [("opened", {"charter": "c", "shadow": False}), *[("exited", {"status": 1})] * 3, ("exited", {"status": 0})]
    states = stand_indicators(case("run_success_guarded", 0.9, 0.5), counted(*ends))
    assert states[0].level is Level.FAIL


def test_a_failing_indicator_holds_what_rests_on_its_claim_and_only_that() -> None:
    found = counted(stop(9.0))
    failing = stand_indicators(case("p50_stop_ms", 1000, 2000), found)
    assert indicator_findings(failing)[0].severity is Severity.ERROR
    assert indicator_findings(failing)[0].where == PLACE
    assert [reason.evidence for reason in indicator_reasons(case("p50_stop_ms", 1, 2), failing)] == [("run#1",)]
    assert indicator_reasons(case("p50_stop_ms", 1, 2, gate=False), failing) == ()


def test_quantiles_have_the_interval_of_their_order_statistics() -> None:
    # the median of 10 lies between ranks 2 and 9 with 97.9 % (David and Nagaraja, table of section 7.1)
    median = quantile_signal(METRICS["p50_stop_ms"], [(float(rank), f"run#{rank}") for rank in range(1, 11)])
    assert (median.value, median.low, median.high) == (5.0, 2.0, 9.0)
    # 0.99**368 < 2.5 %: so many have to be seen before the largest bounds the 99 % quantile
    spans = [(float(rank), "run#1") for rank in range(368)]
    assert quantile_signal(METRICS["p99_stop_ms"], spans).high == 367.0
    assert quantile_signal(METRICS["p99_stop_ms"], spans[:366]).high is None


def test_thousands_of_trials_have_nearly_the_interval_of_a_few_less() -> None:
    exact, wilson = (share_signal(METRICS["alert_share"], total // 50, total) for total in (5_000, 5_050))
    assert exact.low == pytest.approx(wilson.low, abs=1e-3)
    assert exact.high == pytest.approx(wilson.high, abs=1e-3)


@pytest.mark.requirement("REVIEW-01")
@pytest.mark.parametrize(
    ("verdict", "stops", "expected"),
    [
        (Verdict.PROMOTE, [0.1] * 400, Verdict.PROMOTE),
        (Verdict.PROMOTE, [9.0], Verdict.HOLD),
        (Verdict.PROMOTE, [], Verdict.HOLD),
        (Verdict.HOLD, [0.1] * 400, Verdict.HOLD),
        (Verdict.BLOCK, [9.0], Verdict.BLOCK),
    ],
)
def test_numbers_of_a_running_system_never_make_a_verdict_better(
    verdict: Verdict, stops: list[float], expected: Verdict
) -> None:
    before = Release(verdict=verdict, reasons=(Reason(claim="C", why="as it was"),), flip=(Flip(item="C", change="x"),))
    found = counted(*[stop(took) for took in stops])
    after = heed_indicators(before, case("p99_stop_ms", 4000, 5000), found)
    assert after.verdict is expected
    if len(stops) == 400:
        assert after is before
    else:
        assert "S-1" in {flip.item for flip in after.flip}
        assert (before.reasons[0] in after.reasons) is (verdict is not Verdict.PROMOTE)


def test_a_ledger_that_cannot_be_read_holds_even_a_case_without_indicators() -> None:
    before = Release(verdict=Verdict.PROMOTE, reasons=(), flip=())
    nothing = count_signals([NamedLedger(name="run", entries=[])])
    after = heed_indicators(before, replace(case("p99_stop_ms", 1, 2), indicators={}), nothing)
    assert (after.verdict, after.reasons[0].why) == (Verdict.HOLD, "`run` has no entry of that time")
