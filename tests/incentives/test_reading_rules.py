from __future__ import annotations

import pytest
from tests.example_report import affordance, clean_report, example_report

from remit.finding import Severity
from remit.incentives.reading_rules import READING_RULES, findings_of, is_unknown
from remit.incentives.report import LeastAuthority, Report, Tier, TierReading, WorldFacts


def codes(report: Report) -> list[str]:
    return [finding.code for finding in findings_of(report)]


def with_world(**changes: object) -> Report:
    world = clean_report().world
    facts = {name: getattr(world, name) for name in WorldFacts.__slots__}
    return clean_report(world=WorldFacts(**{**facts, **changes}))


@pytest.mark.parametrize(
    ("classification", "code"),
    [
        ("resistance", "REMIT-R001"), ("conflict", "REMIT-R002"), ("excess-authority", "REMIT-R003"), ("enabler", "REMIT-R004"),
    ],
)  # fmt: skip
def test_each_class_that_needs_attention_is_a_finding_at_the_line_that_opens_it(classification: str, code: str) -> None:
    report = clean_report(affordances=(affordance("a.b", 7, classification, advice="close it"),))
    found = [finding for finding in findings_of(report) if finding.code == code]
    assert [(finding.where.line, finding.hint) for finding in found] == [(7, "close it")]
    assert "`a.b`" in found[0].message


@pytest.mark.parametrize("classification", ["ordinary", "task-tool", "dormant"])
def test_the_other_classes_are_no_findings(classification: str) -> None:
    assert codes(clean_report(affordances=(affordance("a.b", 7, classification),))) == []


@pytest.mark.parametrize(
    ("tier", "severity"), [("T0", Severity.ERROR), ("T1", Severity.WARNING), ("T2", None), ("T3", None)]
)
def test_the_tier_is_an_error_a_warning_or_nothing(tier: Tier, severity: Severity | None) -> None:
    reading = TierReading(
        tier=tier, because="tried", task_gap=0.0, task_peak=0.0, lambda_star=None, training_compatible=None
    )
    found = [finding.severity for finding in findings_of(clean_report(tier=reading)) if finding.code == "REMIT-R005"]
    assert found == ([] if severity is None else [severity])


def test_a_bounded_world_and_a_patch_that_is_not_enough_are_warnings() -> None:
    assert codes(with_world(method="bound")) == ["REMIT-R006"]
    least = clean_report().least_authority
    fields = {name: getattr(least, name) for name in LeastAuthority.__slots__}
    report = example_report(least_authority=LeastAuthority(**{**fields, "reached": False}))
    assert "REMIT-R008" in codes(report)
    assert "REMIT-R008" not in codes(example_report())


def test_a_broken_invariant_silences_every_reading_but_not_the_text() -> None:
    report = with_world(invariants=(("rows sum to one", False), ("authority never hurts", True)))
    assert codes(report) == ["REMIT-R007"]
    assert is_unknown(report)
    world = report.world
    loud = example_report(world=world)
    assert {code[:7] for code in codes(loud)} == {"REMIT-C", "REMIT-R"}
    assert [code for code in codes(loud) if code.startswith("REMIT-R")] == ["REMIT-R007"]


def test_findings_are_ordered_by_place_and_unique() -> None:
    found = findings_of(example_report())
    assert list(found) == sorted(found)
    assert len(set(found)) == len(found)


def test_every_rule_has_words_for_what_why_and_next() -> None:
    for rule in READING_RULES:
        assert rule.title
        assert rule.help.endswith(".")
        assert rule.next_step
        assert not rule.next_step.endswith(".")
