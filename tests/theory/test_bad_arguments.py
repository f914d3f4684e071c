"""What a program hands to ``remit.theory`` wrongly is refused in the errors of this house, with a hint, uncomputed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from remit import theory
from remit.errors import ModelError
from remit.theory.exact.phases import phases
from remit.theory.interruptibility import Interruption
from remit.theory.lengths import Lottery
from remit.theory.orbits.retarget import maximise

MDP = theory.graph({"start": ["work", "off"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "off": ["off"]})
ARRAYS, REWARDS, ANSWERS = MDP.as_arrays(), theory.rewards_of(MDP), theory.power(MDP)
GOAL = [Fraction(number, 9) for number in range(5)]
DIAGRAM = theory.diagram([("X", "D"), ("D", "U"), ("X", "U")], decision="D", utilities=["U"])
GRAPH, ARRAYED = (None, 3, "model.json", ARRAYS), (None, 3, MDP)
STATE = (-1, 5, 1.5, math.nan, "start", None, True, 2**70)
NAME = ("nowhere", None, 3, ["work"])
DISCOUNT = (-0.1, 1.5, math.nan, math.inf, "x", None, True, [0.9])
SAMPLES, SEED = (-1, 0, 1, 1.5, math.nan, "x", True), (-1, 1.5, "x", None, 2**200)
TOLERANCE = (-1.0, math.nan, "x", None)
DRAWN = ((), None, 3, "mystery", [1, 2, 3, 4, 5], REWARDS[:2])
TEXT = (None, 3, "", b"x")
FILES = (None, 3, "", "/nowhere/model.json", "a\0b")
TABLE = (None, 3, "x", np.ones(3), np.full(5, math.nan), np.ones((5, 2)))
INTERRUPTIONS = (
    None,
    ["start"],
    {"start": 3},
    {"nowhere": Interruption(chance=Fraction(1, 2), action="off")},
    {"start": Interruption(chance=Fraction(2), action="off")},
    {"start": Interruption(chance=Fraction(1, 2), action="nothing")},
)
LENGTHS = Lottery(chances={1: 0.5, 2: 0.5}, utilities={1: 1.0, 2: 2.0})
TURNED_OFF = {"start": Interruption(chance=Fraction(1, 2), action="off")}

Arguments = Mapping[str, Any]
CALLS: dict[str, tuple[Arguments, Mapping[str, Any]]] = {
    "power": (
        {"mdp": MDP, "samples": 4},
        {
            "mdp": GRAPH,
            "states": ("nowhere", 3, None, [3], [None]),
            "discount": DISCOUNT,
            "rewards": ("mystery", 3, [1], REWARDS[:2], {"start": 1}, {"start": math.nan, "*": 1}),
            "samples": SAMPLES,
            "half_width": (0.1,),
            "seed": SEED,
            "scheme": ("x", None, 3),
            "orbits": ("x", 3),
            "exact": (True,),
            "average": (True,),
        },
    ),
    "optimality_probability": (
        {"mdp": MDP, "at": "start", "choosing": "work"},
        {"mdp": GRAPH, "at": NAME, "choosing": NAME, "discount": DISCOUNT, "samples": SAMPLES, "average": (True,)},
    ),
    "exact_power": (
        {"mdp": MDP, "state": 0, "discount": Fraction(9, 10), "rewards": REWARDS},
        {
            "mdp": GRAPH,
            "state": STATE,
            "discount": DISCOUNT,
            "rewards": DRAWN,
            "policies": (-1, 0, "x"),
            "cells": (-1, "x"),
        },
    ),
    "exact_probability": (
        {"mdp": MDP, "state": 0, "discount": Fraction(9, 10), "rewards": REWARDS},
        {"mdp": GRAPH, "state": STATE, "discount": DISCOUNT, "rewards": DRAWN, "average": (True,)},
    ),
    "nondominated": ({"mdp": MDP, "state": 0}, {"mdp": GRAPH, "state": STATE}),
    "recurrent_distributions": ({"mdp": MDP, "state": 0}, {"mdp": GRAPH, "state": STATE}),
    "visit_functions": ({"mdp": MDP, "state": 0}, {"mdp": GRAPH, "state": STATE}),
    "witness": (
        {"mdp": MDP, "state": 1, "larger": "a", "smaller": "b"},
        {"mdp": GRAPH, "state": STATE, "larger": NAME, "smaller": NAME},
    ),
    "certificate": (
        {"mdp": MDP, "state": 1, "smaller": "a"},
        {"mdp": GRAPH, "state": STATE, "smaller": NAME, "larger": ("b", 3, ["nothing"], [None])},
    ),
    "attainable_utility_penalty": (
        {"mdp": ARRAYS, "row": 0, "idle": 1, "auxiliary": np.ones((5, 2)), "discount": 0.9},
        {
            "mdp": ARRAYED,
            "row": (-1, 99, 1.5, "x", None, 3),
            "idle": (-1, 99, 1.5, "x", None),
            "auxiliary": (*TABLE[:4], np.full((5, 2), math.nan), np.ones((5, 0)), np.ones((3, 2))),
            "discount": DISCOUNT,
            "tolerance": TOLERANCE,
        },
    ),
    "deference_margin": (
        {"mean": 0.1, "deviation": 1.0},
        {"mean": (math.nan, math.inf, "x", None), "deviation": (-1, math.nan, math.inf, "x", None)},
    ),
    "diagram": (
        {"edges": [("D", "U")], "decision": "D", "utilities": ["U"]},
        {
            "edges": ([], None, 3, ["DU"], [("D",)], [("D", 3)], [(None, "U"), ("D", "U")], [("D", "D"), ("D", "U")]),
            "decision": (*NAME, "U"),
            "utilities": ([], None, 3, ["nowhere"], "U", ["D"], [3]),
        },
    ),
    "incentives": ({"graph": DIAGRAM}, {"graph": (None, 3, MDP)}),
    "empowerment": (
        {"mdp": ARRAYS, "state": 0, "horizon": 2},
        {
            "mdp": ARRAYED,
            "state": STATE,
            "horizon": (-1, 0, 99, 1.5, math.nan, "x", None),
            "tolerance": TOLERANCE,
        },
    ),
    "from_arrays": (
        {"transitions": np.eye(2)[None]},
        {
            "transitions": (None, 3, "x", [], [["x"]], np.eye(2), np.full((1, 2, 2), math.nan), np.ones((1, 2, 3))),
            "states": (["a"], 3, ["a", "a"], [1, 2], "ab"),
            "actions": (["a", "b"], 3, [None], "a"),
        },
    ),
    "from_drn": ({"text": "@type: MDP\n@model\nstate 0\n action a\n  0 : 1\n"}, {"text": TEXT}),
    "from_transitions": ({"text": "1 1 1\n0 0 0 1\n"}, {"text": TEXT}),
    "from_graphviz": ({"text": "digraph {a->a}"}, {"text": TEXT}),
    "from_map": ({"text": ".."}, {"text": TEXT, "slip": (-1, 1, 2, math.nan, "x", None)}),
    "from_networkx": ({}, {"graph": (None, 3, "x")}),
    "from_toy_text": (
        {"table": {0: {0: [(1.0, 0, 0, True)]}}},
        {
            "table": (
                *(None, 3, {}, {0: None}, {0: {0: 3}}, {0: {0: [(1.0,)]}}),
                *({0: {0: [(math.nan, 0, 0, True)]}}, {0: {0: [(1.0, 7, 0, False)]}}),
            )
        },
    ),
    "graph": (
        {"edges": {"a": ["a"]}},
        {
            "edges": (
                *(None, 3, "a", ["a"], {}, {"a": None}, {"a": 3}, {"a": [3]}, {"a": ["b"]}, {1: ["1"]}),
                *({"a": {"x": row}} for row in (None, 3, {"a": None}, {"a": math.nan}, {"a": 2}, {"a": True})),
            )
        },
    ),
    "graph_picture": ({"mdp": MDP, "answers": ANSWERS}, {"mdp": GRAPH, "answers": (None, 3, "x")}),
    "heat_map": ({"answers": ANSWERS}, {"answers": (None, 3, "x")}),
    "phases": (
        {"mdp": MDP, "state": 0, "reward": GOAL},
        {"mdp": GRAPH, "state": STATE, "reward": (None, 3, (), "x", GOAL[:2], [math.nan, *GOAL[1:]], [None] * 5)},
    ),
    "phase_picture": (
        {"found": phases(MDP, 0, GOAL)},
        {"found": (None, 3, (), "x", [3])},
    ),
    "interrupted": ({"mdp": MDP, "interruptions": TURNED_OFF}, {"mdp": GRAPH, "interruptions": INTERRUPTIONS}),
    "lesson": (
        {
            "mdp": MDP,
            "interruptions": TURNED_OFF,
            "at": "start",
            "choosing": "off",
            "discount": 0.9,
            "rewards": REWARDS,
            "samples": 4,
            "seed": 0,
        },
        {
            "mdp": GRAPH,
            "interruptions": INTERRUPTIONS,
            "at": NAME,
            "choosing": NAME,
            "discount": (0, 1, *DISCOUNT),
            "rewards": DRAWN,
            "samples": (-1, 0, 1.5, "x", None),
            "seed": SEED,
        },
    ),
    "joint_power": (
        {
            "moves_h": np.ones((2, 2), bool),
            "moves_a": np.ones((2, 2), bool),
            "discount": 0.9,
            "correlation": 0.0,
            "samples": 4,
            "seed": 0,
        },
        {
            "moves_h": (*TABLE, np.ones((2, 3)), np.zeros((2, 2)), np.full((2, 2), 0.5), np.ones((0, 0))),
            "moves_a": TABLE,
            "discount": (0, 1, *DISCOUNT),
            "correlation": (-2, 2, math.nan, "x", None),
            "samples": (*SAMPLES, None),
            "seed": SEED,
            "rounds": (-1, 0, 1.5, "x"),
            "tolerance": TOLERANCE,
        },
    ),
    "orbit_vote": (
        {"rule": maximise, "utilities": [1, 2, 3], "smaller": [0], "larger": [1, 2]},
        {
            "rule": (None, 3, "max"),
            "utilities": ([], None, 3, [math.nan, 1, 2], ["x", 1, 2], [1]),
            "smaller": ([], [99], [-1], None, 3, ["x"], [1]),
            "larger": ([], [99], [-3], None, 3),
        },
    ),
    "satisfice": ({"threshold": 2}, {"threshold": (None, math.nan, "x", [1])}),
    "best_of": ({"draws": 2}, {"draws": (-1, 0, 1.5, None, "x", True)}),
    "quantilise": ({"share": Fraction(1, 2)}, {"share": (0, -1, 1.5, math.nan, None, "x")}),
    "boltzmann": ({"temperature": 0.5}, {"temperature": (0, -1, math.nan, math.inf, None, "x")}),
    "reachability": (
        {"mdp": ARRAYS, "discount": 0.9},
        {"mdp": ARRAYED, "discount": (0, *DISCOUNT), "tolerance": (0.0, *TOLERANCE)},
    ),
    "relative_reachability": (
        {"reached": np.eye(5), "state": 0, "baseline": 1},
        {"reached": (*TABLE, np.full((5, 5), math.nan)), "state": STATE, "baseline": STATE},
    ),
    "read_goals": ({"path": "goals.csv", "mdp": MDP}, {"path": FILES, "mdp": GRAPH}),
    "read_features": (
        {"path": "features.csv", "mdp": MDP, "weights": theory.uniform()},
        {"path": FILES, "mdp": GRAPH},
    ),
    "read_file": ({}, {"path": FILES}),
    "read_model": ({}, {"text": (*TEXT, "{}", "[1]")}),
    "rewards_of": (
        {"mdp": MDP},
        {
            "mdp": GRAPH,
            "given": (3, [1], "x", {"start": 1}, {"nowhere": 1}, *({"*": one} for one in (math.nan, None, [1], True))),
        },
    ),
    "timestep_dominates": (
        {"first": LENGTHS, "second": LENGTHS},
        {"first": (None, 3, {}), "second": (None, 3, {})},
    ),
    "to_drn": (
        {"mdp": ARRAYS, "state_rewards": np.ones(5)},
        {"mdp": GRAPH[:3], "state_rewards": TABLE[1:], "discount": (-1, 0, 1, 1.5, math.nan, "x")},
    ),
    "to_prism": ({"mdp": ARRAYS, "state_rewards": np.ones(5)}, {"mdp": GRAPH[:3], "state_rewards": TABLE[1:]}),
    "to_graphviz": ({"mdp": MDP}, {"mdp": GRAPH}),
    "to_json": ({"mdp": MDP}, {"mdp": GRAPH}),
    "uniform": ({}, {"low": (2, math.nan, math.inf, "x", None), "high": (-1, 0, math.nan, math.inf, "x", None)}),
}
RULES = {"at_random", "maximise", "minimise"}
"""Ways to choose: `orbit_vote` looks at the utilities once and asks them of every order of these."""
WITHOUT = {"certificate_faults", "from_gymnasium", *RULES}
"""And what says itself what is wrong with what it is given, and what needs a library that may not be there."""
BAD = [
    pytest.param(name, argument, value, id=f"{name}-{argument}-{number}")
    for name, (_, wrong) in CALLS.items()
    for argument, values in wrong.items()
    for number, value in enumerate(values)
]


@pytest.mark.parametrize(("name", "argument", "value"), BAD)
def test_a_wrong_argument_is_refused_with_a_hint(name: str, argument: str, value: object) -> None:
    with pytest.raises(ModelError) as refused:
        getattr(theory, name)(**{**CALLS[name][0], argument: value})
    assert refused.value.hint
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", [name for name, (good, _) in CALLS.items() if good and "path" not in good])
def test_the_same_call_without_the_wrong_argument_is_answered(name: str) -> None:
    assert getattr(theory, name)(**CALLS[name][0]) is not None


def test_every_public_function_is_tried() -> None:
    functions = {name for name in dir(theory) if not isinstance(getattr(theory, name), type)}
    assert functions == CALLS.keys() | WITHOUT


@pytest.mark.parametrize("document", [None, 3, {}, "x", []])
def test_what_is_no_certificate_has_a_fault(document: Any) -> None:
    assert theory.certificate_faults(document)


@pytest.mark.parametrize(("chances", "utilities"), [(None, {}), ({1: "x"}, {1: 1}), ({1: 1}, {1: "x"}), ({1: 1}, None)])
def test_what_is_no_lottery_over_lengths_is_refused(chances: Any, utilities: Any) -> None:
    with pytest.raises(ModelError) as refused:
        Lottery(chances=chances, utilities=utilities)
    assert refused.value.hint


def test_numbers_of_numpy_and_floats_are_as_good_as_whole_ones_and_fractions() -> None:
    expected = theory.exact_power(MDP, 0, Fraction(9, 10), REWARDS)
    for discount in (0.9, np.float64(0.9), "9/10"):
        assert theory.exact_power(MDP, np.int64(0), discount, REWARDS) == expected
    assert theory.power(MDP, discount=np.float64(0.9), states="start").power["start"].fraction == expected
    assert str(theory.power(MDP, samples=np.int64(8), seed=np.int32(3))) == str(theory.power(MDP, samples=8, seed=3))


def test_rewards_may_be_distributions_that_are_there_already_and_numbers_by_state() -> None:
    expected = theory.power(MDP, rewards="U[-1,1]")
    assert theory.power(MDP, rewards=theory.uniform(-1, 1)) == expected
    assert theory.power(MDP, rewards=theory.rewards_of(MDP, "U[-1,1]")) == expected
    assert (
        str(theory.power(MDP, rewards={"off": 0.25, "*": Fraction(0)}, discount=0, states="start"))
        == "start 0.25 = 1/4"
    )
