import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assurance.cases import TODAY, assessed, random_case

from remit.assurance.views.tree import lay_out
from remit.assurance.weighing.assessment import Assessment, Freshness, Health, Node, NodeKind


def graph(
    below: Mapping[str, tuple[str, ...]], roots: tuple[str, ...], doubts: Mapping[str, tuple[str, ...]]
) -> Assessment:
    """An assessment that is nothing but nodes and links."""
    nodes = {
        name: Node(
            id=name,
            kind=NodeKind.CLAIM,
            health=Health.SUPPORTED,
            freshness=Freshness.FRESH,
            below=below[name],
            doubts=doubts.get(name, ()),
        )
        for name in below
    }
    return Assessment(case=random_case(1, claims=1), as_of=TODAY, nodes=nodes, roots=roots, findings=())


def test_a_tree_is_read_from_the_top_left() -> None:
    plan = lay_out(graph({"a": ("b", "c"), "b": (), "c": ("d", "e"), "d": (), "e": ()}, ("a",), {}))
    assert {name: (place.column, place.row) for name, place in plan.places.items()} == {
        "a": (0, 0), "b": (1, 0), "c": (1, 1), "d": (2, 1), "e": (2, 2),
    }  # fmt: skip
    assert (plan.columns, plan.rows) == (3, 3)


def test_roots_stand_below_each_other_in_the_order_of_the_case() -> None:
    plan = lay_out(graph({"b": (), "a": (), "c": ("d",), "d": ()}, ("c", "a", "b"), {}))
    assert [name for name in plan.places if name != "d"] == ["c", "a", "b"]


def test_what_two_nodes_rest_on_is_drawn_once_to_the_right_of_both() -> None:
    plan = lay_out(graph({"a": ("b", "d"), "b": ("d",), "d": ()}, ("a",), {}))
    assert plan.places["d"].column == 2
    assert {(link.start, link.end, link.again) for link in plan.links} == {
        ("a", "b", False), ("b", "d", False), ("a", "d", True),
    }  # fmt: skip


def test_a_doubt_comes_first_and_its_line_says_so() -> None:
    plan = lay_out(graph({"a": ("b",), "b": (), "x": ()}, ("a",), {"a": ("x",)}))
    assert plan.places["x"].row < plan.places["b"].row
    assert [link.end for link in plan.links if link.doubt] == ["x"]


@pytest.mark.parametrize(
    "below",
    [
        {"a": ("a",)},
        {"a": ("b",), "b": ("a",)},
        {"a": ("b",), "b": ("c",), "c": ("b", "gone")},
        {"a": ("gone", "gone")},
    ],
)
def test_circles_and_dangling_references_are_left_out_and_every_node_is_drawn(
    below: dict[str, tuple[str, ...]],
) -> None:
    plan = lay_out(graph(below, (), {}))
    assert set(plan.places) == set(below)
    assert all(plan.places[link.start].column < plan.places[link.end].column for link in plan.links)


def test_an_empty_case_has_an_empty_plan() -> None:
    plan = lay_out(graph({}, ("gone",), {}))
    assert (dict(plan.places), plan.links, plan.columns) == ({}, (), 0)


@given(st.integers(0, 10_000), st.integers(1, 40), st.floats(0, 1))
def test_every_node_has_a_place_of_its_own_left_of_what_it_rests_on(seed: int, claims: int, sharing: float) -> None:
    assessment = assessed(random_case(seed, claims=claims, sharing=sharing), seed)
    plan = lay_out(assessment)
    assert set(plan.places) == set(assessment.nodes)
    assert len({(place.column, place.row) for place in plan.places.values()}) == len(plan.places)
    assert all(plan.places[link.start].column < plan.places[link.end].column for link in plan.links)
    assert all(0 <= place.row < plan.rows and 0 <= place.column < plan.columns for place in plan.places.values())


@given(st.integers(0, 10_000))
def test_any_links_at_all_are_laid_out(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"n{number}" for number in range(rng.randint(1, 12))]
    below = {name: tuple(rng.choices([*names, "gone"], k=rng.randint(0, 4))) for name in names}
    plan = lay_out(graph(below, tuple(rng.sample(names, 1)), {}))
    assert set(plan.places) == set(names)
    assert len({(place.column, place.row) for place in plan.places.values()}) == len(names)


def test_a_chain_of_ten_thousand_claims_is_laid_out() -> None:
    names = [f"n{number}" for number in range(10_000)]
    below = {name: (following,) for name, following in zip(names, [*names[1:], "gone"], strict=True)}
    plan = lay_out(graph(below, ("n0",), {}))
    assert (plan.columns, plan.rows) == (10_000, 1)


def test_the_same_case_gives_the_same_plan() -> None:
    assessment = assessed(random_case(5, claims=30))
    shuffled = replace(assessment, nodes=dict(assessment.nodes))
    assert lay_out(assessment) == lay_out(shuffled)
