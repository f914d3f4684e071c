"""Influence diagrams in files: read as they are written, with what cutting costs, or refused with the place."""

import json

import pytest

from remit.errors import ModelError
from remit.theory.influence.diagrams import diagram
from remit.theory.influence.documents import read_diagram

WRITTEN = {"decision": "D", "utilities": ["U"], "edges": [["X", "D"], ["D", "U", 4], ["X", "U"]]}


def test_a_diagram_is_read_with_what_cutting_its_edges_costs() -> None:
    plan = read_diagram(json.dumps(WRITTEN))
    assert plan.graph == diagram([("X", "D"), ("D", "U"), ("X", "U")], decision="D", utilities=["U"])
    assert plan.costs == {("X", "D"): 1, ("D", "U"): 4, ("X", "U"): 1}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"edges": [["D", "U"], ["D", "U", 2]]}, "`edges[1]` is written before"),
        ({"edges": [["D"]]}, "`edges[0]` is not"),
        ({"edges": [["D", 3]]}, "`edges[0]` is not"),
        ({"edges": [["D", "U", 1, 1]]}, "`edges[0]` is not"),
        ({"edges": [["D", "U", 0]]}, "the cost at `edges[0]`"),
        ({"edges": [["D", "U", 1.5]]}, "the cost at `edges[0]`"),
        ({"edges": [["D", "U", True]]}, "the cost at `edges[0]`"),
        ({"edges": "DU"}, "`edges` wants a list"),
        ({"edges": [["D", "U"], ["U", "D"]]}, "utilities have no children"),
        ({"edges": [["D", "U"], ["D", "D"]]}, "has a cycle"),
        ({"decision": "E"}, "`E` is in no edge"),
        ({"decision": ["D"]}, "`decision` wants"),
        ({"utilities": "U"}, "`utilities` wants a list"),
        ({"utility": ["U"]}, "`utility` is no part of a diagram"),
    ],
)
def test_a_diagram_that_cannot_be_meant_is_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError) as refused:
        read_diagram(json.dumps(WRITTEN | changed))
    assert words in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "words"), [("{", "is not JSON"), ("[]", "wants a mapping"), ("{}", "`decision` is missing")]
)
def test_what_is_no_diagram_at_all_is_refused(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        read_diagram(text)
