"""Models as other libraries hold them."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

from remit import theory
from remit.errors import InvalidMDPError
from remit.theory.formats.libraries import from_arrays, from_gymnasium, from_networkx


def test_arrays_give_the_model_and_a_row_of_zeros_is_no_action() -> None:
    table = np.array([[[0, 1 / 3, 2 / 3], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, 0], [0, 0, 0]]])
    found = from_arrays(table, actions=["go", "stay"])
    assert found.actions_at(0) == ("go", "stay")
    assert found.actions_at(1) == ("go",)
    assert found.choice_of(0, "go").lottery == ((1, Fraction(1, 3)), (2, Fraction(2, 3)))
    sparse = from_arrays([sp.csr_matrix(matrix) for matrix in table], actions=["go", "stay"])
    assert sparse == found


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([], "one square matrix"),
        (np.ones((1, 2, 3)), "one square matrix"),
        ([[[0.5, 0.4], [0, 1]]], "s0, a0"),
        ([[[2.0, -1.0], [0, 1]]], "s0, a0"),
        ([[[float("nan"), 1.0], [0, 1]]], "s0, a0"),
        ([[["x", "y"], ["z", "w"]]], "not made of numbers"),
        ([[0.0, 1.0]], "two dimensions"),
    ],
)
def test_arrays_that_are_no_model_are_refused(table: object, words: str) -> None:
    with pytest.raises(InvalidMDPError, match=words):
        from_arrays(table)


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidMDPError, match="do not fit"):
        from_arrays([np.eye(2)], states=["only"])


def test_two_actions_of_one_name_are_refused() -> None:
    table = np.array([[[0, 1.0], [0, 1]], [[1.0, 0], [0, 1]]])
    assert theory.power(from_arrays(table), discount=0.5).power["s0"].fraction == Fraction(2, 3)
    with pytest.raises(InvalidMDPError, match="`a` is the name of two actions"):
        from_arrays(table, actions=["a", "a"])


def test_a_state_without_an_action_is_refused() -> None:
    with pytest.raises(InvalidMDPError, match="s1"):
        from_arrays([[[0.0, 1.0], [0.0, 0.0]]])


def test_a_graph_of_networkx_is_the_model_of_its_edges() -> None:
    plain = nx.DiGraph([("start", "work"), ("start", "off"), ("work", "work"), ("off", "off")])
    assert from_networkx(plain).actions_at(0) == ("go_work", "go_off")
    graph = nx.MultiDiGraph()
    graph.add_edge("s", "a", action="bet", probability="1/3")
    graph.add_edge("s", "b", action="bet", probability="2/3")
    graph.add_edge("a", "a")
    graph.add_edge("b", "b")
    found = from_networkx(graph)
    assert found.choice_of(0, "bet").lottery == ((1, Fraction(1, 3)), (2, Fraction(2, 3)))
    assert theory.power(found, discount=0.5).power["s"].fraction == Fraction(1, 2)


def test_a_weight_is_never_taken_for_a_free_choice() -> None:
    chain = nx.DiGraph([("a", "a"), ("b", "b")])
    chain.add_weighted_edges_from([("s", "a", 0.5), ("s", "b", 0.5)])
    with pytest.raises(InvalidMDPError, match="at `s to a` has a weight, which may be a chance or a length"):
        from_networkx(chain)
    nx.set_edge_attributes(chain, {("s", "a"): "bet", ("s", "b"): "bet"}, "action")
    nx.set_edge_attributes(chain, {("s", "a"): 0.5, ("s", "b"): 0.5}, "probability")
    assert from_networkx(chain).actions_at(2) == ("bet",)
    for kind in (np.int64, float, str):
        nx.set_edge_attributes(plain := nx.DiGraph([("s", "a"), ("s", "s"), ("a", "a")]), kind(1), "weight")
        assert from_networkx(plain).actions_at(0) == ("go_a", "go_s")


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, Fraction, str])
def test_chances_are_what_a_program_holds_them_as(kind: type) -> None:
    graph = nx.DiGraph()
    for target in "abc":
        graph.add_edge("s", target, action="bet", probability=kind("1/4") if kind in (str, Fraction) else kind(0.25))
        graph.add_edge(target, target, probability=np.int64(1))
    graph.add_edge("s", "s", action="bet", probability=kind("1/4") if kind in (str, Fraction) else kind(0.25))
    found = from_networkx(graph)
    assert found.choice_of(0, "bet").lottery == tuple((state, Fraction(1, 4)) for state in range(4))


@pytest.mark.parametrize("chance", [float("nan"), float("inf"), -1.0, 1.5, "2", None, [1]])
def test_what_is_no_chance_is_refused_with_its_place(chance: object) -> None:
    graph = nx.DiGraph()
    graph.add_edge("s", "s", probability=chance)
    with pytest.raises(InvalidMDPError, match="at `s to s` is not a probability"):
        from_networkx(graph)
    with pytest.raises(InvalidMDPError, match="at `0, 0` is not a probability"):
        theory.from_toy_text({0: {0: [(chance, 0, 0.0, False), (0.5, 0, 0.0, False)]}})


def test_two_nodes_of_one_name_are_refused() -> None:
    graph = nx.DiGraph([(1, 1), ("1", "1")])
    with pytest.raises(InvalidMDPError, match="same name"):
        from_networkx(graph)


def test_a_world_of_gymnasium_is_read_by_its_name() -> None:
    found = from_gymnasium("FrozenLake-v1", map_name="4x4", is_slippery=False)
    assert len(found.states) >= 16
    with pytest.raises(InvalidMDPError, match="no world"):
        from_gymnasium("NoSuchWorld-v1")
    with pytest.raises(InvalidMDPError, match="No module named 'no_such_module'"):
        from_gymnasium("no_such_module:World-v0")
    with pytest.raises(InvalidMDPError, match="no table"):
        from_gymnasium("CartPole-v1")
    for wrong in ({"zzz": 1}, {"map_name": "9x9"}):
        with pytest.raises(InvalidMDPError, match=f"cannot be made with {next(iter(wrong))}"):
            from_gymnasium("FrozenLake-v1", **wrong)
