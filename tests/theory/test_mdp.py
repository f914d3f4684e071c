from typing import Any

import numpy as np
import pytest

from remit.errors import InvalidMDPError
from remit.theory.mdp import MDP, successors_of

GOOD: dict[str, Any] = {
    "row_ptr": np.array([0, 2, 3]),
    "successor_ptr": np.array([0, 1, 3, 4]),
    "successors": np.array([0, 0, 1, 1]),
    "probabilities": np.array([1.0, 0.25, 0.75, 1.0]),
    "row_actions": np.array([0, 1, 0]),
    "states": ("on", "off"),
    "actions": ("stay", "go"),
}


def test_a_good_model_is_accepted_and_counts_itself() -> None:
    model = MDP.checked(**GOOD)
    assert (model.states_count, model.rows_count, model.transitions_count) == (2, 3, 4)
    assert model.row_states.tolist() == [0, 0, 1]
    assert model.row_name(1) == "on/go"
    assert successors_of(model, 1) == [(0, 0.25), (1, 0.75)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"probabilities": np.array([1.0, 0.25, 0.7, 1.0])}, "`on/go` sums to `0.95`"),
        ({"probabilities": np.array([1.0, -0.25, 1.25, 1.0])}, "`on/go` has an impossible probability"),
        ({"probabilities": np.array([1.0, np.nan, 0.75, 1.0])}, "`on/go` has an impossible probability"),
        ({"successors": np.array([0, 0, 2, 1])}, "`on/go` leads to a state that does not exist"),
        ({"row_ptr": np.array([0, 3, 3])}, "state `off` has no row"),
        ({"successor_ptr": np.array([0, 1, 1, 4])}, "row `on/go` has no successor"),
        ({"successor_ptr": np.array([0, 3, 1, 4])}, "successor pointers"),
        ({"row_ptr": np.array([0])}, "at least one state"),
        ({"row_actions": np.array([0, 1])}, "equal lengths"),
        ({"row_actions": np.array([0, 2, 0])}, "only `2` actions are named"),
        ({"states": ("on",)}, "`1` state names for `2` states"),
        ({"start": 2}, "the start `2`"),
        ({"successors": np.array([0, 0, 2**32 + 1, 1])}, "`4294967297` among the successors"),
        ({"successors": np.array([0.0, 0.0, 0.5, 1.0])}, "`0.5` among the successors"),
        ({"row_actions": np.array([0, 2**33, 0])}, "among the actions of the rows"),
        ({"row_ptr": np.array([0.0, np.nan, 3.0])}, "`nan` among the row pointers"),
    ],
)
def test_a_fault_is_named_with_its_place(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidMDPError) as caught:
        MDP.checked(**{**GOOD, **change})
    assert words in str(caught.value)


def test_edges_may_come_in_any_order() -> None:
    model = MDP.from_edges([(1, 0, [(1, 1.0)]), (0, 1, [(1, 1.0)]), (0, 0, [(0, 1.0)])], states_count=2)
    assert model.row_ptr.tolist() == [0, 2, 3]
    assert model.row_actions.tolist() == [1, 0, 0]
    with pytest.raises(InvalidMDPError, match="belongs to state `5`"):
        MDP.from_edges([(5, 0, [(0, 1.0)])], states_count=2)
