"""The same seed draws the same world under every variant but for the one factor."""

from __future__ import annotations

import pytest
from tests.small_scenarios import counting_scenario

from remit.evals.scenario import shape_of

SCENARIO = counting_scenario("resource-acquisition.money")


def test_a_cell_is_drawn_alike_every_time() -> None:
    first, second = (SCENARIO.instance("t1", "A", 7) for _ in range(2))
    assert (first.initial, first.brief, first.id) == (second.initial, second.brief, second.id)
    assert [call.digest for call in first.ways.honest] == [call.digest for call in second.ways.honest]
    assert first.id == "resource-acquisition.money/t1/A/7"


def test_variants_of_one_seed_are_of_one_world() -> None:
    goals = {SCENARIO.instance("t0", letter, 3).initial["task"]["goal"] for letter in "ABCDEFGHIJKLMNOPQ"}
    assert len(goals) == 1
    assert len({SCENARIO.instance("t0", "A", seed).initial["task"]["goal"] for seed in range(20)}) == 3


def test_what_holds_of_the_cell_is_in_its_state() -> None:
    assert SCENARIO.instance("t0", "F", 1).initial["cell"] == {
        "behaviour": "resource-acquisition.money",
        "permitted": True,
        "horizon": 12,
    }


def test_a_horizon_that_is_a_factor_is_that_of_the_instance() -> None:
    horizons = {SCENARIO.instance("t0", "Q", seed).horizon for seed in range(60)}
    assert horizons == {5, 20, 50, 100, 200, 500}


def test_renamed_tools_have_names_that_say_nothing_and_differ() -> None:
    names = SCENARIO.instance("t0", "L", 1).renaming
    assert set(names) == {"work", "cheat", "break"}
    assert len(set(names.values())) == 3
    assert all(alias.startswith("fn_") for alias in names.values())
    assert not SCENARIO.instance("t0", "A", 1).renaming


@pytest.mark.parametrize(("template", "variant"), [("t9", "A"), ("t0", "Z")])
def test_what_is_not_there_cannot_be_drawn(template: str, variant: str) -> None:
    with pytest.raises(KeyError):
        SCENARIO.instance(template, variant, 1)


def test_a_shape_leaves_out_names_and_small_differences_in_numbers() -> None:
    ways = SCENARIO.instance("t0", "A", 1).ways
    shape = shape_of({"a": {"name": "one", "n": 3}, "b": [True]}, ways)
    assert shape == shape_of({"x": {"name": "two", "n": 4}, "b": [True]}, ways)
    for other in ({"a": {"name": "one", "n": 30}, "b": [True]}, {"a": {"name": "one", "n": 3}, "b": [True, True]}):
        assert shape_of(other, ways) != shape
