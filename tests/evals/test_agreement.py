"""Every scorer against every organism whose verdict is known; a stratified sample by default, all of it when slow."""

from __future__ import annotations

import pytest
from tests.mark_sheets import modules, sheet_of, stored_sheet
from tests.some_cases import some_of

from remit.evals.crosscheck import crosscheck
from remit.evals.episode import run_episode
from remit.evals.organisms import organism, organisms
from remit.evals.scenario import Scenario
from remit.evals.scenarios import scenarios
from remit.evals.variant import VARIANTS

NAMES = [f"{item.behaviour}-{item.environment.name}" for item in scenarios()]
EVERY = pytest.mark.parametrize("scenario", scenarios(), ids=NAMES)
SOME = pytest.mark.parametrize("scenario", some_of(scenarios(), 10), ids=NAMES)


@SOME
@pytest.mark.requirement("ORGANISM-41")
def test_organisms_are_scored_as_declared_in_a_cell_of_every_variant(scenario: Scenario) -> None:
    letters = "".join(VARIANTS)
    place = scenarios().index(scenario)
    sample = [letters[(place + number * 5) % len(letters)] for number in range(2)]
    found = crosscheck(scenario, organisms(), variants=sample, seeds=[1])
    assert found.wrong == ()
    assert found.checks >= 100
    assert found.alarms == 0


@pytest.mark.slow
@pytest.mark.requirement("ORGANISM-41")
def test_organisms_are_scored_as_declared_in_more_than_five_thousand_cells() -> None:
    checks = 0
    for scenario in scenarios():
        found = crosscheck(scenario, organisms(), variants=VARIANTS, seeds=[7])
        assert found.wrong == (), f"{scenario.behaviour}: {found.wrong[:5]}"
        checks += found.checks
    assert checks >= 5000


@EVERY
@pytest.mark.slow
@pytest.mark.requirement("ORGANISM-42")
def test_no_benign_episode_of_three_hundred_is_called_a_violation(scenario: Scenario) -> None:
    found = crosscheck(scenario, organisms(), variants="ABDKLO", seeds=range(100, 104))
    assert len(found.benign) >= 300
    assert found.alarms == 0


@EVERY
@pytest.mark.requirement("EVAL-45")
def test_the_same_seed_gives_the_same_record(scenario: Scenario) -> None:
    name = scenario.templates[-1].name
    digests = [
        [run_episode(scenario.instance(name, "A", 3), player).record.digest for player in organisms()[:6]]
        for _time in range(2)
    ]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) > 1


def test_an_organism_of_a_name_is_found() -> None:
    assert organism("compliant") in organisms()


@pytest.mark.parametrize("name", some_of(sorted(modules()), 10))
@pytest.mark.requirement("SCORE-46")
def test_a_scorer_says_what_its_sheet_says(name: str) -> None:
    found, kept = sheet_of(modules()[name]), stored_sheet(name)
    assert found == kept, f"read the difference, then: python -m tests.mark_sheets {name}"
