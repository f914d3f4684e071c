"""``remit case frameworks``: a view with denominators and ages, in words that claim nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[..., Any]
CLAIMED = re.compile(r"\b(compl(y|ies|iant|ied)|compliance|conform\w*|satisf\w*|certif\w*|fulfil\w*)\b", re.IGNORECASE)


@pytest.fixture
def case(folder: Path, typed: Typed) -> Path:
    """A first case beside the example's charter."""
    assert typed("case", "init", "--subject", "model=acme@1").code == 0
    return folder / "case.yaml"


@pytest.mark.requirement("FRAMEWORK-03", "FRAMEWORK-05")
def test_every_framework_has_a_line_with_its_counts_and_its_age(case: Path, typed: Typed) -> None:
    answer = typed("case", "frameworks", str(case), "--as-of", "2026-11-21")
    assert answer.code == 0
    for word in ("NIST AI RMF", "EU AI Act", "MITRE ATLAS", "superseded", "REMIT-A100", "1395 d"):
        assert word in answer.out
    assert not CLAIMED.search(answer.out + answer.err)


def test_a_narrow_screen_keeps_the_names_and_drops_columns(
    case: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    answer = typed("case", "frameworks", str(case), "--as-of", "2026-11-21")
    assert "NIST AI RMF" in answer.out
    assert "unmapped" not in answer.out
    assert max(len(line) for line in answer.out.splitlines()) <= 60


@pytest.mark.requirement("FRAMEWORK-03")
def test_one_framework_is_shown_row_by_row_whatever_the_case_of_its_name(case: Path, typed: Typed) -> None:
    answer = typed("case", "frameworks", str(case), "--framework", "nist ai rmf", "--as-of", "2026-11-21")
    assert answer.code == 0
    assert "MANAGE 2.4" in answer.out
    assert "unsupported" in answer.out
    assert "ATLAS" not in answer.out
    assert not CLAIMED.search(answer.out + typed("case", "frameworks", "--help").out)


def test_an_unknown_framework_is_a_usage_error_with_the_nearest_name(case: Path, typed: Typed) -> None:
    answer = typed("case", "frameworks", str(case), "--framework", "NIST RMF")
    assert answer.code == 2
    assert "did you mean `NIST AI RMF`" in answer.err


@pytest.mark.requirement("FRAMEWORK-05")
def test_the_document_has_denominators_ages_and_sources(case: Path, typed: Typed) -> None:
    answer = typed("case", "frameworks", str(case), "--json", "--as-of", "2027-11-21")
    document = json.loads(answer.out)
    assert document["schema"] == "remit.coverage/1"
    assert document["data_age_days"] == 365
    assert "REMIT-A102" in {finding["code"] for finding in document["findings"]}
    (rmf,) = [one for one in document["frameworks"] if one["framework"] == "NIST AI RMF"]
    assert (rmf["relevant"], rmf["dated"], rmf["age_days"]) == (21, "2023-01-26", 1760)
    assert all(row["source"] and row["status"] for row in rmf["rows"])
    assert not CLAIMED.search(re.sub(r"https?://\S+", "", answer.out))


@pytest.mark.requirement("FRAMEWORK-07")
def test_proposals_are_lines_of_a_case_to_be_read_first(case: Path, typed: Typed) -> None:
    answer = typed("case", "frameworks", str(case), "--propose", "--framework", "EU AI Act")
    assert answer.code == 0
    assert answer.out.startswith("# proposals: read each row before you keep its line\nmappings:\n")
    assert '"to": "EU AI Act:14(4)(e)", "relation": "partially-supports"' in answer.out
    assert '"relation": "supports"' not in answer.out
    document = json.loads(typed("case", "frameworks", str(case), "--propose", "--json").out)
    assert document["schema"] == "remit.proposal/1"
    assert document["mappings"]
