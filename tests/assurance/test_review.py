"""The review after release: from records only, late is on hold, and nothing is left out in silence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.assurance.cases import TODAY, assessed, digest, observed, place, random_case, rewritten

from remit.assurance.case import Case, DefeaterStatus, Evidence, Indicator, Mapped, Relation, Result
from remit.assurance.counting import Counted, NamedLedger, count_signals
from remit.assurance.frameworks.frameworks import read_frameworks
from remit.assurance.record import Record
from remit.assurance.review.review import Dated, ReviewPack, last_review, pack
from remit.assurance.review.sections import review_sections
from remit.assurance.review.text import encode_review, review_markdown
from remit.assurance.weighing.assessment import Assessment, Observed
from remit.ledger.entry import Entry

HOSTILE = "</td><script>alert(1)</script> | `x` [y](javascript:z) \x1b[31m"


def stops(*took: float) -> Counted:
    """What is counted in a ledger with these stops."""
    entries = [
        Entry(
            number=number,
            at=TODAY.isoformat(),
            monotonic=float(number),
            kind="stopped",
            facts={"report": {"took": seconds, "verdict": "dead", "reason": "drill"}},
            leaf=b"",
        )
        for number, seconds in enumerate(took, start=1)
    ]
    return count_signals([NamedLedger(name="run", entries=entries)])


def quick(case: Case, **changes: object) -> Case:
    """The case with one indicator that four hundred quick stops keep well, and other changes."""
    indicator = Indicator(id="S-1", claim="C-0", metric="p99_stop_ms", warn=4000, fail=5000, source="ledger",
                          where=place(3))  # fmt: skip
    return replace(case, **{"indicators": {"S-1": indicator}, **changes})  # type: ignore[arg-type]


WELL = stops(*[0.1] * 400)


def packed(case: Case, counted: Counted = WELL, **more: object) -> ReviewPack:
    """The pack of a case, as of the day of the tests."""
    return pack(assessed(case), observed(case), counted, **more)  # type: ignore[arg-type]


@pytest.mark.requirement("REVIEW-03")
@pytest.mark.parametrize(
    ("due", "why"),
    [
        (date(2026, 11, 19), "a review was due on 2026-11-19, 1 days ago"),
        (None, "no date is set for a review: `case.review_by`"),
    ],
)
def test_a_review_that_is_late_or_that_nobody_set_a_date_for_is_on_hold(due: date | None, why: str) -> None:
    found = packed(quick(random_case(1), review_by=due))
    assert [reason.why for reason in found.reasons] == [why]
    assert encode_review(found)["verdict"] == "HOLD"


@pytest.mark.requirement("REVIEW-03")
@pytest.mark.parametrize("due", [date(2026, 11, 20), date(2027, 1, 15)])
def test_a_review_in_time_with_every_indicator_well_has_no_reason_to_hold(due: date) -> None:
    assert packed(quick(random_case(1), review_by=due)).reasons == ()


def test_a_case_without_an_indicator_and_a_running_system_nobody_counted_are_on_hold() -> None:
    assert "names no indicator" in packed(replace(random_case(1), indicators={})).reasons[0].why
    nothing = count_signals([])
    assert "no ledger has an entry" in packed(quick(random_case(1)), nothing).reasons[0].why
    broken = count_signals([NamedLedger(name="empty", entries=[])])
    assert packed(quick(random_case(1)), broken).reasons[0].why == "`empty` has no entry of that time"


def test_a_failing_indicator_is_a_reason_and_its_entries_are_named() -> None:
    found = packed(quick(random_case(1)), stops(*[9.0] * 3))
    assert [reason.claim for reason in found.reasons] == ["C-0"]
    assert set(found.reasons[0].evidence) == {"run#1", "run#2", "run#3"}


def reviewed(days: int, result: Result = Result.PASS) -> Evidence:
    """A review that took place so many days ago."""
    return Evidence(
        id=f"E-review-{days}", kind="review", file=f"evidence/review-{days}.json", sha256=digest(str(days)),
        subject={"charter": digest("charter")}, tool="remit case review", version="0.1.0", result=result,
        produced_at=TODAY - timedelta(days=days), supports=("C-0",), where=place(5),
    )  # fmt: skip


@pytest.mark.requirement("REVIEW-02")
def test_the_last_review_is_the_last_that_counts_whatever_it_found() -> None:
    listed = [
        reviewed(90),
        reviewed(50, Result.INCONCLUSIVE),
        reviewed(20),
        replace(reviewed(5), tool="remit case attest"),
    ]
    case = quick(random_case(1), evidence={item.id: item for item in listed})
    assessment = assessed(case)
    counts = {"E-review-90": True, "E-review-50": True, "E-review-20": False, "E-review-5": True}
    nodes = {**assessment.nodes, **{name: replace(assessment.nodes[name], counts=ok) for name, ok in counts.items()}}
    judged: Assessment = replace(assessment, nodes=nodes)
    assert last_review(judged, observed(case)) == TODAY - timedelta(days=50)
    assert last_review(judged, {}) is None
    assert pack(judged, observed(case), WELL).since == TODAY - timedelta(days=50)


def drill(days: int, k: int) -> Record:
    """A drill so many days ago, of which ``k`` of 40 went well."""
    return Record(
        kind="interruption_drill", subject={}, tool="remit drill", version="0.1.0", run=f"d{days}",
        produced_at=TODAY - timedelta(days=days), result=Result.PASS if k == 40 else Result.FAIL, n=40, k=k,
        bound95=0.9,
    )  # fmt: skip


@pytest.mark.requirement("REVIEW-02")
def test_drills_are_a_trend_each_once_the_oldest_first_and_none_of_the_future() -> None:
    history = [Dated(source=f"drill.json at {days}", record=drill(days, 40 - days % 3)) for days in (3, 60, 30, 3, -2)]
    history.append(Dated(source="check.json", record=replace(drill(9, 40), kind="incentive_check")))
    found = packed(quick(random_case(1), evidence={}), history=history).drills
    assert [dated.source for dated in found] == ["drill.json at 60", "drill.json at 30", "drill.json at 3"]


@pytest.mark.requirement("REVIEW-02")
def test_open_doubts_have_an_age_and_an_owner_and_a_residual_that_ran_out_is_open() -> None:
    case = quick(random_case(3, doubts=4))
    doubts = dict(case.defeaters)
    taken = next(one for one in doubts.values() if one.status is DefeaterStatus.ACCEPTED_RESIDUAL)
    doubts[taken.id] = replace(taken, expires=date(2026, 11, 19))
    opened = next(one for one in doubts.values() if one.status is DefeaterStatus.OPEN)
    found = packed(replace(case, defeaters=doubts), first_seen={opened.id: TODAY - timedelta(days=12)})
    assert [(one.defeater.id, one.since is None) for one in found.doubts] == [(taken.id, True), (opened.id, False)]
    rows = next(section.rows for section in review_sections(found) if section.title == "Open doubts")
    assert [row[:3] for row in rows] == [(taken.id, "Ada", "nobody knows"), (opened.id, "Ada", "12 days")]


@pytest.mark.requirement("REVIEW-02")
def test_what_ends_before_the_next_review_is_listed_and_what_ends_later_is_not() -> None:
    case = quick(random_case(3, doubts=4), review_by=date(2026, 12, 31))
    assessment = assessed(case)
    soon, late = TODAY + timedelta(days=10), TODAY + timedelta(days=90)
    ends = dict.fromkeys(case.evidence, late) | {"E-0": soon, "E-1": TODAY - timedelta(days=1)}
    nodes = {**assessment.nodes, **{name: replace(assessment.nodes[name], expires=at) for name, at in ends.items()}}
    doubts = {
        name: replace(one, expires=date(2026, 12, 1) if one.expires else None) for name, one in case.defeaters.items()
    }
    judged = replace(assessment, case=replace(case, defeaters=doubts), nodes=nodes)
    residual = next(name for name, one in doubts.items() if one.status is DefeaterStatus.ACCEPTED_RESIDUAL)
    found = pack(judged, observed(case), WELL)
    assert [ending.id for ending in found.endings] == ["E-0", residual]
    assert found.next_by == date(2026, 12, 31)


@pytest.mark.requirement("REVIEW-02")
def test_incidents_of_before_the_last_review_are_told_from_new_ones_and_an_unknown_day_is_new() -> None:
    case = quick(random_case(1))
    since = TODAY - timedelta(days=30)
    days: Mapping[str, datetime | None] = {"old": since - timedelta(days=1), "new": TODAY, "unknown": None}
    for name, at in days.items():
        seen = {**observed(case), "I-1": Observed(sha256=digest("i"), record=None, moment=at)}
        found = pack(assessed(case), seen, WELL, since=since).incidents[0]
        assert found.is_new is (name != "old")


@pytest.mark.requirement("REVIEW-02")
def test_only_frameworks_the_case_is_mapped_to_are_listed_and_age_is_a_doubt() -> None:
    mapped = (Mapped(claim="C-0", to="NIST AI RMF:MANAGE 2.4", relation=Relation.INFORMS, where=place(8)),)
    case = quick(random_case(1), mappings=mapped)
    later = replace(assessed(case), as_of=datetime(2031, 1, 1, tzinfo=UTC))
    found = pack(later, observed(case), WELL)
    assert {aged.version.framework for aged in found.frameworks} == {"NIST AI RMF"}
    assert all(aged.doubt for aged in found.frameworks)
    assert len({version.framework for version in read_frameworks().versions}) > 1


def test_every_table_is_there_even_when_it_is_empty_and_says_so() -> None:
    bare = quick(random_case(1), evidence={}, defeaters={}, incidents={}, mappings=())
    text = review_markdown(packed(bare))
    for section in review_sections(packed(bare)):
        assert f"## {section.title}\n" in text
        assert section.rows or f"_{section.nothing}_" in text


def test_a_table_of_a_thousand_rows_says_how_many_it_leaves_out() -> None:
    doubts = {f"D-{number}": replace(random_case(1).defeaters["D-0"], id=f"D-{number}") for number in range(1000)}
    found = packed(quick(random_case(1), defeaters=doubts))
    rows = next(section.rows for section in review_sections(found) if section.title == "Open doubts")
    assert rows[-1][0] == "and 960 more"
    assert len(encode_review(found)["doubts"]) == 1000


def test_hostile_text_is_shown_as_text_and_moves_no_cursor() -> None:
    case = quick(random_case(5))
    hostile = replace(rewritten(case, lambda text: f"{text}{HOSTILE}"), file="case.yaml")
    wicked = replace(
        pack(assessed(case), observed(case), WELL),
        case=hostile,
        doubts=packed(case).doubts,
    )
    doubts = tuple(replace(one, defeater=rewritten(one.defeater, lambda text: text + HOSTILE)) for one in wicked.doubts)
    text = review_markdown(replace(wicked, doubts=doubts))
    assert "\x1b" not in text
    for sign in ("<script", "`x`", "](javascript", "| `"):
        assert re.search(rf"(?<!\\){re.escape(sign)}", text.replace("\n|", "")) is None, sign
    assert "script" in text


def test_the_pack_is_json_the_same_each_time_and_says_never_where_a_stop_did_not_end() -> None:
    case = quick(random_case(1))
    told = encode_review(packed(case, stops(math.inf)))
    signal = next(one for one in told["signals"] if one["metric"] == "p50_stop_ms")
    assert signal["value"] == "never"
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told == encode_review(packed(case, stops(math.inf)))
