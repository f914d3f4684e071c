import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from remit.finding import Finding, Severity, Where
from remit.sarif import Rule, fingerprint, sarif_log

SCHEMA = Path(__file__).parent / "vectors" / "sarif-2.1.0-rtm.4.json"  # from the MIT-licensed sarif-om on PyPI

RULES = (
    Rule(code="REMIT-C002", title="a budget is missing", help="https://remit.example/c002", severity=Severity.ERROR),
    Rule(code="REMIT-C001", title="the purpose is broad", help="say what done means", severity=Severity.WARNING),
    Rule(code="REMIT-C003", title="never seen here", help="", severity=Severity.NOTE),
)

FINDINGS = (
    Finding(
        code="REMIT-C001",
        severity=Severity.WARNING,
        where=Where(file="/work/desk/remit.yaml", line=7, column=9),
        message="the purpose `maximise engagement` has no end",
        hint="say when the agent is done",
    ),
    Finding(
        code="REMIT-C002",
        severity=Severity.ERROR,
        where=Where(file="remit.yaml", line=3),
        message="`email.send` has no budget",
    ),
    Finding(
        code="REMIT-C002",
        severity=Severity.ERROR,
        where=Where(file="/elsewhere/a charter.yaml", line=1),
        message="`email.send` has no budget",
    ),
)


def log(findings: tuple[Finding, ...] = FINDINGS) -> dict[str, Any]:
    return sarif_log(findings, RULES, tool_version="0.1.0", root="/work/desk")


@pytest.mark.requirement("HOUSE-07")
@pytest.mark.parametrize("findings", [FINDINGS, ()])
def test_the_log_is_valid_sarif(findings: tuple[Finding, ...]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(log(findings))] == []


@pytest.mark.requirement("HOUSE-07")
def test_the_schema_in_use_finds_a_broken_log() -> None:
    broken = log()
    broken["runs"][0]["results"][0]["level"] = "terrible"
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert not validator.is_valid(broken)


@pytest.mark.requirement("HOUSE-07")
def test_the_order_of_findings_and_rules_does_not_change_a_byte() -> None:
    shuffled = random.Random(7)
    for _ in range(5):
        findings, rules = shuffled.sample(FINDINGS, 3), shuffled.sample(RULES, 3)
        again = sarif_log(findings, rules, tool_version="0.1.0", root="/work/desk")
        assert json.dumps(again) == json.dumps(log())


def test_each_result_points_at_its_rule_and_its_place() -> None:
    run = log()["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["REMIT-C001", "REMIT-C002", "REMIT-C003"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert rules[1]["helpUri"] == "https://remit.example/c002"
    first = run["results"][1]
    assert first["message"]["text"] == "the purpose `maximise engagement` has no end; say when the agent is done"
    assert first["level"] == "warning"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "remit.yaml", "uriBaseId": "CHARTERROOT"}
    assert place["region"] == {"startLine": 7, "startColumn": 9}


def test_a_file_outside_the_root_keeps_its_whole_address() -> None:
    place = log()["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///elsewhere/a%20charter.yaml"}


@pytest.mark.requirement("HOUSE-07")
def test_a_fingerprint_survives_moved_lines_and_nothing_else() -> None:
    finding = FINDINGS[0]
    before = fingerprint(finding, root="/work/desk")
    moved = replace(finding, where=Where(file="remit.yaml", line=99, column=2))
    assert fingerprint(moved, root="/work/desk") == before
    for other in (
        replace(finding, code="REMIT-C002"),
        replace(finding, message="the purpose `sell more` has no end"),
        replace(finding, where=Where(file="other.yaml", line=7)),
    ):
        assert fingerprint(other, root="/work/desk") != before


def test_line_numbers_inside_a_message_do_not_change_the_fingerprint() -> None:
    first = replace(FINDINGS[1], message="clashes with line 4, see remit.yaml:4:1")
    second = replace(FINDINGS[1], message="clashes with line 12, see remit.yaml:12:3")
    assert fingerprint(first, root=".") == fingerprint(second, root=".")


def test_equal_findings_on_two_lines_are_told_apart() -> None:
    twin = replace(FINDINGS[1], where=Where(file="remit.yaml", line=30))
    marks = [
        result["partialFingerprints"]["remitFinding/v1"] for result in log((FINDINGS[1], twin))["runs"][0]["results"]
    ]
    assert len(set(marks)) == 2


def test_a_finding_without_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule describes `REMIT-X999`"):
        log((replace(FINDINGS[0], code="REMIT-X999"),))


def test_two_rules_with_one_code_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules are called `REMIT-C001`"):
        sarif_log((), (*RULES, RULES[1]), tool_version="0.1.0", root=".")
