"""What incentives are worth over goals: against enumeration by hand, and silent wherever the graph says there is none."""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
import pytest

from remit.errors import ModelError, StateBudgetError
from remit.theory.influence.diagrams import diagram, incentives
from remit.theory.influence.quantities import (
    Influence,
    best_values,
    draw_goals,
    gain_of_control,
    influence,
    value_of_control,
    value_of_information,
)

EDGES = [
    ("weather", "report"),
    ("report", "act"),
    ("weather", "harvest"),
    ("act", "harvest"),
    ("weather", "yield"),
    ("harvest", "yield"),
]
GRAPH = diagram(EDGES, decision="act", utilities=["yield"])
SIZES = {"weather": 2, "report": 2, "act": 3, "harvest": 2}


def model(seed: int = 0) -> Influence:
    random = np.random.default_rng(seed)
    tables = {
        "weather": random.dirichlet([1, 1]),
        "report": np.array([[0.9, 0.1], [0.2, 0.8]]),
        "harvest": random.dirichlet([1, 1], size=(2, 3)),
    }
    return influence(GRAPH, SIZES, tables)


def by_hand(made: Influence, payoff: np.ndarray) -> float:
    """The best of every policy from reports to acts, one at a time."""
    weather, report, harvest = (made.tables[name] for name in ("weather", "report", "harvest"))
    worths = []
    for policy in product(range(3), repeat=2):
        worth = 0.0
        for w, r, h in product(range(2), repeat=3):
            worth += weather[w] * report[w, r] * harvest[w, policy[r], h] * payoff[w, h]
        worths.append(worth)
    return max(worths)


def test_the_best_policy_of_each_goal_is_the_one_enumeration_finds() -> None:
    made = model()
    goals = draw_goals(made, samples=20, seed=1)
    assert best_values(made, goals) == pytest.approx([by_hand(made, payoff) for payoff in goals["yield"]])


def test_what_the_report_is_worth_lies_between_nothing_and_knowing_the_weather() -> None:
    made = model()
    report = value_of_information(made, "report", samples=400, seed=2)
    weather = value_of_information(made, "weather", samples=400, seed=2)
    assert report.value > 0.0
    assert weather.value > 0.0
    assert report.low <= report.value <= report.high
    blind = influence(GRAPH, SIZES, {**made.tables, "report": np.full((2, 2), 0.5)})
    assert value_of_information(blind, "report", samples=50, seed=2).value == pytest.approx(0.0, abs=1e-12)


def test_where_the_graph_admits_no_incentive_none_is_measured() -> None:
    edges = [
        ("weather", "act"),
        ("noise", "weather"),
        ("act", "harvest"),
        ("harvest", "yield"),
        ("act", "trace"),
        ("weather", "trace"),
    ]
    graph = diagram(edges, decision="act", utilities=["yield"])
    random = np.random.default_rng(3)
    sizes = {"weather": 2, "noise": 2, "act": 2, "harvest": 2, "trace": 2}
    tables = {
        "noise": random.dirichlet([1, 1]),
        "weather": random.dirichlet([1, 1], size=2),
        "harvest": random.dirichlet([1, 1], size=2),
        "trace": random.dirichlet([1, 1], size=(2, 2)),
    }
    made = influence(graph, sizes, tables)
    admitted = incentives(graph)
    assert "weather" not in admitted.value_of_information
    assert value_of_information(made, "weather", samples=60, seed=4).value == pytest.approx(0.0, abs=1e-12)
    assert "trace" not in admitted.value_of_control
    assert value_of_control(made, "trace", samples=60, seed=4).value == pytest.approx(0.0, abs=1e-12)
    assert "trace" not in admitted.instrumental_control
    assert gain_of_control(made, "trace", default=0, samples=60, seed=4).value == pytest.approx(0.0, abs=1e-12)
    assert gain_of_control(made, "harvest", default=0, samples=60, seed=4).value > 0.01
    assert value_of_control(made, "harvest", samples=60, seed=4).value > 0.01


def test_control_over_a_sure_outcome_is_exactly_the_second_best_made_up_for() -> None:
    """One act with two sure outcomes, default the first: E max(u0, u1) - E u0 = 2/3 - 1/2."""
    graph = diagram([("act", "outcome"), ("outcome", "worth")], decision="act", utilities=["worth"])
    made = influence(graph, {"act": 2, "outcome": 2}, {"outcome": np.eye(2)})
    found = gain_of_control(made, "outcome", default=0, samples=40_000, seed=5)
    assert found.low - 0.002 <= 1 / 6 <= found.high + 0.002


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"weather": np.array([0.5, 0.6]), "report": np.eye(2), "harvest": np.full((2, 3, 2), 0.5)},
        {"weather": np.array([0.5, 0.5]), "report": np.eye(3), "harvest": np.full((2, 3, 2), 0.5)},
        {"weather": np.array([np.nan, 1.0]), "report": np.eye(2), "harvest": np.full((2, 3, 2), 0.5)},
        {"weather": np.array([1.5, -0.5]), "report": np.eye(2), "harvest": np.full((2, 3, 2), 0.5)},
    ],
)
def test_a_table_that_is_no_distribution_is_refused(tables: dict[str, np.ndarray]) -> None:
    with pytest.raises(ModelError):
        influence(GRAPH, SIZES, tables)


def test_questions_that_make_no_sense_or_are_too_large_are_refused() -> None:
    made = model()
    refused: list[Callable[[], object]] = [
        lambda: value_of_information(made, "harvest", samples=10, seed=0),
        lambda: value_of_information(made, "yield", samples=10, seed=0),
        lambda: value_of_control(made, "act", samples=10, seed=0),
        lambda: gain_of_control(made, "harvest", default=3, samples=10, seed=0),
        lambda: value_of_information(made, "report", samples=1, seed=0),
        lambda: draw_goals(made, samples=10**9, seed=0),
        *(
            partial(best_values, made, draw_goals(made, samples=2, seed=0), seen=[unseen])
            for unseen in ("harvest", "act", "yield", "nothing")  # what the decision decides is not known to it
        ),
    ]
    for question in refused:
        with pytest.raises(ModelError):
            question()
    large = influence(
        diagram([("cause", "effect"), ("act", "effect"), ("effect", "worth")], decision="act", utilities=["worth"]),
        {"cause": 20, "act": 20, "effect": 20},
        {"cause": np.full(20, 0.05), "effect": np.full((20, 20, 20), 0.05)},
    )
    with pytest.raises(StateBudgetError):
        value_of_control(large, "effect", samples=10, seed=0)
