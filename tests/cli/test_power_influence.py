"""``remit power influence``: the incentives a diagram admits, what to cut, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.theory.influence.diagrams import incentives
from remit.theory.influence.documents import read_diagram
from remit.theory.influence.redesigns import cut

Typed = Callable[..., Any]

RECOMMENDER = {  # Everitt et al. 2021, figure 4
    "decision": "posts",
    "utilities": ["clicks"],
    "edges": [
        ["opinions", "model"],
        ["model", "posts"],
        ["posts", "influenced"],
        ["opinions", "influenced"],
        ["influenced", "clicks", 3],
        ["posts", "clicks"],
    ],
}


@pytest.fixture
def diagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("diagram.json").write_text(json.dumps(RECOMMENDER), encoding="utf-8")
    return "diagram.json"


def test_the_recommender_may_want_to_control_opinions_and_one_cut_takes_that_away(typed: Typed, diagram: str) -> None:
    found = json.loads(typed("power", "influence", diagram, "--json").out)
    admitted = incentives(read_diagram(json.dumps(RECOMMENDER)).graph)
    for kind in ("instrumental_control", "response", "value_of_information", "value_of_control"):
        assert {node for node, marks in found["incentives"].items() if marks[kind]} == getattr(admitted, kind)
    assert found["incentives"]["influenced"]["instrumental_control"]
    assert found["redesigns"]["instrumental_control"]["influenced"] == {"cut": [["posts", "influenced"]], "cost": 1}
    assert found["redesigns"]["response"]["model"] == {"cut": [["model", "posts"]], "cost": 1}


def test_what_is_said_to_be_cut_takes_the_incentive_away(typed: Typed, diagram: str) -> None:
    graph = read_diagram(json.dumps(RECOMMENDER)).graph
    redesigns = json.loads(typed("power", "influence", diagram, "--json").out)["redesigns"]
    assert all(line for line in redesigns.values())
    for kind, line in redesigns.items():
        for node, one in line.items():
            left = cut(graph, [(start, end) for start, end in one["cut"]])
            assert node not in getattr(incentives(left), kind)


def test_the_screen_has_a_line_for_each_node_and_says_what_it_does_not_say(typed: Typed, diagram: str) -> None:
    answer = typed("power", "influence", diagram)
    assert answer.code == 0
    assert "incentives of the decision posts" in answer.out
    assert "without the incentive to control influenced: cut posts -> influenced (cost 1)" in answer.out
    assert "does not say how strong it is" in " ".join(answer.out.split())
    assert typed("power", "influence", diagram, "--quiet").out == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "diagram.json: the diagram is not JSON"),
        (json.dumps(RECOMMENDER | {"decision": "post"}), "diagram.json: `post` is in no edge"),
        (json.dumps(RECOMMENDER | {"edges": [["posts", "clicks", 0]]}), "the cost at `edges[0]`"),
    ],
)
def test_what_is_no_diagram_is_unreadable(typed: Typed, diagram: str, text: str, words: str) -> None:
    Path(diagram).write_text(text, encoding="utf-8")
    answer = typed("power", "influence", diagram, "--json")
    assert answer.code == 3
    assert words in " ".join(answer.err.split())
    assert "error" in json.loads(answer.out)


def test_a_file_that_is_missing_is_unreadable_and_options_of_models_are_refused(typed: Typed, diagram: str) -> None:
    assert typed("power", "influence", "gone.json").code == 3
    assert typed("power", "influence", diagram, "--samples", "10").code == 2
    assert typed("power", "influence", diagram, diagram).code == 2


def test_names_of_a_diagram_cannot_write_on_the_terminal(typed: Typed, diagram: str) -> None:
    Path(diagram).write_text(json.dumps(RECOMMENDER).replace("influenced", "\\u001b[2J"), encoding="utf-8")
    answer = typed("power", "influence", diagram)
    assert "\x1b" not in answer.out + answer.err
    assert "\\x1b[2J" in answer.out
