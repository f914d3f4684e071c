"""What remit itself writes for other tools: findings read back as what they are, a verdict is no evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.assurance.views.hostile import state

from remit.assurance.case import Result
from remit.assurance.records import read_record
from remit.assurance.release.verdict import Verdict
from remit.assurance.views.gate_cases import gate_junit
from remit.assurance.views.gate_log import gate_sarif
from remit.assurance.views.statement import gate_statement
from remit.errors import EvidenceError
from remit.finding import Finding, Severity, Where
from remit.sarif import Rule, sarif_log

NO_EVIDENCE = "it is the verdict of a safety case, which is no evidence"


@pytest.mark.requirement("RECORD-07")
@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_of_a_case_is_no_evidence_in_any_form(verdict: Verdict, tmp_path: Path) -> None:
    assessment, release, _found = state(3, verdict=verdict)
    rules = [Rule(code="REMIT-A001", title="t", help="h", severity=Severity.ERROR)]
    log = gate_sarif(assessment, release, rules=rules, tool_version="1", root=tmp_path)
    for text in (gate_junit(assessment, release), json.dumps(gate_statement(assessment, release)), json.dumps(log)):
        with pytest.raises(EvidenceError, match=NO_EVIDENCE):
            read_record(text.encode(), name="gate")


@pytest.mark.requirement("RECORD-03")
@pytest.mark.parametrize(("severity", "result"), [(Severity.ERROR, Result.FAIL), (Severity.WARNING, Result.PASS)])
def test_findings_of_a_check_read_back_as_an_analysis_that_is_undated(severity: Severity, result: Result) -> None:
    rule = Rule(code="REMIT-C001", title="t", help="h", severity=severity)
    finding = Finding(code="REMIT-C001", severity=severity, where=Where(file="remit.yaml", line=1), message="m")
    record = read_record(json.dumps(sarif_log([finding], [rule], tool_version="1", root="/x")).encode(), name="c.sarif")
    assert (record.kind, record.tool, record.result) == ("static_analysis", "remit", result)
    assert record.details["undated"] is True
