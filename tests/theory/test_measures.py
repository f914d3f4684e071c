import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory.mdp import MDP
from remit.theory.measures import power
from remit.theory.solvers.values import Solver


def star(ends: int) -> MDP:
    """A start with one way to each of several absorbing ends."""
    edges = [(0, end, [(end + 1, 1.0)]) for end in range(ends)]
    edges += [(end + 1, 0, [(end + 1, 1.0)]) for end in range(ends)]
    return MDP.from_edges(edges, states_count=ends + 1)


@pytest.mark.parametrize("discount", [0.25, 0.9, 0.99])
def test_power_of_a_choice_among_ends_is_k_over_k_plus_one(discount: float) -> None:
    # Turner et al. 2021, section 5: the expected maximum of k uniform rewards, at every discount.
    solver = Solver(star(3), reward_class=np.arange(4), discount=discount)
    start, end = power(solver, np.array([0, 1]), samples=4000, seed=11, confidence=0.9999)
    assert start.low <= 0.75 <= start.high
    assert end.low <= 0.5 <= end.high
    assert start.high - start.low < 0.03
    assert (start.samples, start.seed, start.method) == (4000, 11, "interval")


def test_power_repeats_itself_and_needs_a_discount_above_nothing() -> None:
    solver = Solver(star(2), reward_class=np.arange(3), discount=0.5)
    assert power(solver, np.array([0]), samples=50, seed=1) == power(solver, np.array([0]), samples=50, seed=1)
    with pytest.raises(ModelError):
        power(Solver(star(2), reward_class=np.arange(3), discount=0.0), np.array([0]), samples=50, seed=1)


def test_power_is_over_reward_classes() -> None:
    tied = Solver(star(3), reward_class=np.array([0, 1, 1, 1]), discount=0.9)
    (start,) = power(tied, np.array([0]), samples=4000, seed=2, confidence=0.9999)
    assert start.low <= 0.5 <= start.high
