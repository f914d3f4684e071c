import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory.arrays import Floats
from remit.theory.mdp import MDP
from remit.theory.solvers.simulation import Watch
from remit.theory.solvers.values import Solver
from remit.theory.training.learning import Training, learn, rollout

REWARDS = np.array([0.2, 0.0, 1.0, 0.5])


def fork() -> MDP:
    """Stay at a small reward, or cross a poor state to a rich one; the crossing may fall into a middling one."""
    return MDP.from_edges(
        [(0, 0, [(0, 1.0)]), (0, 1, [(1, 1.0)]), (1, 0, [(2, 0.8), (3, 0.2)]), (2, 0, [(2, 1.0)]), (3, 0, [(3, 1.0)])],
        states_count=4,
    )


def learned(steps: int, frozen: list[int] | None = None) -> Floats:
    marked = np.isin(np.arange(4), frozen or [])
    return learn(
        fork(),
        reward_class=np.arange(4),
        reward=REWARDS,
        discount=0.8,
        training=Training(steps=steps, horizon=20),
        seed=1,
        frozen=marked,
    )


def test_learning_comes_close_to_the_optimal_row_values() -> None:
    solver = Solver(fork(), reward_class=np.arange(4), discount=0.8)
    values = solver.state_values(REWARDS[:, None])
    expected = solver.row_values(values, REWARDS[:, None])[:, 0]
    assert learned(200_000) == pytest.approx(expected, abs=0.05)


def test_a_frozen_state_is_worth_its_reward_for_good() -> None:
    table = learned(100_000, frozen=[1])
    assert table[1] == pytest.approx(0.2 * 0.2 + 0.8 * 0.0, abs=1e-6)


def test_learning_repeats_itself_from_the_same_seed() -> None:
    assert np.array_equal(learned(5000), learned(5000))


def test_a_learned_policy_is_walked_with_its_own_choices() -> None:
    result = rollout(
        fork(),
        row_values=learned(200_000),
        reward_class=np.arange(4),
        reward=REWARDS,
        discount=0.8,
        episodes=200,
        horizon=40,
        seed=2,
        watch=Watch(flags=np.array([[False], [True]])),
    )
    assert result.flag_shares.tolist() == [[1.0]]
    assert abs(result.returns[0] - 0.2 * 0.2 - 0.64 * 0.9) < 0.05


def test_an_agent_without_a_row_to_use_is_refused() -> None:
    with pytest.raises(ModelError):
        learn(
            fork(),
            reward_class=np.arange(4),
            reward=REWARDS,
            discount=0.8,
            training=Training(steps=10),
            seed=0,
            rows=np.array([True, True, False, True, True]),
        )
