"""Walks inside the set of training-compatible goals, against exact volumes and against rejection."""

from __future__ import annotations

import pytest

from remit import theory
from remit.errors import ModelError, NotConvergedError
from remit.theory.rewards import rewards_of
from remit.theory.training.compatible import behaviour_after_training
from remit.theory.training.walked_goals import walk_compatible_goals

WORKSHOP = {"train": ["good", "bad"], "new": ["good", "off"], "good": ["good"], "bad": ["bad"], "off": ["off"]}
RARE = {
    **{f"train{k}": ["good", f"bad{k}"] for k in range(12)},
    "new": ["good", "off"],
    "good": ["good"],
    "off": ["off"],
    **{f"bad{k}": [f"bad{k}"] for k in range(12)},
}


def test_walks_find_the_exact_share() -> None:
    mdp = theory.graph(WORKSHOP)
    found = walk_compatible_goals(
        mdp, training={"train": ["good"]}, new="new", avoided=["off"], discount=0.9, rewards=rewards_of(mdp), seed=1
    )
    assert found.trained.low - 0.02 <= 2 / 3 <= found.trained.high + 0.02
    assert found.trained.high - found.trained.low < 0.1
    assert (found.moved, found.walks) == (1.0, 64)
    assert found.apart < 1.1


@pytest.mark.slow
def test_walks_go_where_rejection_finds_hardly_any_goal() -> None:
    mdp = theory.graph(RARE)
    training = {f"train{k}": ["good"] for k in range(12)}
    settings = {"training": training, "new": "new", "avoided": ["off"], "discount": 0.5, "rewards": rewards_of(mdp)}
    walked = walk_compatible_goals(mdp, seed=3, **settings)  # type: ignore[arg-type]
    rejected = behaviour_after_training(mdp, samples=2_000, seed=3, **settings)  # type: ignore[arg-type]
    assert (
        walked.trained.low - 0.02 <= 13 / 14 <= walked.trained.high + 0.02
    )  # `good` is the largest of 13; `off` is not
    assert walked.trained.high - walked.trained.low < rejected.trained.high - rejected.trained.low


def test_a_training_no_goal_fits_is_said_to_be_one() -> None:
    mdp = theory.graph(WORKSHOP)
    rewards = rewards_of(mdp, {"good": 0, "bad": 1, "*": "uniform"})
    settings = {"training": {"train": ["good"]}, "new": "new", "avoided": ["off"], "discount": 0.5}
    with pytest.raises(NotConvergedError, match="no goal"):
        walk_compatible_goals(mdp, rewards=rewards, **settings)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="two walks"):
        walk_compatible_goals(mdp, rewards=rewards, walks=1, **settings)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="discount"):
        walk_compatible_goals(mdp, rewards=rewards, **{**settings, "discount": 1.0})  # type: ignore[arg-type]


def test_the_same_seed_walks_the_same_way() -> None:
    mdp = theory.graph(WORKSHOP)
    settings = {"training": {"train": ["good"]}, "new": "new", "avoided": ["off"], "discount": 0.5, "steps": 20}
    first, again, other = (
        walk_compatible_goals(mdp, rewards=rewards_of(mdp), seed=seed, **settings)  # type: ignore[arg-type]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
