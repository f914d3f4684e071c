"""What each prior is, and that a goal means the same in every variant of a world."""

import itertools

import numpy as np
import pytest
from tests.small_charters import row, tiny, world_of

from remit.incentives.report import PRIORS
from remit.incentives.worlds.goals import draw_goals, mixed, task_goal
from remit.incentives.worlds.world import World, outcome_values

NAMES = ("out.a", "out.b", "out.c", "out.d")
ROWS = [row("leak", "out.leak"), row("spam", "out.spam"), row("cut", "oversight.stop")]


def classes_of(world: World) -> dict[frozenset[str], int]:
    return {
        frozenset(name for name, holds in zip(world.feature_names, line, strict=True) if holds): index
        for index, line in enumerate(world.features.tolist())
    }


def test_a_sparse_goal_weighs_exactly_two_features_with_standard_normal_weights() -> None:
    weights = draw_goals("sparse2", NAMES, 4000, 0).weights
    assert weights is not None
    assert (np.count_nonzero(weights, axis=0) == 2).all()
    drawn = weights[weights != 0.0]
    assert abs(drawn.mean()) < 0.05
    assert abs(drawn.std() - 1.0) < 0.05
    pairs = {tuple(np.flatnonzero(line).tolist()) for line in weights.T}
    assert pairs == set(itertools.combinations(range(4), 2))


def test_a_linear_goal_weighs_every_feature() -> None:
    weights = draw_goals("linear", NAMES, 100, 0).weights
    assert weights is not None
    assert (weights != 0.0).all()


def test_a_formula_is_a_conjunction_of_one_to_three_literals_with_one_positive_at_least() -> None:
    goals = draw_goals("formula", NAMES, 3000, 0)
    assert goals.total == 3000
    assert len(set(goals.literals)) == len(goals.literals)
    for literals in goals.literals:
        names = [name for name, _ in literals]
        assert 1 <= len(literals) <= 3
        assert len(set(names)) == len(names)
        assert any(wanted for _, wanted in literals)
    assert {len(literals) for literals in goals.literals} == {1, 2, 3}


def test_a_formula_pays_exactly_where_its_literals_hold() -> None:
    world = world_of(tiny(ROWS))
    goals = draw_goals("formula", world.feature_names, 200, 1)
    rewards = goals.rewards(world)
    for held, index in classes_of(world).items():
        for goal, literals in enumerate(goals.literals):
            assert rewards[index, goal] == float(all((name in held) == wanted for name, wanted in literals))


def test_an_additive_goal_is_the_sum_of_its_weights_on_what_holds() -> None:
    world = world_of(tiny(ROWS))
    goals = draw_goals("linear", world.feature_names, 20, 1)
    assert goals.weights is not None
    rewards, names = goals.rewards(world), list(world.feature_names)
    for held, index in classes_of(world).items():
        expected = sum((goals.weights[names.index(name)] for name in held), start=np.zeros(20))
        assert np.allclose(rewards[index], expected)


@pytest.mark.parametrize("prior", PRIORS)
def test_a_goal_pays_the_same_for_the_same_outcomes_in_every_ablated_world(prior: str) -> None:
    charter = tiny(ROWS)
    whole, cut = world_of(charter), world_of(charter, without=frozenset({"leak", "cut"}))
    assert len(cut.features) < len(whole.features)
    goals = draw_goals(prior, whole.feature_names, 50, 3)
    here, there, known = goals.rewards(whole), goals.rewards(cut), classes_of(whole)
    for held, index in classes_of(cut).items():
        assert np.array_equal(there[index], here[known[held]])


@pytest.mark.parametrize("prior", PRIORS)
def test_draws_depend_on_prior_names_and_seed_alone(prior: str) -> None:
    small, large = world_of(tiny(ROWS)), world_of(tiny([*ROWS, row("blind", "oversight.monitor")]))
    assert small.exploration.mdp.states_count < large.exploration.mdp.states_count
    assert small.feature_names == large.feature_names
    first, second = (draw_goals(prior, world.feature_names, 50, 3).rewards(world) for world in (small, large))
    known = classes_of(large)
    for held, index in classes_of(small).items():
        assert np.array_equal(first[index], second[known[held]])
    again = draw_goals(prior, small.feature_names, 50, 4).rewards(small)
    assert first.shape != again.shape or not np.array_equal(first, again)


def test_an_iid_goal_draws_each_outcome_class_uniformly_and_by_itself() -> None:
    world = world_of(tiny(ROWS))
    rewards = draw_goals("iid_outcome", world.feature_names, 4000, 0).rewards(world)
    assert rewards.min() >= 0.0
    assert rewards.max() <= 1.0
    assert np.abs(rewards.mean(axis=1) - 0.5).max() < 0.03
    assert np.abs(rewards.var(axis=1) - 1 / 12).max() < 0.006
    correlation = np.corrcoef(rewards) - np.eye(len(rewards))
    assert np.abs(correlation).max() < 0.08


@pytest.mark.parametrize("prior", ["iid", "iid_state", "iid_states", "uniform", ""])
def test_rewards_drawn_per_state_are_not_offered(prior: str) -> None:
    with pytest.raises(KeyError):
        draw_goals(prior, NAMES, 10, 0)


@pytest.mark.requirement("WORLD-02")
@pytest.mark.parametrize("prior", PRIORS)
def test_no_goal_can_tell_a_running_agent_from_a_stopped_one(prior: str) -> None:
    world = world_of(tiny(ROWS))
    rewards = draw_goals(prior, world.feature_names, 20, 0).rewards(world)[world.solver.reward_class]
    outcome_bits = sum(feature.bit for feature in world.blueprint.features)
    by_outcomes: dict[int, np.ndarray] = {}
    for code, line in zip((world.exploration.codes & outcome_bits).tolist(), rewards, strict=True):
        assert np.array_equal(by_outcomes.setdefault(code, line), line)


def test_mixtures_have_both_parts_scaled_to_swing_one() -> None:
    world = world_of(tiny(ROWS))
    task = task_goal(world) * 7.0
    goals = draw_goals("linear", world.feature_names, 12, 0).rewards(world) * 5.0

    def swing(rewards: np.ndarray) -> np.ndarray:
        return world.solver.start_values(rewards, world.rows()) + world.solver.start_values(-rewards, world.rows())

    swings = {"task": swing(task), "goal": swing(goals)}
    assert swing(mixed(task, goals, swings, 0.0)) == pytest.approx(np.ones(12), abs=1e-6)
    assert swing(mixed(task, goals, swings, 1.0)) == pytest.approx(np.ones(12), abs=1e-6)
    half = mixed(task, goals, swings, 0.5)
    assert np.allclose(half, 0.5 * task / swings["task"] + 0.5 * goals / swings["goal"])


def test_the_task_is_worth_what_its_outcomes_are_worth_together() -> None:
    task = [
        {"when": "out.done", "value": 2},
        {"when": "out.done and not out.other", "value": 0.5},
        {"when": "not out.leak", "value": 3},
    ]
    world = world_of(tiny(ROWS, purpose={"task": task}))
    values = outcome_values(world, world.blueprint.charter.purpose.task)
    for held, index in classes_of(world).items():
        done, other, leak = ("out.done" in held), ("out.other" in held), ("out.leak" in held)
        assert values[index] == pytest.approx(2 * done + 0.5 * (done and not other) + 3 * (not leak))


def test_levels_of_a_counted_outcome_are_features_of_their_own() -> None:
    world = world_of(tiny(purpose={"task": [{"when": "out.done >= 3"}]}))
    assert set(world.feature_names) == {"out.done", "out.done >= 2", "out.done >= 3", "out.other"}
    values = outcome_values(world, world.blueprint.charter.purpose.task)
    for held, index in classes_of(world).items():
        assert values[index] == float("out.done >= 3" in held)
