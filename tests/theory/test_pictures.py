"""Pictures are well-formed, put states where their names say, and cannot be broken by a name."""

from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from remit import theory
from remit.errors import ModelError
from remit.theory.exact.phases import phases
from remit.theory.formats.foreign import from_map
from remit.theory.pictures.charts import curves, heat_map, phase_picture
from remit.theory.pictures.sweeps import Sweep

SVG = "{http://www.w3.org/2000/svg}"


def test_a_grid_is_drawn_as_the_grid_it_is() -> None:
    drawn = ET.fromstring(heat_map(theory.power(from_map("..\n.#"), discount=0.5)))  # noqa: S314 (our own text)
    cells = list(drawn.iter(f"{SVG}g"))
    corners = {(cell[1].attrib["x"], cell[1].attrib["y"]) for cell in cells}
    assert len(cells) == 3
    assert len({x for x, _ in corners}) == len({y for _, y in corners}) == 2
    assert any(str(cell[0].text) == "0,0: 0.75 = 3/4" for cell in cells)
    shades = {str(cell[0].text)[:3]: cell[1].attrib["fill"] for cell in cells}
    assert shades["0,0"] != shades["0,1"] == shades["1,0"]


def test_other_states_stand_in_a_row_and_names_stay_text() -> None:
    mdp = theory.graph({"<script>": ["b"], "b": ["b"]})
    text = heat_map(theory.power(mdp))
    drawn = ET.fromstring(text)  # noqa: S314 (our own text)
    assert "<script>" not in text
    assert len({cell[1].attrib["y"] for cell in drawn.iter(f"{SVG}g")}) == 1


def test_curves_have_a_line_and_a_name_each() -> None:
    lines = {"start": [(0.0, 0.5), (0.5, 0.6), (1.0, 0.75)], "off": [(0.0, 0.5), (1.0, 0.5)]}
    drawn = ET.fromstring(curves(lines, title="POWER over g"))  # noqa: S314 (our own text)
    assert [len(str(line.attrib["points"]).split()) for line in drawn.iter(f"{SVG}polyline")] == [3, 2]
    assert {"start", "off", "discount"} <= {text.text for text in drawn.iter(f"{SVG}text")}
    with pytest.raises(ModelError):
        curves({}, title="nothing")


def test_signs_that_no_document_may_hold_are_drawn_as_unknown_ones() -> None:
    mdp = theory.graph({"a\x01\x1bb\x00": ["b\uffff"], "b\uffff": ["b\uffff"]})
    answers = theory.power(mdp, discount=0.5)
    for text in (heat_map(answers), theory.graph_picture(mdp, answers), curves({"\x02": [(0.0, 1.0)]}, title="\x03")):
        drawn = ET.fromstring(text)  # noqa: S314 (our own text)
        assert any("\ufffd" in str(title.text) for title in drawn.iter(f"{SVG}title"))


def test_long_names_stay_in_the_picture_and_are_told_whole_when_pointed_at() -> None:
    drawn = ET.fromstring(curves({"n" * 100: [(0.0, 1.0), (1.0, 2.0)]}, title="POWER"))  # noqa: S314 (our own text)
    (legend,) = (text for text in drawn.iter(f"{SVG}text") if str(text.text).startswith("nn"))
    assert len(str(legend.text)) < 20
    assert legend[0].text == "n" * 100


def test_phases_are_a_bar_over_the_discount_with_a_colour_for_each_set_of_actions() -> None:
    mdp = theory.graph({"start": ["work", "off"], "work": "paid", "paid": "paid", "off": "off"})
    goal = [Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)]
    found = phases(mdp, 0, [dict(zip(("start", "work", "off", "paid"), goal, strict=True))[s] for s in mdp.states])
    drawn = ET.fromstring(phase_picture(found))  # noqa: S314 (our own text)
    bars = [group for group in drawn.iter(f"{SVG}g") if group.find(f"{SVG}rect") is not None]
    assert [str(bar[0].text) for bar in bars] == ["off: 0 to 0.5", "work: 0.5 to 1"]
    widths = [float(bar[1].attrib["width"]) for bar in bars]
    assert widths[0] == widths[1]
    assert bars[0][1].attrib["fill"] != bars[1][1].attrib["fill"]
    with pytest.raises(ModelError):
        phase_picture([])


def test_a_dot_stands_where_a_curve_has_one_point() -> None:
    drawn = ET.fromstring(curves({"a": [(0.5, 0.2)], "b": [(0.5, 0.6)]}, title="POWER"))  # noqa: S314 (our own text)
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in drawn.iter(f"{SVG}circle")]
    (frame,) = (one for one in drawn.iter(f"{SVG}rect") if one.get("fill") == "none")
    left, wide = float(frame.attrib["x"]), float(frame.attrib["width"])
    assert [x for x, _ in dots] == [left + wide / 2] * 2
    assert dots[0][1] > dots[1][1]
    assert [text.text for text in drawn.iter(f"{SVG}text")].count("0.5") == 1


@pytest.mark.parametrize("samples", [None, 200])
def test_a_picture_says_how_its_numbers_were_found(samples: int | None) -> None:
    mdp = theory.graph({"start": ["a", "b"], "a": ["a"], "b": ["b"]})
    answers = theory.power(mdp, samples=samples, seed=3, rewards="U[-1,1]")
    sweep = Sweep(answers=(answers,))
    for text in (heat_map(answers), theory.graph_picture(mdp, answers), sweep.svg()):
        said = (
            "exact, in rational arithmetic"
            if samples is None
            else "95 % intervals, each for itself, 200 samples, seed 3"
        )
        assert said in text
        assert "rewards iid U[-1,1]" in text
    assert ("intervals are not drawn" in sweep.svg()) == (samples is not None)
    values = sorted(one.estimate.value for one in answers.power.values())
    assert f"states from {values[0]:.4g} (pale) to {values[-1]:.4g} (dark)" in heat_map(answers)
    alone = theory.power(mdp, states="a")
    assert "0.5 in every state" in heat_map(alone)


def test_a_picture_is_as_wide_as_what_it_says() -> None:
    for text in (heat_map(theory.power(from_map("..\n.."), samples=200)), curves({"a": [(0, 1)]}, title="T" * 90)):
        drawn = ET.fromstring(text)  # noqa: S314 (our own text)
        longest = max(len(str(line.text)) * float(line.attrib["font-size"]) / 2 for line in drawn.findall(f"{SVG}text"))
        assert float(drawn.attrib["width"]) > longest


def test_cells_whose_place_says_nothing_have_names() -> None:
    named = ET.fromstring(heat_map(theory.power(theory.graph({"work": ["off"], "off": "off"}))))  # noqa: S314 (ours)
    assert [cell[-1].text for cell in named.iter(f"{SVG}g")] == ["work", "off"]
    grid = ET.fromstring(heat_map(theory.power(from_map("..\n.."))))  # noqa: S314 (our own text)
    assert {len(cell) for cell in grid.iter(f"{SVG}g")} == {3}
