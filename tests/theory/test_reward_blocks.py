"""Rewards that lie block by block, as they are worked on, against the same rewards state by state."""

import numpy as np
import pytest
from tests.theory.test_batches import drawn, small

from remit.errors import InvalidMDPError
from remit.theory.solvers.batches import compile_batch, solve, total


@pytest.mark.parametrize("width", [16, 32, 64])
@pytest.mark.parametrize("loops", [False, True])
def test_rewards_that_lie_block_by_block_are_solved_to_the_same_bits(width: int, *, loops: bool) -> None:
    batch = compile_batch(drawn(4, states=40, loops=loops), 0.9)
    rewards = np.random.default_rng(2).random((40, 3 * width))
    lying = np.stack(np.split(rewards, 3, axis=1))
    rows, blocks = solve(batch, rewards, width=width), solve(batch, lying)
    assert np.array_equal(rows.values, blocks.values)
    assert rows.bound == blocks.bound
    sums, others = total(batch, rewards, width=width), total(batch, lying)
    assert np.array_equal(sums.sums, others.sums)
    assert sums.bound == others.bound


@pytest.mark.parametrize(
    "rewards", [np.zeros((1, 40, 48)), np.zeros((1, 41, 64)), np.zeros((0, 40, 64)), np.full((2, 40, 64), np.nan)]
)
def test_blocks_of_another_shape_or_without_numbers_are_refused(rewards: np.ndarray) -> None:
    with pytest.raises(InvalidMDPError):
        solve(small(), rewards)
    with pytest.raises(InvalidMDPError):
        total(small(), rewards)
    with pytest.raises(InvalidMDPError, match="shape"):
        total(small(), np.zeros((1, 40, 64)), width=32)
