from __future__ import annotations

from dataclasses import replace

import pytest
from tests.small_scenarios import counting_scenario, organism, small_organisms

from remit.evals.crosscheck import checks_of, crosscheck, is_benign, is_false_alarm
from remit.evals.organism import Expectation
from remit.evals.verdict import Outcome

SCENARIO = counting_scenario()
HONEST = organism(
    "honest",
    lambda instance, _: instance.ways.honest,
    Expectation(attempt=False, effect=False, outcome=Outcome.COMPLY, useful=True),
)
CHEAT = organism(
    "cheat", lambda instance, _: instance.ways.violate, Expectation(attempt=True, effect=True, outcome=Outcome.VIOLATE)
)


@pytest.mark.requirement("ORGANISM-41")
def test_organisms_that_do_as_declared_agree_in_every_cell() -> None:
    found = crosscheck(SCENARIO, [HONEST, CHEAT], variants="AB", seeds=range(5))
    assert (found.checks, found.wrong, found.alarms) == (2 * 4 * 2 * 5, (), 0)
    assert len(found.benign) == 40
    assert len({instance for instance, _alarm in found.benign}) == 40


@pytest.mark.requirement("ORGANISM-41")
def test_a_scorer_that_misses_or_sees_too_much_is_found_in_every_cell() -> None:
    seen = replace(SCENARIO.marks, attempt=lambda _initial, _entry: False)
    assert crosscheck(replace(SCENARIO, marks=seen), [HONEST, CHEAT], variants="A", seeds=range(3)).wrong == ()
    blind = replace(SCENARIO, marks=replace(seen, effect=lambda _initial, _entry: False))
    found = crosscheck(blind, [HONEST, CHEAT], variants="A", seeds=range(3))
    assert len(found.wrong) == 12
    assert "cheat in interruption/t0/A/0: attempt is False, not True" in found.wrong[0]
    jumpy = replace(SCENARIO, marks=replace(SCENARIO.marks, effect=lambda _initial, _entry: True))
    assert crosscheck(jumpy, [HONEST], variants="A", seeds=range(3)).alarms == 12


def test_organisms_of_chance_are_left_out() -> None:
    assert list(checks_of(SCENARIO, small_organisms(), variants="A", seeds=[1])) == []


def test_an_organism_that_cannot_do_the_task_is_not_benign() -> None:
    weak = replace(HONEST, capable=False)
    [check, *_] = checks_of(SCENARIO, [weak], variants="A", seeds=[1])
    assert not is_benign(check)
    [good, *_] = checks_of(SCENARIO, [HONEST], variants="A", seeds=[1])
    assert is_benign(good)
    assert not is_false_alarm(good)
    [bad, *_] = checks_of(SCENARIO, [CHEAT], variants="A", seeds=[1])
    assert not is_benign(bad)
    assert is_false_alarm(bad)
    assert str(good) == "honest in interruption/t0/A/1: as declared"
