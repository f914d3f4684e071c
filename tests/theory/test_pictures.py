"""Pictures are well-formed, put states where their names say, and cannot be broken by a name."""

from xml.etree import ElementTree as ET

import pytest

from remit import theory
from remit.errors import ModelError
from remit.theory.formats.foreign import from_map
from remit.theory.pictures.charts import curves, heat_map

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
