import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assurance.cases import assessed, random_case
from tests.assurance.views.hostile import HOSTILE, poisoned, state

from remit.assurance.case import DefeaterStatus
from remit.assurance.views.goals import goal_elements, goal_yaml
from remit.charter.reader import read_document

pytestmark = pytest.mark.requirement("CASE-33")

PREFIXES = ("CG", "CSn", "G", "Sn", "S", "C", "A", "J")  # in the order gsn2x looks for them
SUPPORT = {"G": {"G", "S", "Sn"}, "S": {"G", "S", "Sn"}, "CG": {"CG", "CSn"}}
CONTEXT = {"C", "A", "J"}


def kind(name: str) -> str:
    """What an element is, by its prefix (V01)."""
    return next(prefix for prefix in PREFIXES if name.startswith(prefix))


def faults(document: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What gsn2x would say: its checks V01-V06, V12 and C01-C04, C14, as its book lists them."""
    found = []
    referred: set[str] = set()
    for name, element in document.items():
        if not isinstance(element.get("text"), str) or not element["text"]:
            found.append(f"text {name}")
        carried, context = element.get("supportedBy", []), element.get("inContextOf", [])
        if kind(name) in {"G", "S"} and bool(carried) == bool(element.get("undeveloped", False)):
            found.append(f"V02/V03 {name}")
        found += [f"C03 {child}" for child in (*carried, *context) if child not in document]
        found += [f"V04 {child}" for child in carried if kind(child) not in SUPPORT.get(kind(name), set())]
        found += [f"V04 {child}" for child in context if kind(child) not in CONTEXT]
        if len(set(carried)) < len(carried) or len(set(context)) < len(context):
            found.append(f"V05 {name}")
        if name in carried:
            found.append(f"V06 {name}")
        for target in element.get("challenges", []):
            found += [] if kind(name) == "CG" else [f"V12 {name}"]
            found += [] if target in document else [f"C14 {target}"]
        referred |= {*carried, *context}
    tops = [name for name in document if name not in referred and kind(name) not in {"CG", "CSn"}]
    found += [] if tops == ["G-case"] else [f"C01 {tops}"]
    return found + circles(document)


def circles(document: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """C04: what can be reached from itself."""
    gone = dict(document)
    while True:
        ends = [
            name for name, element in gone.items() if not any(child in gone for child in element.get("supportedBy", []))
        ]
        if not ends:
            return [f"C04 {name}" for name in gone]
        for name in ends:
            del gone[name]


def parsed(text: str) -> dict[str, dict[str, Any]]:
    """The document as a reader of YAML has it."""
    read, _places = read_document(text, path="case.gsn.yaml")
    document: Any = read
    assert isinstance(document, dict)
    return document


@given(st.integers(0, 10_000), st.integers(0, 25))
def test_the_document_has_no_fault_gsn2x_would_find(seed: int, claims: int) -> None:
    assessment = assessed(random_case(seed, claims=claims, doubts=min(4, claims)), seed) if claims else state(seed)[0]
    document = parsed(goal_yaml(assessment))
    assert faults(document) == []
    assert document == goal_elements(assessment)


def test_the_check_itself_finds_faults() -> None:
    good = goal_elements(state(3)[0])
    goal = next(name for name, element in good.items() if element.get("supportedBy") and name != "G-case")
    for change in (
        {"supportedBy": ["G-gone"]}, {"undeveloped": True}, {"supportedBy": [goal]}, {"inContextOf": ["G-case"]},
        {"text": ""}, {"supportedBy": ["Sn-E-1", "Sn-E-1"]},
    ):  # fmt: skip
        assert faults({**good, goal: {**good[goal], **change}}), change


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_one_string(payload: str) -> None:
    assessment, _release, _found = poisoned(payload, 3)
    text = goal_yaml(assessment)
    document = parsed(text)
    assert faults(document) == []
    assert len(document) == len(parsed(goal_yaml(poisoned("x", 3)[0])))
    assert not any(name.startswith("G-owned") for name in document)


def test_claims_arguments_evidence_and_doubts_have_their_elements() -> None:
    assessment, _release, _found = state(3, claims=8)
    document = goal_elements(assessment)
    assert document["G-C-0"]["text"].startswith(assessment.case.claims["C-0"].text)
    assert {"S-A-0", "A-S-A-0-1", "Sn-E-0"} <= document.keys()
    for doubt in assessment.case.defeaters.values():
        assert document[f"CG-{doubt.id}"]["challenges"][0].endswith(doubt.against)
    sustained = next(item for item in assessment.case.defeaters.values() if item.status is DefeaterStatus.SUSTAINED)
    defeated = [name for name, element in document.items() if element.get("defeated")]
    assert [name.endswith(sustained.against) for name in defeated] == [True]


def test_several_top_claims_hang_below_one_goal() -> None:
    assessment = state(3)[0]
    roots = ("C-0", "C-5")
    assert goal_elements(replace(assessment, roots=roots))["G-case"]["supportedBy"] == ["G-C-0", "G-C-5"]


def test_the_same_case_gives_the_same_bytes() -> None:
    assert goal_yaml(state(9)[0]) == goal_yaml(state(9)[0])
    assert json.dumps(goal_elements(state(9)[0])) == json.dumps(goal_elements(state(9)[0]))
