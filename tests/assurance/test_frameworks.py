"""Rows of frameworks: all there, each with where it was found, and none says that anything meets it."""

import json
import re
from collections import Counter
from importlib import resources

import pytest

from remit.assurance.frameworks.frameworks import CAPABILITIES, find, kinds_for, read_frameworks, rows
from remit.assurance.kinds import KINDS
from remit.assurance.profiles.profile import PROFILES, load

DATA = read_frameworks()
CLAIMED = re.compile(r"\b(compl(y|ies|iant|ied)|compliance|conform\w*|satisf\w*|certif\w*|fulfil\w*)\b", re.IGNORECASE)
"""Words with which a view would say that something meets a framework."""


@pytest.mark.requirement("FRAMEWORK-01")
def test_all_rows_come_with_the_package_and_each_has_its_own_name() -> None:
    assert len(rows()) == 172
    assert len({row.framework for row in rows()}) == 19
    assert Counter(row.name for row in rows()).most_common(1)[0][1] == 1
    assert {row.status for row in rows()} == {"read", "read-id", "measured", "recalled"} == set(DATA.statuses)


def test_a_row_is_found_by_the_name_a_mapping_has_for_it() -> None:
    row = find("NIST AI RMF:MANAGE 2.4")
    assert row is not None
    assert (row.id, row.evidence_from, row.status) == ("MANAGE 2.4", ("DRL",), "read")
    assert find("NIST AI RMF:MANAGE 99") is None
    assert find("") is None


def test_every_row_belongs_to_a_version_whose_age_is_known() -> None:
    known = {(version.framework, version.version) for version in DATA.versions}
    assert {(row.framework, row.version) for row in rows()} == known
    assert len(DATA.versions) == len(known)
    for version in DATA.versions:
        assert version.dated <= version.last_seen <= DATA.as_of
        assert version.review.days in range(30, 2000)
        assert version.source


def test_what_a_row_takes_as_evidence_is_a_kind_there_is() -> None:
    assert set(DATA.capabilities) == set(CAPABILITIES)
    assert all(set(kinds) <= set(KINDS) for kinds in CAPABILITIES.values())
    for row in rows():
        assert row.evidence_from
        assert set(row.evidence_from) <= set(CAPABILITIES)
    inventory = find("NIST AI RMF:GOVERN 1.6")
    stop = find("EU AI Act:14(4)(e)")
    assert inventory is not None
    assert stop is not None
    assert kinds_for(inventory) == frozenset()
    assert kinds_for(stop) == {"interruption_drill"}
    assert {kind for kinds in CAPABILITIES.values() for kind in kinds} == set(KINDS)


@pytest.mark.requirement("FRAMEWORK-02")
def test_what_was_found_to_be_wrong_is_listed_with_where_it_was_found() -> None:
    names = {row.name for row in rows()}
    for correction in DATA.corrections:
        assert correction.source
        assert correction.was != correction.now
        framework, _, identifier = correction.row.partition(":")
        renamed = f"{framework}:{correction.now}" if correction.field == "id" else correction.row
        assert identifier == "*" or renamed in names
    for correction in DATA.corrections:
        row = find(correction.row)
        if row is not None and correction.field != "id":
            assert getattr(row, correction.field) == correction.now


@pytest.mark.requirement("FRAMEWORK-03")
def test_no_row_and_no_note_says_that_anything_meets_a_framework() -> None:
    text = (resources.files("remit.assurance") / "data" / "frameworks.json").read_text(encoding="utf-8")

    def strings(node: object) -> list[str]:
        if isinstance(node, dict):
            return [found for value in node.values() for found in strings(value)]
        if isinstance(node, list):
            return [found for value in node for found in strings(value)]
        return [node] if isinstance(node, str) else []

    said = [one for one in strings(json.loads(text)) if CLAIMED.search(re.sub(r"https?://\S+", "", one))]
    assert said == []


def test_sources_are_public_and_name_no_private_file() -> None:
    for row in rows():
        assert re.search(r"https?://", row.source), row.name
        assert "gov.md" not in row.source
        assert "stored" not in row.source


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_mapping_of_a_profile_names_a_row_there_is(profile: str) -> None:
    unknown = [row for _claim, row, _relation in load(profile).mappings if find(row) is None]
    assert unknown == []
