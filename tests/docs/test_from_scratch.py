"""The idea in one file runs, and what it draws agrees with what it says is exact."""

import runpy
from pathlib import Path

import pytest

from remit import theory

FILE = Path(__file__).parents[2] / "docs" / "theory_from_scratch.py"


def test_the_file_runs_and_agrees_with_the_engine(capsys: pytest.CaptureFixture[str]) -> None:
    found = runpy.run_path(str(FILE), run_name="__main__")
    assert "POWER of start 0.73" in capsys.readouterr().out
    answers = theory.power(theory.graph(found["MOVES"]), discount=found["DISCOUNT"], probability=True)
    exact = [answers.power[state].estimate.value for state in found["STATES"]]
    assert found["power"].tolist() == pytest.approx(exact, abs=0.004)
    assert exact[0] == found["EXACT_POWER"]
    assert answers.probability["start"]["work"].estimate.value == found["EXACT_WORK"]
    assert found["work"] == pytest.approx(found["EXACT_WORK"], abs=0.005)
    assert found["shares"].tolist() == pytest.approx([1 / 3] * 3, abs=0.005)
