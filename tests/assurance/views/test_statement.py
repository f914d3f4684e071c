import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from tests.assurance.views.hostile import HOSTILE, poisoned, state

from remit.assurance.release.verdict import Verdict
from remit.assurance.views.statement import gate_statement
from remit.assurance.weighing.assessment import Freshness, Health
from remit.errors import CaseError

pytestmark = pytest.mark.requirement("CASE-36")

HEXADECIMAL = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]+$"},
}
RESOURCE = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1}, "uri": {"type": "string"}, "digest": HEXADECIMAL,
        "annotations": {"type": "object"},
    },
    "anyOf": [{"required": ["uri"]}, {"required": ["digest"]}, {"required": ["content"]}],
}  # fmt: skip
TESTS = {"type": "array", "items": {"type": "string"}}
SCHEMA: dict[str, Any] = {  # Statement v1 and predicate test-result v0.1, as their specifications read
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "additionalProperties": False,
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "subject": {"type": "array", "minItems": 1, "items": {**RESOURCE, "required": ["name", "digest"]}},
        "predicateType": {"const": "https://in-toto.io/attestation/test-result/v0.1"},
        "predicate": {
            "type": "object",
            "required": ["result", "configuration"],
            "additionalProperties": False,
            "properties": {
                "result": {"enum": ["PASSED", "WARNED", "FAILED"]},
                "configuration": {"type": "array", "items": RESOURCE},
                "url": {"type": "string"},
                "passedTests": TESTS, "warnedTests": TESTS, "failedTests": TESTS,
            },
        },
    },
}  # fmt: skip


def errors(document: Any) -> list[str]:
    """What the schema has against a statement."""
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_promoted_release_has_passed(verdict: Verdict) -> None:
    assessment, release, _found = state(3, verdict=verdict)
    document = gate_statement(assessment, release)
    assert errors(document) == []
    promoted = verdict is Verdict.PROMOTE
    assert document["predicate"]["result"] == ("PASSED" if promoted else "FAILED")
    assert ("verdict" in document["predicate"]["passedTests"]) is promoted
    assert document["predicate"]["warnedTests"] == []


def test_the_schema_in_use_finds_a_broken_statement() -> None:
    assessment, release, _found = state(3)
    assert errors({**gate_statement(assessment, release), "subject": []})
    assert errors({**gate_statement(assessment, release), "predicate": {"result": "HOLD", "configuration": []}})


def test_subjects_are_what_has_a_digest_and_a_charter_is_not_called_bytes() -> None:
    assessment, release, _found = state(3)
    subjects = gate_statement(assessment, release)["subject"]
    assert [(item["name"], list(item["digest"])) for item in subjects] == [
        ("charter", ["remitCharter"]), ("image", ["sha256"]),
    ]  # fmt: skip
    assert subjects[1]["digest"]["sha256"] == assessment.case.subject["image"].removeprefix("sha256:")


def test_a_claim_that_is_not_supported_and_fresh_has_failed() -> None:
    assessment, release, _found = state(3, verdict=Verdict.PROMOTE)
    good = replace(assessment.nodes["C-0"], health=Health.SUPPORTED, freshness=Freshness.FRESH)
    stale = replace(good, freshness=Freshness.STALE)
    for node, place in ((good, "passedTests"), (stale, "failedTests")):
        document = gate_statement(replace(assessment, nodes={**assessment.nodes, "C-0": node}), release)
        assert "C-0" in document["predicate"][place]


def test_only_evidence_that_counts_is_rested_on() -> None:
    assessment, release, _found = state(3)
    void = replace(assessment.nodes["E-0"], counts=False)
    counts = replace(assessment.nodes["E-1"], counts=True)
    changed = replace(assessment, nodes={**assessment.nodes, "E-0": void, "E-1": counts})
    named = {item["name"] for item in gate_statement(changed, release)["predicate"]["configuration"]}
    assert "evidence/0.json" not in named
    assert {"case.yaml", "evidence/1.json"} <= named


def test_a_case_without_digests_has_no_statement() -> None:
    assessment, release, _found = state(3)
    bare = replace(assessment, case=replace(assessment.case, subject={"model": "opus@4.5"}))
    with pytest.raises(CaseError, match="states no digest"):
        gate_statement(bare, release)


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_keeps_the_statement_valid(payload: str) -> None:
    assessment, release, _found = poisoned(payload, 3)
    case = replace(assessment.case, subject={"image": f"sha256:{'0' * 64}", **assessment.case.subject})
    document = gate_statement(replace(assessment, case=case), release)
    assert errors(json.loads(json.dumps(document))) == []
    assert len(document["subject"]) == 1
