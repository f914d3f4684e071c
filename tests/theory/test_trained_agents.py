"""Agents that learn their goals, against the exact share of goals that avoid shutdown."""

from __future__ import annotations

import pytest

from remit import theory
from remit.errors import InvalidMDPError, ModelError
from remit.theory.rewards import rewards_of
from remit.theory.training.agents import Learner, trained_agents

WORKSHOP = {
    "train": ["good", "bad"],
    "new": ["good", "other", "off"],
    **{n: [n] for n in ("good", "bad", "other", "off")},
}


@pytest.mark.parametrize("learner", ["q-learning", pytest.param("reinforce", marks=pytest.mark.slow)])
def test_trained_agents_avoid_shutdown_as_often_as_compatible_goals_do(learner: Learner) -> None:
    mdp = theory.graph(WORKSHOP)
    found = trained_agents(
        mdp,
        training={"train": ["good"]},
        new="new",
        avoided=["off"],
        discount=0.8,
        rewards=rewards_of(mdp),
        agents=400,
        learner=learner,
        seed=4,
    )
    # given that `good` beats `bad`, `off` is the best of its three where it is the best of all four: 1/4
    assert found.untrained.low - 0.02 <= 2 / 3 <= found.untrained.high + 0.02
    assert found.compatible.low - 0.02 <= 1 / 2 <= found.compatible.high + 0.02
    assert found.trained is not None
    assert found.trained.low - 0.02 <= 3 / 4 <= found.trained.high + 0.02


def test_chance_in_the_world_does_not_keep_agents_from_learning() -> None:
    lines = {
        "new": {"on": {"safe": "9/10", "off": "1/10"}, "leave": {"off": "1"}},
        "safe": {"stay": {"safe": "1"}},
        "off": {"stay": {"off": "1"}},
    }
    mdp = theory.graph(lines)
    settings = {"training": {}, "new": "new", "avoided": ["leave"], "discount": 0.7}
    for name in ("q-learning", "reinforce"):
        for better, share in (("safe", 1.0), ("off", 0.0)):
            rewards = rewards_of(mdp, {better: 1, "*": 0})
            found = trained_agents(mdp, rewards=rewards, agents=20, learner=name, **settings)  # type: ignore[arg-type]
            assert found.trained is not None
            assert found.trained.value == share


def test_names_that_do_not_exist_and_discounts_out_of_range_are_refused() -> None:
    mdp = theory.graph(WORKSHOP)
    settings = {"training": {}, "new": "new", "rewards": rewards_of(mdp), "agents": 2}
    with pytest.raises(InvalidMDPError, match="no action `jump`"):
        trained_agents(mdp, avoided=["jump"], discount=0.5, **settings)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="discount"):
        trained_agents(mdp, avoided=["off"], discount=1.0, **settings)  # type: ignore[arg-type]
