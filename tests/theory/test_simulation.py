import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory.mdp import MDP
from remit.theory.solvers.simulation import Simulation, Watch, simulate
from remit.theory.solvers.values import Solver


def machine() -> MDP:
    """Work (which may break it) or rest; a broken machine is mended with a chance."""
    return MDP.from_edges(
        [(0, 0, [(0, 1.0)]), (0, 1, [(1, 0.7), (2, 0.3)]), (1, 0, [(0, 1.0)]), (2, 2, [(0, 0.4), (2, 0.6)])],
        states_count=3,
        actions=("rest", "work", "mend"),
    )


def walked(threads: int = 2, seed: int = 3) -> Simulation:
    mdp, rewards = machine(), np.array([[0.0, 1.0], [1.0, 0.0], [-0.2, 0.0]])
    solver = Solver(mdp, reward_class=np.arange(3), discount=0.9)
    return simulate(
        mdp,
        reward_class=np.arange(3),
        rewards=rewards,
        policies=solver.policies(rewards, np.arange(4)),
        discount=0.9,
        episodes=4000,
        horizon=150,
        seed=seed,
        watch=Watch(
            flags=np.array([[False, True], [True, False], [False, False]]),
            states=np.array([True, False, True]),
            leaving=np.array([True, False, False]),
            entering=np.array([False, False, True]),
        ),
        threads=threads,
    )


def test_the_mean_return_is_the_value_of_the_policy() -> None:
    rewards = np.array([[0.0, 1.0], [1.0, 0.0], [-0.2, 0.0]])
    values = Solver(machine(), reward_class=np.arange(3), discount=0.9).start_values(rewards)
    result = walked()
    assert (np.abs(result.returns - values) <= 4.5 * result.errors + 1.2 * result.truncation).all()
    assert result.errors[0] > 0.0
    assert result.errors[1] == pytest.approx(0.0, abs=1e-15)


def test_what_is_done_and_where_it_leads_is_counted() -> None:
    result = walked()
    assert result.flag_shares.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert result.entered[0] / result.left[0] == pytest.approx(0.3, abs=0.01)
    assert result.left[1] == 4000 * 150
    assert result.entered[1] == 0


def test_a_simulation_depends_on_its_seed_and_not_on_its_threads() -> None:
    assert np.array_equal(walked(threads=1).returns, walked(threads=3).returns)
    assert not np.array_equal(walked(seed=3).returns, walked(seed=4).returns)


def test_policies_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ModelError):
        simulate(
            machine(),
            reward_class=np.arange(3),
            rewards=np.zeros((3, 2)),
            policies=np.zeros((1, 3), np.int32),
            discount=0.9,
            episodes=10,
            horizon=10,
            seed=0,
        )
