"""Models with more positions than the second cache holds: what is worked on soon is asked for ahead, in kernels only."""

import numpy as np
import pytest
from tests.theory.test_batches import oracle

from remit.theory.kernels.blocks import NEAR
from remit.theory.mdp import MDP, Edge
from remit.theory.solvers.batches import compile_batch, solve, total


@pytest.mark.parametrize("width", [16, 64])
@pytest.mark.parametrize("loops", [False, True])
def test_large_models_are_solved_within_the_proved_bound(*, loops: bool, width: int) -> None:
    states = NEAR + 100
    edges: list[Edge] = [
        (s, a, [((s + d) % states if loops else min(s + d, states - 1), 0.75), (s, 0.25)])
        for s in range(states)
        for a, d in ((0, 1), (1, 0), (2, 70), (3, 3000))
    ]
    mdp = MDP.from_edges(edges, states_count=states)
    rewards = np.random.default_rng(8).normal(size=(states, width + 1)).astype(np.float32)
    batch = compile_batch(mdp, 0.6)
    found, sums = solve(batch, rewards, width=width), total(batch, rewards, width=width)
    assert (batch.looping > 0) == loops
    assert found.bound is not None
    assert found.bound < 1e-5
    assert np.abs(found.values - oracle(mdp, rewards, 0.6)).max() <= found.bound
    assert sums.sums[:, 0] == pytest.approx(found.values.astype(np.float64).sum(axis=1), abs=1e-5 * width)
