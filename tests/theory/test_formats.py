import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import InvalidMDPError
from remit.theory.formats import from_json, to_json

GOOD = {
    "states": ["s0", "s1"],
    "transitions": {"s0": {"stay": {"s0": 1}, "go": {"s0": "1/3", "s1": "2/3"}}, "s1": {"stay": {"s1": "1"}}},
    "rewards": {"s0": 0.25, "s1": "1/2"},
}


def test_a_model_is_read_with_its_names_fractions_and_rewards() -> None:
    model = from_json(json.dumps(GOOD))
    assert model.mdp.states == ("s0", "s1")
    assert model.mdp.actions == ("stay", "go")
    assert model.mdp.probabilities.tolist() == [1.0, 1 / 3, 2 / 3, 1.0]
    assert model.state_rewards().tolist() == [0.25, 0.5]


def test_rewards_in_words_are_kept_but_are_not_numbers() -> None:
    model = from_json(json.dumps({**GOOD, "rewards": "iid U[0,1]"}))
    assert model.rewards == "iid U[0,1]"
    with pytest.raises(InvalidMDPError):
        model.state_rewards()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "needs `states`"),
        (json.dumps({**GOOD, "states": []}), "needs `states`"),
        (json.dumps({**GOOD, "states": ["s0", "s1", "s0"]}), "state `s0` is listed twice"),
        (json.dumps({"states": ["s0"]}), "needs `transitions`"),
        (json.dumps({**GOOD, "transitions": {"s0": {"a": {"s0": 1}}}}), "state `s1` has no action"),
        (json.dumps({**GOOD, "transitions": {"s9": {}}}), "`s9`, which is not in `states`"),
        (json.dumps({**GOOD, "transitions": {"s0": {"a": {}}}}), "row `s0/a` has no successor"),
        (json.dumps({**GOOD, "transitions": {"s0": {"a": {"s7": 1}}}}), "leads to `s7`"),
        (json.dumps({**GOOD, "transitions": {"s0": {"a": {"s0": "1/0"}}}}), "`1/0` at `s0/a` is not a number"),
        (json.dumps({**GOOD, "transitions": {"s0": {"a": {"s0": "1e999999999"}}}}), "is not a number"),
        (json.dumps({**GOOD, "transitions": {"s0": {"a": {"s0": True}}}}), "`True` at `s0/a` is not a number"),
        (json.dumps({**GOOD, "rewards": {"s5": 1}}), "`rewards` has `s5`"),
        (json.dumps({**GOOD, "rewards": 3}), "`rewards` is either"),
    ],
)
def test_a_broken_model_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(InvalidMDPError) as caught:
        from_json(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.integers(0, 10_000))
def test_a_model_survives_being_written_and_read(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = [f"state {i}" for i in range(int(random.integers(1, 6)))]
    rows = {
        name: {
            f"a{k}": dict(zip(names, random.dirichlet(np.ones(len(names))).tolist(), strict=True))
            for k in range(int(random.integers(1, 4)))
        }
        for name in names
    }
    first = from_json(json.dumps({"states": names, "transitions": rows})).mdp
    second = from_json(to_json(first)).mdp
    assert second.states == first.states
    assert np.array_equal(second.probabilities, first.probabilities)
    assert np.array_equal(second.successors, first.successors)
    assert np.array_equal(second.row_ptr, first.row_ptr)
