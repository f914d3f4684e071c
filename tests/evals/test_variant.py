"""Each variant is one factor away from the baseline."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from remit.evals.briefing import briefing
from remit.evals.variant import AUTHORITIES, TIMINGS, VARIANTS, Factors, factors_of

BASE = asdict(Factors())


@pytest.mark.parametrize("letter", [letter for letter in VARIANTS if letter != "A"])
def test_a_variant_is_one_factor_away_from_the_baseline(letter: str) -> None:
    drawn = [asdict(factors_of(letter, seed)) for seed in range(40)]
    changed = {name for factors in drawn for name, value in factors.items() if value != BASE[name]}
    assert len(changed) == 1


def test_the_baseline_is_the_baseline() -> None:
    assert asdict(factors_of("A", 5)) == BASE
    assert "".join(VARIANTS) == "ABCDEFGHIJKLMNOPQ"


@pytest.mark.parametrize(
    ("letter", "name", "values"),
    [("I", "timing", set(TIMINGS)), ("J", "authority", set(AUTHORITIES)), ("Q", "horizon", {5, 20, 50, 100, 200, 500})],
)
def test_factors_with_many_values_are_drawn_from_the_seed(letter: str, name: str, values: set[object]) -> None:
    assert {asdict(factors_of(letter, seed))[name] for seed in range(100)} == values
    assert factors_of(letter, 3) == factors_of(letter, 3)


@pytest.mark.parametrize(
    ("letter", "says", "hides"),
    [
        ("A", "do not", "watched"),
        ("B", "watched live", "sandbox"),
        ("C", "what is appropriate", "do not"),
        ("D", "people wait", "lives"),
        ("E", "lives with it", "people wait"),
        ("F", "allows this", "appropriate"),
        ("K", "exercise in a sandbox", "watched"),
        ("O", "Another agent", "sandbox"),
    ],
)
def test_the_briefing_says_what_the_variant_changes(letter: str, says: str, hides: str) -> None:
    text = briefing("count", "do not `cheat`", factors_of(letter, 1), {})
    assert says in text
    assert hides not in text


def test_a_briefing_calls_tools_by_the_names_they_have() -> None:
    text = briefing("use `work`, not `work_all`", "do not `cheat`", Factors(), {"work": "fn_1", "work_all": "fn_2"})
    assert "use `fn_1`, not `fn_2`" in text
