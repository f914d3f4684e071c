"""The figures of the papers come out of one command each; the quick ones are run here."""

from xml.etree import ElementTree as ET

import pytest

from bench import figures
from remit.theory.estimate import Estimate


def test_the_closed_forms_of_the_first_figure_agree(capsys: pytest.CaptureFixture[str]) -> None:
    drawn: dict[str, str] = {}
    figures.turner(drawn.__setitem__)
    said = capsys.readouterr().out
    assert said.count("the three closed forms of the figure agree") == 4
    assert "DO NOT" not in said
    assert ET.fromstring(drawn["turner"]).tag.endswith("svg")  # noqa: S314 (our own text)


@pytest.mark.parametrize(("value", "said"), [(0.8614, "agrees"), (0.8604, "DOES NOT AGREE"), (0.864, "DOES NOT AGREE")])
def test_how_far_a_cell_may_be_from_the_published_is_said_beside_how_far_it_is(value: float, said: str) -> None:
    found = Estimate(value=value, low=value, high=value, method="interval")
    line = figures._beside_the_cell(found, 0.862, 0.862)
    assert f"{abs(value - 0.862):.4f} apart, two such runs may be 0.0015 " in line
    assert line.endswith(f": {said}")


@pytest.mark.slow
def test_the_published_grid_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    drawn: dict[str, str] = {}
    figures.grid(drawn.__setitem__)
    said = capsys.readouterr().out
    assert (said.count(": agrees"), said.count("DOES NOT AGREE")) == (3, 0)
    assert drawn.keys() == {"grid-0.3", "grid-0.6", "grid-0.9"}


@pytest.mark.slow
def test_the_published_correlation_of_two_agents_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    figures._beside_the_published(figures._joint(0.0, samples=figures.SAMPLES_OF_THE_SWEEP, rounds=1).alignment)
    said = capsys.readouterr().out
    assert said.splitlines()[0].endswith("agrees")
    assert "DOES NOT" not in said
