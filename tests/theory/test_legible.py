"""What is drawn can be read: curves without their colours, names that lines cross, many names in a legend."""

from xml.etree import ElementTree as ET

from remit import theory
from remit.theory.pictures.charts import COLOURS, DASHES, HEIGHT, curves
from remit.theory.pictures.drawings import graph_picture

SVG = "{http://www.w3.org/2000/svg}"


def test_curves_differ_in_colour_and_stroke_and_the_legend_shows_both() -> None:
    lines = {f"s{i}": [(0.0, i / 4), (1.0, i / 5)] for i in range(4)}
    drawn = ET.fromstring(curves(lines, title="t"))  # noqa: S314 (our own text)
    looks = [(one.get("stroke"), one.get("stroke-dasharray")) for one in drawn.iter(f"{SVG}polyline")]
    assert len({colour for colour, _ in looks}) == len({dash for _, dash in looks}) == 4
    assert [(one.get("stroke"), one.get("stroke-dasharray")) for one in drawn.iter(f"{SVG}line")] == looks
    assert len({(i % len(COLOURS), i % len(DASHES)) for i in range(28)}) == 28  # no look comes twice among so many


def test_a_long_legend_stays_inside_the_picture() -> None:
    drawn = ET.fromstring(curves({f"s{i}": [(0.0, i), (1.0, i)] for i in range(40)}, title="t"))  # noqa: S314 (ours)
    lowest = max(float(text.attrib["y"]) for text in drawn.iter(f"{SVG}text"))
    assert HEIGHT < lowest < float(drawn.attrib["height"])


def test_names_of_states_stand_out_from_lines_that_cross_them() -> None:
    mdp = theory.graph({"a": ["b", "c"], "b": ["c", "b"], "c": ["b", "c"]})
    drawn = ET.fromstring(graph_picture(mdp, theory.power(mdp, discount=0.5)))  # noqa: S314 (our own text)
    names = [text for group in drawn.iter(f"{SVG}g") for text in group.findall(f"{SVG}text")[1:]]
    assert [name.text for name in names] == ["a", "b", "c"]
    assert all(name.get("paint-order") == "stroke" and name.get("stroke") == "#ffffff" for name in names)
    last_path = max(i for i, part in enumerate(drawn) if part.tag == f"{SVG}path")
    assert last_path < min(i for i, part in enumerate(drawn) if part.tag == f"{SVG}g")  # names are drawn over lines


def test_lines_within_a_column_go_around_the_names_between() -> None:
    mdp = theory.graph({"s": ["a", "b"], "a": ["b", "a"], "b": ["a", "b"]})
    drawn = ET.fromstring(graph_picture(mdp, theory.power(mdp, discount=0.5)))  # noqa: S314 (our own text)
    nodes = {str(group[0].text).partition(":")[0]: group for group in drawn.iter(f"{SVG}g")}
    above, below = (nodes[name].find(f"{SVG}circle") for name in "ab")
    assert above is not None
    assert below is not None
    name = nodes["a"].findall(f"{SVG}text")[1]
    paths = {str(path[0].text): str(path.attrib["d"]) for path in drawn.findall(f"{SVG}path")}
    begins = {text: float(path.removeprefix("M").split()[0]) for text, path in paths.items()}
    assert begins["a, b to b"] == float(above.attrib["cx"]) + float(above.attrib["r"])
    assert begins["b, a to a"] == float(above.attrib["cx"]) - float(above.attrib["r"])
    top_of_loop = float(below.attrib["cy"]) - 36  # no part of the loop is above its handles
    assert float(name.attrib["y"]) + 3 < top_of_loop
