"""The tables on the pages about frameworks and incidents are those of the data and of the records."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.assurance.real_incidents import DISAGREEMENTS, JUDGED

from remit.assurance import incident_table
from remit.assurance.frameworks import table as framework_table
from remit.assurance.frameworks.frameworks import read_frameworks
from remit.assurance.incidents import read_incident

ROOT = Path(__file__).parents[2]
EXPLAIN = ROOT / "docs" / "explain"


def between(page: str, name: str) -> list[str]:
    """The lines between the two marks of a page."""
    text = (EXPLAIN / page).read_text(encoding="utf-8")
    return text.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0].strip().splitlines()


@pytest.mark.requirement("FRAMEWORK-01")
def test_the_page_lists_every_framework_with_its_version_and_its_state() -> None:
    assert between("frameworks.md", "frameworks") == list(framework_table.table_lines())


def test_what_the_page_says_was_corrected_is_what_the_data_says() -> None:
    text = (EXPLAIN / "frameworks.md").read_text(encoding="utf-8")
    changed = sum(correction.field == "status" for correction in read_frameworks().corrections)
    recalled = sum(row.status == "recalled" for row in read_frameworks().rows)
    assert f"- {changed} rows that had been written from memory" in text
    assert recalled == 8
    assert "Eight rows are still from memory." in text


@pytest.mark.requirement("INCIDENT-30")
def test_the_page_lists_every_incident_with_what_is_derived_from_its_record() -> None:
    paths = sorted((ROOT / "examples" / "incidents").glob("[0-9]*.yaml"))
    records = [read_incident(path) for path in paths]
    assert between("incidents.md", "incidents") == list(
        incident_table.table_lines(records, folder="../../examples/incidents")
    )


@pytest.mark.requirement("INCIDENT-30")
def test_every_disagreement_with_the_reader_is_discussed_on_the_page() -> None:
    text = (EXPLAIN / "incidents.md").read_text(encoding="utf-8")
    part = text.partition("## Where a reader and the table disagree")[2].partition("\n## ")[0]
    discussed = {number for line in re.findall(r"\*\*([^*]+)\*\*", part) for number in re.findall(r"\b\d\d\b", line)}
    assert {name[:2] for name in DISAGREEMENTS} <= discussed
    assert f"They agree on {len(JUDGED) - len(DISAGREEMENTS)} of {len(JUDGED)}." in part
