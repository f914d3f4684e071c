import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assurance.views.hostile import HOSTILE, poisoned, state

from remit.assurance.release.verdict import Reason, Verdict
from remit.assurance.views.gate_cases import gate_junit
from remit.assurance.weighing.assessment import Freshness, Health

pytestmark = pytest.mark.requirement("CASE-35")


def outcomes(text: str) -> dict[str, str]:
    """What became of each test case: ``passed``, or the name of the element that says otherwise.

    The structure is that of the schema pipelines share: suites with counts that add up, cases with a class and a name,
    at most one failure or error.
    """
    root = ET.fromstring(text)  # noqa: S314 (written by us, a line above)
    assert root.tag == "testsuites"
    (suite,) = root
    assert suite.tag == "testsuite"
    assert {"name", "tests", "failures", "errors", "skipped", "timestamp"} == set(suite.attrib)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    found = {}
    for case in suite:
        assert case.tag == "testcase"
        assert set(case.attrib) == {"classname", "name", "time"}
        assert [(child.tag, set(child.attrib)) for child in case] in (
            [], [("error", {"type", "message"})], [("failure", {"type", "message"})],
        )  # fmt: skip
        found[case.attrib["name"].partition(":")[0]] = case[0].tag if len(case) else "passed"
    kinds = list(found.values())
    counts = {"tests": len(kinds), "failures": kinds.count("failure"), "errors": kinds.count("error"), "skipped": 0}
    for name, count in counts.items():
        assert root.attrib[name] == suite.attrib[name] == str(count)
    return found


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_is_a_case_of_its_own_and_green_only_when_promoted(verdict: Verdict) -> None:
    assessment, release, _found = state(3, verdict=verdict)
    expected = {Verdict.PROMOTE: "passed", Verdict.HOLD: "error", Verdict.BLOCK: "failure"}
    assert outcomes(gate_junit(assessment, release))["verdict"] == expected[verdict]


@pytest.mark.parametrize("health", list(Health))
@pytest.mark.parametrize("freshness", list(Freshness))
def test_a_claim_passes_only_when_supported_and_fresh(health: Health, freshness: Freshness) -> None:
    assessment, release, _found = state(3, verdict=Verdict.PROMOTE)
    node = replace(assessment.nodes["C-0"], health=health, freshness=freshness)
    found = outcomes(gate_junit(replace(assessment, nodes={**assessment.nodes, "C-0": node}), release))
    good = health is Health.SUPPORTED and freshness is Freshness.FRESH
    assert found["C-0"] == ("failure" if health is Health.REFUTED else "passed" if good else "error")


def test_a_claim_that_a_reason_names_does_not_pass_whatever_its_health_is() -> None:
    assessment, release, _found = state(3)
    node = replace(assessment.nodes["C-0"], health=Health.SUPPORTED, freshness=Freshness.FRESH)
    assessment = replace(assessment, nodes={**assessment.nodes, "C-0": node})
    release = replace(release, reasons=(Reason(claim="C-0", why="its hazard has no claim"),))
    assert outcomes(gate_junit(assessment, release))["C-0"] == "error"


def test_a_claim_nobody_assessed_does_not_pass() -> None:
    assessment, release, _found = state(3, verdict=Verdict.PROMOTE)
    nodes = {name: node for name, node in assessment.nodes.items() if name != "C-0"}
    assert outcomes(gate_junit(replace(assessment, nodes=nodes), release))["C-0"] == "error"


def test_an_empty_case_is_not_green() -> None:
    assessment, release, _found = state(3)
    empty = replace(assessment, case=replace(assessment.case, claims={}), nodes={})
    assert outcomes(gate_junit(empty, release)) == {"verdict": "error"}


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_text(payload: str) -> None:
    plain, hostile = poisoned("x", 3), poisoned(payload, 3)
    assert sorted(outcomes(gate_junit(hostile[0], hostile[1])).values()) == sorted(
        outcomes(gate_junit(plain[0], plain[1])).values()
    )


@given(st.text(max_size=40))
def test_any_text_leaves_the_document_well_formed(payload: str) -> None:
    assessment, release, _found = poisoned(payload, 3)
    gate_junit(assessment, release).encode()
    assert ET.fromstring(gate_junit(assessment, release)).tag == "testsuites"  # noqa: S314 (as above)
