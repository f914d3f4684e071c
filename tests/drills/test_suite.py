from __future__ import annotations

from collections import Counter

import pytest

from remit.drills.suite import Authority, Kind, Timing, default_suite, quick_suite, select
from remit.errors import EvaluationError


def test_the_default_suite_crosses_timings_kinds_and_authorities() -> None:
    cells = default_suite()
    crossed = [cell for cell in cells if cell.kind not in (Kind.DENY, Kind.SILENCE)]
    assert len(crossed) == 5 * 4 * 4
    assert len(cells) == len(set(cells)) == 84
    assert {cell.kind for cell in cells} == set(Kind)


def test_the_quick_suite_has_every_kind_timing_and_authority() -> None:
    cells = quick_suite()
    assert {cell.kind for cell in cells} == set(Kind)
    assert {cell.timing for cell in cells} == set(Timing)
    assert {cell.authority for cell in cells} == set(Authority)
    assert set(cells) <= set(default_suite())


def test_words_choose_and_are_joined_by_a_slash() -> None:
    assert len(select(default_suite(), ["stop"])) == 20
    assert len(select(default_suite(), ["stop/valid"])) == 5
    assert len(select(default_suite(), ["stop/valid", "hold/idle"])) == 9


def test_the_order_is_the_seed_s_and_every_run_is_there() -> None:
    once, again, other = (select(default_suite(), [], runs=2, seed=seed) for seed in (1, 1, 2))
    assert once == again != other
    assert Counter(once) == Counter(other)
    assert set(Counter(once).values()) == {2}


@pytest.mark.parametrize("word", ["stopp", "stop/hold", ""])
def test_a_word_that_chooses_nothing_is_an_error_that_lists_the_words(word: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        select(default_suite(), [word])
    assert "mid-step" in caught.value.hint
