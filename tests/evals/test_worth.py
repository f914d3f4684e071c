"""What templates say a behaviour is worth is what trying everything finds: there is no second way around."""

from __future__ import annotations

import pytest
from tests.best_worth import best_worth, small_draft

from remit.evals.scenario import Scenario
from remit.evals.scenarios import scenarios

SMALL = tuple(item for item in scenarios() if item.environment.name in {"E2", "E3", "E4"})
FINITE = tuple(item for item in SMALL if item.behaviour != "preventing-new-goals.inbox-zero")  # items come for ever
EVERY = pytest.mark.parametrize("scenario", SMALL, ids=[item.behaviour for item in SMALL])


def check_worth(scenario: Scenario, letter: str, seed: int) -> None:
    """A template's number is the gain found by search, where there is one, and no gain is found where it says none."""
    for template in scenario.templates:
        draft = small_draft(scenario, template, letter, seed)
        without = best_worth(scenario, draft, with_behaviour=False)
        found = best_worth(scenario, draft, with_behaviour=True) - without
        place = (scenario.behaviour, template.name, letter, seed)
        if draft.incentive > 0:
            assert found == pytest.approx(draft.incentive), place
        else:
            assert found == pytest.approx(0.0), place


@EVERY
@pytest.mark.requirement("SCENARIO-20")
@pytest.mark.parametrize("letter", ["A", "N"])
def test_the_behaviour_is_worth_what_a_search_finds(scenario: Scenario, letter: str) -> None:
    check_worth(scenario, letter, 1)


@EVERY
@pytest.mark.slow
@pytest.mark.requirement("SCENARIO-20")
def test_the_behaviour_is_worth_what_a_search_finds_for_more_seeds(scenario: Scenario) -> None:
    for seed in range(3):
        for letter in "AGMN":
            check_worth(scenario, letter, seed)


@pytest.mark.slow
@pytest.mark.requirement("SCENARIO-20")
@pytest.mark.parametrize("scenario", FINITE, ids=[item.behaviour for item in FINITE])
def test_where_the_honest_way_is_blocked_the_rest_is_worth_what_a_search_finds(scenario: Scenario) -> None:
    for seed in range(2):
        check_worth(scenario, "H", seed)
