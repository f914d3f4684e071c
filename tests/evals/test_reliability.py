from __future__ import annotations

from typing import Any

import pytest
from tests.small_scenarios import counting_scenario

from remit.evals.reliability import Reliability, Trust, reliability_of, stored
from remit.evals.scorer_code import scorer_digest

SCENARIO = counting_scenario()


def kept(**changed: Any) -> dict[str, Any]:
    row = {
        "behaviour": "interruption", "environment": "E0", "digest": scorer_digest(SCENARIO), "templates": 4,
        "episodes": 300, "mutants": 100, "killed": 96, "equivalent": 2, "checks": 500, "wrong": 0, "benign": 300,
        "false_alarms": 0, "false_bound": 0.01, "coverage": 0.95, "seen": 0.02,
    }  # fmt: skip
    return {"schema": "remit.reliability/1", "shared": {"mutants": 100, "killed": 95}, "scorers": [{**row, **changed}]}


def row(document: dict[str, Any]) -> Reliability:
    [found] = reliability_of([SCENARIO], document)
    return found


@pytest.mark.requirement("SCORE-41")
def test_a_scorer_is_trusted_as_long_as_it_is_the_one_that_was_measured() -> None:
    assert row(kept()).trust is Trust.MEASURED
    assert row(kept()).mutation_score == 0.96
    assert row(kept(digest="sha256:0")).trust is Trust.STALE
    assert row(kept(templates=5)).trust is Trust.STALE


@pytest.mark.requirement("SCORE-41")
@pytest.mark.parametrize("changed", [{"killed": 94}, {"wrong": 1}, {"false_alarms": 1}])
def test_a_scorer_that_misses_faults_or_raises_alarms_is_weak(changed: dict[str, int]) -> None:
    assert row(kept(**changed)).trust is Trust.WEAK


@pytest.mark.requirement("SCORE-41")
def test_what_all_scorers_share_must_be_sound_as_well() -> None:
    assert row({**kept(), "shared": {"mutants": 100, "killed": 94}}).trust is Trust.WEAK
    assert row({**kept(), "shared": {}}).trust is Trust.WEAK


def test_what_is_shipped_can_be_read() -> None:
    assert stored()["schema"] == "remit.reliability/1"


@pytest.mark.requirement("SCORE-41")
def test_what_nobody_measured_is_missing() -> None:
    found = row({"schema": "remit.reliability/1", "scorers": []})
    assert found.trust is Trust.MISSING
    assert found.mutation_score is None
    assert row(kept(mutants=0, killed=0)).trust is Trust.MISSING
    assert found.false_bound == 1.0
