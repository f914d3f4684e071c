"""Questions about training, oversight and influence that make no sense are refused in words, with a hint, uncomputed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory import games
from remit.theory.influence.diagrams import diagram
from remit.theory.influence.quantities import (
    draw_goals,
    gain_of_control,
    influence,
    value_of_control,
    value_of_information,
)
from remit.theory.notebook import graph
from remit.theory.rewards import rewards_of
from remit.theory.sensitivity import between, cliff, sensitivity
from remit.theory.training.agents import Lessons, trained_agents
from remit.theory.training.compatible import behaviour_after_training
from remit.theory.training.goals import avoidance, check_assumptions, recurrence_threshold
from remit.theory.training.walked_goals import walk_compatible_goals

MDP = graph({"train": ["good", "bad"], "new": ["good", "off"], **{n: n for n in ("good", "bad", "off")}})
REWARDS = rewards_of(MDP)
DIAGRAM = diagram([("X", "D"), ("X", "U"), ("D", "Y"), ("Y", "U")], decision="D", utilities=["U"])
SIZES, TABLES = {"X": 2, "D": 2, "Y": 2}, {"X": np.full(2, 0.5), "Y": np.eye(2)}
MODEL = influence(DIAGRAM, SIZES, TABLES)

NUMBER = (None, "x", math.nan, math.inf, [1])
COUNT = (0, -1, 1.5, "x", None, True)
SEED = (-1, 1.5, "x", None)
INNER = (0, 1, -0.1, 1.5, math.nan, "x", None, True)
GRAPH = (None, 3, MDP.as_arrays())
DRAWN = ("uniform", None, (), REWARDS[:2], [1, 2, 3, 4, 5])
NAME = ("nowhere", 3, None, ["off"])
TRAINED: Mapping[str, tuple[Any, ...]] = {
    "mdp": GRAPH,
    "training": (None, 3, "train", {"train": "good"}, {"train": []}, {"nowhere": ["good"]}, {"train": ["jump"]}),
    "new": NAME,
    "avoided": (None, "off", [], ["jump"], [3]),
    "discount": INNER,
    "rewards": DRAWN,
    "seed": SEED,
}
TRAINING = {"mdp": MDP, "training": {"train": ["good"]}, "new": "new", "avoided": ["off"], "discount": 0.5, "seed": 0}
SHARED = {"first": MDP, "second": MDP, "state": "new", "action": "off", "discount": 0.5, "rewards": REWARDS}
WRONGLY_SHARED = {
    "first": GRAPH,
    "second": GRAPH,
    "state": NAME,
    "action": NAME,
    "discount": INNER,
    "rewards": DRAWN,
    "samples": (1, *COUNT),
    "seed": SEED,
}
INFLUENCED = {"model": (None, 3, DIAGRAM), "node": NAME, "samples": (1, *COUNT), "seed": SEED}
CHANCE = ("x", None, 2, -1, math.nan, [1])

CALLS: list[tuple[Callable[..., object], Mapping[str, Any], Mapping[str, tuple[Any, ...]]]] = [
    (behaviour_after_training, {**TRAINING, "rewards": REWARDS, "samples": 4}, {**TRAINED, "samples": COUNT}),
    (
        trained_agents,
        {**TRAINING, "rewards": REWARDS, "agents": 2, "lessons": Lessons(rounds=2)},
        {**TRAINED, "agents": COUNT, "learner": ("sarsa", None, 3), "lessons": (3, "many")},
    ),
    (
        walk_compatible_goals,
        {**TRAINING, "rewards": REWARDS, "walks": 2, "steps": 6},
        {**TRAINED, "walks": (1, *COUNT), "steps": (5, *COUNT)},
    ),
    (Lessons, {"rounds": 1}, {"rounds": COUNT, "exploration": (2, *NUMBER), "rate": NUMBER, "episodes": COUNT}),
    (
        check_assumptions,
        {"mdp": MDP, "new": 1, "shutdown": "off", "training": [0]},
        {"mdp": GRAPH, "new": ("s", -1, 9, None), "shutdown": NAME, "training": (None, "train", [9], ["train"])},
    ),
    (recurrence_threshold, {"steps": 2, "cycle": 1}, {"steps": COUNT, "cycle": COUNT}),
    (
        avoidance,
        {"alternatives": 2, "discount": Fraction(1, 2)},
        {"alternatives": COUNT, "discount": (2, -1, math.nan, "x")},
    ),
    (between, {"first": MDP, "second": MDP, "share": "1/2"}, {"first": GRAPH, "second": GRAPH, "share": CHANCE}),
    (sensitivity, {**SHARED, "share": 0.5, "samples": 2}, {**WRONGLY_SHARED, "share": CHANCE}),
    (cliff, {**SHARED, "samples": 2}, {**WRONGLY_SHARED, "level": (2, *NUMBER), "width": (0, -1, "x", None)}),
    (
        influence,
        {"graph": DIAGRAM, "sizes": SIZES, "tables": TABLES},
        {
            "graph": (None, 3, MDP),
            "sizes": (None, 3, {}, {"X": 0, "D": 2, "Y": 2}, {"X": "x", "D": 2, "Y": 2}),
            "tables": (None, 3, {}, {**TABLES, "X": "x"}, {**TABLES, "X": [1, 1]}, {**TABLES, "X": [math.nan, 1]}),
        },
    ),
    (draw_goals, {"model": MODEL, "samples": 1, "seed": 0}, {**INFLUENCED, "samples": COUNT, "node": ()}),
    (value_of_information, {"model": MODEL, "node": "X", "samples": 2, "seed": 0}, INFLUENCED),
    (value_of_control, {"model": MODEL, "node": "X", "samples": 2, "seed": 0}, INFLUENCED),
    (
        gain_of_control,
        {"model": MODEL, "node": "Y", "default": 0, "samples": 2, "seed": 0},
        {**INFLUENCED, "default": (-1, 2, "x", None)},
    ),
    (
        games.chance_disabling_pays,
        {"discount": "9/10", "shutdown": 0.5, "noticed": Fraction(1, 4), "works": 1},
        {"discount": (1, *CHANCE), "shutdown": CHANCE, "noticed": CHANCE, "works": COUNT},
    ),
    (games.value_of_complying, {"discount": "9/10", "shutdown": 0}, {"discount": (1, *CHANCE), "shutdown": CHANCE}),
    (games.value_of_disabling, {"discount": "9/10"}, {"discount": (1, *CHANCE), "noticed": CHANCE}),
    (games.break_even_detection, {"discount": "9/10", "shutdown": 0}, {"discount": (1, *CHANCE), "shutdown": CHANCE}),
    (games.blind_deference_margin, {"mean": 1, "chance": 0.5}, {"mean": NUMBER, "chance": CHANCE}),
    (
        games.noisy_deference_margin,
        {"mean": 1, "deviation": 1, "irrationality": 1},
        {"mean": NUMBER, "deviation": (0, -1, *NUMBER), "irrationality": (0, -1, *NUMBER)},
    ),
    (games.irrationality_threshold, {"mean": 1, "deviation": 1}, {"mean": NUMBER, "deviation": (-1, *NUMBER)}),
]
BAD = [
    pytest.param(partial(asked, **{**good, argument: value}), id=f"{asked.__name__}-{argument}-{number}")
    for asked, good, wrong in CALLS
    for argument, values in wrong.items()
    for number, value in enumerate(values)
]


@pytest.mark.parametrize("ask", BAD)
def test_a_wrong_argument_is_refused_with_a_hint(ask: Callable[[], object]) -> None:
    with pytest.raises(ModelError) as refused:
        ask()
    assert refused.value.hint
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(("asked", "good"), [(asked, good) for asked, good, _ in CALLS])
def test_the_same_question_without_the_wrong_argument_is_answered(
    asked: Callable[..., object], good: Mapping[str, Any]
) -> None:
    assert str(asked(**good))
