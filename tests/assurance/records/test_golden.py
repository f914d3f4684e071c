"""Every format gives the record that is on file for it, and what is no pass in it is no pass here."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from remit.assurance.case import Result
from remit.assurance.kinds import KINDS
from remit.assurance.record import Record
from remit.assurance.records import read_record
from remit.assurance.records.moments import UNDATED
from remit.assurance.records.subjects import SUBJECT_KEYS

FOLDER = Path(__file__).parent / "golden"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
GOLDEN = sorted(path for path in FOLDER.iterdir() if path.name != "expected.json")
IMAGE = f"sha256:{'ab' * 32}"


def plain(record: Record) -> dict[str, Any]:
    """A record as it stands in the file of what is expected."""
    details = {key: value for key, value in record.details.items() if key != "sha256"}
    read: dict[str, Any] = json.loads(json.dumps({
        "kind": record.kind, "subject": dict(record.subject), "tool": record.tool, "version": record.version,
        "run": record.run, "produced_at": record.produced_at.isoformat(), "result": record.result.value,
        "n": record.n, "k": record.k, "bound95": record.bound95, "setting": record.setting,
        "because": list(record.because), "details": details,
    }))  # fmt: skip
    return read


def of(document: object) -> Record:
    return read_record(json.dumps(document).encode(), name="here.json")


def xml(text: str) -> Record:
    return read_record(text.encode(), name="here.xml")


def golden(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.requirement("RECORD-01")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_file_gives_the_record_that_is_on_file(path: Path) -> None:
    data = path.read_bytes()
    record = read_record(data, name=path.name)
    assert plain(record) == EXPECTED[path.name]
    assert record.kind in KINDS
    assert record.produced_at.tzinfo is not None
    if "format" in record.details:
        assert record.details["sha256"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.requirement("RECORD-01")
def test_every_golden_file_is_expected_and_every_format_has_one() -> None:
    assert {path.name for path in GOLDEN} == EXPECTED.keys()
    formats = {entry["details"].get("format", "own") for entry in EXPECTED.values()}
    assert formats == {"own", "inspect", "junit", "sarif", "otlp", "in-toto", "dsse"}


@pytest.mark.requirement("RECORD-03")
@pytest.mark.parametrize(
    ("body", "result", "n", "k"),
    [
        ("", "inconclusive", 0, 0),
        ('<testcase name="a"/>', "pass", 1, 1),
        ('<testcase name="a"/><testcase name="b"><skipped/></testcase>', "pass", 1, 1),
        ('<testcase name="a"><skipped/></testcase>', "inconclusive", 0, 0),
        ('<testcase name="a" status="notrun"/>', "inconclusive", 0, 0),
        ('<testcase name="a" result="suppressed"/>', "inconclusive", 0, 0),
        ('<testcase name="a"/><testcase name="b"><failure/></testcase>', "fail", 2, 1),
        ('<testcase name="a"><error message="x"/></testcase>', "fail", 1, 0),
        ('<testcase name="a"><failure/><skipped/></testcase>', "fail", 1, 0),
        ('<testcase name="a"/><error>the suite broke</error>', "fail", 1, 0),
        ('<testsuite><testcase name="a"/></testsuite>', "pass", 1, 1),
    ],
)
def test_only_tests_that_ran_and_held_are_a_pass(body: str, result: str, n: int, k: int) -> None:
    record = xml(f'<testsuites><testsuite name="s">{body}</testsuite></testsuites>')
    assert (record.result.value, record.n, record.k) == (result, n, k)


@pytest.mark.requirement("RECORD-03")
def test_a_report_that_states_more_than_it_lists_is_no_pass() -> None:
    fewer = xml('<testsuite name="s" tests="5"><testcase name="a"/></testsuite>')
    assert (fewer.result, fewer.because[0]) == (Result.INCONCLUSIVE, "a suite states 5 tests and lists 1")
    failures = xml('<testsuite name="s" tests="1" failures="2"><testcase name="a"/></testsuite>')
    assert failures.result is Result.FAIL


def test_a_report_is_as_old_as_its_oldest_suite_and_undated_where_none_says() -> None:
    suite = '<testsuite name="s" timestamp="{}"><testcase name="a"/></testsuite>'
    two = xml(
        "<testsuites>" + suite.format("2026-11-20T10:00:00") + suite.format("2020-01-01T00:00:00Z") + "</testsuites>"
    )
    assert two.produced_at.isoformat() == "2020-01-01T00:00:00+00:00"
    none = xml('<testsuite name="s"><testcase name="a"/></testsuite>')
    assert (none.produced_at, none.details["undated"]) == (UNDATED, True)


@pytest.mark.requirement("RECORD-03")
@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"results": []}, "pass"),
        ({"results": None}, "inconclusive"),
        ({"invocations": [{"executionSuccessful": False}]}, "inconclusive"),
        ({"invocations": [{}]}, "inconclusive"),
        ({"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error"}]}]}, "inconclusive"),
        ({"externalPropertyFileReferences": {"results": [{}]}}, "inconclusive"),
        ({"results": [{"ruleId": "A1"}]}, "fail"),
        ({"results": [{"rule": {"id": "A1"}}]}, "fail"),
        ({"results": [{"ruleIndex": 0}]}, "fail"),
        ({"results": [{"ruleId": "A2"}]}, "pass"),
        ({"results": [{"ruleId": "unheard of"}]}, "pass"),
        ({"results": [{"level": "error", "suppressions": [{"status": "rejected"}]}]}, "fail"),
        ({"results": [{"level": "error", "suppressions": [{"status": "underReview"}]}]}, "fail"),
        ({"results": [{"level": "error", "suppressions": [{"kind": "external"}]}]}, "pass"),
        ({"results": [{"kind": "open"}]}, "inconclusive"),
        ({"results": [{"kind": "open"}, {"level": "error"}]}, "fail"),
    ],
)  # fmt: skip
def test_an_analysis_passes_where_it_ended_and_found_no_error(change: dict[str, Any], result: str) -> None:
    document = golden("clean.sarif")
    document["runs"][0].update(change)
    assert of(document).result.value == result


@pytest.mark.requirement("RECORD-03")
def test_a_log_without_a_run_shows_nothing() -> None:
    assert of({**golden("clean.sarif"), "runs": []}).result is Result.INCONCLUSIVE


@pytest.mark.requirement("RECORD-03")
@pytest.mark.parametrize("status", ["started", "cancelled", "error"])
@pytest.mark.parametrize("criterion", ["accuracy >= 0.95", "accuracy <= 0.05"])
def test_an_evaluation_that_did_not_succeed_neither_passes_nor_fails(status: str, criterion: str) -> None:
    document = golden("inspect.json")
    document["status"] = status
    document["eval"]["metadata"]["remit.criterion"] = criterion
    assert of(document).result is Result.INCONCLUSIVE


@pytest.mark.requirement("RECORD-03")
@pytest.mark.parametrize(
    ("path", "value", "result"),
    [
        ("eval.metadata.remit.criterion", "accuracy >= 0.95", "pass"),
        ("eval.metadata.remit.criterion", "includes:accuracy>=1", "pass"),
        ("eval.metadata.remit.criterion", "other:accuracy >= 0.95", "inconclusive"),
        ("eval.metadata.remit.criterion", "accuracy <= 0.95", "fail"),
        ("eval.metadata.remit.criterion", "precision >= 0.95", "inconclusive"),
        ("eval.metadata.remit.criterion", None, "inconclusive"),
        ("invalidated", True, "inconclusive"),
        ("results.completed_samples", 1, "inconclusive"),
        ("results.completed_samples", 0, "inconclusive"),
        ("results.total_samples", None, "inconclusive"),
        ("results", None, "inconclusive"),
    ],
)
def test_an_evaluation_passes_where_it_reached_what_it_says_it_had_to(path: str, value: object, result: str) -> None:
    document = golden("inspect.json")
    place, key = document, path
    for part in ("eval", "metadata", "results"):
        if key.startswith(f"{part}."):
            place, key = place[part], key.removeprefix(f"{part}.")
    place[key] = value
    assert of(document).result.value == result


@pytest.mark.requirement("RECORD-03")
def test_samples_that_were_not_scored_keep_an_evaluation_open() -> None:
    document = golden("inspect.json")
    document["results"]["scores"][0]["unscored_samples"] = 1
    assert of(document).because == ("1 samples were not scored by includes",)


@pytest.mark.requirement("RECORD-03")
def test_a_trace_without_a_call_or_with_an_error_is_inconclusive_and_never_fails() -> None:
    document = golden("spans.json")
    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans[1]["status"] = {"code": "STATUS_CODE_ERROR"}
    assert of(document).result is Result.INCONCLUSIVE
    del spans[1:]
    assert of(document).because == ("no span tells of a call of a tool",)
    assert of({"resourceSpans": []}).result is Result.INCONCLUSIVE


@pytest.mark.requirement("RECORD-03")
@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"result": "PASSED"}, "pass"),
        ({"result": "FAILED"}, "fail"),
        ({"failedTests": ["other"]}, "fail"),
        ({"passedTests": [], "warnedTests": []}, "inconclusive"),
        ({"passedTests": None, "warnedTests": None}, "inconclusive"),
    ],
)
def test_a_statement_passes_with_named_tests_none_of_which_failed(change: dict[str, Any], result: str) -> None:
    document = golden("statement.intoto.json")
    document["predicate"].update(change)
    assert of(document).result.value == result


@pytest.mark.requirement("RECORD-04")
def test_the_signature_of_an_envelope_is_said_not_to_be_verified() -> None:
    record = of(golden("envelope.dsse.json"))
    assert record.details["signature"] == "not verified"
    assert record.details["signatures"] == 1


@pytest.mark.requirement("RECORD-04")
def test_a_subject_that_is_stated_in_two_ways_is_not_taken() -> None:
    statement = golden("statement.intoto.json")
    statement["subject"].append({"name": "other", "digest": {"sha256": "00" * 32}})
    assert set(of(statement).subject) == {"prompt"}
    spans = golden("spans.json")
    again = copy.deepcopy(spans["resourceSpans"][0])
    again["resource"]["attributes"][1]["value"]["stringValue"] = "sha256:00"
    again["scopeSpans"][0]["spans"][0]["attributes"][1]["value"]["stringValue"] = "mail-model@4"
    spans["resourceSpans"].append(again)
    assert of(spans).details["subject_torn"] == ["image", "model"]
    assert set(of(spans).subject) == {"envelope"}


@pytest.mark.requirement("RECORD-04")
def test_a_file_that_does_not_name_its_subject_speaks_of_nothing() -> None:
    assert xml('<testsuite name="s"><testcase name="a"/></testsuite>').subject == {}
    assert of(golden("ruff.sarif")).subject == {}
    named = "".join(f'<property name="remit.subject.{key}" value="{key}@1"/>' for key in (*SUBJECT_KEYS, "weather"))
    record = xml(f'<testsuite name="s"><properties>{named}</properties><testcase name="a"/></testsuite>')
    assert record.subject == {key: f"{key}@1" for key in SUBJECT_KEYS}


@pytest.mark.requirement("RECORD-04")
def test_a_property_of_one_test_is_no_property_of_the_run() -> None:
    inner = f'<properties><property name="remit.subject.image" value="{IMAGE}"/></properties>'
    assert xml(f'<testsuite name="s"><testcase name="a">{inner}</testcase></testsuite>').subject == {}


def test_hostile_text_comes_out_on_one_line_that_no_terminal_acts_upon() -> None:
    record = xml(
        '<testsuite name="&#x9b;31m&lt;script&gt;&#10;x"><testcase name="\u202eevil&#10;"><failure/></testcase></testsuite>'
    )
    for text in (record.tool, *record.because):
        assert text.isprintable()
    assert of(
        {**golden("clean.sarif"), "runs": [{"tool": {"driver": {"name": "\ud800\u001b[2J"}}, "results": []}]}
    ).tool.isprintable()


def test_a_payload_in_url_safe_base64_is_read_too() -> None:
    envelope = golden("envelope.dsse.json")
    plainly = of(envelope)
    envelope["payload"] = base64.urlsafe_b64encode(base64.b64decode(envelope["payload"])).decode()
    assert plain(of(envelope)) == plain(plainly)
