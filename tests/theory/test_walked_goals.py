"""Walks inside the set of training-compatible goals, against exact volumes and against rejection."""

from __future__ import annotations

import math

import numpy as np
import pytest

from remit import theory
from remit.errors import ModelError, NotConvergedError
from remit.theory.rewards import rewards_of
from remit.theory.training.compatible import behaviour_after_training
from remit.theory.training.walked_goals import MIXED, _apart, walk_compatible_goals

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
    assert found.trained is not None
    assert found.trained.low - 0.02 <= 2 / 3 <= found.trained.high + 0.02
    assert found.trained.high - found.trained.low < 0.1
    assert (found.moved, found.walks) == (1.0, 64)
    assert found.apart < 1.1


@pytest.mark.slow
def test_walks_go_where_rejection_finds_hardly_any_goal() -> None:
    mdp = theory.graph(RARE)
    training = {f"train{k}": ["good"] for k in range(12)}
    settings = {"training": training, "new": "new", "avoided": ["off"], "discount": 0.5, "rewards": rewards_of(mdp)}
    walked = walk_compatible_goals(mdp, seed=3, steps=1_500, **settings)  # type: ignore[arg-type]
    rejected = behaviour_after_training(mdp, samples=2_000, seed=3, **settings)  # type: ignore[arg-type]
    assert walked.trained is not None
    assert rejected.trained is not None
    assert (
        walked.trained.low - 0.02 <= 13 / 14 <= walked.trained.high + 0.02
    )  # `good` is the largest of 13; `off` is not
    assert walked.trained.high - walked.trained.low < rejected.trained.high - rejected.trained.low


def test_walks_that_have_not_mixed_are_said_to_know_nothing() -> None:
    mdp = theory.graph(RARE)
    training = {f"train{k}": ["good"] for k in range(12)}
    settings = {"training": training, "new": "new", "avoided": ["off"], "discount": 0.5, "rewards": rewards_of(mdp)}
    found = walk_compatible_goals(mdp, seed=3, steps=20, **settings)  # type: ignore[arg-type]
    assert found.apart > MIXED
    assert found.trained is None
    assert str(found).startswith("unknown: 64 walks of 20 steps, ")


def test_walks_that_never_change_their_answer_are_not_sure_of_it() -> None:
    mdp = theory.graph(WORKSHOP)
    rewards = rewards_of(mdp, {"good": 1, "off": 0, "*": "uniform"})
    settings = {"training": {}, "new": "new", "avoided": ["off"], "discount": 0.5, "steps": 20}
    found = walk_compatible_goals(mdp, rewards=rewards, **settings)  # type: ignore[arg-type]
    assert found.trained is not None
    assert found.trained.low < found.trained.value == found.trained.high == 1.0
    assert "1 [0.9434, 1] from 64 walks" in str(found)


def test_walks_that_each_keep_an_answer_of_their_own_are_infinitely_far_apart() -> None:
    kept = np.repeat([[0.0, 1.0]], 8, axis=0)
    assert _apart(kept) == math.inf
    assert _apart(np.ones((8, 2))) == 1.0


def test_a_training_no_goal_fits_is_said_to_be_one() -> None:
    mdp = theory.graph(WORKSHOP)
    rewards = rewards_of(mdp, {"good": 0, "bad": 1, "*": "uniform"})
    settings = {"training": {"train": ["good"]}, "new": "new", "avoided": ["off"], "discount": 0.5}
    with pytest.raises(NotConvergedError, match="no goal"):
        walk_compatible_goals(mdp, rewards=rewards, **settings)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="at least 2"):
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
