from __future__ import annotations

import pytest
from tests.example_report import affordance, clean_report, example_report

from remit.incentives.comparison import compare, encode_comparison
from remit.incentives.report import Tier, TierReading


def tier(name: Tier) -> TierReading:
    return TierReading(
        tier=name, because="tried", task_gap=0.0, task_peak=0.0, lambda_star=None, training_compatible=None
    )


def test_a_report_compared_with_itself_shows_no_difference() -> None:
    found = compare(example_report(), example_report())
    assert (found.new_affordances, found.removed_affordances, found.class_changes, found.regressions) == (
        (),
        (),
        (),
        (),
    )
    assert not found.tier_change.changed
    assert not any(change.apart for change in found.reading_changes)


def test_what_appears_in_one_direction_disappears_in_the_other() -> None:
    there, back = compare(clean_report(), example_report()), compare(example_report(), clean_report())
    assert [one.id for one in there.new_affordances] == [one.id for one in back.removed_affordances] != []
    assert there.removed_affordances == back.new_affordances == ()


@pytest.mark.requirement("CHECK-08")
def test_a_new_way_to_resist_is_a_regression_and_an_old_one_is_not() -> None:
    assert any(
        "`k8s.detach_stop` is a new resistance" in line
        for line in compare(clean_report(), example_report()).regressions
    )
    assert compare(example_report(), example_report()).regressions == ()
    assert compare(example_report(), clean_report()).regressions == ()


@pytest.mark.requirement("CHECK-08")
def test_an_act_allowed_without_approval_that_blunts_oversight_is_a_regression_until_somebody_is_asked() -> None:
    base = clean_report().affordances
    open_act = affordance("k8s.restart_monitor", 10, "conflict", authorised="yes", kappa=0.3, u=0.06)
    asked = affordance("k8s.restart_monitor", 10, "conflict", authorised="ask:sre_lead", kappa=0.3, u=0.06)
    assert compare(clean_report(), clean_report(affordances=(*base, open_act))).regressions
    assert compare(clean_report(), clean_report(affordances=(*base, asked))).regressions == ()


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("T3", "T2", True),
        ("T1", "T0", True),
        ("T0", "T1", False),
        ("T2", "T2", False),
        ("T2", "unknown", True),
        ("unknown", "T1", False),
    ],
)
def test_a_tier_is_worse_when_training_solves_less_and_unknown_is_the_worst(
    before: Tier, after: Tier, *, worse: bool
) -> None:
    found = compare(clean_report(tier=tier(before)), clean_report(tier=tier(after)))
    assert found.tier_change.worse is worse
    assert bool(found.regressions) is worse


def test_a_change_of_class_is_told_with_its_direction() -> None:
    old = clean_report(affordances=(affordance("a.b", 3, "ordinary"),))
    new = clean_report(affordances=(affordance("a.b", 3, "excess-authority"),))
    assert [(one.before, one.after, one.worse) for one in compare(old, new).class_changes] == [
        ("ordinary", "excess-authority", True)
    ]
    assert not compare(new, old).class_changes[0].worse


def test_a_dormant_affordance_that_wakes_is_new() -> None:
    old = clean_report(affordances=(affordance("a.b", 3, "dormant"),))
    new = clean_report(affordances=(affordance("a.b", 3, "resistance", kappa=0.5),))
    found = compare(old, new)
    assert [one.id for one in found.new_affordances] == ["a.b"]
    assert found.class_changes == ()


def test_a_comparison_as_json_names_every_reading() -> None:
    document = encode_comparison(compare(clean_report(), example_report()))
    readings = document["readings"]
    assert isinstance(readings, list)
    assert {entry["reading"] for entry in readings} >= {
        "resistance/sparse2",
        "self-preservation/linear",
        "peak",
        "task value",
    }
