"""The published cells of two agents are compared with all cells that are alike, and a wrong number is called one."""

import numpy as np
import pytest

from bench import figures
from remit.theory.estimate import Estimate
from remit.theory.multiagent import JointPower


def found(value: float) -> JointPower:
    table, error = np.full((9, 9), value), np.full((9, 9), 0.001)
    alignment = Estimate(value=0.0, low=-1.0, high=1.0, method="interval")
    return JointPower(
        power_h=table, power_a=table, error_h=error, error_a=error, alignment=alignment, samples=20_000, seed=1
    )


@pytest.mark.parametrize(
    ("value", "words"), [(0.694, "agrees"), (0.6975, "agrees"), (0.70, "DOES NOT AGREE"), (0.69, "DOES NOT AGREE")]
)
def test_a_cell_agrees_within_noise_or_not(capsys: pytest.CaptureFixture[str], value: float, words: str) -> None:
    figures._beside_the_cells(found(value), (1, 1), (0, 0), (0.693, 0.696))
    said = capsys.readouterr().out.strip()
    assert said.endswith(f"published 0.693 to 0.696: {words}")
    assert said.startswith("mean of 4 cells alike")


@pytest.mark.slow
def test_the_published_cells_of_one_pass_agree(capsys: pytest.CaptureFixture[str]) -> None:
    pass_ = figures._joint(0.0, samples=20_000, rounds=1)
    for (h, a), published in figures.PUBLISHED_JOINT.items():
        figures._beside_the_cells(pass_, h, a, published)
    assert [line.endswith(": agrees") for line in capsys.readouterr().out.splitlines()] == [True, True]
