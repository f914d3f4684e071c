"""The compiled solver and enumeration against their plain twins, on random worlds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.theory.arrays import Booleans
from remit.theory.mdp import MDP
from remit.theory.solvers.factored import Event, FactoredMDP, Operator, Outcome, explore
from remit.theory.solvers.reference import best_values, explore_plainly, reachable_plainly
from remit.theory.solvers.values import Solver

FACTS, MODES, ACTIONS = 5, 3, 4
facts = st.integers(0, 2**FACTS - 1)
modes = st.integers(0, 2**MODES - 1)
change_of_mode = st.one_of(st.just(-1), st.integers(0, MODES - 1))


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[Outcome, ...]:
    weights = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    return tuple(
        Outcome(probability=weight / sum(weights), add=draw(facts), delete=draw(facts), mode=draw(change_of_mode))
        for weight in weights
    )


@st.composite
def events(draw: st.DrawFn) -> tuple[Event, ...]:
    return tuple(
        Event(
            modes=draw(modes),
            require=draw(facts) & draw(facts),
            forbid=draw(facts) & draw(facts),
            probability=draw(st.sampled_from([0.0, 0.05, 0.3])),
            add=draw(facts),
            delete=draw(facts),
            mode=draw(change_of_mode),
        )
        for _ in range(draw(st.integers(0, 3)))
    )


@st.composite
def worlds(draw: st.DrawFn) -> FactoredMDP:
    idle = Operator(action=0, modes=2**MODES - 1, outcomes=(Outcome(probability=1.0),))
    others = [
        Operator(
            action=draw(st.integers(1, ACTIONS - 1)),
            modes=draw(modes),
            require=draw(facts) & draw(facts) & draw(facts),
            forbid=draw(facts) & draw(facts) & draw(facts),
            outcomes=draw(outcomes()),
        )
        for _ in range(draw(st.integers(1, 6)))
    ]
    return FactoredMDP(
        facts=tuple(f"f{i}" for i in range(FACTS)),
        modes=tuple(f"m{i}" for i in range(MODES)),
        actions=tuple(f"a{i}" for i in range(ACTIONS)),
        operators=(idle, *others),
        groups=tuple(draw(st.lists(events(), max_size=3))),
        start_facts=draw(facts),
        start_mode=draw(st.integers(0, MODES - 1)),
        always=1,
    )


def random_mdp(seed: int, states: int) -> MDP:
    random = np.random.default_rng(seed)
    edges = []
    for state in range(states):
        for action in range(int(random.integers(1, 4))):
            count = int(random.integers(1, 4))
            near = random.integers(max(0, state - 3), min(states, state + 4), count)
            chances = random.dirichlet(np.ones(count))
            edges.append((state, action, list(zip(near.tolist(), chances.tolist(), strict=True))))
    return MDP.from_edges(edges, states_count=states)


def some_rows(mdp: MDP, seed: int) -> Booleans:
    random = np.random.default_rng(seed)
    rows: Booleans = random.random(mdp.rows_count) < 0.6
    rows[mdp.row_ptr[:-1]] = True
    return rows


@given(worlds())
@settings(max_examples=examples(60))
def test_enumeration_agrees_with_the_plain_one(world: FactoredMDP) -> None:
    fast, plain = explore(world, state_budget=10_000), explore_plainly(world, state_budget=10_000)
    place = {int(code): number for number, code in enumerate(plain.codes)}
    assert sorted(place) == sorted(fast.codes.tolist())
    table = np.zeros((2, plain.mdp.states_count))
    for state, code in enumerate(fast.codes.tolist()):
        ours = range(int(fast.mdp.row_ptr[state]), int(fast.mdp.row_ptr[state + 1]))
        other = place[code]
        theirs = range(int(plain.mdp.row_ptr[other]), int(plain.mdp.row_ptr[other + 1]))
        assert len(ours) == len(theirs)
        for left, right in zip(ours, theirs, strict=True):
            assert fast.mdp.row_actions[left] == plain.mdp.row_actions[right]
            table[:] = 0.0
            span = slice(int(fast.mdp.successor_ptr[left]), int(fast.mdp.successor_ptr[left + 1]))
            table[0, [place[int(fast.codes[s])] for s in fast.mdp.successors[span]]] = fast.mdp.probabilities[span]
            span = slice(int(plain.mdp.successor_ptr[right]), int(plain.mdp.successor_ptr[right + 1]))
            table[1, plain.mdp.successors[span]] = plain.mdp.probabilities[span]
            assert np.abs(table[0] - table[1]).max() < 1e-12


@pytest.mark.requirement("WORLD-09")
@given(worlds(), st.integers(0, 99), st.sampled_from([0.0, 0.5, 0.9, 0.97]))
@settings(max_examples=examples(60))
def test_values_of_worlds_agree_with_value_iteration(world: FactoredMDP, seed: int, discount: float) -> None:
    mdp = explore(world, state_budget=10_000).mdp
    rewards = np.random.default_rng(seed).standard_normal((3, 5))
    classes = np.random.default_rng(seed).integers(0, 3, mdp.states_count)
    solver = Solver(mdp, reward_class=classes, discount=discount)
    expected = best_values(mdp, rewards[classes], discount, None, 1e-8)
    assert np.abs(solver.state_values(rewards) - expected).max() < 1e-7
    assert np.abs(solver.start_values(rewards) - expected[mdp.start]).max() < 1e-7
    assert solver.residual_bound(solver.state_values(rewards), rewards) < 1e-9


@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.3, 0.9, 0.99]))
@settings(max_examples=examples(60))
def test_values_under_a_mask_agree_with_value_iteration(seed: int, states: int, discount: float) -> None:
    mdp = random_mdp(seed, states)
    rows = some_rows(mdp, seed + 1)
    rewards = np.random.default_rng(seed + 2).standard_normal((states, 19))
    solver = Solver(mdp, reward_class=np.arange(states), discount=discount)
    values = solver.state_values(rewards, rows)
    assert np.abs(values - best_values(mdp, rewards, discount, rows, 1e-8)).max() < 1e-7
    assert solver.residual_bound(values, rewards, rows) < 1e-9


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=examples(40))
def test_taking_rows_away_never_helps_and_shifts_scale_through(seed: int, states: int) -> None:
    mdp = random_mdp(seed, states)
    rewards = np.random.default_rng(seed).standard_normal((states, 4))
    solver = Solver(mdp, reward_class=np.arange(states), discount=0.9)
    full = solver.start_values(rewards)
    assert (solver.start_values(rewards, some_rows(mdp, seed)) <= full + 1e-9).all()
    assert solver.start_values(3.0 * rewards + 7.0) == pytest.approx(3.0 * full + 7.0, abs=1e-8)
    assert (solver.start_values(-rewards) >= -full - 1e-9).all()


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=examples(30))
def test_what_is_solved_is_what_can_be_reached(seed: int, states: int) -> None:
    mdp = random_mdp(seed, states)
    rows = some_rows(mdp, seed)
    program = Solver(mdp, reward_class=np.arange(states), discount=0.9).program(rows, np.array([0]))
    assert program.states.tolist() == np.flatnonzero(reachable_plainly(mdp, rows, np.array([0]))).tolist()


@given(st.integers(0, 10_000), st.integers(1, 30))
@settings(max_examples=examples(30))
def test_a_greedy_policy_is_worth_the_optimal_value(seed: int, states: int) -> None:
    mdp = random_mdp(seed, states)
    rewards = np.random.default_rng(seed).standard_normal((states, 1))
    solver = Solver(mdp, reward_class=np.arange(states), discount=0.9)
    values = solver.state_values(rewards)
    policy = solver.greedy_rows(solver.row_values(values[:, 0], rewards[:, 0]), np.zeros(mdp.rows_count, np.int64))
    assert (np.add.reduceat(policy.astype(int), mdp.row_ptr[:-1]) == 1).all()
    assert solver.evaluate(policy, rewards) == pytest.approx(values, abs=1e-6)
