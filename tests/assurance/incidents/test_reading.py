from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.assurance.incidents.made_up import PLAIN, document, made_up, weights

from remit.assurance.incidents import check_incident, parse_incident, read_incident
from remit.assurance.incidents.rules import INCIDENT_RULES
from remit.assurance.incidents.schema import json_schema
from remit.errors import IncidentError
from remit.finding import Finding

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "incidents" / "made-up-mailer.yaml"


def findings(text: str) -> list[Finding]:
    return list(check_incident(text, path="I-1.yaml")[1])


def names(text: str) -> set[str]:
    by_code = {rule.code: rule.name for rule in INCIDENT_RULES.values()}
    return {by_code[finding.code] for finding in findings(text)}


def test_the_example_is_read_and_nothing_in_it_is_doubtful() -> None:
    incident, found = check_incident(EXAMPLE.read_text(encoding="utf-8"))
    assert incident is not None
    assert found == ()
    assert incident.undercuts == ("C-monitor-independent",)
    assert incident.claimed["C2"].by == "agent"


def test_the_published_schema_is_the_one_that_is_used() -> None:
    published = json.loads((ROOT / "spec" / "incident.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(json_schema()))


@pytest.mark.requirement("INCIDENT-01")
@pytest.mark.parametrize("key", ["class", "instrumental", "Class", "INSTRUMENTAL", "resistance", "verdict"])
def test_a_record_that_states_what_is_derived_is_refused(key: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("outcome: E3\n", f"outcome: E3\n{key}: no\n")
    line = text.splitlines().index(f"{key}: no") + 1
    found = findings(text)
    assert [(finding.code, finding.where.line) for finding in found] == [("REMIT-I004", line)]
    with pytest.raises(IncidentError, match="derived"):
        parse_incident(text)


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"outcom": "E1"}, "unknown-key", "outcom"),
    ({"outcome": None}, "missing-key", "outcome"),
    ({"outcome": "E9"}, "bad-value", "E9"),
    ({"schema": "remit.incident/2"}, "version", "remit.incident/1"),
    ({"behaviour": {"primary": "world-domination"}}, "bad-value", "world-domination"),
    ({"facts": {"act": "stops", "signal": {"known": "yes", "shows": ["O9"]}}}, "dangling", "O9"),
    ({"facts": {"act": "control-object"}}, "object", "control object"),
    ({"facts": {"act": {"kind": "stops", "object": "log"}}}, "object", "log"),
    ({"facts": {"signal": "maybe"}}, "bad-value", "maybe"),
    ({"facts": {"signal": True}}, "bad-value", "facts.signal"),
    ({"claimed": {"C1": {"by": "agent", "text": "x", "grade": "C"}}}, "agents-word", "C1"),
    ({"evidence_grade": "A", "observed": {}, "facts": {"act": "stops"}}, "too-good", "C at best"),
    ({"causes": weights(("capability-error", 0.9), ("unknown", 0.2))}, "weights", "1.1"),
    ({"causes": weights(("capability-error", 1.0))}, "one-cause", "capability-error"),
    ({"causes": weights(("capability-error", 1.4), ("unknown", 0.1))}, "weights", "1.4"),
    ({"causes": weights(("unknown", 0.1), ("unknown", 0.1))}, "ranking", "twice"),
    ({"causes": list(reversed(weights(("unknown", 0.1), ("context-loss", 0.2))))}, "ranking", "weighs more"),
    ({"severity": "S1"}, "too-mild", "S2"),
    ({"date": {"value": "2026-02-30", "precision": "day"}}, "date", "2026-02-30"),
    ({"date": {"value": "2026", "precision": "day"}}, "date", "to the day"),
    ({"times": {"aware": "2026-13-01"}}, "date", "2026-13-01"),
    ({"sources": {"O1": {"title": "t", "kind": "post", "status": "read"}}}, "dangling", "two things"),
    ({"date": {"value": 2026, "precision": "year"}}, "bad-value", "quotes"),
    ({"date": "2026-10-03"}, "bad-value", "`value`, `precision`"),
    ({"id": "not an id"}, "bad-value", "not an id"),
    ({"causes": []}, "bad-value", "empty"),
    ({"title": ""}, "bad-value", "empty"),
    ({"observed": ["x"]}, "bad-value", "a list"),
]


@pytest.mark.requirement("INCIDENT-01")
@pytest.mark.parametrize(("changes", "name", "word"), FAULTS)
def test_every_fault_is_found_by_name(changes: dict[str, Any], name: str, word: str) -> None:
    text = json.dumps(document(**changes))
    found = [finding for finding in findings(text) if finding.code == INCIDENT_RULES[name].code]
    assert any(word in finding.message or word in finding.hint for finding in found), findings(text)
    with pytest.raises(IncidentError) as raised:
        parse_incident(text)
    assert raised.value.code == "assurance.incident"
    assert raised.value.findings


def test_a_fault_has_its_place_in_the_file() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "  interferes: {known: yes, shows: [O2]", "  interferes: {known: yes, shows: [O7]"
    )
    line = next(number for number, words in enumerate(text.splitlines(), start=1) if "[O7]" in words)
    assert [(str(finding.where), finding.code) for finding in findings(text)] == [(f"I-1.yaml:{line}:3", "REMIT-I009")]


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- a",
        "",
        "a: 1\na: 2",
        "&a [*a]",
        "a: !!python/object x",
        "x: " + "[" * 100,
        "\x00",
        "%YAML 1.2\n---\na: 1",
    ],
)
def test_what_is_no_yaml_of_plain_values_is_refused(text: str) -> None:
    assert names(text) <= {"not-yaml", "too-large"}
    assert names(text)


def test_a_record_of_nothing_but_faults_is_told_a_bounded_number_of_them() -> None:
    assert len(findings("".join(f"key_{number}: 1\n" for number in range(5000)))) == 200


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text("a: " + "x" * (1024 * 1024), encoding="utf-8")
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff")
    for path in (tmp_path, tmp_path / "none.yaml", Path("/dev/null"), tmp_path / "large.yaml", tmp_path / "bytes.yaml"):
        with pytest.raises(IncidentError):
            read_incident(path)


@pytest.mark.requirement("INCIDENT-02")
@pytest.mark.parametrize("grade", ["A", "B", "C"])
def test_the_agents_own_account_is_never_better_than_d(grade: str) -> None:
    claimed = {"C2": {"by": "agent", "text": "I meant well.", "sources": ["S1"], "grade": grade}}
    with pytest.raises(IncidentError, match="agent's own account"):
        made_up(claimed=claimed)
    assert made_up(claimed={"C2": claimed["C2"] | {"grade": "D"}}).claimed["C2"].grade == "D"


@pytest.mark.requirement("INCIDENT-02")
def test_a_record_with_nothing_but_the_agents_word_is_grade_d() -> None:
    only = {"claimed": {"C2": {"by": "agent", "text": "I did."}}, "observed": {}, "facts": {"act": "unknown"}}
    for grade in ("A", "B", "C"):
        assert "too-good" in names(json.dumps(document(**only, evidence_grade=grade)))
    assert "too-good" not in names(json.dumps(document(**only, evidence_grade="D")))


def test_what_is_doubtful_is_said_and_does_not_stop_the_reading() -> None:
    doubtful = document(
        facts={
            "act": "stops",
            "candour": {"known": "yes", "shows": ["C1"]},
            "signal": {"known": "yes", "shows": ["C2"]},
        },
        disagreement=[{"about": "candour", "text": "two say so, one does not"}],
        behaviour={"primary": "self-preservation.avoid-shutdown"},
        causes=weights(("reward-hacking", 0.6), ("unknown", 0.2)),
    )
    assert names(json.dumps(doubtful)) == {"only-the-agent", "disputed", "mundane", "no-pointer"}
    assert parse_incident(json.dumps(doubtful)).id == "I-1"


def test_the_plain_record_of_these_tests_has_no_fault() -> None:
    assert names(json.dumps(PLAIN)) == set()
