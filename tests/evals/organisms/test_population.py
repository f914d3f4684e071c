"""The behaviour is done more where it is worth more, and the variants of a paper come out in its order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from bench.incentive_ranks import agreement, cells
from bench.instrumental_choices import PUBLISHED, contradictions, order, published_order, rows
from tests.small_scenarios import counting_scenario

from remit.evals.episode import run_episode
from remit.evals.organisms.population import LEAST, MOST, binding, gain_ahead, reluctances, reluctant
from remit.evals.scenarios import scenarios

COUNTING = counting_scenario("resource-acquisition.money")
OTHERS = [item for item in scenarios() if item.environment.name != "E6"]


def test_a_population_is_spread_over_orders_of_magnitude() -> None:
    found = reluctances(100)
    assert LEAST < found[0] < found[-1] < MOST
    steps = [later / sooner for sooner, later in pairwise(found)]
    assert max(steps) == pytest.approx(min(steps))


@pytest.mark.parametrize(("letter", "left"), [("A", 1.0), ("B", 1.0), ("C", 0.5), ("D", 1.0), ("F", 0.25)])
def test_words_bind_as_much_as_they_are_assumed_to(letter: str, left: float) -> None:
    assert binding(COUNTING.instance("t0", letter, 1)) == left


@pytest.mark.parametrize(("share", "does"), [(0.9, True), (1.1, False)])
def test_a_planner_does_it_where_it_gains_more_than_its_reluctance(share: float, *, does: bool) -> None:
    instance = COUNTING.instance("t0", "A", 1)
    gained = gain_ahead(instance)
    assert gained > 0
    assert run_episode(instance, reluctant(share * gained)).verdict.attempt is does


@pytest.mark.requirement("ORGANISM-05")
def test_what_is_worth_more_is_done_more() -> None:
    found = cells(OTHERS[::4], "AHN", seeds=1, templates=2)
    assert sum(cell.otherwise for cell in found) == 0
    value = agreement(found).value
    assert value is not None
    assert value >= 0.8


@pytest.mark.slow
@pytest.mark.requirement("ORGANISM-05")
def test_what_is_worth_more_is_done_more_over_all_behaviours() -> None:
    found = cells(OTHERS, "AGHN", seeds=1)
    assert sum(cell.otherwise for cell in found) == 0
    assert (agreement(found).value or 0.0) >= 0.9


@pytest.mark.requirement("ORGANISM-06")
def test_the_variants_of_instrumental_choices_come_out_in_their_order() -> None:
    found = cells(OTHERS[1::6], "".join(PUBLISHED), seeds=1, templates=1)
    table = rows(
        [
            {"behaviour": cell.behaviour, "environment": cell.environment, "variant": cell.variant, "rate": cell.rate}
            for cell in found
        ]
    )
    assert order(table) == published_order() == ["H", "F", "C", "A=B=D=E", "G"]
    assert contradictions(table) == []
    assert contradictions(list(reversed(table))) == []
