import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from tests.assurance.views.hostile import HOSTILE, poisoned, state

from remit.assurance.release.verdict import Verdict
from remit.assurance.views.gate_log import gate_findings, gate_sarif
from remit.finding import Severity
from remit.sarif import Rule

pytestmark = pytest.mark.requirement("CASE-34")

SCHEMA = Path(__file__).parents[2] / "vectors" / "sarif-2.1.0-rtm.4.json"
RULES = (Rule(code="REMIT-A001", title="cannot be opened", help="look", severity=Severity.ERROR),)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_log_is_valid_sarif(verdict: Verdict) -> None:
    assessment, release, _found = state(3, verdict=verdict)
    log = gate_sarif(assessment, release, rules=RULES, tool_version="0.1.0", root="/work")
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(log)] == []


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_keeps_the_log_valid(payload: str) -> None:
    assessment, release, _found = poisoned(payload, 3)
    assessment = replace(assessment, findings=())
    log = gate_sarif(assessment, release, rules=RULES, tool_version="0.1.0", root="/work")
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(json.loads(json.dumps(log)))] == []


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.HOLD, "REMIT-G001"), (Verdict.BLOCK, "REMIT-G002")])
def test_each_reason_is_an_error_at_its_claim_with_what_would_change_it(verdict: Verdict, code: str) -> None:
    assessment, release, _found = state(3, verdict=verdict)
    found = gate_findings(assessment, release)
    assert len(found) == len(release.reasons) > 0
    for finding, reason in zip(found, release.reasons, strict=True):
        assert (finding.code, finding.severity) == (code, Severity.ERROR)
        assert finding.where == assessment.case.claims[reason.claim].where
        assert reason.why in finding.message
        assert finding.hint == "show a drill of this build that passed"


def test_a_release_that_is_promoted_has_no_gate_finding() -> None:
    assessment, release, _found = state(3, verdict=Verdict.PROMOTE)
    assert gate_findings(assessment, release) == ()


def test_a_hold_without_reasons_is_a_finding_all_the_same() -> None:
    assessment, release, _found = state(3)
    assert [item.where for item in gate_findings(assessment, replace(release, reasons=()))] == [assessment.case.where]
