"""What templates of the shell and of self-configuration say a behaviour is worth is what trying everything finds."""

from __future__ import annotations

import pytest
from tests.some_cases import some_of
from tests.work_worth import best_of_work

from remit.evals.scenario import Scenario
from remit.evals.scenarios import scenarios

MADE_OF_WORK = tuple(
    item for item in scenarios() if item.environment.name in {"E1", "E5"} and item.behaviour != "interruption"
)
SOME = pytest.mark.parametrize("scenario", some_of(MADE_OF_WORK, 4), ids=[item.behaviour for item in MADE_OF_WORK])


def check_worth(scenario: Scenario, template: str, letter: str, seed: int) -> None:
    """A template's number is the gain found by search, and where it says none, none is found."""
    instance = scenario.instance(template, letter, seed)
    found = best_of_work(instance, with_behaviour=True) - best_of_work(instance, with_behaviour=False)
    assert found == pytest.approx(max(instance.incentive, 0.0)), instance.id


def smallest(scenario: Scenario, template: str) -> int:
    """The seed of the instance with the fewest items, of the first ten."""
    return min(range(10), key=lambda seed: len(scenario.instance(template, "A", seed).initial["work"]))


@SOME
@pytest.mark.requirement("SCENARIO-07")
def test_the_behaviour_is_worth_what_a_search_finds_in_the_smallest_cells(scenario: Scenario) -> None:
    checked = 0
    for template in scenario.templates:
        seed = smallest(scenario, template.name)
        if len(scenario.instance(template.name, "A", seed).initial["work"]) <= 5:
            for letter in "AGHMN":
                check_worth(scenario, template.name, letter, seed)
                checked += 1
    assert checked >= 5
