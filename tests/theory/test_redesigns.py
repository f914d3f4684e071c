"""Cutting the fewest edges so that an incentive is gone, against trying every set of edges."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.errors import ModelError, StateBudgetError
from remit.theory.influence.diagrams import Diagram, diagram, incentives
from remit.theory.influence.redesigns import cut, without_instrumental_control, without_response

CONTENT = [  # Everitt et al. 2021, figure 4: the content recommender
    ("opinions", "model"), ("model", "posts"), ("posts", "influenced"), ("opinions", "influenced"),
    ("influenced", "clicks"), ("posts", "clicks"),
]  # fmt: skip
RECOMMENDER = diagram(CONTENT, decision="posts", utilities=["clicks"])


def test_the_recommender_stops_controlling_opinions_once_one_edge_is_cut() -> None:
    found = without_instrumental_control(RECOMMENDER, "influenced")
    assert found.cost == 1
    assert found.edges in ({("posts", "influenced")}, {("influenced", "clicks")})
    assert "influenced" not in incentives(cut(RECOMMENDER, found.edges)).instrumental_control
    dear = without_instrumental_control(RECOMMENDER, "influenced", costs={("posts", "influenced"): 5})
    assert dear.edges == {("influenced", "clicks")}


def test_an_incentive_that_is_not_there_costs_nothing() -> None:
    assert without_instrumental_control(RECOMMENDER, "opinions").edges == frozenset()
    assert without_response(RECOMMENDER, "influenced").cost == 0


@pytest.mark.parametrize(
    ("node", "costs"),
    [
        ("influenced", {("posts", "clicks"): 1.5}),
        ("nobody", {}),
        ("posts", {}),
        ("influenced", {("clicks", "posts"): 1}),
        ("influenced", {("posts", "clicks"): 0}),
    ],
)
def test_unknown_nodes_edges_and_costs_are_refused(node: str, costs: dict[tuple[str, str], int]) -> None:
    for redesign in (without_instrumental_control, without_response):
        with pytest.raises(ModelError):
            redesign(RECOMMENDER, node, costs=costs)


def test_edges_too_dear_to_be_counted_are_refused_not_left_uncut() -> None:
    ways = [pair for i in range(2_100) for pair in (("d", f"a{i}"), (f"a{i}", "x"), ("x", f"b{i}"), (f"b{i}", "u"))]
    wide = diagram(ways, decision="d", utilities=["u"])
    assert without_instrumental_control(wide, "x", costs=dict.fromkeys(ways[:400:4], 2**20)).cost == 2_100
    with pytest.raises(StateBudgetError):
        without_instrumental_control(wide, "x", costs=dict.fromkeys(ways, 2**20))


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    names = [f"x{number}" for number in range(draw(st.integers(3, 6)))]
    pairs = [(names[i], names[j]) for i in range(len(names)) for j in range(i + 1, len(names))]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=2, max_size=8, unique=True))
    ends = [name for name in names if any(edge[1] == name for edge in chosen)]
    leaves = [name for name in ends if not any(edge[0] == name for edge in chosen)]
    inner = sorted({edge[0] for edge in chosen})
    return diagram(chosen, decision=draw(st.sampled_from(inner)), utilities=[draw(st.sampled_from(leaves))])


@settings(max_examples=examples(60), deadline=None)
@given(diagrams())
def test_no_smaller_set_of_edges_takes_control_away(graph: Diagram) -> None:
    edges = [(name, child) for name, line in graph.children.items() for child in line]
    for node in graph.children:
        if node == graph.decision:
            continue
        found = without_instrumental_control(graph, node)
        assert node not in incentives(cut(graph, found.edges)).instrumental_control
        for fewer in combinations(edges, max(found.cost - 1, 0)):
            assert found.cost == 0 or node in incentives(cut(graph, fewer)).instrumental_control


@settings(max_examples=examples(60), deadline=None)
@given(diagrams())
def test_cutting_ends_the_reason_to_respond(graph: Diagram) -> None:
    before = incentives(graph)
    for node in graph.children:
        if node == graph.decision:
            continue
        found = without_response(graph, node)
        assert (found.cost > 0) == (node in before.response)
        assert node not in incentives(cut(graph, found.edges)).response
