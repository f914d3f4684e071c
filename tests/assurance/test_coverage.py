"""What a case has to say to frameworks: the worst claim counts, old evidence is stale, evidence taken away is missed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from remit.assurance.case import (
    Case,
    Claim,
    ClaimKind,
    Defeater,
    DefeaterStatus,
    DefeaterType,
    Evidence,
    Mapped,
    Relation,
    Result,
)
from remit.assurance.checks.references import dangling
from remit.assurance.frameworks.coverage import Coverage, RowState, coverage
from remit.assurance.health import assess_case
from remit.assurance.record import Record
from remit.assurance.weighing.assessment import Assessment, Health, Observed
from remit.finding import Severity, Where

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUBJECT: Mapping[str, str] = {"charter": "sha256:" + "0" * 64}
STOP = "NIST AI RMF:MANAGE 2.4"
PLACE = Where(file="case.yaml", line=7)


def evidence(name: str, kind: str = "interruption_drill", *, claim: str = "C-stop", days: int = 1) -> Evidence:
    return Evidence(
        id=name, kind=kind, file=f"{name}.json", sha256="sha256:" + "1" * 64, subject=SUBJECT, tool="remit drill",
        version="1", produced_at=NOW - timedelta(days=days), result=Result.PASS, supports=(claim,), where=PLACE,
    )  # fmt: skip


def case(
    *items: Evidence, mappings: tuple[tuple[str, str, Relation], ...], claims: tuple[str, ...] = ("C-stop",)
) -> Case:
    return Case(
        file="case.yaml", id="c", version=1, charter="remit.yaml", subject=SUBJECT, where=PLACE,
        claims={name: Claim(id=name, text="it stops", kind=ClaimKind.CONTROL, gate=True, where=PLACE) for name in claims},
        evidence={item.id: item for item in items},
        mappings=tuple(Mapped(claim=claim, to=to, relation=how, where=PLACE) for claim, to, how in mappings),
    )  # fmt: skip


def assessed(given: Case) -> Assessment:
    seen = {
        item.id: Observed(
            sha256=item.sha256,
            record=Record(kind=item.kind, subject=item.subject, tool=item.tool, version=item.version,
                          produced_at=item.produced_at, result=item.result),
        )
        for item in given.evidence.values()
    }  # fmt: skip
    return assess_case(given, seen, as_of=NOW)


def state(view: Coverage, name: str = STOP) -> RowState:
    (found,) = [row for one in view.frameworks for row in one.rows if row.row.name == name]
    return found.state


SUPPORTS = (("C-stop", STOP, Relation.SUPPORTS),)


@pytest.mark.requirement("FRAMEWORK-04")
def test_a_fresh_passing_drill_speaks_to_the_row_on_stopping_and_to_no_other() -> None:
    view = coverage(assessed(case(evidence("E-1"), mappings=SUPPORTS)))
    assert state(view) is RowState.SUPPORTED
    rest = [row.state for one in view.frameworks for row in one.rows if row.row.name != STOP]
    assert set(rest) == {RowState.UNMAPPED, RowState.OUTSIDE, RowState.NOTE}


@pytest.mark.requirement("FRAMEWORK-04")
def test_taking_the_evidence_away_changes_the_view() -> None:
    full = case(evidence("E-1"), mappings=SUPPORTS)
    assert state(coverage(assessed(full))) is RowState.SUPPORTED
    assert state(coverage(assessed(replace(full, evidence={})))) is RowState.WANTING


def test_evidence_of_another_kind_does_not_speak_to_a_row_however_well_it_went() -> None:
    view = coverage(assessed(case(evidence("E-1", "incentive_check"), mappings=SUPPORTS)))
    assert state(view) is RowState.WANTING


def test_a_drill_of_another_build_does_not_speak_to_a_row_though_the_claim_holds_on_other_evidence() -> None:
    other = replace(evidence("E-2"), subject={"charter": "sha256:" + "2" * 64})
    given = assessed(case(evidence("E-1", "incentive_check"), other, mappings=SUPPORTS))
    assert given.nodes["C-stop"].health is Health.SUPPORTED
    assert state(coverage(given)) is RowState.WANTING


def test_a_claim_in_doubt_supports_no_row_whatever_it_rests_on() -> None:
    doubt = Defeater(
        id="D-1", against="C-stop", type=DefeaterType.REBUTTING, status=DefeaterStatus.OPEN, text="it does not",
        raised_by="lena", where=PLACE,
    )  # fmt: skip
    given = replace(case(evidence("E-1"), mappings=SUPPORTS), defeaters={"D-1": doubt})
    assert state(coverage(assessed(given))) is RowState.WANTING


def test_a_claim_that_also_rests_on_an_unsupported_one_supports_no_row() -> None:
    given = case(evidence("E-1"), mappings=SUPPORTS, claims=("C-stop", "C-other"))
    claims = {**given.claims, "C-stop": replace(given.claims["C-stop"], support=("C-other",))}
    assert state(coverage(assessed(replace(given, claims=claims)))) is RowState.WANTING


def test_a_claim_that_is_partial_supports_a_row_in_part() -> None:
    given = case(evidence("E-1"), mappings=SUPPORTS)
    claims = {"C-stop": replace(given.claims["C-stop"], min_independence=2)}
    assert state(coverage(assessed(replace(given, claims=claims)))) is RowState.PARTIAL


def test_old_evidence_makes_a_row_stale() -> None:
    assert state(coverage(assessed(case(evidence("E-1", days=31), mappings=SUPPORTS)))) is RowState.STALE


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (Relation.SUPPORTS, RowState.SUPPORTED),
        (Relation.PARTIALLY_SUPPORTS, RowState.PARTIAL),
        (Relation.INFORMS, RowState.INFORMED),
    ],
)
def test_a_claim_is_put_forward_for_no_more_than_its_mapping_says(relation: Relation, expected: RowState) -> None:
    view = coverage(assessed(case(evidence("E-1"), mappings=(("C-stop", STOP, relation),))))
    assert state(view) is expected


def test_of_two_claims_the_worse_one_counts() -> None:
    two = case(
        evidence("E-1"),
        mappings=(*SUPPORTS, ("C-other", STOP, Relation.SUPPORTS)),
        claims=("C-stop", "C-other"),
    )
    assert state(coverage(assessed(two))) is RowState.WANTING


def test_a_claim_that_only_informs_does_not_drag_down_one_that_supports() -> None:
    two = case(evidence("E-1"), mappings=(*SUPPORTS, ("C-other", STOP, Relation.INFORMS)), claims=("C-stop", "C-other"))
    assert state(coverage(assessed(two))) is RowState.SUPPORTED


@pytest.mark.requirement("FRAMEWORK-05")
def test_denominators_leave_out_remarks_and_rows_nothing_here_makes_evidence_of() -> None:
    view = coverage(assessed(case(mappings=())))
    for one in view.frameworks:
        assert sum(one.counts.values()) == len(one.rows)
        assert one.relevant == one.counts[RowState.UNMAPPED]
        assert one.age_days == (date(2026, 11, 21) - one.version.dated).days
    assert sum(one.relevant for one in view.frameworks) < 172
    (rmf,) = [one for one in view.frameworks if one.version.framework == "NIST AI RMF"]
    assert (len(rmf.rows), rmf.relevant, rmf.counts[RowState.OUTSIDE]) == (22, 21, 1)


def codes(view: Coverage) -> set[str]:
    return {finding.code for finding in view.findings}


@pytest.mark.requirement("FRAMEWORK-06")
def test_a_mapping_to_a_row_nobody_knows_is_found_where_it_stands() -> None:
    view = coverage(assessed(case(mappings=(("C-stop", "NIST AI RMF:MANAGE 99", Relation.SUPPORTS),))))
    (found,) = [finding for finding in view.findings if finding.code == "REMIT-A094"]
    assert found.where == PLACE
    assert "MANAGE 99" in found.message


@pytest.mark.requirement("FRAMEWORK-06")
def test_a_mapping_to_a_row_nobody_knows_is_also_found_when_the_case_is_checked() -> None:
    given = case(mappings=(("C-stop", "NIST AI RMF:MANAGE 2.44", Relation.SUPPORTS), *SUPPORTS))
    (found,) = [finding for finding in dangling(given) if finding.code == "REMIT-A094"]
    assert found.severity is Severity.WARNING  # a company may have rows of its own
    assert found.hint == "did you mean `NIST AI RMF:MANAGE 2.4`?"


@pytest.mark.requirement("FRAMEWORK-06")
def test_a_superseded_version_is_a_finding_and_a_superseded_twin_only_when_something_is_mapped_to_it() -> None:
    view = coverage(assessed(case(mappings=())))
    superseded = [finding.message for finding in view.findings if finding.code == "REMIT-A100"]
    assert len(superseded) == 1
    assert "MITRE ATLAS" in superseded[0]
    old = "Google DeepMind Frontier Safety Framework:Table 4.a IRL1"
    mapped = coverage(assessed(case(mappings=(("C-stop", old, Relation.INFORMS),))))
    assert sum(finding.code == "REMIT-A100" for finding in mapped.findings) == 2


@pytest.mark.requirement("FRAMEWORK-06")
def test_a_version_nobody_confirmed_within_its_interval_is_a_finding_and_so_are_old_rows() -> None:
    given = assessed(case(mappings=()))
    assert "REMIT-A102" not in codes(coverage(given))
    later = coverage(given, as_of=NOW + timedelta(days=181))
    assert {"REMIT-A101", "REMIT-A102"} <= codes(later)
    assert later.data_age_days == 181
    nist = [finding for finding in later.findings if "`NIST AI RMF`" in finding.message]
    assert nist == []  # looked at every 365 days, confirmed within them
    (version,) = [one.version for one in later.frameworks if one.version.framework == "NIST AI RMF"]
    last = datetime(2026, 9, 30, tzinfo=UTC) + version.review
    for day, expected in ((last, []), (last + timedelta(days=1), ["REMIT-A101"])):
        view = coverage(given, as_of=day)
        assert [finding.code for finding in view.findings if "`NIST AI RMF`" in finding.message] == expected


def test_one_framework_can_be_asked_for_and_an_unknown_one_is_refused() -> None:
    given = assessed(case(mappings=()))
    assert len(coverage(given, framework="EU AI Act").frameworks) == 1
    with pytest.raises(KeyError):
        coverage(given, framework="EU AI act 2")
