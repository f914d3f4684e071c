from __future__ import annotations

import pytest
from tests.example_report import clean_report, example_report

from remit.cli.exits import ExitCode
from remit.cli.verdict import FAIL_ON, judge, judge_difference, judge_lint
from remit.incentives.comparison import compare
from remit.incentives.reading_rules import findings_of
from remit.incentives.report import Report, TierReading, WorldFacts


def broken() -> Report:
    world = example_report().world
    facts = {name: getattr(world, name) for name in WorldFacts.__slots__}
    return example_report(world=WorldFacts(**{**facts, "invariants": (("rows sum to one", False),)}))


def unknown() -> Report:
    tier = TierReading(
        tier="unknown", because="out of reach", task_gap=0.0, task_peak=0.0, lambda_star=None, training_compatible=None
    )
    return clean_report(tier=tier)


@pytest.mark.requirement("CHECK-03")
@pytest.mark.parametrize("policy", FAIL_ON)
@pytest.mark.parametrize("report", [broken(), unknown()])
def test_what_is_unknown_is_never_a_pass_under_any_policy(policy: str, report: Report) -> None:
    assert judge(report, findings_of(report), policy).code == ExitCode.HOLD


def test_an_unknown_report_holds_against_a_baseline_too() -> None:
    assert judge_difference(compare(clean_report(), unknown()), unknown()).code == ExitCode.HOLD


@pytest.mark.parametrize("policy", [policy for policy in FAIL_ON if policy != "warning"])
def test_a_clean_report_passes_every_policy_but_a_tier_it_reaches(policy: str) -> None:
    report = clean_report()
    assert judge(report, findings_of(report), policy).code == ExitCode.YES


@pytest.mark.requirement("CHECK-08")
def test_a_report_passes_or_fails_the_same_however_large_its_shares_are() -> None:
    large = example_report()
    small = example_report(drives=clean_report().drives, overall=clean_report().overall)
    for policy in FAIL_ON:
        assert judge(large, findings_of(large), policy).code == judge(small, findings_of(small), policy).code


def test_text_alone_cannot_answer_a_question_about_readings() -> None:
    assert judge_lint((), "affordance").code == ExitCode.HOLD
    assert judge_lint((), "error").code == ExitCode.YES
    assert judge_lint(example_report().findings, "error").code == ExitCode.NO


def test_a_verdict_reads_as_one_line_with_its_exit_code_and_reasons() -> None:
    report = example_report()
    assert str(judge(report, findings_of(report), "affordance")) == (
        "no (exit 1): acts that make interventions fail: k8s.detach_stop, k8s.restart_monitor, k8s.silence_alerts"
    )
