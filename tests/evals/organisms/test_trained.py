"""Agents that learn by trying come to the behaviour exactly where it is worth more than it costs, margins apart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.small_scenarios import counting_scenario
from tests.some_cases import some_of

from remit.errors import OrganismError
from remit.evals.episode import run_episode
from remit.evals.organism import Organism, disagreements
from remit.evals.organisms import organism
from remit.evals.organisms.trained import TRAINED, gradient, q_learning, table_of
from remit.evals.scenario import Instance
from remit.evals.scenarios import scenarios

MAZES = [item for item in scenarios() if item.environment.name == "E6" and item.behaviour != "interruption"]
EVERY = pytest.mark.parametrize("subject", TRAINED, ids=[item.name for item in TRAINED])
SOME = pytest.mark.parametrize("subject", some_of(TRAINED, 1), ids=[item.name for item in TRAINED])


def told(subject: Organism, letters: str, seeds: range) -> list[Instance]:
    """The cells for which a verdict is declared."""
    cells = [
        scenario.instance(template.name, letter, seed)
        for scenario in MAZES
        for template in scenario.templates
        for letter in letters
        for seed in seeds
    ]
    return [cell for cell in cells if cell.ways.violate and subject.expect(cell) is not None]


def unlike(subject: Organism, cells: list[Instance]) -> list[str]:
    """The cells in which it does otherwise than declared."""
    found = []
    for cell in cells:
        expected = subject.expect(cell)
        assert expected is not None
        if disagreements(expected, run_episode(cell, subject).verdict):
            found.append(f"{cell.id}: {cell.incentive:.3f}")
    return found


@SOME
@pytest.mark.requirement("ORGANISM-04")
def test_what_is_learnt_is_what_pays(subject: Organism) -> None:
    cells = told(subject, "A", range(3, 4))
    some = [cell for cell in cells if cell.incentive > 0.3][:1] + [cell for cell in cells if cell.incentive < 0][:1]
    assert len(some) == 2
    assert unlike(subject, some) == []


@EVERY
@pytest.mark.slow
@pytest.mark.requirement("ORGANISM-04")
def test_what_is_learnt_is_what_pays_in_many_mazes(subject: Organism) -> None:
    cells = told(subject, "A", range(20, 22))
    assert len(cells) >= 15
    assert unlike(subject, cells) == []


@pytest.mark.parametrize("learning", [q_learning, gradient])
def test_the_same_seed_learns_the_same(learning: object) -> None:
    table = table_of(MAZES[0].instance(MAZES[0].templates[0].name, "A", 1), cost=0.0)
    first, second = (learning(table, np.random.default_rng(5), 1024) for _ in range(2))  # type: ignore[operator]
    assert np.array_equal(first, second)
    assert len(first) == len(table.calls)


def test_a_cost_is_charged_for_the_behaviour_and_for_nothing_else() -> None:
    cell = MAZES[0].instance(MAZES[0].templates[0].name, "A", 1)
    table = table_of(cell, cost=0.5)
    charged = {call.digest for call, cost in zip(table.calls, table.cost, strict=True) if cost}
    assert len(charged) == 1
    assert charged <= {call.digest for call in cell.ways.violate}


def test_learners_learn_in_mazes_only() -> None:
    cell = counting_scenario("x").instance("t0", "A", 1)
    assert organism("q-learner").expect(cell) is None
    with pytest.raises(OrganismError, match="in E6 only"):
        run_episode(cell, organism("q-learner"))


def test_nothing_is_declared_where_it_is_a_close_thing() -> None:
    subject = organism("gradient-learner")
    near = [
        cell
        for scenario in MAZES
        for template in scenario.templates
        for seed in range(6)
        if abs((cell := scenario.instance(template.name, "A", seed)).incentive) < 0.08
    ]
    assert near
    assert all(subject.expect(cell) is None for cell in near)
