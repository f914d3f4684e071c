from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.assurance.incidents.made_up import document, made_up

from remit.assurance.incidents import Incident, derive, read_incident
from remit.assurance.incidents.deadlines import ARTICLE_73, GPAI, day_of, deadlines, serious
from remit.assurance.incidents.encoding import encode_class
from remit.assurance.incidents.exports import FORMATS, export_text
from remit.assurance.incidents.exports.markdown import escaped
from remit.assurance.resistance import Known

ROOT = Path(__file__).parents[3]
SCHEMAS = {"oecd": "oecd", "eu-art73": "art73", "gpai": "gpai", "stix": "stix"}
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> [a](javascript:alert(3)) ![b](http://evil.example/p)"
    " | `c` **d** www.evil.example @everyone &lt; \u202eevil\u2028 ${{x}} {{y}} ]]> # =1+1"
)


@cache
def examples() -> tuple[Incident, ...]:
    """The shipped records, read once."""
    return tuple(read_incident(path) for path in sorted((ROOT / "examples" / "incidents").glob("*.yaml")))


def problems(name: str, value: object) -> list[str]:
    """What a schema of spec/exports has against a document."""
    schema = json.loads((ROOT / "spec" / "exports" / f"incident-{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def hostile() -> Incident:
    """The plain record with hostile text in every field that takes text."""
    fact = {"known": "yes", "shows": ["O1"], "because": HOSTILE}
    return made_up(
        title=HOSTILE[:290],
        summary=HOSTILE,
        system=dict.fromkeys(("name", "version", "model", "developer", "operator", "purpose", "place"), HOSTILE[:200]),
        sources={
            "S1": {"title": HOSTILE[:200], "kind": "ledger", "status": "read", "url": "javascript:alert(1)"},
            "S2": {"title": "t", "kind": "post", "status": "recalled", "url": "https://evil.example/<script>"},
        },
        observed={"O1": {"text": HOSTILE, "sources": ["S1"]}},
        claimed={"C1": {"by": "operator", "text": HOSTILE}},
        causes=[
            {"cause": "capability-error", "weight": 0.6, "for": [HOSTILE], "against": [HOSTILE], "test": HOSTILE},
            {"cause": "unknown", "weight": 0.1},
        ],
        facts={"act": {"kind": "stops", "because": HOSTILE}, "candour": fact, "signal": fact},
        gained={"power": fact},
        awareness={"known": "yes", "because": HOSTILE},
        remedies=[HOSTILE],
        disagreement=[{"about": "label", "text": HOSTILE, "settled_by": HOSTILE}],
    )


@pytest.mark.requirement("INCIDENT-09")
@pytest.mark.parametrize("form", SCHEMAS)
def test_every_form_of_every_example_is_valid_against_its_schema(form: str) -> None:
    assert len(examples()) >= 1
    for incident in [made_up(), hostile(), *examples()]:
        assert problems(SCHEMAS[form], json.loads(export_text(incident, form))) == []


@pytest.mark.requirement("INCIDENT-09", "INCIDENT-11")
def test_what_a_record_comes_to_is_valid_against_its_schema() -> None:
    for incident in [made_up(), hostile(), *examples()]:
        assert problems("class", encode_class(incident, derive(incident))) == []


@pytest.mark.requirement("INCIDENT-09")
@pytest.mark.parametrize("form", FORMATS)
def test_hostile_text_stays_text_in_every_form(form: str) -> None:
    text = export_text(hostile(), form)
    assert "<" not in text
    assert not re.search("[\u2028\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", text)
    if form != "markdown":
        assert "javascript:alert(1)" not in json.dumps(json.loads(text).get("objects", []))


@pytest.mark.requirement("INCIDENT-09")
def test_hostile_text_is_no_markdown() -> None:
    text = export_text(hostile(), "markdown")
    for sign in ("](", "![", "`c", "**d", "@everyone", "http:", "javascript:", "www.evil"):
        assert sign not in text, sign
    own = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in own} == {3, 5}


@pytest.mark.parametrize("sign", list("-+*#>=1.|"))
def test_no_text_starts_a_list_or_a_heading(sign: str) -> None:
    assert not escaped(f"{sign} x").startswith(sign)


@pytest.mark.requirement("INCIDENT-09")
def test_what_is_not_known_says_unknown() -> None:
    bare = made_up()
    oecd = json.loads(export_text(bare, "oecd"))["criteria"]
    assert [one["number"] for one in oecd] == list(range(1, 30))
    assert sum(one["mandatory"] for one in oecd) == 7
    assert len({one["dimension"] for one in oecd}) == 8
    unknown = {one["criterion"] for one in oecd if one["answer"] in ("unknown", ["unknown"])}
    assert {"developer", "deployer", "affected stakeholders", "country or region"} <= unknown
    for form in ("eu-art73", "gpai"):
        told = json.loads(export_text(bare, form))
        assert (told["aware"], told["submitted"], told["due"], told["serious"]) == ("unknown",) * 4
        assert {one["due"] for one in told["deadlines"]} == {"unknown"}
        assert told["sent"] is False
        assert told["wording"] == "recalled"


def aware(moment: str, submitted: str = "", **consequences: str) -> dict[str, Any]:
    names = ("death", "health", "infrastructure", "rights", "property", "environment", "cybersecurity", "widespread")
    times = {"aware": moment} | ({"submitted": submitted} if submitted else {})
    return document(times=times, consequences=dict.fromkeys(names, "no") | consequences)


@pytest.mark.requirement("INCIDENT-10")
@pytest.mark.parametrize(
    ("form", "consequence", "due"),
    [
        ("eu-art73", "widespread", "2026-10-06"),
        ("eu-art73", "infrastructure", "2026-10-06"),
        ("eu-art73", "death", "2026-10-14"),
        ("eu-art73", "health", "2026-10-19"),
        ("eu-art73", "rights", "2026-10-19"),
        ("eu-art73", "cybersecurity", "unknown"),
        ("gpai", "infrastructure", "2026-10-06"),
        ("gpai", "cybersecurity", "2026-10-09"),
        ("gpai", "death", "2026-10-14"),
        ("gpai", "property", "2026-10-19"),
        ("gpai", "widespread", "unknown"),
    ],
)
def test_deadlines_count_from_awareness(form: str, consequence: str, due: str) -> None:
    incident = made_up(**aware("2026-10-04T23:30:00Z", **{consequence: "yes"}))
    told = json.loads(export_text(incident, form))
    assert told["due"] == due
    assert told["due_if_unknown_applies"] == "unknown"
    assert told["serious"] == ("no" if due == "unknown" else "yes")


@pytest.mark.requirement("INCIDENT-10")
def test_the_strictest_deadline_counts_and_what_is_unknown_is_named_beside_it() -> None:
    incident = made_up(**aware("2026-10-04", death="yes", health="yes", infrastructure="unknown"))
    told = json.loads(export_text(incident, "eu-art73"))
    assert (told["due"], told["due_if_unknown_applies"]) == ("2026-10-14", "2026-10-06")


@pytest.mark.requirement("INCIDENT-10")
@pytest.mark.parametrize(
    ("submitted", "late"), [("2026-10-14", "no"), ("2026-10-15T00:00:00Z", "yes"), ("", "unknown")]
)
def test_a_report_is_late_after_its_day(submitted: str, late: str) -> None:
    told = json.loads(export_text(made_up(**aware("2026-10-04", submitted, death="yes")), "eu-art73"))
    assert [one["late"] for one in told["deadlines"] if one["consequence"] == "death"] == [late]


def test_awareness_that_is_not_known_to_the_day_gives_no_deadline() -> None:
    for moment in ("", "2026", "2026-10", "2026-02-30", "9999-12-31"):
        found = deadlines(ARTICLE_73, {"death": Known.YES}, aware=moment, submitted="")
        assert {one.due for one in found} == {None}
    assert day_of("2026-10-04T10:00:00+02:00") == date(2026, 10, 4)


def test_a_serious_incident_is_none_only_when_every_consequence_is_ruled_out() -> None:
    every = {rule.consequence: Known.NO for rule in GPAI}
    assert serious(GPAI, every) is Known.NO
    assert serious(GPAI, every | {"death": Known.UNKNOWN}) is Known.UNKNOWN
    assert serious(GPAI, {"death": Known.YES}) is Known.YES
    assert serious(GPAI, {}) is Known.UNKNOWN


def test_the_same_record_gives_the_same_bundle_and_every_reference_in_it_leads_somewhere() -> None:
    for incident in (made_up(), hostile()):
        text = export_text(incident, "stix")
        assert text == export_text(incident, "stix")
        objects = json.loads(text)["objects"]
        ids = [one["id"] for one in objects]
        assert len(set(ids)) == len(ids)
        pointed = [value for one in objects for key, value in one.items() if key.endswith("_ref")]
        pointed += [value for one in objects for value in one.get("object_refs", [])]
        pointed += [key for one in objects for key in one.get("extensions", {})]
        assert set(pointed) <= set(ids)
        assert {"incident", "attack-pattern", "relationship", "note"} <= {one["type"] for one in objects}
