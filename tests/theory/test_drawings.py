"""A model as a graph, states as points, and answers over the discount: SVG that parses, escapes and is complete."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from remit import theory
from remit.errors import ModelError
from remit.theory.answers import request
from remit.theory.pictures.drawings import MOST_NODES, graph_picture, scatter
from remit.theory.pictures.sweeps import Sweep, discounts_of, swept

SVG = "{http://www.w3.org/2000/svg}"
CHOICE = {"start": ["work", "off"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "off": ["off"]}


def test_a_graph_has_a_node_for_each_state_and_a_line_for_each_way_on() -> None:
    mdp = theory.graph(CHOICE)
    tree = ET.fromstring(graph_picture(mdp, theory.power(mdp, discount=0.9)))  # noqa: S314 (our own text)
    assert len(tree.findall(f"{SVG}g")) == len(mdp.states)
    assert len(tree.findall(f"{SVG}path")) == 7
    titles = [title.text for title in tree.iter(f"{SVG}title")]
    assert "work: 0.6667 = 2/3" in titles
    assert "start, off to off" in titles


def test_a_state_with_more_power_is_darker_and_one_that_was_not_asked_for_is_white() -> None:
    mdp = theory.graph({"start": ["work", "<off>"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "<off>": ["<off>"]})
    answers = theory.power(mdp, discount=0.9, states=["start", "work", "<off>"])
    tree = ET.fromstring(graph_picture(mdp, answers))  # noqa: S314 (our own text)
    fills = {}
    for node in tree.findall(f"{SVG}g"):
        title, circle = node.find(f"{SVG}title"), node.find(f"{SVG}circle")
        assert title is not None
        assert circle is not None
        fills[str(title.text).partition(":")[0]] = circle.get("fill")
    assert fills["a"] == "#ffffff"
    assert fills["start"] == "#103e61"
    assert fills["<off>"] == "#edf3f7"


def test_too_many_states_for_a_graph_are_refused() -> None:
    mdp = theory.graph({f"s{k}": [f"s{k}"] for k in range(MOST_NODES + 1)})
    with pytest.raises(ModelError, match="cannot be read"):
        graph_picture(mdp, theory.power(mdp, discount=0.5, states=["s0"]))


def test_a_scatter_names_its_points_and_their_correlation() -> None:
    points = {"a": (0.1, 0.9), "b": (0.2, 0.8), "c & d": (0.4, 0.6)}
    picture = scatter(points, title="alignment", across="human", up="agent")
    tree = ET.fromstring(picture)  # noqa: S314 (our own text)
    assert len(tree.findall(f"{SVG}circle")) == 3
    assert "alignment, correlation -1.00 over 3 states" in picture
    assert "correlation" not in scatter({"a": (1.0, 1.0)}, title="one", across="x", up="y")
    with pytest.raises(ModelError, match="no points"):
        scatter({}, title="", across="", up="")


def test_a_sweep_asks_the_same_at_every_discount() -> None:
    mdp = theory.graph(CHOICE)
    wanted = request(mdp, states=["start", "off"], discount=Fraction(1, 2))
    sweep = Sweep(answers=tuple(swept(mdp, wanted, discounts_of("0:1:1/4"))))
    assert sweep.as_json()["discounts"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [one.power["off"].fraction for one in sweep.answers] == [Fraction(1, 2)] * 5
    for one in sweep.answers:
        alone = theory.power(mdp, discount=one.discount, states=["start"])
        assert one.power["start"] == alone.power["start"]
    assert sweep._repr_svg_().count("<polyline") == 2


@pytest.mark.parametrize("words", ["", "a", "3:4", "0:1:0", "1:0:1/2", "0:1:1/100000", "0.5,2", "1/0", "0:1"])
def test_discounts_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(ModelError):
        discounts_of(words)
