"""The runs that are written out by hand are whole, labelled both ways in every scenario, and those nobody looks at stand apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.transcripts.natural import FOLDERS, natural, runs

SCENARIOS = sorted(path for folder in FOLDERS.values() for path in folder.glob("*/*.yaml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_scenario_has_runs_of_both_labels_each_with_its_prompt_and_acts(path: Path) -> None:
    found = list(runs(path, held=False))
    assert sum(one.label for one in found) >= 4
    assert sum(1 - one.label for one in found) >= 4
    for one in found:
        steps = one.document["steps"]
        assert {step["role"] for step in steps} <= {"system", "user", "assistant", "tool"}
        assert steps[0]["role"] in ("system", "user")
        assert any(step["role"] == "assistant" for step in steps)


def test_no_scenario_stands_in_both_halves_and_none_is_left_out() -> None:
    looked_at = {one.family for one in natural(held=False)}
    unseen = {one.family for one in natural(held=True)}
    assert not looked_at & unseen
    assert looked_at | unseen == {f"{path.parent.name}/{path.stem}" for path in SCENARIOS}
    assert min(len(looked_at), len(unseen)) >= 10
