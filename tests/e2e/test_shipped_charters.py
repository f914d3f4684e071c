"""Each shipped charter gives the report that stands beside it, and its patch leaves nothing to resist with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from remit.charter.patch import apply
from remit.charter.reader import charter_from_document, read_charter
from remit.finding import Severity
from remit.incentives.assessment import assess
from remit.incentives.catalogue import with_extensions
from remit.incentives.edits import candidates, operations_of
from remit.incentives.reading_rules import findings_of, pays_to_resist
from remit.incentives.report import Report
from remit.incentives.worlds.compiler import compile_charter

CHARTERS = Path(__file__).parents[2] / "src" / "remit" / "charters"
EXPECTED = Path(__file__).parent / "expected"
NAMES = tuple(sorted(path.stem for path in CHARTERS.glob("*.yaml")))
GOALS = 400


def summary(report: Report) -> dict[str, Any]:
    """What a reader would remember of a report: verdicts and structure, no decimals."""
    least = report.least_authority
    return {
        "tier": report.tier.tier,
        "peak": report.peak.mode,
        "classes": {one.id: one.classification for one in report.affordances},
        "authorised": {one.id: one.authorised for one in report.affordances if one.authorised != "no"},
        "resistance_pays": pays_to_resist(report),
        "edits": [one.id for one in least.edits],
        "least_authority_reached": least.reached,
        "task_kept": least.task_value >= 0.97,
        "certificate": report.certificate.applies,
        "outcomes": list(report.world.outcomes),
        "errors": sorted({one.code for one in findings_of(report) if one.severity is Severity.ERROR}),
    }


def test_there_are_five_charters_and_a_founder_sized_one() -> None:
    assert len(NAMES) == 6
    founder = (CHARTERS / "founder.yaml").read_text(encoding="utf-8").splitlines()
    assert len(founder) == 10


@pytest.mark.slow
@pytest.mark.requirement("CHECK-07")
@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_charter_gives_its_expected_report_and_its_patch_removes_the_pressure(name: str) -> None:
    charter = read_charter(CHARTERS / f"{name}.yaml")
    report = assess(charter, goals=GOALS, seed=0)
    expected = json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))
    assert summary(report) == expected
    assert report.world.method == "exact"
    assert all(held for _, held in report.world.invariants)

    rows = with_extensions(charter)
    offered = {one.id: one for one in candidates(compile_charter(charter, rows), rows)}
    chosen = [offered[edit.id] for edit in report.least_authority.edits]
    mended = charter_from_document(apply(charter.document, operations_of(chosen)), path=charter.path)
    again = assess(mended, goals=GOALS, seed=0)
    assert not pays_to_resist(again)
    assert {code for code in summary(again)["errors"] if code.startswith("REMIT-R")} == set()


def write_expected() -> None:
    """Write the expected reports anew: ``python -m tests.e2e.test_shipped_charters``, then read the difference."""
    for name in NAMES:
        report = assess(read_charter(CHARTERS / f"{name}.yaml"), goals=GOALS, seed=0)
        text = json.dumps(summary(report), indent=1, ensure_ascii=False) + "\n"
        (EXPECTED / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_expected()
