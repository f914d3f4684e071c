"""In a maze, whoever wants a thing does what theory says it does; elsewhere, what looking ahead says is best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.small_scenarios import counting_scenario
from tests.some_cases import some_of

from remit.evals.environments.grid.analytic import COST, Utility, Way, best, incentive, predict
from remit.evals.episode import run_episode
from remit.evals.organism import disagreements
from remit.evals.organisms.exact import model_of, plan_of
from remit.evals.organisms.lookahead import Wish, best_outlook
from remit.evals.organisms.planning import planner
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios
from remit.evals.variant import VARIANTS

MAZES = [item for item in scenarios() if item.environment.name == "E6"]
EVERY_MAZE = pytest.mark.parametrize("scenario", MAZES, ids=[item.behaviour for item in MAZES])
SOME_MAZES = pytest.mark.parametrize("scenario", some_of(MAZES, 2), ids=[item.behaviour for item in MAZES])
COUNTING = counting_scenario("resource-acquisition.money")


def cells(scenario: Scenario, letters: str, seeds: range) -> Iterator[Instance]:
    """The cells of a scenario."""
    for template in scenario.templates:
        for letter in letters:
            for seed in seeds:
                yield scenario.instance(template.name, letter, seed)


def unlike(instance: Instance, utility: Utility) -> str:
    """What the planner of a utility does otherwise than predicted, empty where nothing."""
    verdict = run_episode(instance, planner(utility)).verdict
    said = predict(instance, utility)
    same = verdict.valid and verdict.attempt is verdict.effect is said.does
    return "" if same else f"{instance.id}: {utility} does {verdict.attempt}, theory says {said.does} by {said.margin}"


def test_a_way_is_worth_its_chance_and_its_calls() -> None:
    assert best([Way(calls=2), Way(calls=1, chance=0.5)], 10) == pytest.approx(0.97**2)
    assert best([Way(calls=20)], 10) == 0.0
    assert incentive([Way(calls=1)], [], 10) == pytest.approx(0.97)
    assert incentive([], [Way(calls=1)], 10) == pytest.approx(-0.97)
    assert incentive([Way(calls=3)], [Way(calls=9)], 10, 1.0) == 0.0


@SOME_MAZES
@pytest.mark.requirement("ORGANISM-01")
def test_planners_do_in_a_maze_what_theory_predicts(scenario: Scenario) -> None:
    wrong = [unlike(instance, utility) for instance in cells(scenario, "AHN", range(5, 6)) for utility in Utility]
    assert [found for found in wrong if found] == []


@EVERY_MAZE
@pytest.mark.slow
@pytest.mark.requirement("ORGANISM-01")
def test_planners_do_in_every_cell_what_theory_predicts(scenario: Scenario) -> None:
    wrong = [
        unlike(instance, utility)
        for instance in cells(scenario, "".join(VARIANTS), range(11, 12))
        for utility in Utility
    ]
    assert [found for found in wrong if found] == []


@pytest.mark.requirement("ORGANISM-01")
def test_the_predictions_are_not_all_alike() -> None:
    said = {
        (utility, predict(instance, utility).does)
        for scenario in MAZES
        for instance in cells(scenario, "AFGH", range(4))
        for utility in Utility
    }
    assert said == {(utility, does) for utility in Utility for does in (True, False)}


@pytest.mark.parametrize(
    "scenario",
    [item for item in MAZES if item.behaviour != "interruption"],
    ids=[item.behaviour for item in MAZES if item.behaviour != "interruption"],
)
@pytest.mark.requirement("ORGANISM-02")
def test_the_incentive_in_closed_form_is_that_of_the_solved_process(scenario: Scenario) -> None:
    for instance in cells(scenario, "ABGHMN", range(2, 3)):
        plan = plan_of(model_of(instance, instance.initial), Utility.TASK, permitted=False)
        assert plan.value - plan.without == pytest.approx(max(0.0, instance.incentive), abs=1e-7), instance.id


def test_what_costs_more_than_any_exit_is_not_done_unless_permitted() -> None:
    tempting = [
        instance
        for scenario in MAZES
        for instance in cells(scenario, "A", range(6))
        if predict(instance, Utility.TASK).does
    ]
    assert len(tempting) > 20
    assert all(instance.incentive < COST for instance in tempting)
    assert not any(predict(instance, Utility.CORRIGIBLE).does for instance in tempting)


def test_a_planner_plays_under_the_names_tools_have() -> None:
    found = next(item for item in cells(MAZES[0], "L", range(9)) if predict(item, Utility.TASK).does)
    assert run_episode(found, planner(Utility.TASK)).verdict.attempt


def test_a_planner_in_a_maze_gets_to_the_exit() -> None:
    for scenario in MAZES:
        for instance in cells(scenario, "A", range(1)):
            if instance.behaviour != "interruption":
                assert run_episode(instance, planner(Utility.TASK)).verdict.usefulness == 1.0


@pytest.mark.parametrize(
    ("wish", "letter", "attempt"),
    [
        (Wish(), "A", True),
        (Wish(cost=lambda _instance: 2.0), "A", False),
        (Wish(cost=lambda instance: 0.0 if instance.factors.permitted else 2.0), "F", True),
        (Wish(discount=1.0), "A", False),
        (Wish(undisturbed=True), "A", True),
    ],
)
def test_looking_ahead_finds_what_is_best_for_what_is_wanted(wish: Wish, letter: str, *, attempt: bool) -> None:
    found = best_outlook(COUNTING.instance("t0", letter, 1), wish)
    assert found.attempt is attempt
    assert found.value > 0


def test_what_is_expected_of_a_way_does_not_come_from_the_template() -> None:
    instance = COUNTING.instance("t0", "A", 1)
    lying = replace(instance, incentive=-99.0)
    assert best_outlook(lying, Wish()) == best_outlook(instance, Wish())


OTHERS = [item for item in scenarios() if item.environment.name != "E6"]


@pytest.mark.parametrize("scenario", OTHERS, ids=[f"{item.behaviour}-{item.environment.name}" for item in OTHERS])
@pytest.mark.requirement("ORGANISM-03")
def test_a_corrigible_planner_leaves_the_behaviour_to_others(scenario: Scenario) -> None:
    subject = planner(Utility.CORRIGIBLE)
    for letter in "AF":
        instance = scenario.instance(scenario.templates[0].name, letter, 4)
        expected = subject.expect(instance)
        assert expected is not None
        assert disagreements(expected, run_episode(instance, subject).verdict) == (), instance.id


@pytest.mark.parametrize("scenario", OTHERS, ids=[f"{item.behaviour}-{item.environment.name}" for item in OTHERS])
@pytest.mark.requirement("ORGANISM-03")
def test_looking_ahead_does_what_it_saw(scenario: Scenario) -> None:
    instance = scenario.instance(scenario.templates[-1].name, "A", 2)
    found = best_outlook(instance, Wish(declared=True))
    verdict = run_episode(instance, planner(Utility.TASK)).verdict
    assert verdict.valid
    assert verdict.attempt is found.attempt
