import numpy as np
import pytest

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.arrays import Floats
from remit.theory.mdp import MDP
from remit.theory.solvers.reference import best_values
from remit.theory.solvers.values import Solver


def ring(states: int) -> MDP:
    """Walk round in either direction, or stay, with a slip: one large component that no elimination takes apart."""
    edges = []
    for s in range(states):
        edges.append((s, 0, [((s + 1) % states, 0.8), (s, 0.2)]))
        edges.append((s, 1, [((s - 1) % states, 0.7), ((s + 1) % states, 0.3)]))
    return MDP.from_edges(edges, states_count=states)


def chain() -> MDP:
    """Start; then either end at once, or pass a gate to a better end."""
    return MDP.from_edges(
        [(0, 0, [(1, 1.0)]), (0, 1, [(2, 1.0)]), (1, 0, [(1, 1.0)]), (2, 0, [(3, 0.5), (0, 0.5)]), (3, 0, [(3, 1.0)])],
        states_count=4,
        states=("start", "end", "gate", "prize"),
    )


def draw(states: int, lanes: int) -> Floats:
    return np.random.default_rng(5).random((states, lanes))


def test_the_values_of_a_hand_sized_model_are_the_ones_worked_out_by_hand() -> None:
    solver = Solver(chain(), reward_class=np.array([0, 1, 0, 2]), discount=0.5)
    rewards = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 8.0]])
    assert solver.start_values(rewards).tolist() == pytest.approx([0.5, 8.0 / 7.0], abs=1e-12)
    values = solver.state_values(rewards, at=np.array([3, 1]))
    assert values.tolist() == [[1.0, 8.0], [1.0, 1.0]]


def test_a_discount_of_nothing_leaves_the_reward_itself() -> None:
    mdp, rewards = ring(5), draw(5, 3)
    assert np.array_equal(Solver(mdp, reward_class=np.arange(5), discount=0.0).state_values(rewards), rewards)


@pytest.mark.parametrize("states", [2, 20, 33, 100, 150])
@pytest.mark.parametrize("discount", [0.9, 0.995])
def test_loops_of_every_size_are_solved_and_certified(states: int, discount: float) -> None:
    mdp, rewards = ring(states), draw(states, 17)
    solver = Solver(mdp, reward_class=np.arange(states), discount=discount)
    values = solver.state_values(rewards)
    assert np.abs(values - best_values(mdp, rewards, discount, None, 1e-9)).max() < 2e-9
    assert solver.residual_bound(values, rewards) <= 1.1e-9


def test_the_certificate_sees_an_error_where_it_counts() -> None:
    mdp, rewards = ring(10), draw(10, 2)
    solver = Solver(mdp, reward_class=np.arange(10), discount=0.9)
    values = solver.state_values(rewards)
    values[7, 1] += 1e-3
    assert solver.residual_bound(values, rewards) >= 1e-3
    aside = Solver(chain(), reward_class=np.arange(4), discount=0.9)
    wrong = aside.state_values(draw(4, 1))
    wrong[2] += 1.0
    assert aside.residual_bound(wrong, draw(4, 1), at=np.array([1])) < 1e-12


def test_the_number_of_threads_and_of_rewards_changes_no_bit() -> None:
    mdp, rewards = ring(40), draw(40, 100)
    one = Solver(mdp, reward_class=np.arange(40), discount=0.97, threads=1).start_values(rewards)
    two = Solver(mdp, reward_class=np.arange(40), discount=0.97, threads=2).start_values(rewards)
    assert np.array_equal(one, two)
    first = Solver(mdp, reward_class=np.arange(40), discount=0.97).start_values(rewards[:, :32])
    assert np.array_equal(one[:32], first)


def test_masks_that_take_nothing_reachable_give_the_same_bits() -> None:
    mdp = chain()
    solver = Solver(mdp, reward_class=np.arange(4), discount=0.9)
    no_gate = np.array([True, False, True, True, True])
    nothing_behind = no_gate & np.array([True, True, True, False, True])
    lines = solver.many(draw(4, 50), [None, no_gate, nothing_behind, np.ones(5, np.bool_)])
    assert np.array_equal(lines[0], lines[3])
    assert np.array_equal(lines[1], lines[2])
    assert (lines[1] <= lines[0]).all()
    assert (lines[1] < lines[0]).any()


def test_a_state_that_matters_must_have_an_allowed_row() -> None:
    solver = Solver(chain(), reward_class=np.arange(4), discount=0.9)
    no_way_on = np.array([True, True, True, False, True])
    with pytest.raises(InvalidMDPError, match="state `gate` has no allowed row"):
        solver.start_values(draw(4, 1), no_way_on)
    around = np.array([True, False, True, False, True])
    assert solver.start_values(draw(4, 1), around).shape == (1,)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidMDPError, match="discount"):
        Solver(chain(), reward_class=np.arange(4), discount=1.0)
    with pytest.raises(InvalidMDPError, match="`3` reward classes for `4` states"):
        Solver(chain(), reward_class=np.arange(3), discount=0.5)
    with pytest.raises(InvalidMDPError, match="for `4` classes"):
        Solver(chain(), reward_class=np.arange(4), discount=0.5).start_values(draw(3, 2))
    with pytest.raises(InvalidMDPError, match="not a finite number"):
        Solver(chain(), reward_class=np.arange(4), discount=0.5).start_values(np.full((4, 1), np.nan))


def test_an_unreachable_tolerance_is_said_not_to_be_reached() -> None:
    solver = Solver(ring(150), reward_class=np.arange(150), discount=0.99)
    with pytest.raises(NotConvergedError) as caught:
        solver.start_values(draw(150, 1) + 0.1, tolerance=-1.0)
    assert caught.value.hint


def test_ties_go_to_the_lowest_preference_and_then_to_the_first() -> None:
    mdp = MDP.from_edges([(0, 0, [(0, 1.0)]), (0, 1, [(0, 1.0)]), (0, 2, [(0, 1.0)])], states_count=1)
    solver = Solver(mdp, reward_class=np.array([0]), discount=0.5)
    level = np.array([1.0, 1.0 + 1e-10, 1.0 - 1e-3])
    assert solver.greedy_rows(level, np.array([2, 1, 0])).tolist() == [False, True, False]
    assert solver.greedy_rows(level, np.array([1, 1, 0])).tolist() == [True, False, False]
    assert solver.greedy_rows(level, np.zeros(3, np.int64), np.array([False, False, True])).tolist() == [
        False,
        False,
        True,
    ]


def test_policies_of_many_rewards_are_the_greedy_rows_of_each() -> None:
    mdp, rewards = ring(30), draw(30, 70)
    solver = Solver(mdp, reward_class=np.arange(30), discount=0.9)
    order = np.arange(mdp.rows_count, dtype=np.int64)
    policies = solver.policies(rewards, order)
    for k in (0, 63, 64, 69):
        values = solver.state_values(rewards[:, [k]])
        mask = solver.greedy_rows(solver.row_values(values, rewards[:, [k]])[:, 0], order)
        assert np.flatnonzero(mask).tolist() == policies[k].tolist()
        assert solver.evaluate(mask, rewards[:, [k]]) == pytest.approx(values, abs=1e-8)


def test_most_of_a_world_of_facts_is_solved_in_one_pass() -> None:
    solver = Solver(chain(), reward_class=np.arange(4), discount=0.9)
    assert solver.program().looping_steps == 0
    assert Solver(ring(40), reward_class=np.arange(40), discount=0.9).program().looping_steps == 40
