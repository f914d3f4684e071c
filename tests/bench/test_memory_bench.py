"""The models whose memory is measured: of the size and shape that is said."""

import json

import numpy as np
import pytest
from bench.memory import MODELS, RESULTS, measure, table

from remit.theory.solvers.batches import compile_batch


@pytest.mark.parametrize(("name", "loops"), [("upwards, tries fail", False), ("both ways, sure", True)])
def test_models_are_of_their_size_and_shape(name: str, *, loops: bool) -> None:
    mdp = MODELS[name](3000)
    assert mdp.states_count == 3000
    assert np.add.reduceat(mdp.probabilities, mdp.successor_ptr[:-1]) == pytest.approx(1.0)
    assert compile_batch(mdp, 0.5).looping == (3000 if loops else 0)


@pytest.mark.slow
def test_what_is_measured_is_proved_and_adds_up() -> None:
    found = measure("both ways, tries fail", 2000)
    assert 0.0 <= found["bound"] < 1e-3
    assert 0.0 < found["alone"] <= found["peak"]


def test_ten_million_states_fit_into_what_was_promised() -> None:
    document = json.loads(RESULTS.read_text(encoding="utf-8"))
    for row in document["models"]:
        assert row["states"] == 10_000_000
        assert row["peak"] - row["alone"] - row["compiled"] < 2 * 1.5e9 / 2**20
    assert len(table(document)) == 4 + len(MODELS)
