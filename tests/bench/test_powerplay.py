"""The adapter of another tool: what it is given is the model, and a folder that is no checkout is said to be none."""

from pathlib import Path

import numpy as np
import pytest
from bench.instances import instance
from bench.powerplay import dense_moves, powerplay


def test_the_dense_model_is_the_model() -> None:
    given = instance("G1")
    mdp, dense = given.mdp, dense_moves(given)
    assert np.allclose(dense.sum(axis=2), 1.0)
    values = np.linspace(0.0, 1.0, mdp.states_count)
    rows = [
        max(
            float(mdp.probabilities[a:b] @ values[mdp.successors[a:b]])
            for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1]))
            for a, b in [(int(mdp.successor_ptr[row]), int(mdp.successor_ptr[row + 1]))]
        )
        for state in range(mdp.states_count)
    ]
    assert np.allclose((dense @ values).max(axis=1), rows)


def test_a_folder_that_is_no_checkout_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no checkout of POWERplay: it has no `src/lib/utils/learn\.py`"):
        powerplay(tmp_path)


def test_a_checkout_that_cannot_be_imported_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "src" / "lib" / "utils"
    place.mkdir(parents=True)
    place.joinpath("learn.py").write_text("import a_library_nobody_has\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SystemExit, match="a_library_nobody_has"):
        powerplay(tmp_path)


def test_a_model_too_large_to_be_held_dense_is_refused() -> None:
    with pytest.raises(SystemExit, match="`10000` states are too many"):
        dense_moves(instance("G2"))
