"""Loops in which every step is sure and nobody can stay, at discounts that sweeps alone would take for ever at."""

import numpy as np
import pytest
from tests.theory.test_batches import oracle

from remit.errors import NotConvergedError
from remit.theory.mdp import MDP, Edge
from remit.theory.solvers.batches import Batch, compile_batch, solve

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def board(side: int) -> MDP:
    """A board on which one steps to a neighbour; who steps off its edge stays."""
    edges: list[Edge] = []
    for state in range(side * side):
        row, column = divmod(state, side)
        for action, (down, right) in enumerate(MOVES):
            inside = 0 <= row + down < side and 0 <= column + right < side
            edges.append((state, action, [(state + side * down + right if inside else state, 1.0)]))
    return MDP.from_edges(edges, states_count=side * side)


def leaving(states: int) -> MDP:
    """A ring that can be left for good for one of two ends."""
    edges: list[Edge] = [(0, 0, [(0, 1.0)]), (1, 0, [(1, 1.0)])]
    for state in range(states):
        edges += [(state + 2, action, [((state + d) % states + 2, 1.0)]) for action, d in ((0, 1), (1, 7))]
        if state % 50 == 0:
            edges.append((state + 2, 2, [(state // 50 % 2, 1.0)]))
    return MDP.from_edges(edges, states_count=states + 2)


def chances(seed: int, states: int) -> MDP:
    """Four sure steps from each state to any others."""
    random = np.random.default_rng(seed)
    targets = [random.choice(states, 4, replace=False).tolist() for _ in range(states)]
    edges: list[Edge] = [(s, a, [(t, 1.0)]) for s in range(states) for a, t in enumerate(targets[s])]
    return MDP.from_edges(edges, states_count=states)


def test_where_one_can_go_to_and_fro_a_loop_settles_in_few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    rewards = np.random.default_rng(1).random((900, 64))
    monkeypatch.setattr(Batch, "turns", 11)  # before the first jump
    found = solve(compile_batch(board(30), 0.99), rewards)
    assert found.bound is not None
    assert found.bound < 1e-5
    monkeypatch.setattr(Batch, "turns", 2)
    with pytest.raises(NotConvergedError):
        solve(compile_batch(board(30), 0.99), rewards)


@pytest.mark.parametrize("discount", [0.9, 0.999, 0.9999])
@pytest.mark.parametrize("mdp", [board(20), leaving(300), chances(1, 300)], ids=["board", "leaving", "chances"])
def test_sure_loops_settle_near_one_and_their_values_are_proved(mdp: MDP, discount: float) -> None:
    rewards = np.random.default_rng(3).random((mdp.states_count, 20))
    found = solve(compile_batch(mdp, discount), rewards)
    assert found.bound is not None
    assert found.bound < 1e-6 / (1.0 - discount)
    assert np.abs(found.values - oracle(mdp, rewards, discount)).max() <= found.bound


def test_what_was_left_on_a_desk_changes_no_value() -> None:
    mdp = leaving(700)
    rewards = np.random.default_rng(1).random((702, 64))
    rewards[:2] = np.linspace(0.4, 1.0, 64)
    batch = compile_batch(mdp, 0.999)
    clean = solve(batch, rewards)
    desk = batch.desks.take(64)
    desk.lane.values[:] = -5.0
    batch.desks.put(desk)
    assert np.array_equal(clean.values, solve(batch, rewards).values)
